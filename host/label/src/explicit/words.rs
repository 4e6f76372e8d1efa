//! Looking for the words of a mark in what people read: a platform has to notice them where a file has no label (Labeling Measures,
//! article 6).
//!
//! A mark is a short piece of its own that speaks of AI and of generation: a line, something in brackets, the first or the last
//! sentence. A sentence in the midst of others that speaks of such techniques is none.

use std::io::{Read, Seek};

use serde::Serialize;

use crate::container::{self, Container};
use crate::encoding;
use crate::error::LabelError;
use crate::limits::MAX_TEXT;
use crate::source::Source;

/// The longest piece that is a mark, in characters.
const MAX_MARK: usize = 40;
/// How many characters may stand between the two elements.
const MAX_GAP: usize = 12;
/// How many marks of one text are given.
const MAX_MARKS: usize = 16;
/// The element for AI, and the one for generation.
const OF_AI: [&str; 2] = ["人工智能", "AI"];
const OF_GENERATION: [&str; 2] = ["生成", "合成"];
/// What opens and closes a remark within a text.
const BRACKETS: [(char, char); 6] = [('（', '）'), ('(', ')'), ('【', '】'), ('[', ']'), ('「', '」'), ('〔', '〕')];
const ENDS_OF_SENTENCES: [char; 6] = ['。', '！', '？', '!', '?', '；'];

/// A mark that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundMark {
    /// What it says.
    pub text: String,
    /// Where it stands.
    pub place: MarkPlace,
}

/// Where a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkPlace {
    /// Before everything else.
    Start,
    /// Behind everything else.
    End,
    /// Between other text.
    Within,
    /// In a corner of a picture.
    Corner,
}

impl MarkPlace {
    /// As a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Within => "within",
            Self::Corner => "corner",
        }
    }

    /// The same in Chinese.
    pub fn in_chinese(self) -> &'static str {
        match self {
            Self::Start => "开头",
            Self::End => "结尾",
            Self::Within => "中间",
            Self::Corner => "角落",
        }
    }
}

/// The marks of a text, in their order.
pub fn marks_in(text: &str) -> Vec<FoundMark> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.len().saturating_sub(1);
    let mut found = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        for (piece, is_first, is_last) in pieces(line) {
            if !is_mark(piece) {
                continue;
            }
            let place = if index == 0 && is_first {
                MarkPlace::Start
            } else if index == last && is_last {
                MarkPlace::End
            } else {
                MarkPlace::Within
            };
            let text = piece.to_owned();
            // The same in brackets and without them, or as a sentence and within it, is one mark.
            let is_known = |known: &FoundMark| known.text.contains(&text) || text.contains(&known.text);
            if !found.iter().any(|known: &FoundMark| known.place == place && is_known(known)) {
                found.push(FoundMark { text, place });
            }
            if found.len() >= MAX_MARKS {
                return found;
            }
        }
    }
    found
}

/// The pieces of a line that may be a mark, each with whether it begins and whether it ends the line: the line itself, what stands in
/// brackets, the first and the last sentence.
fn pieces(line: &str) -> Vec<(&str, bool, bool)> {
    if line.chars().count() <= MAX_MARK {
        return vec![(line, true, true)];
    }
    let mut pieces = Vec::new();
    for (open, close) in BRACKETS {
        let mut rest = line;
        while let Some((before, behind)) = rest.split_once(open) {
            let Some((inner, after)) = behind.split_once(close) else { break };
            let is_first = before.trim().is_empty() && rest.len() == line.len();
            pieces.push((inner, is_first, after.trim().is_empty()));
            rest = after;
        }
    }
    if let Some((first, _)) = line.split_once(ENDS_OF_SENTENCES) {
        pieces.push((first, true, false));
    }
    let body = line.trim_end_matches(ENDS_OF_SENTENCES);
    if let Some((_, last)) = body.rsplit_once(ENDS_OF_SENTENCES) {
        pieces.push((last, false, true));
    }
    pieces
}

/// Whether a piece is short and has both elements near each other.
fn is_mark(piece: &str) -> bool {
    if piece.chars().count() > MAX_MARK {
        return false;
    }
    let piece: String = piece.chars().map(narrow).collect();
    let piece = piece.as_str();
    let spans = |words: [&'static str; 2]| {
        let hits = words.into_iter().flat_map(move |word| piece.match_indices(word));
        hits.filter(|(at, word)| is_whole(piece, *at, word)).map(|(at, word)| (at, at.saturating_add(word.len())))
    };
    spans(OF_AI).any(|(from, to)| {
        spans(OF_GENERATION).any(|(other_from, other_to)| {
            let gap = if other_from >= to { piece.get(to..other_from) } else { piece.get(other_to..from) };
            gap.is_some_and(|gap| gap.chars().count() <= MAX_GAP)
        })
    })
}

/// A Latin letter that is as wide as a Chinese character, as the usual one.
fn narrow(c: char) -> char {
    let usual = u32::from(c).checked_sub(0xFEE0).filter(|_| ('！'..='～').contains(&c));
    usual.and_then(char::from_u32).unwrap_or(c)
}

