//! The marks that people perceive: their wording, and where and how large they stand.
//!
//! A [`Wording`] has both elements of the standard. [`in_text`] puts it into text, [`in_html`] into a page, [`before_sound`] puts
//! the rhythm before the sound of a WAV file, [`VideoMark`] says what has to be drawn on a video, and `draw` and `draw_in_file`
//! (feature `draw`) put it onto pixels. What needs a codec is for ffmpeg: [`Cue::ffmpeg_arguments`] and
//! [`VideoMark::ffmpeg_arguments`] are how it is called.

mod audio;
#[cfg(feature = "draw")]
mod gif;
mod heard;
#[cfg(feature = "draw")]
mod image;
#[cfg(feature = "draw")]
mod jpeg;
mod mp3;
#[cfg(feature = "draw")]
mod outline;
#[cfg(feature = "draw")]
mod own;
#[cfg(feature = "draw")]
mod palette;
#[cfg(feature = "draw")]
mod picture;
#[cfg(feature = "draw")]
mod plate;
mod streams;
mod video;
#[cfg(feature = "draw")]
mod webp;
mod words;

pub use audio::{Cue, WavFormat, before_sound, has_rhythm, rhythm_milliseconds, rhythm_wav};
#[cfg(feature = "draw")]
pub use gif::in_gif;
pub use heard::hears_rhythm;
#[cfg(feature = "draw")]
pub use image::{Corner, DrawError, Drawn, draw, is_drawn};
pub use mp3::around_mp3;
#[cfg(feature = "draw")]
pub use own::{RHYTHM_IN_WORDS, own_mark};
#[cfg(feature = "draw")]
pub use picture::{LossyEncoder, MarkError, PictureMark, draw_in_file, in_pdf, picture_size, plate};
pub use streams::{Streams, UnknownCodec};
pub use video::{FfmpegInput, VideoMark, ffmpeg_format};
#[cfg(feature = "draw")]
pub use webp::{in_webp, is_moving_webp};
pub use words::{FoundMark, MarkPlace, marks_in, plain_text, readable_text};

use std::fmt;
use std::io::{Read, Seek};

use crate::container::{Container, Places, office_marked};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::source::Source;

/// What a mark says: an element for AI (`人工智能` or `AI`) and one for generation (`生成` or `合成`). A bare `AI` will not do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wording(String);

impl Wording {
    /// The longest wording, in characters.
    pub const MAX: usize = 64;

