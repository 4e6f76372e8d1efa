//! Looking for explicit marks in files: for those that this program sets, for words in what people read, and for words in pictures and
//! pages where a program can read those.

use std::fs::File;
use std::io::Seek as _;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use specialis_label::Container;
use specialis_label::explicit::{self, FoundMark, MarkPlace, VideoMark, Wording};
use specialis_label::limits::MAX_PIXELS;

use super::ffmpeg::Ffmpeg;
use super::files::Opened;
use super::way::At;
use super::words::error_in;
use super::{shown, stop};
use crate::options::Language;
use crate::output;

/// Pictures in which words can be read.
const PICTURES: [Container; 5] = [Container::Png, Container::Jpeg, Container::WebP, Container::Gif, Container::Tiff];

/// What was found.
pub(super) enum Marks {
    Looked(Vec<FoundMark>),
    /// Why nobody could look.
    Unknown(anyhow::Error),
}

/// Why nobody could look.
#[derive(Debug, thiserror::Error)]
enum NotLooked {
    #[error("words are not looked for in {0}; look at it, or listen to it")]
    Format(Container),
    #[error("there is no file")]
    NoFile,
    #[error("the picture states no size")]
    NoSize,
    #[error("the picture has {0} by {1} pixels, and no more than {MAX_PIXELS} are looked at")]
    TooLarge(u32, u32),
    #[error("`{0}` cannot be run; install it to have this format read")]
    NoProgram(&'static str),
    #[error("`{0}` could not read it")]
    Failed(&'static str),
}

impl NotLooked {
    fn in_chinese(&self) -> String {
        match self {
            Self::Format(container) => {
                format!("此处不在 {} 中查找文字；请自行查看或者收听", container.name_in_chinese())
            }
            Self::NoFile => "没有文件".to_owned(),
            Self::NoSize => "图片没有写明尺寸".to_owned(),
            Self::TooLarge(width, height) => format!("图片为 {width}×{height} 像素，超过上限 {MAX_PIXELS}"),
            Self::NoProgram(program) => format!("不能运行 `{program}`；读取此格式需要安装它"),
            Self::Failed(program) => format!("`{program}` 不能读取"),
        }
    }
}

impl Marks {
    /// Looks through a file that was opened.
    pub(super) fn of(opened: &mut Opened) -> Self {
        if let Some(mark) = own_mark(opened) {
            return Self::Looked(vec![mark]);
        }
        match text_of(opened) {
            Ok(text) => Self::Looked(explicit::marks_in(&text)),
            Err(error) => Self::Unknown(error),
        }
    }

    /// For a program.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Looked(marks) if marks.is_empty() => json!({ "verdict": "not-found", "marks": [] }),
            Self::Looked(marks) => json!({ "verdict": "found", "marks": marks }),
            Self::Unknown(why) => json!({ "verdict": "unknown", "why": output::chain(why.as_ref()) }),
        }
    }

    /// For a person.
    pub(super) fn words(&self, lang: Language) -> String {
        match self {
            Self::Looked(marks) => match marks.first() {
                Some(mark) => {
                    let place = lang.pick(mark.place.as_str(), mark.place.in_chinese());
                    format!("`{}` ({place})", shown::shown(&mark.text))
                }
                None => lang.pick("not-found", "未发现").to_owned(),
            },
            Self::Unknown(why) => {
                let own = why.downcast_ref().map(NotLooked::in_chinese).filter(|_| lang == Language::Zh);
                let why = own.unwrap_or_else(|| error_in(lang, why));
                format!("{}: {}", lang.pick("unknown", "无法判断"), shown::shown(&why))
            }
        }
    }
}

