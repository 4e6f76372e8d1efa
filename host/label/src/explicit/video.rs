//! What has to be drawn on a video, computed; drawing is for a program that decodes it.

use std::io::{Read, Seek};

use super::{Streams, UnknownCodec, Wording, least_height};
use crate::container::{Container, frame_size};
use crate::error::LabelError;
use crate::source::Source;

/// The mark of a video: on its first frames and around the player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoMark {
    /// What it says.
    pub wording: Wording,
    /// How high its characters are at least, in pixels.
    pub height: u32,
    /// For how long it stands from the first frame on, in milliseconds.
    pub milliseconds: u32,
    /// Width and height of the frames, in pixels.
    pub frame: (u32, u32),
}

impl VideoMark {
    /// How long a mark stands at least.
    pub const LEAST_MILLISECONDS: u32 = 2000;

    /// The mark for frames of this size.
    pub fn new(wording: Wording, width: u32, height: u32) -> Self {
        Self {
            wording,
            height: least_height(width, height),
            milliseconds: Self::LEAST_MILLISECONDS,
            frame: (width, height),
        }
    }

    /// The mark for a video in a file: its frames are measured. Nothing where it has no picture.
    ///
    /// # Errors
    ///
    /// If the file is damaged or cannot be read.
    pub fn of<R: Read + Seek>(
        source: &mut R,
        container: Container,
        wording: Wording,
    ) -> Result<Option<Self>, LabelError> {
        let size = frame_size(&mut Source::new(source, container)?)?;
        Ok(size
            .filter(|&(width, height)| width > 0 && height > 0)
            .map(|(width, height)| Self { frame: (width, height), ..Self::new(wording, width, height) }))
    }

    /// How far the mark stands from the edges of a frame.
    pub(super) fn margin(&self) -> u32 {
        self.height / 2
    }

    /// The arguments with which ffmpeg writes the first frame as PNG to its standard output, for [`VideoMark::is_drawn`].
    pub fn first_frame_arguments(input: &FfmpegInput<'_>) -> Vec<String> {
        let start = ["-v", "error", "-nostdin"].map(str::to_owned);
        let form = ["-map", "0:v:0", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1"].map(str::to_owned);
        start.into_iter().chain(input.arguments()).chain(form).collect()
    }

    /// The arguments with which ffmpeg puts a picture of the mark, as high as [`VideoMark::height`] asks, onto the first frames of a
    /// video. The frames are encoded anew as they were, with the same codec and depth of colors. Sound, subtitles and attachments
    /// are copied.
    ///
    /// # Errors
    ///
    /// If nothing is known that encodes it so again.
    pub fn ffmpeg_arguments(
        &self,
        streams: &Streams,
        input: &FfmpegInput<'_>,
        mark: &str,
        output: &str,
    ) -> Result<Vec<String>, UnknownCodec> {
        let seconds = f64::from(self.milliseconds) / 1000.0;
        let margin = self.margin();
        let filter = format!("[0:v:0][1:v]overlay=W-w-{margin}:H-h-{margin}:format=auto:enable='lte(t,{seconds})'[v]");
        let inputs = input.arguments().into_iter().chain(FfmpegInput { format: "png_pipe", path: mark }.arguments());
        let mapped = [
            "-filter_complex", &filter, "-map", "[v]", "-map", "0:a?", "-c:a", "copy", "-map", "0:s?", "-c:s", "copy",
            "-map", "0:t?", "-c:t", "copy", "-map_metadata", "0", "-map_chapters", "0", "-movflags",
            "use_metadata_tags",
        ];
        let start = ["-v", "error", "-n", "-nostdin"].map(str::to_owned);
        // Ogg has the metadata of the whole in those of the stream.
        let of_stream: &[&str] = if input.format == "ogg" { &["-map_metadata:s:v", "0:s:v"] } else { &[] };
        let mapped = mapped.iter().chain(of_stream).map(|word| (*word).to_owned()).chain(streams.picture_encoder()?);
        Ok(start.into_iter().chain(inputs).chain(mapped).chain([output.to_owned()]).collect())
    }
}

/// A file for ffmpeg: by the format that was recognized, and in a way that reads no other.
///
/// By itself ffmpeg takes the format from the content, and a playlist under the name of a sound would have it read other files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FfmpegInput<'a> {
    /// The name that ffmpeg has for the format, from [`ffmpeg_format`].
    pub format: &'a str,
    /// The file.
    pub path: &'a str,
}

/// The option that says which protocols ffmpeg may open, by its own name.
const PROTOCOLS: &str = concat!("-protocol_white", "list");

impl FfmpegInput<'_> {
    /// The arguments that name it: which protocols may be opened, the format, and the file.
    pub fn arguments(&self) -> Vec<String> {
        [PROTOCOLS, "file", "-f", self.format, "-i", self.path].map(str::to_owned).to_vec()
    }
}

/// The name that ffmpeg has for a format of sounds or videos.
pub fn ffmpeg_format(container: Container) -> Option<&'static str> {
    match container {
        Container::Mp4 => Some("mov"),
        Container::Matroska => Some("matroska"),
        Container::Wav => Some("wav"),
        Container::Mp3 => Some("mp3"),
        Container::Flac => Some("flac"),
        Container::Ogg => Some("ogg"),
        Container::Avi => Some("avi"),
        Container::Flv => Some("flv"),
        Container::Png
        | Container::Jpeg
        | Container::WebP
        | Container::Gif
        | Container::Tiff
        | Container::Heif
        | Container::Pdf
        | Container::Office
        | Container::Odf
        | Container::Ofd
        | Container::Epub
        | Container::Svg
        | Container::Html
        | Container::Markdown
        | Container::Side => None,
    }
}
