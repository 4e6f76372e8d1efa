//! `diff`: the same events under two editions, and what comes out differently, duty by duty.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel, sync_channel};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use specialis::trial::Differences;
use specialis::{Host, Judged, Session};
use specialis_bundle::PublicKey;
use specialis_core::{Date, SessionId, counted};

use crate::input::Input;
use crate::judging::{Answer, Job, Ordered, QUEUE, Reader, SessionUse, host_session, spawn, submit};
use crate::keys;
use crate::options::{CacheOptions, EditionOptions, StateOptions, ThreadOptions};
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
An edition is a folder as `specialis edition` makes it, checked under `--root`, or the word `built-in`. NEW may be a folder that
is not published yet: then it continues OLD.

Examples:
  specialis diff live next events.jsonl --root ed25519:…
  specialis diff built-in next events.jsonl --root ed25519:… --format jsonl | jq .

Exit codes: 0 all compared, whether they differ or not; 1 some lines were not; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DiffArgs {
    /// The edition before.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The edition after.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Files of events, one JSON object a line; `-` is standard input [default: -]
    #[arg(value_name = "EVENTS.jsonl")]
    events: Vec<PathBuf>,
    /// The root key, as `key show` prints it.
    #[arg(long, value_name = "KEY", value_parser = keys::public)]
    root: Option<PublicKey>,
    /// The day the law is looked up for [default: each session's `time`, else the clock]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// A table of counts, or a line for each event that came out differently
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    cache: CacheOptions,
}

/// How differences are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table of counts for a person.
    #[default]
    Table,
    /// A line of JSON for each event that came out differently.
    Jsonl,
}

pub(crate) fn run(args: &DiffArgs, out: &mut dyn Write) -> Result<Exit> {
    let inputs = Input::open_all(&args.events)?;
    let mut pair = Pair {
        old: args.host(&args.old)?,
        new: args.host(&args.new)?,
        sessions: HashMap::new(),
        differences: Differences::default(),
    };
    let (jobs, to_do) = sync_channel::<Job>(QUEUE);
    let (answers, answered) = sync_channel(QUEUE);
    let reader = Reader::new(pair.new.clone(), args.as_of, vec![jobs], answers);
    spawn("read", move || reader.run(inputs))?;
    let n_not_judged = note_skipped(answered)?;
    for job in to_do {
        pair.compare(args.format, job, out)?;
    }
    if args.format == Format::Table {
        summary(&pair.differences, out)?;
    }
    let n_not_judged = n_not_judged.recv().context("reading ended early; run again")?;
    Ok(if n_not_judged == 0 { Exit::Complete } else { Exit::Incomplete })
}

impl DiffArgs {
    /// The host of one side.
    fn host(&self, path: &Path) -> Result<Host> {
        let built_in =
            EditionOptions { state: StateOptions::none(), cache: self.cache.clone(), ..EditionOptions::default() };
        if path.as_os_str() == "built-in" {
            return built_in.host(ThreadOptions::default().count());
        }
        let Some(root) = &self.root else {
            bail!("`{}`: an edition counts under a root key; give it with `--root`", path.display());
        };
        let (edition, after) = (Some(path.to_owned()), Some(self.old.clone()));
        EditionOptions { edition, after, root: Some(root.clone()), ..built_in }.host(ThreadOptions::default().count())
    }
}

/// Notes lines that cannot be judged, on a thread of its own so that neither reading nor comparing waits. Sends how many
/// there were.
fn note_skipped(answered: Receiver<Ordered<Infallible>>) -> Result<Receiver<u64>> {
    let (count, counted) = channel();
    spawn("notes", move || {
        let mut n = 0_u64;
        for ordered in answered {
            let (Answer::NotJudged(reason) | Answer::EmptyInput(reason)) = ordered.answer;
            output::note(&reason);
            n = n.saturating_add(1);
        }
        let _ = count.send(n);
    })?;
    Ok(counted)
}

/// Two hosts that judge the same events.
struct Pair {
    old: Host,
    new: Host,
    /// Open sessions, on the old host and on the new one.
    sessions: HashMap<SessionId, (Session, Session)>,
    differences: Differences,
}

impl Pair {
    /// Judges one event on both hosts.
    fn judge(&mut self, job: Job) -> (Judged, Judged) {
        let Job { session, n_ended, context, day, event, .. } = job;
        let open = |host: &Host, name: &SessionId| match day {
            Some(day) => host.open_as_of(host_session(name, n_ended), context.clone(), day),
            None => host.open(host_session(name, n_ended), context.clone()),
        };
        let both = |id: &SessionId| (open(&self.old, id), open(&self.new, id));
        let mut last;
        let (old, new) = match session {
            SessionUse::Own(id) => {
                last = both(&id);
                &mut last
            }
            SessionUse::Shared(id) => self.sessions.entry(id).or_insert_with_key(both),
            SessionUse::Last(id) => {
                last = self.sessions.remove(&id).unwrap_or_else(|| both(&id));
                &mut last
            }
        };
        (submit(old, event.clone()), submit(new, event))
    }

    /// Counts what differs for one event, and writes it as JSON if that is asked for.
    fn compare(&mut self, format: Format, job: Job, out: &mut dyn Write) -> Result<()> {
        let (before, after) = self.judge(job);
        let (before, after) = (&before.decision, &after.decision);
        let comparison = self.differences.add(before, after);
        if format == Format::Jsonl && (!comparison.is_same() || comparison.sector_unknown) {
            let line = serde_json::json!({
                "session": before.session, "seq": before.seq, "before": before.id, "after": after.id, "differs": comparison,
            });
            output::write_json(out, &line).context("a difference cannot be written as JSON")?;
        }
        Ok(())
    }
}

fn summary(differences: &Differences, out: &mut dyn Write) -> Result<()> {
    if !differences.duties.is_empty() {
        let heads = ["duty", "tightened", "loosened", "new faults", "obligations", "relaxations"];
        let mut table = output::table(heads);
        for (duty, counts) in &differences.duties {
            let relaxations = format!("+{} -{}", counts.relaxations_gained, counts.relaxations_lost);
            let numbers = [counts.tightened, counts.loosened, counts.new_faults, counts.obligations_changed];
            let [tightened, loosened, faults, obligations] = numbers.map(|n| n.to_string());
            table.add_row([duty.as_str(), &tightened, &loosened, &faults, &obligations, &relaxations]);
        }
        output::write_table(out, &table)?;
        writeln!(out)?;
    }
    writeln!(
        out,
        "{}, {} the same; verdicts: {} tightened, {} loosened; {} by a newly unknown sector alone",
        counted(differences.n_events, "event", "events"),
        differences.n_same,
        differences.verdicts_tightened,
        differences.verdicts_loosened,
        counted(differences.only_sector_unknown, "differs", "differ")
    )?;
    Ok(())
}
