//! Marks on videos and packed sounds, through ffmpeg.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use specialis_label::Container;
use specialis_label::explicit::{self, VideoMark};

use super::target::{Goal, PartFolder};
use super::way::At;

/// The program, and where it puts the rhythm around a sound.
pub(super) struct Ffmpeg<'a> {
    pub(super) program: &'a str,
    pub(super) at: At,
}

impl Ffmpeg<'_> {
    /// Runs ffmpeg into a folder beside the goal; the result takes the goal's name when the label in its metadata came along.
    pub(super) fn mark(&self, path: &Path, goal: &Goal, video: Option<&VideoMark>) -> Result<()> {
        let folder = PartFolder::new(goal.path())?;
        let extension = goal.path().extension().or(path.extension()).unwrap_or_default();
        let output = folder.file("out").with_extension(extension);
        let input = fs::canonicalize(path)?;
        let text =
            |path: &Path| path.to_str().map(str::to_owned).context("ffmpeg needs names of files in UTF-8; rename it");
        let arguments = match video {
            Some(mark) => {
                let plate = folder.file("mark.png");
                let (width, height) = mark.frame;
                fs::write(&plate, explicit::plate(&mark.wording, width, height)?)?;
                mark.ffmpeg_arguments(&text(&input)?, &text(&plate)?, &text(&output)?)
            }
            None => {
                let rhythm = folder.file("rhythm.wav");
                fs::write(&rhythm, explicit::rhythm_wav())?;
                self.at.cue().ffmpeg_arguments(&text(&input)?, &text(&rhythm)?, &text(&output)?)
            }
        };
        let ran = Command::new(self.program).args(&arguments).output();
        let ran = ran.with_context(|| format!("`{}` cannot be run; {}", self.program, self.by_hand(video)))?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr);
            let said =
                said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned();
            bail!("`{}` could not mark it ({said}); {}", self.program, self.by_hand(video));
        }
        came_along(&input, &output)?;
        goal.take(&output, &input)
    }

    /// What a person can do without the program.
    fn by_hand(&self, video: Option<&VideoMark>) -> String {
        match video {
            Some(VideoMark { wording, height, milliseconds, .. }) => format!(
                "draw `{wording}` at least {height} pixels high on the first {milliseconds} milliseconds, and show it around the \
                 player"
            ),
            None => format!(
                "play the rhythm, short long and short short, at the {}, or say it in a voice of normal speed",
                if self.at == At::Both { "start and the end" } else { self.at.as_str() }
            ),
        }
    }
}

/// Whether what stood in the metadata of one file stands in those of the other.
fn came_along(before: &Path, after: &Path) -> Result<()> {
    let labels = |path: &Path| -> Result<Vec<String>> {
        let mut file = File::open(path)?;
        let container = Container::detect(&mut file, path)?.context("ffmpeg wrote an unknown format")?;
        let reading = specialis_label::read(&mut file, container)?;
        Ok(reading.labels.into_iter().map(|found| found.label.text).collect())
    };
    let (old, new) = (labels(before)?, labels(after)?);
    if old != new {
        bail!("its label would not come along into this format; name an `--output` of the same format as the file");
    }
    Ok(())
}