/// What is shown of a line of subtitles (ASS) or of the words of a song (LRC); any other line as it is.
fn shown(line: &str) -> String {
    let Some(fields) = line.strip_prefix("Dialogue:") else { return without_times(line).to_owned() };
    // Nine fields stand before the words, and the words may have commas.
    let mut rest = fields.splitn(10, ',').nth(9).unwrap_or_default();
    let mut out = String::new();
    // Codes of how it is shown stand in braces.
    while let Some((before, behind)) = rest.split_once("{\\") {
        let Some((_, after)) = behind.split_once('}') else { break };
        out.push_str(before);
        rest = after;
    }
    out.push_str(rest);
    out.replace("\\N", "\n")
}

/// A line without the times that stand before it: `[00:12.30]`.
fn without_times(line: &str) -> &str {
    let is_time = |time: &str| time.contains(':') && time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
    let mut rest = line;
    while let Some((time, behind)) = rest.strip_prefix('[').and_then(|behind| behind.split_once(']')) {
        if !is_time(time) {
            break;
        }
        rest = behind;
    }
    rest
}

/// Whether a word of Latin letters is no part of a longer one.
fn is_whole(text: &str, at: usize, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text.get(at.saturating_add(word.len())..).and_then(|after| after.chars().next());
    !word.is_ascii() || (!is_letter(before) && !is_letter(after))
}

/// What people read in a file, a paragraph a line; nothing for formats in which words are pixels or sounds, and for PDF.
///
/// # Errors
///
/// If the file is damaged, or cannot be read.
pub fn readable_text<R: Read + Seek>(source: &mut R, container: Container) -> Result<Option<String>, LabelError> {
    container::readable(&mut Source::new(source, container)?)
}

/// The text of a plain file, in UTF-8 or the encoding of the national standard: of subtitles and words of songs what is shown.
///
/// # Errors
///
/// If the file is too long, or cannot be read.
pub fn plain_text<R: Read + Seek>(source: &mut R) -> Result<String, LabelError> {
    let bytes = Source::new(source, Container::Side)?.all(MAX_TEXT)?;
    let text =
        encoding::decode_page(&bytes).map_or_else(|| String::from_utf8_lossy(&bytes).into_owned(), |(text, _)| text);
    Ok(text.trim_start_matches('\u{feff}').lines().map(shown).collect::<Vec<String>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_subtitles_and_words_of_songs_the_words_are_read() {
        for (line, words) in [
            ("Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,{\\an8}本内容，由AI生成", "本内容，由AI生成"),
            ("Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,甲\\N{\\i1}乙{\\i0}", "甲\n乙"),
            ("[00:00.00][01:10.5]本曲由AI生成", "本曲由AI生成"),
            ("[声明]由AI生成", "[声明]由AI生成"),
            ("Dialogue: 0,0,0,D,,0,0,0,,a {b} {\\cut off", "a {b} {\\cut off"),
            ("C:\\New {\\x}", "C:\\New {\\x}"),
        ] {
            assert_eq!(shown(line), words);
        }
        let mut file = std::io::Cursor::new("\u{feff}[00:01.00]由ＡＩ生成\n");
        let text = plain_text(&mut file).unwrap();
        assert_eq!((text.as_str(), found(&text).len()), ("由ＡＩ生成", 1));
    }

    fn found(text: &str) -> Vec<(String, MarkPlace)> {
        marks_in(text).into_iter().map(|mark| (mark.text, mark.place)).collect()
    }

    #[test]
    fn a_mark_is_a_short_piece_of_its_own() {
        let long = "这是一段很长的正文，写了许多关于春天的句子，还写了河流、山川与远方的朋友，没有别的意思。";
        for (text, mark, place) in [
            (format!("（AI生成）{long}"), "AI生成", MarkPlace::Start),
            (format!("{long}（本文由 AI 辅助生成）"), "本文由 AI 辅助生成", MarkPlace::End),
            (format!("本内容由人工智能合成。{long}"), "本内容由人工智能合成", MarkPlace::Start),
            (format!("{long}内容由AI生成，仅供参考。"), "内容由AI生成，仅供参考", MarkPlace::End),
            (format!("{long}\nAI生成\n{long}"), "AI生成", MarkPlace::Within),
            (format!("# 题\n\n{long}\n\n*AI 生成*\n"), "*AI 生成*", MarkPlace::End),
        ] {
            assert_eq!(found(&text), [(mark.to_owned(), place)], "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_such_things_is_none() {
        for text in [
            "昨天的会议讨论了人工智能的发展。与会者认为生成技术还有很长的路要走，需要各方共同努力，也需要更多的时间。",
            "春天来了，河边的柳树发出了新芽。近年来用AI生成图片的人越来越多，这件事在各地引起了不少讨论和争议。夏天也要来了。",
            "MAIL生成",
            "AI",
            "生成",
            "",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
