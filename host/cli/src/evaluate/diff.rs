//! `diff`: the same events under two editions, and what comes out differently, duty by duty.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use specialis::{Differences, Host, Session};
use specialis_bundle::PublicKey;
use specialis_core::{Date, SessionId};

use super::judge::{Job, Seat, tell};
use super::read::Reader;
use super::{Answer, Format, WAITING, spawn};
use crate::cache::CacheArgs;
use crate::edition::EditionArgs;
use crate::input::Input;
use crate::key;
use crate::out::{self, End};

const AFTER_HELP: &str = "\
An edition is a folder as `specialis edition` makes it, checked under `--root`, or the word `built-in`.

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
    #[arg(long, value_name = "KEY", value_parser = key::public)]
    root: Option<PublicKey>,
    /// The day the law is looked up for [default: each session's `time`, else the clock]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// A table of counts, or a line for each event that came out differently
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    cache: CacheArgs,
}

/// One session on both sides.
struct Both {
    old: Session,
    new: Session,
}

pub(crate) fn run(args: &DiffArgs, out: &mut dyn Write) -> Result<End> {
    let inputs = Input::open_all(&args.events)?;
    let host = |path: &PathBuf| -> Result<Host> {
        let built_in = EditionArgs { cache: args.cache.clone(), ..EditionArgs::default() };
        if path.as_os_str() == "built-in" {
            return built_in.host(1);
        }
        let Some(root) = &args.root else {
            bail!("`{}`: an edition counts under a root key; give it with `--root`", path.display());
        };
        EditionArgs { edition: Some(path.clone()), root: Some(root.clone()), ..built_in }.host(1)
    };
    let (old, new) = (host(&args.old)?, host(&args.new)?);
    let (jobs, to_do) = sync_channel::<Job>(WAITING);
    let (answers, answered) = std::sync::mpsc::sync_channel(WAITING);
    let reader = Reader::new(args.as_of, vec![jobs], answers);
    spawn("read", move || reader.run(inputs))?;
    // What could not be read is said beside the comparing, so that neither waits for the other.
    let (notes, noted) = std::sync::mpsc::channel();
    spawn("notes", move || {
        let mut n = 0_u64;
        for ordered in answered {
            if let Answer::NotJudged(reason) | Answer::Nothing(reason) = ordered.answer {
                out::note(&reason);
                n = n.saturating_add(1);
            }
        }
        let _ = notes.send(n);
    })?;
    let mut sessions: HashMap<SessionId, Both> = HashMap::new();
    let mut differences = Differences::default();
    for job in to_do {
        compare(args.format, (&old, &new), job, &mut sessions, &mut differences, out)?;
    }
    if args.format == Format::Table {
        summary(&differences, out)?;
    }
    let n_not_judged = noted.recv().map_err(|e| anyhow!("reading ended early ({e})"))?;
    Ok(if n_not_judged == 0 { End::All } else { End::Some })
}

fn compare(
    format: Format,
    (old, new): (&Host, &Host),
    job: Job,
    sessions: &mut HashMap<SessionId, Both>,
    differences: &mut Differences,
    out: &mut dyn Write,
) -> Result<()> {
    let Job { seat, context, day, told, .. } = job;
    let open = |host: &Host, id: &SessionId| match day {
        Some(day) => host.open_as_of(id.clone(), context.clone(), day),
        None => host.open(id.clone(), context.clone()),
    };
    let both = |id: &SessionId| Both { old: open(old, id), new: open(new, id) };
    let (before, after) = match seat {
        Seat::Own(id) => {
            let mut own = both(&id);
            (tell(&mut own.old, told.clone()), tell(&mut own.new, told))
        }
        Seat::Shared(id) => {
            let shared = sessions.entry(id).or_insert_with_key(both);
            (tell(&mut shared.old, told.clone()), tell(&mut shared.new, told))
        }
        Seat::Last(id) => {
            let mut last = sessions.remove(&id).unwrap_or_else(|| both(&id));
            (tell(&mut last.old, told.clone()), tell(&mut last.new, told))
        }
    };
    let (before, after) = (&before.decision, &after.decision);
    let comparison = differences.add(before, after);
    if format == Format::Jsonl && (!comparison.is_same() || comparison.sector_unknown) {
        let line = serde_json::json!({
            "session": before.session, "seq": before.seq, "before": before.id, "after": after.id, "differs": comparison,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn summary(differences: &Differences, out: &mut dyn Write) -> Result<()> {
    if !differences.duties.is_empty() {
        let heads = ["duty", "tightened", "loosened", "new faults", "obligations", "relaxations"];
        let mut table = out::table(heads);
        for (duty, counts) in &differences.duties {
            let relaxations = format!("+{} -{}", counts.relaxations_gained, counts.relaxations_lost);
            let numbers = [counts.tightened, counts.loosened, counts.new_faults, counts.obligations_changed];
            let [tightened, loosened, faults, obligations] = numbers.map(|n| n.to_string());
            table.add_row([duty.as_str(), &tightened, &loosened, &faults, &obligations, &relaxations]);
        }
        out::write_table(out, &table)?;
        writeln!(out)?;
    }
    writeln!(
        out,
        "{} events, {} the same; verdicts: {} tightened, {} loosened; {} differ by a newly unknown sector alone",
        differences.n_events,
        differences.n_same,
        differences.verdicts_tightened,
        differences.verdicts_loosened,
        differences.only_sector_unknown
    )?;
    Ok(())
}