/// The mark of this program, which is found without any other one but in packed sounds and videos.
fn own_mark(opened: &mut Opened) -> Option<FoundMark> {
    let file = &mut opened.located.as_mut()?.file;
    // Where a file cannot be read to its end, the search for words says why.
    if let Ok(Some(mark)) = explicit::own_mark(file, opened.container) {
        return Some(mark);
    }
    explicit::ffmpeg_format(opened.container)?;
    let program = |at: At| Ffmpeg { program: "ffmpeg", at };
    if let Some(video) = VideoMark::of(file, opened.container, Wording::default()).ok()? {
        let frame = program(At::Start).first_frame(file).ok()??;
        let wording = video.found_on(&frame).ok()??;
        return Some(FoundMark { text: wording.to_string(), place: MarkPlace::Corner });
    }
    let is_there = |at: At, file: &mut File| program(at).is_marked(file, None).ok();
    let (text, places) = (explicit::RHYTHM_IN_WORDS, [(At::Start, MarkPlace::Start), (At::End, MarkPlace::End)]);
    let (_, place) = places.into_iter().find(|(at, _)| is_there(*at, file) == Some(true))?;
    Some(FoundMark { text: text.to_owned(), place })
}

fn text_of(opened: &mut Opened) -> Result<String> {
    if let Some(text) = &mut opened.text {
        return Ok(explicit::plain_text(&mut text.file)?);
    }
    let container = opened.container;
    let located = opened.located.as_mut().ok_or(NotLooked::NoFile)?;
    if let Some(text) = explicit::readable_text(&mut located.file, container)? {
        return Ok(text);
    }
    if container == Container::Pdf {
        return read_by("pdftotext", &["-q", "-", "-"], &mut located.file);
    }
    if !PICTURES.contains(&container) {
        return Err(NotLooked::Format(container).into());
    }
    let size = explicit::picture_size(&mut located.file, container)?;
    let (width, height) = size.ok_or(NotLooked::NoSize)?;
    if u64::from(width).saturating_mul(u64::from(height)) > MAX_PIXELS {
        return Err(NotLooked::TooLarge(width, height).into());
    }
    let args = ["stdin", "stdout", "-l", "chi_sim+eng", "--psm", "11"];
    let text = read_by("tesseract", &args, &mut located.file)?;
    // A reader of pixels puts blanks between characters.
    let line = |line: &str| as_meant(&line.split_whitespace().collect::<String>());
    Ok(text.lines().map(line).collect::<Vec<String>>().join("\n"))
}

/// What a reader of pixels takes a capital I for, behind an A.
const LIKE_I: [char; 5] = ['l', '1', '|', 'i', '!'];

/// A line as it was meant: `AI` for `Al` and its like, where it is no part of a longer word.
fn as_meant(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let is_part = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_alphanumeric);
    let meant = chars.iter().enumerate().map(|(at, c)| {
        let before = at.checked_sub(1).filter(|before| chars.get(*before) == Some(&'A'));
        let is_alone = before.is_some_and(|before| !is_part(before.checked_sub(1)) && !is_part(at.checked_add(1)));
        if is_alone && LIKE_I.contains(c) { 'I' } else { *c }
    });
    meant.collect()
}

/// What a program reads in a file, which it gets by handle.
fn read_by(program: &'static str, args: &[&str], file: &mut File) -> Result<String> {
    file.rewind()?;
    let ran = stop::output(Command::new(program).args(args).stdin(file.try_clone()?));
    let ran = ran.context(NotLooked::NoProgram(program))?;
    if !ran.status.success() {
        return Err(NotLooked::Failed(program).into());
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_of_pixels_is_taken_as_it_means() {
        for (read, meant) in [
            ("Al生成", "AI生成"),
            ("内容由A1生成", "内容由AI生成"),
            ("（A|合成）", "（AI合成）"),
            ("Al", "AI"),
            ("Also", "Also"),
            ("MAl生成", "MAl生成"),
            ("A10号", "A10号"),
            ("AI生成", "AI生成"),
        ] {
            assert_eq!(as_meant(read), meant);
        }
        assert_eq!(explicit::marks_in(&as_meant("Al生成")).len(), 1);
    }
}
