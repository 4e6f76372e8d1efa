//! `scan`: what lexicons and detectors find in a text, shown under it.

mod draw;
mod find;

use std::io::{self, Read, Write};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use specialis::Limits;
use specialis_core::counted;
use specialis_text::{Form, Index, Reader, Speaker};
use std::sync::Arc;

use crate::options::EditionOptions;
use crate::output::{self, Exit, KeptBack};
use draw::Page;
use find::{Finds, Lane};

const AFTER_HELP: &str = "\
The text is read as any text is before policies judge it: against the lexicons, detectors and patterns of all policies at
once. Each find has its marks below the characters, and beside them the lane in which it was found, its category, the term
and its lexicon, or the detector.

  plain      the lane in which a run of separators is one space: Latin, mixed and multi-word terms
  tight      the lane in which separators between characters do not count: Chinese terms of two or more characters
  detectors  forms rather than wordings, such as numbers of identity cards, and the patterns of policies

What is covered by an exception (`反赌博` covers `赌博`) is not shown: it does not count. Characters that show nothing are
written out, such as `\\u{200b}`. What would be kept back of a text that streams in comes last.

Examples:
  specialis scan \"加微信看盘，13800138000\"
  specialis scan - < article.txt
  specialis scan - --format json < article.txt
  specialis scan \"赌 博\" --policies my-policies/

Exit codes: 0 shown, whatever was found; 1 the text is empty; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ScanArgs {
    /// The text; `-` is standard input
    #[arg(value_name = "TEXT")]
    text: String,
    /// How finds are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Who says it: a refusal and a report count in what a model says alone
    #[arg(long, value_enum, default_value_t)]
    said_by: SaidBy,
    /// What it is written as
    #[arg(long, value_enum, default_value_t)]
    written_as: WrittenAs,
    /// How many columns a line of the text has at most
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(20..))]
    width: u16,
    #[command(flatten)]
    edition: EditionOptions,
}

/// How finds are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Marks below the text, for a person.
    #[default]
    Marks,
    /// One JSON object; places are in bytes of UTF-8, and in UTF-16 beside.
    Json,
}

/// Who says a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum SaidBy {
    /// A user, or whoever else writes to the model.
    User,
    /// The model.
    #[default]
    Model,
}

impl From<SaidBy> for Speaker {
    fn from(by: SaidBy) -> Self {
        match by {
            SaidBy::User => Self::User,
            SaidBy::Model => Self::Model,
        }
    }
}

/// What a text is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum WrittenAs {
    /// As it stands.
    #[default]
    Plain,
    /// A JSON value, such as the arguments of a tool.
    Json,
    /// HTML.
    Html,
    /// Percent codes, as in addresses and forms.
    Percent,
}

impl From<WrittenAs> for Form {
    fn from(form: WrittenAs) -> Self {
        match form {
            WrittenAs::Plain => Self::Plain,
            WrittenAs::Json => Self::Json,
            WrittenAs::Html => Self::Html,
            WrittenAs::Percent => Self::Percent,
        }
    }
}

pub(crate) fn run(args: &ScanArgs, out: &mut dyn Write) -> Result<Exit> {
    let text = if args.text == "-" { read()? } else { args.text.clone() };
    // A line end at the end is that of the file or of `echo`.
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        output::note("nothing to scan, the text is empty; give a text, or `-` for standard input");
        return Ok(Exit::Incomplete);
    }
    let content = args.edition.content()?;
    let index = content.index()?;
    let how = (args.said_by.into(), args.written_as.into());
    let finds = Finds::new(text, &index, how, &args.edition)?;
    let (kept, n_last) = kept_back(&index, how, text);
    match args.format {
        Format::Json => {
            let found = finds.json(text);
            let value = json!({
                "edition": content.id(&Limits::default()), "finds": found, "kept-back": kept.json(), "kept-back-at-the-end": n_last,
            });
            output::write_json_pretty(out, &value).context("the finds cannot be written as JSON")?;
        }
        Format::Marks => {
            let page = Page::new(text, usize::from(args.width));
            page.write(&finds.all, out)?;
            writeln!(out)?;
            let count = |lane| finds.all.iter().filter(|find| find.lane == lane).count();
            let [plain, tight, other] = [Lane::Plain, Lane::Tight, Lane::Detector].map(count);
            writeln!(out, "found      plain {plain}, tight {tight}, detectors and patterns {other}")?;
            let [each, few] = kept.lines();
            let positions = counted(kept.n(), "position", "positions");
            writeln!(out, "kept back  characters at each of {positions}: {each}")?;
            writeln!(out, "           {few}; at the end: {n_last}")?;
        }
    }
    Ok(Exit::Complete)
}

fn read() -> Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("standard input cannot be read")?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let from = error.utf8_error().valid_up_to().saturating_add(1);
            bail!("standard input is not UTF-8 from byte {from} on; save the text as UTF-8")
        }
    };
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Characters kept back after each character where the text streams in one by one, and at its end, before it is known that
/// nothing more comes.
fn kept_back(index: &Arc<Index>, (by, form): (Speaker, Form), text: &str) -> (KeptBack, usize) {
    let mut reader = Reader::new(index.clone()).max_kept_back(usize::MAX).said_by(by).written_in(form);
    let mut kept = KeptBack::default();
    let mut n_last = 0;
    for (at, c) in text.char_indices() {
        let end = at.saturating_add(c.len_utf8());
        let frontier = reader.push(text.get(at..end).unwrap_or_default()).frontier;
        n_last = text.get(frontier..end).unwrap_or_default().chars().count();
        kept.add(n_last);
    }
    (kept, n_last)
}
