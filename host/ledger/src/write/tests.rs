//! Power failures, errors of the disk and damage, on a disk in memory that records what was done to it.

pub(crate) mod disk;

mod commands;
mod cut;
mod damage;
mod errors;
mod large;

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;

use crate::disk::Disk;
use crate::error::LedgerError;
use crate::format::body::Body;
use crate::format::entry::{Entry, EntryKind};
use crate::format::frame::Framed;
use crate::format::note::{Ed25519Signer, NoteKey, NoteSigner as _};
use crate::format::reader::{u32_of, u64_of};
use crate::write::journal::{FullJournal, Journal, remove};
use crate::write::log::{Log, LogOptions, OpenReport};
use crate::write::tree::{Committed, Tree};
use disk::RecordingDisk;

pub(crate) const ORIGIN: &str = "example.cn/node-1/2026";

fn signer() -> Ed25519Signer {
    Ed25519Signer::new(ORIGIN, SigningKey::from_bytes(&[7; 32]))
}

pub(crate) fn key() -> NoteKey {
    signer().verifier()
}

/// A log that is written on one thread, so that what it does is the same each time.
struct Single {
    journal: Journal,
    tree: Tree,
    pending: Vec<Committed>,
    full: Vec<FullJournal>,
    _lock: Box<dyn Send + Sync>,
}

impl Single {
    /// Writes records in one batch, durable when it returns.
    fn commit(&mut self, records: Vec<Framed>) -> Result<(), LedgerError> {
        let batch = self.journal.batch(records);
        let bytes = batch.to_bytes();
        if self.journal.is_full_for(u64_of(bytes.len())) {
            self.full.push(self.journal.rotate(None)?);
        }
        let first = self.journal.commit(&bytes, u64_of(batch.records.len()))?;
        self.pending.extend((first..).zip(batch.records).map(|(index, record)| {
            let class = Entry::from_bytes(&record.entry).unwrap().class;
            Committed { index, entry: record.entry, body: record.body, class }
        }));
        Ok(())
    }

    /// Signs everything that is durable, and removes the journals that are not needed any more.
    fn integrate(&mut self) -> Result<(), LedgerError> {
        self.tree.integrate(&std::mem::take(&mut self.pending))?;
        let size = self.tree.checkpoint().head().size;
        let (done, rest): (Vec<_>, Vec<_>) = self.full.iter().copied().partition(|full| full.end <= size);
        self.full = rest;
        remove(&**self.tree.disk(), done.iter().map(|full| full.number))
    }
}

/// Opens a log with small journals.
fn open(disk: &Arc<RecordingDisk>) -> Result<(Single, OpenReport), LedgerError> {
    let options =
        LogOptions { origin: ORIGIN.to_owned(), signers: vec![Box::new(signer())], heads: None, journal_bytes: 4_096 };
    let (log, report) = Log::open(disk.clone() as Arc<dyn Disk>, options)?;
    let (journal, tree, _, lock) = log.into_parts();
    Ok((Single { journal, tree, pending: Vec::new(), full: Vec::new(), _lock: lock }, report))
}

/// An artificial record with a body.
fn record(n: u64) -> Framed {
    let t = Timestamp::from_second(1_796_000_000).unwrap();
    let mut entry = Entry::new(EntryKind::Decision, t, "0123456789abcdef", n);
    let salt = [u8::try_from(n % 200).unwrap() + 1; 32];
    let body = Body::new(salt, &serde_json::json!({"text": format!("artificial record {n}")})).unwrap();
    entry.id = Some(format!("d-{n}"));
    entry.class = Some(if n.is_multiple_of(3) { "2027-05" } else { "2027-06" }.parse().unwrap());
    entry.body = Some(format!("sha256:{}", body.hash()));
    entry.len = Some(u32_of(body.as_bytes().len()));
    Framed { entry: entry.to_bytes().unwrap(), body: body.as_bytes().to_vec() }
}

/// What somebody outside knows of a log: which records were acknowledged, and when.
#[derive(Clone, Debug, Default)]
struct Witness {
    /// After how many operations of the disk which records were acknowledged, up to an index.
    acked: Vec<(usize, u64)>,
    /// Every head that was published, after how many operations.
    heads: Vec<(usize, u64)>,
}

/// Appends batches and signs now and then, until all is done or the disk refuses.
fn work(
    disk: &Arc<RecordingDisk>,
    witness: &mut Witness,
    batches: &[u64],
    signs_after: &[usize],
) -> Result<(), LedgerError> {
    let (mut log, _) = open(disk)?;
    let mut next = log.journal.close().end;
    for (at, n) in batches.iter().enumerate() {
        log.commit((next..next + n).map(record).collect())?;
        next += n;
        witness.acked.push((disk.n_operations(), next));
        if signs_after.contains(&at) {
            log.integrate()?;
            witness.heads.push((disk.n_operations(), log.tree.checkpoint().head().size));
        }
    }
    Ok(())
}

/// Opens a log again and holds it to what a witness knows: the complaint, if there is one.
fn complaint(disk: &Arc<RecordingDisk>, acked: u64, head: u64) -> Option<String> {
    let size = match open(disk) {
        Ok((log, _)) => log.tree.checkpoint().head().size,
        Err(error) => return Some(format!("it does not open: {error}")),
    };
    if size < acked.max(head) {
        return Some(format!("{size} records, and {acked} were acknowledged, {head} signed"));
    }
    let mut reader = crate::read::log::LogReader::open(disk.clone() as Arc<dyn Disk>, &[key()]).unwrap();
    for index in 0..size {
        match reader.leaf(index) {
            Ok(leaf) if leaf == record(index).entry => {}
            Ok(_) => return Some(format!("record {index} is another one")),
            Err(error) => return Some(format!("record {index}: {error}")),
        }
    }
    match crate::read::verify::verify(&mut reader, &[key()]) {
        Ok(report) if report.is_sound() => {}
        Ok(report) => return Some(format!("{:?}", report.problems)),
        Err(error) => return Some(format!("{error}")),
    }
    match open(disk) {
        Ok((log, report)) if log.tree.checkpoint().head().size == size && report.n_recovered == 0 => None,
        Ok((_, report)) => Some(format!("a second start changes something: {report:?}")),
        Err(error) => Some(format!("a second start fails: {error}")),
    }
}
