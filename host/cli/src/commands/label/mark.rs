//! Marks that people perceive: on text, on pixels, before a sound; what needs a codec goes through ffmpeg where that is
//! installed, and else is said in numbers for whoever can do it.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;
use specialis_label::explicit::{self, Corner, MarkError, PictureMark, Position, Wording};
use specialis_label::{Container, Edits, Remark};

use super::ffmpeg::Ffmpeg;
use super::files::Files;
use super::inputs::Input;
use super::located::Located;
use super::progress::{self, Progress};
use super::said::{OrSay as _, said};
use super::target::{Goal, Target};
use super::way::{At, Way, cannot, joined};
use super::words::{note_error, note_remark};
use super::{pool, shown};
use crate::options::Language;
use crate::output::{self, Exit};

/// The longest text that is marked.
const MAX_TEXT: u64 = 64 * 1024 * 1024;
/// How many files are marked before their names are said.
const BATCH: usize = 32;

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
    pub(super) target: Target,
    /// Change nothing: print for each file, as one JSON object a line, what has to be done to it and who can do it.
    #[arg(long, visible_alias = "dry-run")]
    plan: bool,
    /// Put the mark on files that have it already once more.
    #[arg(long)]
    again: bool,
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
    let inputs = args.files.inputs()?;
    if !args.plan {
        args.target.fits(&inputs)?;
    }
    let mut exit = Exit::Complete;
    let bar = Progress::new(inputs.len());
    for batch in inputs.chunks(BATCH) {
        let done = pool::each(batch, args.files.n_jobs(), |input| {
            let mut said = Vec::new();
            one(args, input, forced, &wording, &mut said).map(|()| said)
        });
        for (input, done) in batch.iter().zip(done) {
            match done {
                Ok(said) => progress::print(out, &said)?,
                Err(error) if output::is_closed_pipe(&error) => return Err(error),
                Err(error) => {
                    note_error(args.target.lang, &input.path, &error);
                    exit = Exit::Incomplete;
                }
            }
        }
        bar.advance(batch.len());
    }
    Ok(exit)
}

fn one(
    args: &MarkArgs,
    input: &Input,
    forced: Option<Container>,
    wording: &Wording,
    out: &mut dyn Write,
) -> Result<()> {
    let path = input.path.as_path();
    let mut located = if input.is_standard() { Located::standard()? } else { Located::open(path)? };
    let (way, container) = Way::of(path, &mut located.file, forced, wording)?;
    if args.plan {
        let plan = joined([json!({ "file": path.display().to_string() }), way.plan(args.at, wording)]);
        writeln!(out, "{plan}")?;
        return Ok(());
    }
    let remarks = match container {
        Some(container) => specialis_label::read(&mut located.file, container)?.remarks,
        None => Vec::new(),
    };
    let (goal, mut file) = args.target.goal(located, input)?;
    let (written, is_standard) = (goal.path().to_owned(), goal.is_standard());
    set_mark(args, path, &way, (&mut file, goal), wording)?;
    note_remarks(args.target.lang, path, &remarks, &way);
    if !is_standard {
        writeln!(out, "{}", shown::line(&written))?;
    }
    Ok(())
}

/// Writes the file with its mark.
fn set_mark(args: &MarkArgs, path: &Path, way: &Way, (file, goal): (&mut File, Goal), wording: &Wording) -> Result<()> {
    let ffmpeg = Ffmpeg { program: &args.ffmpeg, at: args.at };
    let lossy = |png: &[u8]| ffmpeg.webp(png).map_err(|error| output::chain(error.as_ref()));
    let mark = PictureMark { wording, corner: args.corner.into(), again: args.again, lossy: Some(&lossy) };
    match way {
        Way::Text | Way::Markdown | Way::Page => {
            let text = words_of(file)?;
            let marked = in_words(args, way, &text, wording);
            if marked != text {
                return goal.write(|sink| sink.write_all(marked.as_bytes()));
            }
            if !args.again {
                return keep(path, file, goal);
            }
            let marked = once_more(args, way, &text, wording);
            goal.write(|sink| sink.write_all(marked.as_bytes()))
        }
        Way::Document => match explicit::in_office(file, wording, args.at.positions(), args.again)? {
            Some(edits) => goal.write(|sink| sink.apply(&edits, file)),
            None => keep(path, file, goal),
        },
        Way::Pages => match explicit::in_pdf(file, wording, args.at.positions(), args.again)? {
            Some(edits) => goal.write(|sink| sink.apply(&edits, file)),
            None => keep(path, file, goal),
        },
        Way::Frames(container) => on_frames(path, *container, (file, goal), mark),
        Way::Picture(container) => on_picture(path, *container, (file, goal), mark),
        Way::Wav => {
            if !args.again && explicit::has_rhythm(file, args.at.cue())? {
                return keep(path, file, goal);
            }
            let edits = explicit::before_sound(file, args.at.cue())?;
            goal.write(|sink| sink.apply(&edits, file))
        }
        Way::Mp3 => match explicit::around_mp3(file, args.at.cue(), args.again)? {
            Some(edits) => goal.write(|sink| sink.apply(&edits, file)),
            None => keep(path, file, goal),
        },
        Way::Sound if !args.again && ffmpeg.is_marked(file, None)? => keep(path, file, goal),
        Way::Sound => ffmpeg.mark((path, file), &goal, None),
        Way::Video(mark) if !args.again && ffmpeg.is_marked(file, Some(mark))? => keep(path, file, goal),
        Way::Video(mark) => {
            ffmpeg.mark((path, file), &goal, Some(mark))?;
            let (en, zh) = (
                format!("note: show `{wording}` around the player as well, while it plays"),
                format!("提示：播放时还应在播放器周边显示 `{wording}`"),
            );
            shown::note(path, args.target.lang.pick(&en, &zh));
            Ok(())
        }
        Way::Platform { container, frame } => Err(cannot(*container, *frame, wording)),
    }
}

