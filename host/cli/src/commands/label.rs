//! `label`: the labels of AI-generated content in files.
//!
//! Exit codes: 0 every file is as it should be, 1 some are not or could not be done, 2 usage.

mod ffmpeg;
mod files;
mod mark;
mod show;
mod target;
mod way;
mod write;

use std::io::Write;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::options::Language;
use crate::output::Exit;
use files::{Files, ReadArgs};
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
        lang: Language,
    },
}

pub(crate) fn run(args: &LabelArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        LabelCommand::Write(args) => write::run(args, out),
        LabelCommand::Read(args) => show::read(args, out),
        LabelCommand::Check(args) => show::check(args, out),
        LabelCommand::Mark(args) => mark::run(args, out),
        LabelCommand::Explain { files, lang } => show::explain(files, *lang, out),
    }
}