    /// Takes a wording that has both elements.
    ///
    /// # Errors
    ///
    /// Says which element is missing, or that it is too long for a mark.
    pub fn new(text: &str) -> Result<Self, WordingError> {
        let has = |elements: [&str; 2]| elements.iter().any(|element| text.contains(element));
        if !has(["人工智能", "AI"]) {
            return Err(WordingError::NoAi);
        }
        if !has(["生成", "合成"]) {
            return Err(WordingError::NoGeneration);
        }
        if text.chars().count() > Self::MAX || text.chars().any(char::is_control) {
            return Err(WordingError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// Ids that decisions carry in `label-explicit`, and their wordings. `fiction` alone is none: it does not speak of AI.
    const OF_IDS: [(&str, &str); 8] = [
        ("ai-generated", "AI生成"),
        ("may-be-generated", "可能为AI生成"),
        ("suspected-generated", "疑似AI生成"),
        ("segment", "此内容由AI生成"),
        ("end-credit", "本片由AI生成"),
        ("digital-human", "AI生成数字人"),
        ("synthetic-news", "AI生成合成新闻"),
        ("ai-and-fiction", "AI生成，内容虚构"),
    ];

    /// The wording for an id that decisions carry as `text` of `label-explicit`; nothing for one that is no mark of AI.
    pub fn of_id(id: &str) -> Option<Self> {
        let (_, text) = Self::OF_IDS.into_iter().find(|(known, _)| *known == id)?;
        Some(Self(text.to_owned()))
    }

    /// The wordings of decisions, longer ones first: one may end like another.
    #[cfg(feature = "draw")]
    fn own() -> Vec<Self> {
        let mut own: Vec<Self> = Self::OF_IDS.into_iter().map(|(_, text)| Self(text.to_owned())).collect();
        own.sort_by_key(|wording| std::cmp::Reverse(wording.0.len()));
        own
    }

    /// The mark as it stands in a text: in brackets.
    pub fn mark(&self) -> String {
        format!("（{self}）")
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Wording {
    fn default() -> Self {
        Self("AI生成".to_owned())
    }
}

impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why something is no wording of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordingError {
    /// It does not speak of AI.
    #[error("the wording lacks the element for AI; use `人工智能` or `AI`")]
    NoAi,
    /// It does not speak of generation.
    #[error("the wording lacks the element for generation; use `生成` or `合成`")]
    NoGeneration,
    /// It is no short line.
    #[error("the wording is longer than {} characters or has a line break; shorten it", Wording::MAX)]
    TooLong,
}

/// Where a mark stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Position {
    /// Before everything.
    Start,
    /// Behind everything.
    End,
    /// Before the character that begins at this byte; moved back to the start of a character where there is none.
    At(usize),
}

impl Position {
    /// The position for a place that decisions carry as `place` of `label-explicit`; nothing for one beside the text, such as an
    /// interface. A mark within the content stands at its end, where it does not depend on whether the text was cut off.
    pub fn of_place(place: &str) -> Option<Self> {
        match place {
            "start" => Some(Self::Start),
            "end" | "content" => Some(Self::End),
            _ => None,
        }
    }
}

/// The text with its mark in brackets. A text that has the same mark there already stays as it is.
///
/// Pure, and safe at the end of a text that was cut off: what is appended does not depend on where the cut fell.
pub fn in_text(text: &str, wording: &Wording, position: Position) -> String {
    let mark = wording.mark();
    match position {
        Position::Start => {
            // What says how the text is encoded stays first.
            let (order, text) = if text.starts_with('\u{feff}') { text.split_at(3) } else { ("", text) };
            if text.starts_with(&mark) { format!("{order}{text}") } else { format!("{order}{mark}{text}") }
        }
        Position::End if text.trim_end().ends_with(&mark) => text.to_owned(),
        Position::End => format!("{text}{mark}"),
        Position::At(at) => {
            let at = text.floor_char_boundary(at.min(text.len()));
            let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
            if after.starts_with(&mark) { text.to_owned() } else { format!("{before}{mark}{after}") }
        }
    }
}

/// A Markdown page with its mark as a paragraph of its own: behind the front matter, or at the end.
///
/// A page that has the same mark there already stays as it is.
pub fn in_markdown(page: &str, wording: &Wording, position: Position) -> String {
    let mark = format!("（{wording}）");
    let newline = if page.contains("\r\n") { "\r\n" } else { "\n" };
    match position {
        Position::End if page.trim_end().ends_with(&mark) => page.to_owned(),
        Position::End => format!("{}{newline}{newline}{mark}{newline}", page.trim_end()),
        Position::Start => {
            let at = crate::container::markdown_body(page);
            let (before, after) = page.split_at_checked(at).unwrap_or(("", page));
            if after.starts_with(&mark) {
                return page.to_owned();
            }
            // The line that closes front matter has nothing else on it, and may be the last of the page without an end.
            let is_open = !before.trim_start_matches('\u{feff}').is_empty() && !before.ends_with('\n');
            let end_of_line = if is_open { newline } else { "" };
            format!("{before}{end_of_line}{mark}{newline}{newline}{after}")
        }
        Position::At(_) => in_text(page, wording, position),
    }
}

/// How large the frames of a video are, or the pages of a TIFF or the picture of a GIF, in pixels: what [`least_height`] is of.
///
/// # Errors
///
/// If the file is damaged or cannot be read.
pub fn frame_size<R: Read + Seek>(source: &mut R, container: Container) -> Result<Option<(u32, u32)>, LabelError> {
    crate::container::frame_size(&mut Source::new(source, container)?)
}

/// A page with a notice that stays where it is: behind `<body …>`, or at the start of a fragment.
pub fn in_html(page: &str, wording: &Wording) -> String {
    let notice = format!("<p role=\"note\" lang=\"zh\" class=\"aigc-notice\">{wording}</p>");
    if page.contains(&notice) {
        return page.to_owned();
    }
    let at = crate::container::body_start(page.as_bytes());
    let (before, after) = page.split_at_checked(at).unwrap_or(("", page));
    format!("{before}{notice}{after}")
}

/// A DOCX with the mark as a paragraph at its start or its end, or a PPTX with the mark on each slide: the changes, to be carried
/// out on it. Nothing where the mark is there already and was not asked for `again`.
///
/// # Errors
///
/// If the file is damaged or neither of the two, or cannot be read.
pub fn in_office<R: Read + Seek>(
    source: &mut R,
    wording: &Wording,
    positions: &[Position],
    again: bool,
) -> Result<Option<Edits>, LabelError> {
    office_marked(&mut Source::new(source, Container::Office)?, &wording.mark(), places(positions), again)
}

fn places(positions: &[Position]) -> Places {
    Places {
        start: positions.iter().any(|position| *position != Position::End),
        end: positions.contains(&Position::End),
    }
}

/// How high characters have to be at least on a picture or a frame: 5 % of its shortest side, in whole pixels.
pub fn least_height(width: u32, height: u32) -> u32 {
    width.min(height).div_ceil(20).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wording_needs_both_elements() {
        for good in ["AI生成", "人工智能合成", "本图片由AI生成"] {
            assert!(Wording::new(good).is_ok(), "{good}");
        }
        assert_eq!(Wording::new("AI"), Err(WordingError::NoGeneration));
        assert_eq!(Wording::new("合成"), Err(WordingError::NoAi));
        for (id, text) in Wording::OF_IDS {
            assert_eq!(Wording::new(text).ok(), Wording::of_id(id));
        }
        assert_eq!(Wording::of_id("fiction"), None);
        let place = Position::of_place;
        assert_eq!(
            [place("start"), place("end"), place("content"), place("interface")],
            [Some(Position::Start), Some(Position::End), Some(Position::End), None]
        );
    }

    #[test]
    fn a_text_gets_its_mark_once() {
        let wording = Wording::default();
        assert_eq!(in_text("正文", &wording, Position::Start), "（AI生成）正文");
        assert_eq!(in_text("正文", &wording, Position::At(4)), "正（AI生成）文");
        assert_eq!(in_text("正文", &wording, Position::At(99)), "正文（AI生成）");
        let once = in_text("被中断的", &wording, Position::End);
        assert_eq!(once, "被中断的（AI生成）");
        assert_eq!(in_text(&once, &wording, Position::End), once);
    }

    #[test]
    fn a_markdown_page_gets_a_paragraph_behind_its_front_matter() {
        let wording = Wording::default();
        for (page, start, end) in [
            ("# 题\n", "（AI生成）\n\n# 题\n", "# 题\n\n（AI生成）\n"),
            (
                "---\na: b\n---\n\n# 题\n",
                "---\na: b\n---\n\n（AI生成）\n\n# 题\n",
                "---\na: b\n---\n\n# 题\n\n（AI生成）\n",
            ),
        ] {
            assert_eq!(in_markdown(page, &wording, Position::Start), start);
            assert_eq!(in_markdown(start, &wording, Position::Start), start);
            assert_eq!(in_markdown(page, &wording, Position::End), end);
            assert_eq!(in_markdown(end, &wording, Position::End), end);
        }
    }

    #[test]
    fn a_page_gets_its_notice_within_its_body() {
        let page = "<html><head><title><body></title></head><body class=x><p>文</p></body></html>";
        let marked = in_html(page, &Wording::default());
        assert!(marked.contains("<body class=x><p role=\"note\""), "{marked}");
        assert_eq!(in_html(&marked, &Wording::default()), marked);
        assert!(in_html("<p>文</p>", &Wording::default()).starts_with("<p role"));
    }

    #[test]
    fn front_matter_without_an_end_of_line_stays_front_matter() {
        let wording = Wording::default();
        for page in ["+++\ntitle = '题'\n+++", "+++\ntitle = '题'\n+++\t", "---\ntitle: 题\n---"] {
            let once = in_markdown(page, &wording, Position::Start);
            assert_eq!(once, format!("{page}\n（AI生成）\n\n"));
            assert_eq!(in_markdown(&once, &wording, Position::Start), once);
        }
    }

    #[test]
    fn what_has_to_stand_first_stays_first() {
        let wording = Wording::default();
        assert_eq!(in_text("\u{feff}文", &wording, Position::Start), "\u{feff}（AI生成）文");
        assert_eq!(in_text("\u{feff}（AI生成）文", &wording, Position::Start), "\u{feff}（AI生成）文");
        let toml = "\u{feff}+++\ntitle = '题'\n+++\n\n# 题\n";
        assert_eq!(
            in_markdown(toml, &wording, Position::Start),
            "\u{feff}+++\ntitle = '题'\n+++\n\n（AI生成）\n\n# 题\n"
        );
        let json = "{\n\"title\": \"题\"\n}\n\n# 题\n";
        assert_eq!(in_markdown(json, &wording, Position::Start), "{\n\"title\": \"题\"\n}\n\n（AI生成）\n\n# 题\n");
        // An object alone is the page itself.
        let answer = "{\n\"a\": 1\n}\n";
        assert_eq!(in_markdown(answer, &wording, Position::Start), format!("（AI生成）\n\n{answer}"));
        let rule = "---\n\n一行\n\n---\n";
        assert_eq!(in_markdown(rule, &wording, Position::Start), format!("（AI生成）\n\n{rule}"));
        let notice = "<p role=\"note\" lang=\"zh\" class=\"aigc-notice\">AI生成</p>";
        for (before, after) in [
            ("\u{feff}<!DOCTYPE html>", "<p>文</p>"),
            ("<!doctype html><html><head><title><p></title><meta charset=utf-8></head>", "<p>文</p></html>"),
            ("<!doctype html>\n<title>题</title>\n<style>p{}</style>", "\n<!-- c --><h1>文</h1>"),
            ("<html>", "文"),
        ] {
            let page = format!("{before}{after}");
            assert_eq!(in_html(&page, &wording), format!("{before}{notice}{after}"));
        }
    }

    #[test]
    fn five_percent_is_rounded_up() {
        assert_eq!([least_height(1920, 1080), least_height(101, 400), least_height(1, 1)], [54, 6, 1]);
    }
}
