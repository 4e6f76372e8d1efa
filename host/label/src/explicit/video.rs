//! What has to be drawn on a video, computed; drawing is for a program that decodes it.

use std::io::{Read, Seek};

use super::{Wording, least_height};
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

    /// The arguments with which ffmpeg puts a picture of the mark, as high as [`VideoMark::height`] asks, onto the first frames of a
    /// video. Sound and the other streams are copied.
    pub fn ffmpeg_arguments(&self, input: &str, mark: &str, output: &str) -> Vec<String> {
        let seconds = f64::from(self.milliseconds) / 1000.0;
        let margin = self.height / 2;
        let filter = format!("[0:v][1:v]overlay=W-w-{margin}:H-h-{margin}:enable='lte(t,{seconds})'[v]");
        [
            "-v", "error", "-n", "-i", input, "-i", mark, "-filter_complex", &filter, "-map", "[v]", "-map", "0:a?",
            "-c:a", "copy",
        ]
        .into_iter()
        .chain(["-map_metadata", "0", "-movflags", "use_metadata_tags", output])
        .map(str::to_owned)
        .collect()
    }
}
