//! `label`: the labels of AI-generated content in files.
//!
//! Exit codes: 0 every file is as it should be, 1 some are not or could not be done, 2 usage.

mod mark;
mod show;
mod target;
mod write;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use specialis_label::{Container, Reading};

use crate::args::Lang;
use crate::out::End;
use mark::MarkArgs;
use write::WriteArgs;

const AFTER_HELP: &str = "\
Examples:
  specialis label check 'out/*.png' report.docx
  specialis label read clip.mp4 --format jsonl
  specialis label write a.png --producer 001191110000MAAAAAAA0210001 --id 7f3a -o a.labelled.png
  specialis label write 'out/*.jpg' --producer 001191110000MAAAAAAA0210001 --id-prefix batch7- --in-place
  specialis label write post.md --propagate confirmed --propagator 001191110000MAAAAAAA0220001 --id p-1 --in-place
  specialis label mark a.png --corner bottom-left -o a.marked.png
  specialis label mark clip.mp4 song.mp3 page.md --in-place
  specialis label mark clip.mp4 --plan
  specialis label explain bad.mp3 --lang zh

A plain text `a.txt` has its label beside it, in `a.txt.aigc.json`.

Exit codes: 0 every file is as it should be; 1 some are not, or could not be read or written; 2 usage.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LabelArgs {
    #[command(subcommand)]
    command: LabelCommand,
}

#[derive(Subcommand)]
enum LabelCommand {
    /// Write the implicit label into files that have none, or what a platform that spreads them adds.
    Write(WriteArgs),
    /// Show every label of files, with its place.
    Read(ReadArgs),
    /// Hold the labels of files to the standard: compliant, non-compliant, not-found or inconclusive.
    Check(ReadArgs),
    /// Put on files the mark that people perceive: words on text and pixels, a rhythm around sounds; videos and packed sounds
    /// through ffmpeg where it is installed.
    Mark(MarkArgs),
    /// Say for a person what is wrong with a label, and which rule says so.
    Explain {
        #[command(flatten)]
        files: Files,
        /// In which language.
        #[arg(long, value_enum, default_value_t)]
        lang: Lang,
    },
}

/// The files, and how they are read.
#[derive(Args)]
struct Files {
    /// Files; a pattern with `*`, `?` or `**` stands for all that match.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Read every file as this format, whatever it looks like, by the end of a name such as `png` or `md`.
    #[arg(long = "as", value_name = "FORMAT")]
    format_of_files: Option<String>,
}

#[derive(Args)]
struct ReadArgs {
    #[command(flatten)]
    files: Files,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON object a line, one for each file.
    Jsonl,
}

pub(crate) fn run(args: &LabelArgs, out: &mut dyn Write) -> Result<End> {
    match &args.command {
        LabelCommand::Write(args) => write::run(args, out),
        LabelCommand::Read(args) => show::read(args, out),
        LabelCommand::Check(args) => show::check(args, out),
        LabelCommand::Mark(args) => mark::run(args, out),
        LabelCommand::Explain { files, lang } => show::explain(files, *lang, out),
    }
}

impl Files {
    /// Every file that was meant, each once, in the order in which they were named.
    fn paths(&self) -> Result<Vec<PathBuf>> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for pattern in &self.files {
            // A file whose name has the characters of a pattern is meant itself.
            if Path::new(pattern).exists() || !pattern.contains(['*', '?', '[']) {
                paths.push(PathBuf::from(pattern));
                continue;
            }
            let found = glob::glob(pattern).map_err(|error| anyhow!("`{pattern}` is no pattern: {error}"))?;
            let before = paths.len();
            paths.extend(found.filter_map(Result::ok).filter(|path| path.is_file()));
            if paths.len() == before {
                bail!("`{pattern}` matches no file; check the folder, and put the pattern in quotation marks");
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        Ok(paths)
    }

    fn forced(&self) -> Result<Option<Container>> {
        let Some(name) = &self.format_of_files else { return Ok(None) };
        let known = Container::of_name(Path::new(&format!("x.{name}")));
        known.map(Some).ok_or_else(|| {
            let all: Vec<&str> =
                Container::ALL.iter().filter_map(|known| known.extensions().first().copied()).collect();
            anyhow!("`{name}` is no format; give one of {}", all.join(", "))
        })
    }
}

fn open(path: &Path) -> Result<File> {
    if path.is_dir() {
        bail!("this is a folder; name its files, for example with `{}/*`", path.display());
    }
    // A pipe would be waited for, and places in it cannot be looked up.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        bail!("this is a pipe or a device; write what it gives to a file first");
    }
    File::open(path).context("the file cannot be opened")
}

/// A file that was opened: where its label is, and in which format.
struct Opened {
    /// The file with the label: the side file for a plain text.
    path: PathBuf,
    container: Container,
    /// Nothing for a side file that is not there yet.
    file: Option<File>,
}

impl Opened {
    fn of(path: &Path, forced: Option<Container>) -> Result<Self> {
        let is_text = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("txt"));
        if is_text && forced.is_none() {
            open(path)?;
            let side = Container::side_file(path);
            let file = side.exists().then(|| open(&side)).transpose()?;
            return Ok(Self { path: side, container: Container::Side, file });
        }
        let mut file = open(path)?;
        let container = match forced {
            Some(container) => container,
            None => Container::detect(&mut file, path)?
                .ok_or_else(|| anyhow!("no format is known that looks like this; name one with `--as`"))?,
        };
        Ok(Self { path: path.to_owned(), container, file: Some(file) })
    }

    fn reading(&mut self) -> Result<Reading> {
        Ok(match &mut self.file {
            Some(file) => specialis_label::read(file, self.container)?,
            None => specialis_label::read(&mut std::io::Cursor::new(Vec::<u8>::new()), self.container)?,
        })
    }
}
