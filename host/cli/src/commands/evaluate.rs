//! `evaluate`: events in, decisions out.
//!
//! One thread reads and routes, N judge, the main one writes. A session lives on one judging thread, so its events stay in
//! order; the writer puts the answers back into the order of the input, whatever N is.

mod format;
mod judge;
mod summary;
mod watch;
mod write;

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::Result;
use clap::Args;
use specialis_core::{Date, Level};

use crate::input::Input;
use crate::judging::{Ordered, QUEUE, Reader, spawn};
use crate::options::{EditionOptions, LedgerOption, ThreadOptions};
use crate::output::{self, Exit};
use format::Format;
use judge::{Judge, Judged};
use write::Writer;

const AFTER_HELP: &str = r#"Each line is an object:
  {"session": "s1", "time": "2026-11-02T09:00:00+08:00", "context": {…}, "event": {"kind": "prompt", "text": "…"}}

  event    what happens; `specialis schema event --format table` lists kinds and facts
  session  lines of one session are judged in order as one exchange; without it a line is a session of its own. A name
           that comes again after its session ended, or in another run with `--ledger`, is another one: `s1#…`
  ends     true on the last line of a session; one that no line ends is held in memory to the end of the run
  context  who serves whom, with what; on the first line of a session (later: absent or the same)
  time     a time or a date; its day in Asia/Shanghai on a session's first line is the day the law is looked up for
  chunks   beside an `output`: the pieces of its text as a stream, ["…", "…"]; `event` holds the rest, such as facts

Decisions go to standard output in the order of the lines. With `--as-of` or `time` they are marked `what-if`, and
no ledger records them; with neither, the clock says the day. What cannot be read is named on standard error as
`file:line: reason`, and the rest is judged.

Examples:
  specialis evaluate events.jsonl
  specialis evaluate - --format jsonl < events.jsonl > decisions.jsonl
  jq -Rc '{event: {kind: "output", text: .}}' articles.txt | specialis evaluate --profile texts
  specialis evaluate - --edition live --root ed25519:… --watch --status status.json
  specialis evaluate release-notes.jsonl --profile texts --fail-on review   for a pipeline: exit code 3 where one must wait
  specialis evaluate events.jsonl --mode news=monitor --settings settings.toml --as-of 2026-11-02

Exit codes: 0 all judged; 1 some lines were not, or a file held no event; 2 usage or configuration; 3 all judged, and a
verdict reached `--fail-on`."#;

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EvaluateArgs {
    /// Files of events, one JSON object a line; `-` is standard input [default: -]
    #[arg(value_name = "EVENTS.jsonl")]
    events: Vec<PathBuf>,
    /// The day the law is looked up for, such as `2026-11-02` [default: each session's `time`, else the clock]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// How decisions are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    threads: ThreadOptions,
    /// Watch the folder of `--edition`: an edition published there is staged and goes live between sessions
    #[arg(long, requires = "edition")]
    watch: bool,
    /// Write how editions and policies stand to this file, whenever it changes and at the end, as JSON
    #[arg(long, value_name = "FILE")]
    status: Option<PathBuf>,
    /// End with exit code 3 where a verdict is at least this: `mark`, `warn`, `redact`, `review` or `stop`
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    fail_on: Option<Level>,
    #[command(flatten)]
    ledger: LedgerOption,
    #[command(flatten)]
    edition: EditionOptions,
}

pub(crate) fn run(args: &EvaluateArgs, out: &mut dyn Write) -> Result<Exit> {
    let inputs = Input::open_all(&args.events)?;
    let n_threads = args.threads.count();
    let ledger = args.ledger.open()?;
    let host = args.edition.host_with(n_threads, &ledger)?;
    let watching = args.watch.then(|| watch::start(&host, &args.edition, args.status.as_deref())).transpose()?;
    let size = inputs.iter().map(|input| input.size).sum::<Option<u64>>();
    let (answers, answered): (SyncSender<Ordered<Judged>>, Receiver<Ordered<Judged>>) = sync_channel(QUEUE);
    let mut judges = Vec::new();
    // INVARIANT: no thread is joined. They end when their channels do; when the reader of standard output goes away the
    // process ends at once, even while the reading thread waits for input.
    for n in 0..n_threads {
        let (jobs, to_do) = sync_channel(QUEUE);
        let judge = Judge::new(host.clone(), args.format, ledger.is_open(), answers.clone());
        spawn(&format!("judge-{n}"), move || judge.run(&to_do))?;
        judges.push(jobs);
    }
    let reader = Reader::new(host.clone(), args.as_of, judges, answers);
    spawn("read", move || reader.run(inputs))?;

    let mut writer = Writer::new(args.format, size);
    writer.run(&answered, out)?;
    drop(watching);
    let records = ledger.is_open();
    ledger.close()?;
    if let Some(file) = &args.status {
        watch::write_status(&host, file)?;
    }
    let edition = host.edition();
    for line in writer.summary().lines(&edition, args.edition.profile.is_none(), records) {
        output::note(&line);
    }
    Ok(writer.summary().end(args.fail_on))
}

/// `review`; a run that fails on `pass` would always fail.
fn level(word: &str) -> Result<Level, String> {
    let mut levels = Level::ALL.iter().filter(|level| **level != Level::Pass);
    let level = levels.find(|level| level.as_str() == word).copied();
    level.ok_or_else(|| format!("`{word}` is no level to fail on; give `mark`, `warn`, `redact`, `review` or `stop`"))
}
