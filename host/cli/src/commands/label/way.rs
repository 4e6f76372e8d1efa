//! How a file gets its mark, and who can put it there.

use std::fs::File;
use std::path::Path;

use anyhow::{Error, Result};
use clap::ValueEnum;
use serde_json::{Value, json};
use specialis_label::Container;
use specialis_label::explicit::{self, Cue, Position, VideoMark, Wording};

use super::located::Refused;
use super::said::said;

/// Where a mark stands in a text or around a sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum At {
    #[default]
    Start,
    End,
    Both,
}

impl At {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Both => "both",
        }
    }

    pub(super) fn cue(self) -> Cue {
        match self {
            Self::Start => Cue::Start,
            Self::End => Cue::End,
            Self::Both => Cue::Both,
        }
    }

    pub(super) fn positions(self) -> &'static [Position] {
        match self {
            Self::Start => &[Position::Start],
            Self::End => &[Position::End],
            Self::Both => &[Position::Start, Position::End],
        }
    }
}

/// How a file gets its mark.
pub(super) enum Way {
    /// Words between other words.
    Text,
    Markdown,
    Page,
    /// Words as a paragraph of a DOCX, or on the slides of a PPTX.
    Document,
    /// Words on the first or the last page of a PDF.
    Pages,
    /// Words on pixels.
    Picture(Container),
    /// Words on every frame of a GIF, or of a WebP that moves.
    Frames(Container),
    /// The rhythm, sample by sample.
    Wav,
    /// The rhythm, frame by frame.
    Mp3,
    /// The rhythm, through ffmpeg.
    Sound,
    /// Words on the first frames, through ffmpeg.
    Video(VideoMark),
    /// Neither: what the platform has to do.
    Platform {
        container: Container,
        frame: Option<(u32, u32)>,
    },
}

impl Way {
    /// The way for a file, and the format that it has where it has metadata.
    pub(super) fn of(
        path: &Path,
        file: &mut File,
        forced: Option<Container>,
        wording: &Wording,
    ) -> Result<(Self, Option<Container>)> {
        let is_text = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("txt"));
        if forced.is_none() && !is_text && Container::has_side_file(path) {
            return Err(said(
                format!("words within it would be taken for data; show `{wording}` where the content is shown"),
                format!("其中的文字会被当作数据；请在展示内容之处显示 `{wording}`"),
            ));
        }
        let container = match forced {
            None if is_text => return Ok((Self::Text, None)),
            Some(container) => container,
            None => Container::detect(file, path)?.ok_or(Refused::Unknown)?,
        };
        let way = match container {
            Container::Markdown => Self::Markdown,
            Container::Html => Self::Page,
            Container::WebP if explicit::is_moving_webp(file)? => Self::Frames(container),
            Container::Png | Container::Jpeg | Container::WebP => Self::Picture(container),
            Container::Wav => Self::Wav,
            Container::Mp3 => Self::Mp3,
            Container::Flac => Self::Sound,
            Container::Mp4 | Container::Matroska | Container::Avi | Container::Flv | Container::Ogg => {
                VideoMark::of(file, container, wording.clone())?.map_or(Self::Sound, Self::Video)
            }
            Container::Gif => Self::Frames(container),
            Container::Tiff | Container::Heif => {
                Self::Platform { container, frame: explicit::frame_size(file, container)? }
            }
            Container::Office if !is_sheet(path) => Self::Document,
            Container::Pdf => Self::Pages,
            Container::Office | Container::Odf | Container::Ofd | Container::Epub | Container::Svg => {
                Self::Platform { container, frame: None }
            }
            Container::Side => {
                return Err(said(
                    "this is a label, and nobody perceives it; mark the text beside it",
                    "这是标识文件，不供人阅读；请给旁边的文本加显式标识",
                ));
            }
        };
        Ok((way, Some(container)))
    }

    /// What has to be done, in words and numbers for a program.
    pub(super) fn plan(&self, at: At, wording: &Wording) -> Value {
        let text = |by: &str, places: &[&str]| json!({ "by": by, "text": wording.as_str(), "places": places });
        let size = |(width, height): (u32, u32)| json!({ "frame": [width, height], "height": explicit::least_height(width, height) });
        let rhythm = |by: &str| {
            json!({ "by": by, "rhythm": "短长 短短", "at": at.as_str(),
                    "milliseconds": explicit::rhythm_milliseconds() })
        };
        match self {
            Self::Text | Self::Markdown | Self::Page | Self::Document | Self::Pages => {
                text("specialis", &[at.as_str()])
            }
            Self::Picture(_) | Self::Frames(_) => text("specialis", &["corner"]),
            Self::Wav | Self::Mp3 => rhythm("specialis"),
            Self::Sound => rhythm("ffmpeg"),
            Self::Video(mark) => {
                let around = json!({ "text": wording.as_str(), "places": ["around-player"] });
                let time = json!({ "milliseconds": mark.milliseconds, "platform": around });
                joined([text("ffmpeg", &["start-frame"]), size(mark.frame), time])
            }
            Self::Platform { frame: Some(frame), .. } => joined([text("platform", &["corner"]), size(*frame)]),
            Self::Platform { .. } => text("platform", &["start", "end"]),
        }
    }
}

/// Whether a name is that of a table, which has no place for a paragraph.
fn is_sheet(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_ascii_lowercase());
    end.is_some_and(|end| ["xlsx", "xlsm", "xltx", "xltm"].iter().any(|known| end == *known))
}

/// The entries of all objects in one.
pub(super) fn joined<const N: usize>(objects: [Value; N]) -> Value {
    objects
        .into_iter()
        .filter_map(|object| if let Value::Object(map) = object { Some(map) } else { None })
        .flatten()
        .collect()
}

/// What the platform has to do if this program cannot set the mark.
pub(super) fn cannot(container: Container, frame: Option<(u32, u32)>, wording: &Wording) -> Error {
    let name = container.name_in_chinese();
    match frame {
        Some((width, height)) => {
            let least = explicit::least_height(width, height);
            said(
                format!(
                    "{container}: a mark is not drawn on this format here; draw `{wording}` into a corner, at least {least} \
                     pixels high, or convert it to PNG first"
                ),
                format!(
                    "{name}：此处不在这种格式上绘制标识；请在一角绘制 `{wording}`，高度不小于 {least} 像素，或者先转换为 PNG"
                ),
            )
        }
        None => said(
            format!(
                "{container}: a mark is not set into this format here; put `{wording}` at the start or the end of its text \
                 with the program that made it"
            ),
            format!("{name}：此处不在这种格式中加显式标识；请用生成它的程序在正文开头或者结尾加上 `{wording}`"),
        ),
    }
}
