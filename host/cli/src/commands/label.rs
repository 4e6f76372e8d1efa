//! `label`: the labels of AI-generated content in files.
//!
//! Exit codes of `check` and `explain`: one for each verdict; of the others 0 everything was done, 1 something was not, 2 usage.

mod ffmpeg;
mod files;
mod folder;
mod inputs;
mod kept;
mod located;
mod mark;
mod pool;
mod progress;
mod report;
mod said;
mod show;
mod shown;
mod stop;
mod target;
mod transfer;
mod undo;
mod way;
mod wording;
mod words;
mod write;

use std::io::Write;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::options::Language;
use crate::output::{self, Exit};
use files::{CheckArgs, Files, ReadArgs, Saying};
use mark::MarkArgs;
use transfer::{DiffArgs, TransplantArgs};
use undo::UndoArgs;
use write::WriteArgs;

const AFTER_HELP: &str = "\
Examples:
  specialis label check 'out/*.png' report.docx
  specialis label check --explicit page.html report.docx
  specialis label read clip.mp4 --format jsonl
  specialis label write a.png --producer 001191110000MAAAAAAA0210001 --id 7f3a -o a.labelled.png
  specialis label write 'out/*.jpg' --producer 001191110000MAAAAAAA0210001 --id-prefix batch7- --in-place
  specialis label write post.md --propagate confirmed --propagator 001191110000MAAAAAAA0220001 --id p-1 --in-place
  specialis label mark a.png --corner bottom-left -o a.marked.png
  specialis label mark clip.mp4 song.mp3 page.md --in-place
  specialis label mark clip.mp4 --plan
  specialis label explain bad.mp3 --lang zh
  specialis label check -r archive --ext png,jpg --format sarif > labels.sarif
  specialis label write -r archive --out-dir labelled --producer 001191110000MAAAAAAA0210001 --id-prefix 2026-
  specialis label write - --producer 001191110000MAAAAAAA0210001 --id 7f3a < a.png > labelled.png
  specialis label diff before.jpg after.jpg
  specialis label transplant original.mp4 encoded-again.mp4 -o labelled.mp4
  specialis label write a.png --producer 001191110000MAAAAAAA0210001 --id 7f3a --in-place --record
  specialis label undo a.png --in-place

A plain text `a.txt` has its label beside it, in `a.txt.aigc.json`.

Exit codes of check and explain: 0 compliant, 1 non-compliant, 3 not-found, 4 inconclusive, 5 a file could not be opened; of
several files the first of 5, 1, 4, 3, 0. Of diff: 0 the label is the same, 1 it is not, 5 a file
could not be opened. Of the others: 0 everything was done, 1 something was not. 2 is always usage.";

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
    Check(CheckArgs),
    /// Put on files the mark that people perceive: words on text and pixels, a rhythm around sounds; videos and packed sounds
    /// through ffmpeg where it is installed.
    Mark(MarkArgs),
    /// Say what happened to the label between two states of a file, before and after a program worked on it.
    Diff(DiffArgs),
    /// Take the label of one file over to another that was made from it, such as one that was encoded again.
    Transplant(TransplantArgs),
    /// Make files again what they were before `write --record` labelled them.
    Undo(UndoArgs),
    /// Say for a person what is wrong with a label, and which rule says so.
    Explain {
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        saying: Saying,
    },
}

/// The code for an error of usage.
const USAGE: u8 = 2;

impl LabelCommand {
    /// In which language errors are said.
    fn lang(&self) -> Language {
        match self {
            Self::Write(args) => args.target.lang,
            Self::Read(args) => args.saying.lang,
            Self::Check(args) => args.saying.lang,
            Self::Mark(args) => args.target.lang,
            Self::Diff(args) => args.lang,
            Self::Transplant(args) => args.target.lang,
            Self::Undo(args) => args.target.lang,
            Self::Explain { saying, .. } => saying.lang,
        }
    }
}

pub(crate) fn run(args: &LabelArgs, out: &mut dyn Write) -> Result<Exit> {
    match (args.command.lang(), done(args, out)) {
        (Language::Zh, Err(error)) if !output::is_closed_pipe(&error) => {
            let said = words::error_in(Language::Zh, &error);
            output::note(&format!("错误：{}", shown::shown(&said)));
            Ok(Exit::Own(USAGE))
        }
        (_, done) => done,
    }
}

fn done(args: &LabelArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        LabelCommand::Write(args) => write::run(args, out),
        LabelCommand::Read(args) => show::read(args, out),
        LabelCommand::Check(args) => show::check(args, out),
        LabelCommand::Mark(args) => mark::run(args, out),
        LabelCommand::Diff(args) => transfer::diff(args, out),
        LabelCommand::Transplant(args) => transfer::transplant(args, out),
        LabelCommand::Undo(args) => undo::run(args, out),
        LabelCommand::Explain { files, saying } => show::explain(files, saying, out),
    }
}
