//! What a command wants done while another process writes the ledger.
//!
//! One ledger has one writer. Where that is a server, a command leaves its order as a file in the folder `orders`; the server carries it out
//! and leaves the answer beside it. An order that nobody took in time is taken back, and one that is found later is not carried out.

use std::io::Write;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use specialis::files::{self, NewFile};
use specialis_core::{Date, counted};
use specialis_ledger::{Checkpoint, Erased, Ledger, LedgerClock as _, Record, Subject, SystemTime};

use super::LedgerFolder;
use crate::output::{self, Exit};

/// How often a command looks for its answer.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it looks before it takes its order back: 20 seconds.
const LOOKS_UNTIL_TAKEN: u32 = 200;
/// How often it looks for the answer to an order that was taken: 5 minutes.
const LOOKS_UNTIL_DONE: u32 = 3_000;
/// For how many milliseconds an order counts.
const COUNTS_FOR: i64 = 20_000;
/// More bytes than an order or an answer has.
const MAX_BYTES: u64 = 16 << 20;
/// What the names of orders, of those that were taken, and of answers end with.
const ORDER: &str = ".order";
const TAKEN: &str = ".taken";
const ANSWER: &str = ".answer";
/// The answer to an order that is none.
const UNREADABLE: &str =
    "the process that writes this ledger does not know the order; use the version of the program that it runs";

/// What a command wants done.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Order {
    /// A breach of a user is taken back.
    Refute { tenant: String, pseudonym: String, decision: String },
    /// Records of a person are erased or restricted.
    Withdraw { indices: Vec<u64> },
    /// What has been kept long enough goes.
    Expire { today: Date },
    /// The keys of a month go.
    DestroyKeys { epoch: u32 },
    /// The signature of a witness is added.
    Cosign { checkpoint: String },
    /// The log ends, and the next one is named.
    Close { next: String },
}

/// An order as it lies in the folder.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Left {
    /// Until which millisecond it counts.
    until: i64,
    order: Order,
}

/// What came of an order.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Answer {
    /// It was carried out. Whether anything changed, and what is said.
    Done { has_changed: bool, said: String },
    /// It was not.
    Failed { why: String },
}

impl Order {
    /// Carries it out: whether anything changed, and what is said.
    fn carry_out(&self, ledger: &Ledger) -> Result<(bool, String)> {
        Ok(match self {
            Self::Refute { tenant, pseudonym, decision } => {
                let subject = Subject { tenant: tenant.clone(), pseudonym: pseudonym.clone() };
                ledger.append(Record::Refuted { subject, decision: decision.clone() })?.wait()?;
                (true, "the breach is taken back\n".to_owned())
            }
            Self::Withdraw { indices } => {
                let done = ledger.withdraw(indices)?;
                let n_erased = done.values().filter(|one| matches!(one, Erased::Gone)).count();
                let n_restricted = done.values().filter(|one| matches!(one, Erased::Restricted(_))).count();
                let bodies = counted(n_erased, "body", "bodies");
                let said = format!("{bodies} erased; {n_restricted} restricted, because a period still runs\n");
                (n_erased > 0 || n_restricted > 0, said)
            }
            Self::Expire { today } => {
                let expired = ledger.expire(*today)?;
                let files = |n| counted(n, "file", "files");
                let classes = expired.iter().map(|one| format!("{}: {}\n", one.class, files(one.n_files)));
                let removed = counted(expired.len(), "class", "classes");
                (true, format!("{}{removed} removed\n", classes.collect::<String>()))
            }
            Self::DestroyKeys { epoch } => match ledger.destroy_keys(*epoch)? {
                true => (true, "the keys are destroyed; ids and users of that month lead to nobody\n".to_owned()),
                false => (false, "there were none\n".to_owned()),
            },
            Self::Cosign { checkpoint } => {
                let checkpoint = Checkpoint::parse(checkpoint).context("this is no checkpoint")?;
                match ledger.cosign(&checkpoint)? {
                    true => (true, "the signature was added\n".to_owned()),
                    false => (true, "nothing was new\n".to_owned()),
                }
            }
            Self::Close { next } => (true, ledger.end_for(next)?.to_string()),
        })
    }
}

/// Has an order carried out, by the process that writes the ledger where there is one, and says what came of it.
pub(super) fn perform(folder: &LedgerFolder, order: Order, out: &mut dyn Write) -> Result<Exit> {
    let (has_changed, said) = if folder.is_written()? {
        ask(&folder.orders()?, order)?
    } else {
        let (ledger, report) = folder.open()?;
        if let (Order::DestroyKeys { .. }, Some(next)) = (&order, report.ended_for) {
            bail!("this log has ended, and `{next}` may need the keys; destroy them there");
        }
        let done = order.carry_out(&ledger);
        let closed = ledger.close();
        let done = done?;
        closed?;
        done
    };
    out.write_all(said.as_bytes())?;
    Ok(if has_changed { Exit::Complete } else { Exit::Incomplete })
}

/// Leaves an order, and waits for its answer.
fn ask(dir: &Dir, order: Order) -> Result<(bool, String)> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).context("the system gives no entropy")?;
    let name = format!("{:016x}", u64::from_le_bytes(random));
    let left = Left { until: SystemTime.now().as_millisecond().saturating_add(COUNTS_FOR), order };
    let (order, answer) = (format!("{name}{ORDER}"), format!("{name}{ANSWER}"));
    NewFile::default().private().create(dir, &order, &serde_json::to_vec(&left)?)?;
    // Nobody sends anything: it only says when the pause is over.
    let (_sender, pause) = mpsc::channel::<()>();
    for n in 0..LOOKS_UNTIL_TAKEN.saturating_add(LOOKS_UNTIL_DONE) {
        if n == LOOKS_UNTIL_TAKEN && dir.remove_file(&order).is_ok() {
            bail!("another process writes this ledger and takes no orders; try again once it has ended");
        }
        let _ = pause.recv_timeout(PAUSE);
        match files::read(dir, &answer, MAX_BYTES) {
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error).context("the answer to the order cannot be read"),
            Ok(bytes) => {
                dir.remove_file(&answer)?;
                return match serde_json::from_slice(&bytes)? {
                    Answer::Done { has_changed, said } => Ok((has_changed, said)),
                    Answer::Failed { why } => bail!("{why}"),
                };
            }
        }
    }
    bail!(
        "the process that writes this ledger took the order and has not answered; `specialis ledger search` shows what it did"
    )
}

/// Carries out what lies there.
pub(super) fn carry_out(dir: &Dir, ledger: &Ledger) -> Result<()> {
    for entry in dir.entries()? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(ORDER) else { continue };
        let taken = format!("{name}{TAKEN}");
        // Whoever left it may have taken it back.
        if dir.rename(&file, dir, &taken).is_err() {
            continue;
        }
        let left = files::read(dir, &taken, MAX_BYTES).ok().map(|bytes| serde_json::from_slice::<Left>(&bytes));
        dir.remove_file(&taken)?;
        let answer = match left {
            Some(Ok(left)) if left.until < SystemTime.now().as_millisecond() => continue,
            Some(Ok(left)) => match left.order.carry_out(ledger) {
                Ok((has_changed, said)) => Answer::Done { has_changed, said },
                Err(error) => Answer::Failed { why: output::chain(error.as_ref()) },
            },
            // One of another version of the program, for one: whoever left it is not to wait for minutes.
            Some(Err(_)) | None => Answer::Failed { why: UNREADABLE.to_owned() },
        };
        NewFile::default().create(dir, &format!("{name}{ANSWER}"), &serde_json::to_vec(&answer)?)?;
    }
    Ok(())
}
