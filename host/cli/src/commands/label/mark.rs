//! Marks that people perceive: on text, on pixels, before a sound; what needs a codec goes through ffmpeg where that is
//! installed, and else is said in numbers for whoever can do it.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use specialis_label::explicit::{self, Corner, Wording};
use specialis_label::{Container, Remark};

use super::ffmpeg::Ffmpeg;
use super::files::{self, Files};
use super::target::{Goal, Target};
use super::way::{At, Way, cannot, joined};
use crate::output::{self, Exit};

/// The longest text that is marked.
const MAX_TEXT: u64 = 64 * 1024 * 1024;

#[derive(Args)]
pub(super) struct MarkArgs {
    #[command(flatten)]
    files: Files,
    /// What the mark says: an element for AI (`人工智能` or `AI`) and one for generation (`生成` or `合成`).
    #[arg(long, default_value = "AI生成")]
    wording: String,
    /// Where the mark stands in a text or around a sound.
    #[arg(long, value_enum, default_value_t)]
    at: At,
    /// Where it stands on a picture.
    #[arg(long, value_enum, default_value_t)]
    corner: CornerArg,
    #[command(flatten)]
    target: Target,
    /// Change nothing: print for each file, as one JSON object a line, what has to be done to it and who can do it.
    #[arg(long, conflicts_with_all = ["output", "in_place"])]
    plan: bool,
    /// The ffmpeg that marks videos and packed sounds.
    #[arg(long, value_name = "PROGRAM", default_value = "ffmpeg")]
    ffmpeg: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum CornerArg {
    TopLeft,
    TopRight,
    BottomLeft,
    #[default]
    BottomRight,
}

impl From<CornerArg> for Corner {
    fn from(corner: CornerArg) -> Self {
        match corner {
            CornerArg::TopLeft => Self::TopLeft,
            CornerArg::TopRight => Self::TopRight,
            CornerArg::BottomLeft => Self::BottomLeft,
            CornerArg::BottomRight => Self::BottomRight,
        }
    }
}

pub(super) fn run(args: &MarkArgs, out: &mut dyn Write) -> Result<Exit> {
    let wording = Wording::new(&args.wording)?;
    let forced = args.files.forced()?;
    let paths = args.files.paths()?;
    if !args.plan {
        args.target.fits(paths.len())?;
    }
    let mut exit = Exit::Complete;
    for path in &paths {
        match one(args, path, forced, &wording, out) {
            Ok(()) => {}
            Err(error) if output::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                output::note_error(&path.display().to_string(), &error);
                exit = Exit::Incomplete;
            }
        }
    }
    Ok(exit)
}

fn one(args: &MarkArgs, path: &Path, forced: Option<Container>, wording: &Wording, out: &mut dyn Write) -> Result<()> {
    let mut file = files::open(path)?;
    let (way, container) = Way::of(path, &mut file, forced, wording)?;
    if args.plan {
        let plan = joined([json!({ "file": path.display().to_string() }), way.plan(args.at, wording)]);
        writeln!(out, "{plan}")?;
        return Ok(());
    }
    let goal = args.target.goal(path)?;
    let remarks = match container {
        Some(container) => specialis_label::read(&mut file, container)?.remarks,
        None => Vec::new(),
    };
    let written = goal.path().to_owned();
    set_mark(args, path, &way, (file, goal), wording)?;
    note_remarks(path, &remarks, &way);
    writeln!(out, "{}", written.display())?;
    Ok(())
}

/// Writes the file with its mark.
fn set_mark(args: &MarkArgs, path: &Path, way: &Way, (mut file, goal): (File, Goal), wording: &Wording) -> Result<()> {
    let ffmpeg = Ffmpeg { program: &args.ffmpeg, at: args.at };
    match way {
        Way::Text | Way::Markdown | Way::Page => {
            let marked = in_words(args, way, &mut file, wording)?;
            goal.write(Some(&file), |sink| Ok(sink.write_all(marked.as_bytes())?))
        }
        Way::Picture(container) => {
            let mut marked = Vec::new();
            let corner = args.corner.into();
            let (drawn, _) = explicit::draw_in_file(&mut file, &mut marked, *container, wording, corner)?;
            goal.write(Some(&file), |sink| Ok(sink.write_all(&marked)?))?;
            let (shown, height, contrast) = (path.display(), drawn.height, drawn.contrast);
            output::note(&format!("{shown}: `{wording}` is {height} pixels high, with a contrast of {contrast:.1}:1"));
            Ok(())
        }
        Way::Wav => {
            let edits = explicit::before_sound(&mut file, args.at.cue())?;
            let like = file.try_clone()?;
            goal.write(Some(&like), |sink| Ok(edits.apply(&mut file, sink)?))
        }
        Way::Sound => ffmpeg.mark(path, &goal, None),
        Way::Video(mark) => {
            ffmpeg.mark(path, &goal, Some(mark))?;
            output::note(&format!(
                "{}: note: show `{wording}` around the player as well, while it plays",
                path.display()
            ));
            Ok(())
        }
        Way::Platform { container, frame } => bail!("{}", cannot(*container, *frame, wording)),
    }
}

fn note_remarks(path: &Path, remarks: &[Remark], way: &Way) {
    let is_encoded = matches!(way, Way::Sound | Way::Video(_));
    for remark in remarks {
        match remark {
            Remark::C2pa(_) if is_encoded => {
                output::note(&format!("{}: note: its C2PA manifest is not kept; sign again", path.display()));
            }
            Remark::C2pa(_) | Remark::Signed(_) | Remark::Trailing(_) => {
                output::note(&format!("{}: note: {remark}", path.display()));
            }
        }
    }
}

fn in_words(args: &MarkArgs, way: &Way, file: &mut File, wording: &Wording) -> Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.take(MAX_TEXT.saturating_add(1)).read_to_string(&mut text).context("it is not UTF-8; save it as UTF-8")?;
    if u64::try_from(text.len()).is_ok_and(|len| len > MAX_TEXT) {
        bail!("it is longer than {MAX_TEXT} bytes; split it");
    }
    if matches!(way, Way::Page) {
        return Ok(explicit::in_html(&text, wording));
    }
    for position in args.at.positions() {
        text = if matches!(way, Way::Markdown) {
            explicit::in_markdown(&text, wording, *position)
        } else {
            explicit::in_text(&text, wording, *position)
        };
    }
    Ok(text)
}
