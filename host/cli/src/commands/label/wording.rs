//! Looking for the words of explicit marks in files: in what people read, and in pictures and pages where a program can read those.

use std::fs::File;
use std::io::Seek as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use specialis_label::Container;
use specialis_label::explicit::{self, FoundMark};
use specialis_label::limits::MAX_PIXELS;

use super::files::Opened;
use super::{shown, stop};
use crate::options::Language;
use crate::output;

/// Pictures in which words can be read.
const PICTURES: [Container; 5] = [Container::Png, Container::Jpeg, Container::WebP, Container::Gif, Container::Tiff];

/// What was found.
pub(super) enum Marks {
    Looked(Vec<FoundMark>),
    /// Why nobody could look.
    Unknown(String),
}

impl Marks {
    /// Looks through a file that was opened.
    pub(super) fn of(opened: &mut Opened) -> Self {
        match text_of(opened) {
            Ok(text) => Self::Looked(explicit::marks_in(&text)),
            Err(error) => Self::Unknown(output::chain(error.as_ref())),
        }
    }

    /// For a program.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Looked(marks) if marks.is_empty() => json!({ "verdict": "not-found", "marks": [] }),
            Self::Looked(marks) => json!({ "verdict": "found", "marks": marks }),
            Self::Unknown(why) => json!({ "verdict": "unknown", "why": why }),
        }
    }

    /// For a person.
    pub(super) fn words(&self, lang: Language) -> String {
        match self {
            Self::Looked(marks) => match marks.first() {
                Some(mark) => format!("`{}` ({})", shown::shown(&mark.text), mark.place.as_str()),
                None => lang.pick("not-found", "未发现").to_owned(),
            },
            Self::Unknown(why) => format!("{}: {}", lang.pick("unknown", "无法判断"), shown::shown(why)),
        }
    }
}

fn text_of(opened: &mut Opened) -> Result<String> {
    if let Some(text) = &mut opened.text {
        return Ok(explicit::plain_text(&mut text.file)?);
    }
    let container = opened.container;
    let located = opened.located.as_mut().context("there is no file")?;
    if let Some(text) = explicit::readable_text(&mut located.file, container)? {
        return Ok(text);
    }
    if container == Container::Pdf {
        return read_by("pdftotext", &["-q", "-", "-"], &mut located.file);
    }
    if !PICTURES.contains(&container) {
        bail!("words are not looked for in {container}; look at it, or listen to it");
    }
    let size = explicit::picture_size(&mut located.file, container)?;
    let (width, height) = size.context("the picture states no size")?;
    if u64::from(width).saturating_mul(u64::from(height)) > MAX_PIXELS {
        bail!("the picture has {width} by {height} pixels, and no more than {MAX_PIXELS} are looked at");
    }
    let args = ["stdin", "stdout", "-l", "chi_sim+eng", "--psm", "11"];
    let text = read_by("tesseract", &args, &mut located.file)?;
    // A reader of pixels puts blanks between characters.
    let line = |line: &str| line.split_whitespace().collect::<String>();
    Ok(text.lines().map(line).collect::<Vec<String>>().join("\n"))
}

/// What a program reads in a file, which it gets by handle.
fn read_by(program: &str, args: &[&str], file: &mut File) -> Result<String> {
    file.rewind()?;
    let ran = stop::output(Command::new(program).args(args).stdin(file.try_clone()?));
    let ran = ran.with_context(|| format!("`{program}` cannot be run; install it to have this format read"))?;
    if !ran.status.success() {
        bail!("`{program}` could not read it");
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
