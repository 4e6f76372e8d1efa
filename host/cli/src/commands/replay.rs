//! `replay`: labelled texts in, counts out: what was found, and what was blocked in vain.
//!
//! The threads take turns at reading, so messages about rows come in the order of the rows; counts do not depend on who
//! judged what.

mod report;
mod show;
mod tally;

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use specialis::Host;
use specialis_core::{Context, Date, SessionId};

use crate::input::{self, Input, Place, Read, Row};
use crate::options::{EditionOptions, ThreadOptions};
use crate::output::{self, Exit};
use report::Report;
use tally::Tally;

const AFTER_HELP: &str = r#"Each line is an object:
  {"id": "t-1", "source": "ours", "kind": "prompt", "label": "benign", "category": "travel", "text": "…"}

  text      the text
  kind      what kind of event it is, such as `prompt` or `output`
  label     what is true of it; `--benign` and `--risky` say which labels count as what
  category  what the set sorts it under; `source`, the set; `id`, its name there: all three may be left out

Each row is a session of its own. A bare text says nothing of who is served, and what is unknown tightens: give the built-in
profile `texts`, a profile of your own or a context, so that what is counted comes from the texts.

Over-blocking is the share of benign rows that come to `review` or `stop`; detection, the share of risky rows that do. Beside
them stands in how many rows a lexicon, a detector or a pattern hit, whatever the policies made of it.
What cannot be read is named on standard error as `file:line: reason`, and the rest is judged.

Examples:
  specialis replay texts.jsonl --profile texts
  specialis replay ours.jsonl theirs.jsonl --profile texts --benign benign,refusal --format json > figures.json
  specialis replay texts.jsonl --profile texts --rows rows.jsonl      which row came to what; find the ones blocked in vain

Exit codes: 0 all judged, whatever came of it; 1 some rows were not, or a file held none; 2 usage or configuration."#;

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReplayArgs {
    /// Files of labelled texts, one JSON object a line; `-` is standard input [default: -]
    #[arg(value_name = "TEXTS.jsonl")]
    texts: Vec<PathBuf>,
    /// Labels of texts that nothing should block; with commas between them
    #[arg(long, value_name = "LABEL", value_delimiter = ',', default_value = "benign")]
    benign: Vec<String>,
    /// Labels of texts that should be found
    #[arg(long, value_name = "LABEL", value_delimiter = ',', default_value = "risky")]
    risky: Vec<String>,
    /// A file with the context of every row as JSON
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// The day the law is looked up for, such as `2026-11-02` [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// How the figures are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write what each row came to into this file, one a line as JSON, without its text
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    #[command(flatten)]
    threads: ThreadOptions,
    #[command(flatten)]
    edition: EditionOptions,
}

/// How the figures are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for a person.
    #[default]
    Table,
    /// One JSON object.
    Json,
}

pub(crate) fn run(args: &ReplayArgs, out: &mut dyn Write) -> Result<Exit> {
    if let Some(both) = args.benign.iter().find(|label| args.risky.contains(label)) {
        bail!("`{both}` is given as benign and as risky; leave it out of one");
    }
    let inputs = Input::open_all(&args.texts)?;
    let n_threads = args.threads.count();
    let replay = Replay {
        host: args.edition.host(n_threads)?,
        context: input::context(args.context.as_deref())?,
        as_of: args.as_of,
        keeps_rows: args.rows.is_some(),
        rows: Mutex::new(Rows {
            inputs: inputs.into_iter(),
            current: None,
            n_in_current: 0,
            order: 0,
            exit: Exit::Complete,
            n_bad: 0,
        }),
    };
    let mut tally = Tally::default();
    let shared = &replay;
    thread::scope(|scope| {
        let judge = |n| thread::Builder::new().name(format!("judge-{n}")).spawn_scoped(scope, move || shared.judge());
        let threads = (0..n_threads).map(judge).collect::<Result<Vec<_>, _>>();
        for thread in threads.context("no thread could be started; give a smaller `--threads`")? {
            tally.add(thread.join().map_err(|_| anyhow!("a judging thread ended before its time; run again"))?);
        }
        anyhow::Ok(())
    })?;
    let rows = replay.rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = &args.rows {
        output::replace(path, &tally.rows()?)?;
    }
    let report = Report::new(&tally, rows.n_bad, &args.benign, &args.risky, &replay.host.edition());
    match args.format {
        Format::Table => show::tables(&report, out)?,
        Format::Json => output::write_json_pretty(out, &report).context("the figures cannot be written as JSON")?,
    }
    for label in args.benign.iter().chain(&args.risky).filter(|label| !tally.has(label)) {
        output::note(&format!("no row has the label `{label}`; say with `--benign` and `--risky` which labels count"));
    }
    Ok(rows.exit)
}

/// What the judging threads share.
struct Replay {
    host: Host,
    context: Arc<Context>,
    as_of: Option<Date>,
    keeps_rows: bool,
    rows: Mutex<Rows>,
}

impl Replay {
    /// Judges row after row until there is none left.
    fn judge(&self) -> Tally {
        let mut tally = Tally::default();
        loop {
            // In a statement of its own, so that the others may read while this one judges.
            let next = self.rows.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((order, place, row)) = next else { return tally };
            let id = SessionId::from(row.id.clone().unwrap_or_else(|| place.to_string()));
            let mut session = match self.as_of {
                Some(day) => self.host.open_as_of(id, self.context.clone(), day),
                None => self.host.open(id, self.context.clone()),
            };
            let judged = session.submit(row.event());
            tally.count(order, &place, &row, &judged, self.keeps_rows);
        }
    }
}

/// The rows of all inputs, in order.
struct Rows {
    inputs: std::vec::IntoIter<Input>,
    current: Option<Input>,
    n_in_current: u64,
    order: u64,
    exit: Exit,
    n_bad: u64,
}

impl Iterator for Rows {
    type Item = (u64, Place, Row);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let input = match &mut self.current {
                Some(input) => input,
                None => {
                    self.n_in_current = 0;
                    self.current.insert(self.inputs.next()?)
                }
            };
            let Some(Read { place, text }) = input.next() else {
                if self.n_in_current == 0 {
                    output::note(&format!("{}: nothing to judge, it holds no line; give one text a line", input.name));
                    self.exit = Exit::Incomplete;
                }
                self.current = None;
                continue;
            };
            self.n_in_current = self.n_in_current.saturating_add(1);
            match text.and_then(|text| Row::parse(&text)) {
                Ok(row) => {
                    self.order = self.order.saturating_add(1);
                    return Some((self.order, place, row));
                }
                Err(reason) => {
                    output::note(&format!("{place}: {reason}"));
                    self.n_bad = self.n_bad.saturating_add(1);
                    self.exit = Exit::Incomplete;
                }
            }
        }
    }
}
