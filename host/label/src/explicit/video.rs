//! What has to be drawn on a video, computed; drawing is for a program that decodes it.

use super::{Wording, least_height};

/// The mark of a video: on its first frames and around the player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoMark {
    /// What it says.
    pub wording: Wording,
    /// How high its characters are at least, in pixels.
    pub height: u32,
    /// For how long it stands from the first frame on, in milliseconds.
    pub milliseconds: u32,
}

impl VideoMark {
    /// How long a mark stands at least.
    pub const LEAST_MILLISECONDS: u32 = 2000;

    /// The mark for frames of this size.
    pub fn new(wording: Wording, width: u32, height: u32) -> Self {
        Self { wording, height: least_height(width, height), milliseconds: Self::LEAST_MILLISECONDS }
    }

    /// The arguments with which ffmpeg puts a picture of the mark, as high as [`VideoMark::height`] asks, onto the first frames of a
    /// video. Sound and the other streams are copied.
    pub fn ffmpeg_arguments(&self, input: &str, mark: &str, output: &str) -> Vec<String> {
        let seconds = f64::from(self.milliseconds) / 1000.0;
        let margin = self.height / 2;
        let filter = format!("[0:v][1:v]overlay=W-w-{margin}:H-h-{margin}:enable='lte(t,{seconds})'[v]");
        ["-n", "-i", input, "-i", mark, "-filter_complex", &filter, "-map", "[v]", "-map", "0:a?", "-c:a", "copy"]
            .into_iter()
            .chain(["-map_metadata", "0", "-movflags", "use_metadata_tags", output])
            .map(str::to_owned)
            .collect()
    }
}
