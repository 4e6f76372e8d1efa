//! Marks that people perceive: on text, on pixels, before a sound; what needs a codec goes through ffmpeg where that is
//! installed, and else is said in numbers for whoever can do it.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use specialis_label::explicit::{self, Corner, Cue, Position, VideoMark, Wording};
use specialis_label::{Container, Remark};

use super::Files;
use super::target::{Goal, PartFolder, Target};
use crate::out::{self, End};

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
enum At {
    #[default]
    Start,
    End,
    Both,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum CornerArg {
    TopLeft,
    TopRight,
    BottomLeft,
    #[default]
    BottomRight,
}

impl At {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Both => "both",
        }
    }

    fn cue(self) -> Cue {
        match self {
            Self::Start => Cue::Start,
            Self::End => Cue::End,
            Self::Both => Cue::Both,
        }
    }

    fn positions(self) -> &'static [Position] {
        match self {
            Self::Start => &[Position::Start],
            Self::End => &[Position::End],
            Self::Both => &[Position::Start, Position::End],
        }
    }
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

/// How a file gets its mark.
enum Way {
    /// Words between other words.
    Text,
    Markdown,
    Page,
    /// Words on pixels.
    Picture(Container),
    /// The rhythm, sample by sample.
    Wav,
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
    fn of(
        path: &Path,
        file: &mut File,
        forced: Option<Container>,
        wording: &Wording,
    ) -> Result<(Self, Option<Container>)> {
        let is_text = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("txt"));
        let container = match forced {
            None if is_text => return Ok((Self::Text, None)),
            Some(container) => container,
            None => Container::detect(file, path)?
                .ok_or_else(|| anyhow!("no format is known that looks like this; name one with `--as`"))?,
        };
        let way = match container {
            Container::Markdown => Self::Markdown,
            Container::Html => Self::Page,
            Container::Png | Container::Jpeg | Container::WebP => Self::Picture(container),
            Container::Wav => Self::Wav,
            Container::Mp3 | Container::Flac => Self::Sound,
            Container::Mp4 | Container::Matroska => {
                VideoMark::of(file, container, wording.clone())?.map_or(Self::Sound, Self::Video)
            }
            Container::Gif | Container::Tiff => {
                Self::Platform { container, frame: explicit::frame_size(file, container)? }
            }
            Container::Pdf | Container::Office | Container::Epub => Self::Platform { container, frame: None },
            Container::Side => bail!("this is a label, and nobody perceives it; mark the text beside it"),
        };
        Ok((way, Some(container)))
    }

    /// What has to be done, in words and numbers for a program.
    fn plan(&self, args: &MarkArgs, wording: &Wording) -> Value {
        let text = |by: &str, places: &[&str]| json!({ "by": by, "text": wording.as_str(), "places": places });
        let size = |(width, height): (u32, u32)| json!({ "frame": [width, height], "height": explicit::least_height(width, height) });
        let rhythm = |by: &str| {
            json!({ "by": by, "rhythm": "短长 短短", "at": args.at.as_str(),
                    "milliseconds": explicit::rhythm_milliseconds() })
        };
        match self {
            Self::Text | Self::Markdown | Self::Page => text("specialis", &[args.at.as_str()]),
            Self::Picture(_) => text("specialis", &["corner"]),
            Self::Wav => rhythm("specialis"),
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

/// The entries of all objects in one.
fn joined<const N: usize>(objects: [Value; N]) -> Value {
    objects
        .into_iter()
        .filter_map(|object| if let Value::Object(map) = object { Some(map) } else { None })
        .flatten()
        .collect()
}

pub(super) fn run(args: &MarkArgs, out: &mut dyn Write) -> Result<End> {
    let wording = Wording::new(&args.wording)?;
    let forced = args.files.forced()?;
    let paths = args.files.paths()?;
    if !args.plan {
        args.target.fits(paths.len())?;
    }
    let mut end = End::All;
    for path in &paths {
        match one(args, path, forced, &wording, out) {
            Ok(()) => {}
            Err(error) if out::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                out::note(&format!("{}: {error:#}", path.display()));
                end = End::Some;
            }
        }
    }
    Ok(end)
}

fn one(args: &MarkArgs, path: &Path, forced: Option<Container>, wording: &Wording, out: &mut dyn Write) -> Result<()> {
    let mut file = super::open(path)?;
    let (way, container) = Way::of(path, &mut file, forced, wording)?;
    if args.plan {
        let plan = joined([json!({ "file": path.display().to_string() }), way.plan(args, wording)]);
        writeln!(out, "{plan}")?;
        return Ok(());
    }
    let goal = args.target.goal(path)?;
    let remarks = match container {
        Some(container) => specialis_label::read(&mut file, container)?.remarks,
        None => Vec::new(),
    };
    let written = goal.path().to_owned();
    match &way {
        Way::Text | Way::Markdown | Way::Page => {
            let marked = in_words(args, &way, &mut file, wording)?;
            goal.write(Some(&file), |sink| Ok(sink.write_all(marked.as_bytes())?))?;
        }
        Way::Picture(container) => {
            let mut marked = Vec::new();
            let corner = args.corner.into();
            let (drawn, _) = explicit::draw_in_file(&mut file, &mut marked, *container, wording, corner)?;
            goal.write(Some(&file), |sink| Ok(sink.write_all(&marked)?))?;
            out::note(&format!(
                "{}: `{wording}` is {} pixels high, with a contrast of {:.1}:1",
                path.display(),
                drawn.height,
                drawn.contrast
            ));
        }
        Way::Wav => {
            let edits = explicit::before_sound(&mut file, args.at.cue())?;
            let like = file.try_clone()?;
            goal.write(Some(&like), |sink| Ok(edits.apply(&mut file, sink)?))?;
        }
        Way::Sound => through_ffmpeg(args, path, &goal, None)?,
        Way::Video(mark) => {
            through_ffmpeg(args, path, &goal, Some(mark))?;
            out::note(&format!("{}: note: show `{wording}` around the player as well, while it plays", path.display()));
        }
        Way::Platform { container, frame } => bail!("{}", cannot(*container, *frame, wording)),
    }
    let is_encoded = matches!(way, Way::Sound | Way::Video(_));
    for remark in &remarks {
        match remark {
            Remark::C2pa(_) if is_encoded => {
                out::note(&format!("{}: note: its C2PA manifest does not come along; sign again", path.display()));
            }
            Remark::C2pa(_) | Remark::Signed(_) | Remark::Trailing(_) => {
                out::note(&format!("{}: note: {remark}", path.display()));
            }
        }
    }
    writeln!(out, "{}", written.display())?;
    Ok(())
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

/// What the platform has to do where nothing here can.
fn cannot(container: Container, frame: Option<(u32, u32)>, wording: &Wording) -> String {
    match frame {
        Some((width, height)) => {
            let least = explicit::least_height(width, height);
            format!(
                "{container}: a mark is not drawn on this format here; draw `{wording}` into a corner, at least {least} pixels \
                 high, or convert it to PNG first"
            )
        }
        None => format!(
            "{container}: a mark is not set into this format here; put `{wording}` at the start or the end of its text with \
             the program that made it"
        ),
    }
}

/// Runs ffmpeg into a folder beside the goal; the result takes the goal's name when the label in its metadata came along.
fn through_ffmpeg(args: &MarkArgs, path: &Path, goal: &Goal, video: Option<&VideoMark>) -> Result<()> {
    let folder = PartFolder::new(goal.path())?;
    let extension = goal.path().extension().or(path.extension()).unwrap_or_default();
    let output = folder.file("out").with_extension(extension);
    let input = fs::canonicalize(path)?;
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| anyhow!("ffmpeg needs names of files in UTF-8; rename it"))
    };
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
            args.at.cue().ffmpeg_arguments(&text(&input)?, &text(&rhythm)?, &text(&output)?)
        }
    };
    let ran = Command::new(&args.ffmpeg).args(&arguments).output();
    let ran = ran.map_err(|error| anyhow!("`{}` cannot be run ({error}); {}", args.ffmpeg, by_hand(args, video)))?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned();
        bail!("`{}` could not mark it ({said}); {}", args.ffmpeg, by_hand(args, video));
    }
    came_along(&input, &output)?;
    goal.take(&output, &input)
}

fn by_hand(args: &MarkArgs, video: Option<&VideoMark>) -> String {
    match video {
        Some(VideoMark { wording, height, milliseconds, .. }) => format!(
            "draw `{wording}` at least {height} pixels high on the first {milliseconds} milliseconds, and show it around the \
             player"
        ),
        None => format!(
            "play the rhythm, short long and short short, at the {}, or say it in a voice of normal speed",
            if args.at == At::Both { "start and the end" } else { args.at.as_str() }
        ),
    }
}

/// Whether what stood in the metadata of one file stands in those of the other.
fn came_along(before: &Path, after: &Path) -> Result<()> {
    let labels = |path: &Path| -> Result<Vec<String>> {
        let mut file = File::open(path)?;
        let container = Container::detect(&mut file, path)?.ok_or_else(|| anyhow!("ffmpeg wrote an unknown format"))?;
        let reading = specialis_label::read(&mut file, container)?;
        Ok(reading.labels.into_iter().map(|found| found.label.text).collect())
    };
    let (old, new) = (labels(before)?, labels(after)?);
    if old != new {
        bail!("its label would not come along into this format; name an `--output` of the same format as the file");
    }
    Ok(())
}