/// Draws the words on every frame of a picture that moves.
fn on_frames(path: &Path, container: Container, (file, goal): (&mut File, Goal), mark: PictureMark<'_>) -> Result<()> {
    let edits = if container == Container::Gif {
        explicit::in_gif(file, mark.wording, mark.corner, mark.again)
    } else {
        explicit::in_webp(file, mark)
    };
    match edits {
        Err(MarkError::Already) => keep(path, file, goal),
        edits => {
            let edits = edits?;
            goal.write(|sink| sink.apply(&edits, file))
        }
    }
}

/// Draws the words on a picture.
fn on_picture(path: &Path, container: Container, (file, goal): (&mut File, Goal), mark: PictureMark<'_>) -> Result<()> {
    let mut marked = Vec::new();
    let lang = goal.lang();
    let drawn = match explicit::draw_in_file(file, &mut marked, container, mark) {
        Err(MarkError::Already) => return keep(path, file, goal),
        drawn => drawn?.0,
    };
    goal.write(|sink| sink.write_all(&marked))?;
    let (wording, height, contrast) = (mark.wording, drawn.height, drawn.contrast);
    let (en, zh) = (
        format!("`{wording}` is {height} pixels high, with a contrast of {contrast:.1}:1"),
        format!("`{wording}` 高 {height} 像素，对比度 {contrast:.1}:1"),
    );
    shown::note(path, lang.pick(&en, &zh));
    Ok(())
}

/// Leaves a file that has its mark as it is; a new file is a copy of it.
fn keep(path: &Path, file: &mut File, goal: Goal) -> Result<()> {
    let (en, zh) = ("already marked; `--again` puts the mark on it once more", "已有显式标识；`--again` 可再加一次");
    shown::note(path, goal.lang().pick(en, zh));
    if goal.is_in_place() { Ok(()) } else { goal.write(|sink| sink.apply(&Edits::default(), file)) }
}

fn note_remarks(lang: Language, path: &Path, remarks: &[Remark], way: &Way) {
    let is_encoded = matches!(way, Way::Sound | Way::Video(_));
    for remark in remarks {
        match remark {
            Remark::C2pa(_) if is_encoded => {
                let (en, zh) = ("note: its C2PA manifest is not kept; sign again", "提示：C2PA 清单未保留，须重新签名");
                shown::note(path, lang.pick(en, zh));
            }
            Remark::C2pa(_) | Remark::Signed(_) | Remark::Trailing(_) => note_remark(lang, path, remark),
        }
    }
}

fn words_of(file: &mut File) -> Result<String> {
    let mut text = String::new();
    file.rewind()?;
    let n_bytes = file.take(MAX_TEXT.saturating_add(1)).read_to_string(&mut text);
    n_bytes.or_say(|| ("it is not UTF-8; save it as UTF-8", "文件不是 UTF-8；请另存为 UTF-8"))?;
    if u64::try_from(text.len()).is_ok_and(|len| len > MAX_TEXT) {
        return Err(said(
            format!("it is longer than {MAX_TEXT} bytes; split it"),
            format!("文件超过 {MAX_TEXT} 字节；请分成几份"),
        ));
    }
    Ok(text)
}

fn in_words(args: &MarkArgs, way: &Way, text: &str, wording: &Wording) -> String {
    if matches!(way, Way::Page) {
        return explicit::in_html(text, wording);
    }
    let mut text = text.to_owned();
    for position in args.at.positions() {
        text = if matches!(way, Way::Markdown) {
            explicit::in_markdown(&text, wording, *position)
        } else {
            explicit::in_text(&text, wording, *position)
        };
    }
    text
}

/// The text with one mark more beside each that is there.
fn once_more(args: &MarkArgs, way: &Way, text: &str, wording: &Wording) -> String {
    if matches!(way, Way::Page) {
        // An empty page gets the notice alone.
        let notice = explicit::in_html("", wording);
        return text.replacen(&notice, &notice.repeat(2), 1);
    }
    let mark = wording.mark();
    let mut text = text.to_owned();
    for position in args.at.positions() {
        let at = match position {
            Position::Start => text.find(&mark).map_or(0, |at| at.saturating_add(mark.len())),
            Position::End | Position::At(_) => text.trim_end().len(),
        };
        text = explicit::in_text(&text, wording, Position::At(at));
    }
    text
}
