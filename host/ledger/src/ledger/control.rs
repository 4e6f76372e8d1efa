//! What takes records away, and what closes a log: each is an entry first, so that nothing goes without a word.

use std::collections::BTreeMap;

use specialis_core::Date;

use super::queue::locked;
use super::{Ledger, LedgerFault};
use crate::disk::replace;
use crate::error::{DiskAction, LedgerError};
use crate::format::body_file;
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::{Class, EntryKind};
use crate::format::reader::u64_of;
use crate::keep::pending::Pending;
use crate::read::body::{classes, read_file};
use crate::record::{Appended, OwnRecord};
use crate::write::journal::remove;

/// What became of a record whose erasure was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// Its body is gone.
    Gone,
    /// Its period still runs: it is kept until the end of a month, and used for nothing else.
    Restricted(Class),
    /// It had no body, or none any more.
    Nothing,
}

/// A class that expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Which one.
    pub class: Class,
    /// How many files went.
    pub n_files: u64,
}

impl Ledger {
    /// Erases the bodies of records that there is no ground to keep. Their entries stay, and prove when and how something was decided.
    ///
    /// Every copy of the log that obeys its entries erases them too; a backup that is kept elsewhere does not.
    ///
    /// # Errors
    /// Where there is no such record, or the ledger stopped. An erasure that was cut is done again at the next start.
    pub fn erase(&self, indices: &[u64]) -> Result<(), LedgerError> {
        if indices.is_empty() {
            return Ok(());
        }
        self.sign()?;
        let mut reader = self.reader()?;
        for index in indices {
            reader.entry(*index)?;
        }
        self.take_away(&Pending::Erase(indices.to_vec()), || {
            self.own_each(EntryKind::Erase, indices.iter().map(|index| vec![("index", (*index).into())]))?;
            self.drop_journals()?;
            self.erase_files(indices)
        })
    }

    /// Takes something away that is written down first, so that a stop in the middle is made good. After an error of the disk the
    /// ledger stops, as after one of a record: what it has in memory may not be what the disk has.
    fn take_away<T>(&self, pending: &Pending, work: impl FnOnce() -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let disk = locked(&self.shared.tree).disk().clone();
        let done = pending.write(&*disk).and_then(|()| work()).and_then(|value| Pending::clear(&*disk).map(|()| value));
        done.map_err(|error| {
            let is_of_disk = matches!(error, LedgerError::Disk { .. });
            if is_of_disk { LedgerError::Stopped { source: self.shared.stop(error) } } else { error }
        })
    }

    /// Does what a person may ask for: erases each record whose period is over, and restricts those whose period still runs.
    ///
    /// # Errors
    /// As [`Ledger::erase`].
    pub fn withdraw(&self, indices: &[u64]) -> Result<BTreeMap<u64, Erased>, LedgerError> {
        self.sign()?;
        let today = self.today();
        let mut reader = self.reader()?;
        let mut results = BTreeMap::new();
        for index in indices {
            let class = reader.entry(*index)?.class;
            let result = match class {
                None => Erased::Nothing,
                Some(class) if class.is_over(today) => Erased::Gone,
                Some(class) => Erased::Restricted(class),
            };
            results.insert(*index, result);
        }
        let of = |wanted: fn(&Erased) -> bool| {
            results.iter().filter(|(_, result)| wanted(result)).map(|(index, _)| *index).collect::<Vec<u64>>()
        };
        self.restrict(&of(|result| matches!(result, Erased::Restricted(_))))?;
        self.erase(&of(|result| matches!(result, Erased::Gone)))?;
        Ok(results)
    }

    /// Restricts records: they are kept and used for nothing else, because a period of the law still runs.
    ///
    /// # Errors
    /// Where there is no such record, or the ledger stopped.
    pub fn restrict(&self, indices: &[u64]) -> Result<(), LedgerError> {
        let mut reader = self.reader()?;
        for index in indices {
            reader.entry(*index)?;
        }
        self.own_each(EntryKind::Restrict, indices.iter().map(|index| vec![("index", (*index).into())]))
    }

    /// Removes the bodies of every class whose month is over.
    ///
    /// # Errors
    /// Where the ledger stopped. What was cut is done again at the next start.
    pub fn expire(&self, today: Date) -> Result<Vec<Expired>, LedgerError> {
        // What is in the journal alone has no file of its class yet.
        self.sign()?;
        let disk = locked(&self.shared.tree).disk().clone();
        let mut expired = Vec::new();
        for class in classes(&*disk)?.into_iter().filter(|class| class.is_over(today)) {
            expired.push(self.expire_class(class)?);
        }
        Ok(expired)
    }

    fn expire_class(&self, class: Class) -> Result<Expired, LedgerError> {
        self.sign()?;
        let disk = locked(&self.shared.tree).disk().clone();
        let folder = format!("body/{class}");
        let files = disk.list(&folder).map_err(LedgerError::disk(DiskAction::Read, &folder))?;
        let n_files = u64_of(files.len());
        self.take_away(&Pending::Expire(class), || {
            let details = vec![("class", class.to_string().into()), ("files", n_files.into())];
            self.own_each(EntryKind::Expire, [details])?;
            self.drop_journals()?;
            let mut tree = locked(&self.shared.tree);
            for file in files {
                let path = format!("{folder}/{file}");
                disk.remove(&path).map_err(LedgerError::disk(DiskAction::Remove, &path))?;
            }
            let removed = disk.sync_folder(&folder).and_then(|()| disk.remove_folder(&folder));
            removed.and_then(|()| disk.sync_folder("body")).map_err(LedgerError::disk(DiskAction::Remove, &folder))?;
            tree.load_files()?;
            Ok(Expired { class, n_files })
        })
    }

    /// Destroys the keys of an epoch, so that its ids and tags can be linked to nobody. Whether there were any.
    ///
    /// # Errors
    /// Where a body of that epoch is still kept, or the ledger stopped.
    pub fn destroy_keys(&self, epoch: u32) -> Result<bool, LedgerError> {
        let Some(keys) = &self.keys else { return Ok(false) };
        self.sign()?;
        let mut reader = self.reader()?;
        let kept = classes(&**locked(&self.shared.tree).disk())?;
        for index in 0..reader.size() {
            let entry = reader.entry(index)?;
            if entry.keys == Some(epoch) && entry.class.is_some_and(|class| kept.contains(&class)) {
                return Err(LedgerError::KeysInUse { epoch, index });
            }
        }
        if !keys.epochs().contains(&epoch) {
            return Ok(false);
        }
        self.take_away(&Pending::DestroyKeys(epoch), || {
            let details = vec![("epoch", u64::from(epoch).into()), ("destroyed", 1_u64.into())];
            self.own_each(EntryKind::Key, [details])?;
            keys.destroy(epoch)
        })
    }

    /// Adds cosignatures to the published checkpoint. Whether they were over the head that was signed last.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written.
    pub fn cosign(&self, cosigned: &Checkpoint) -> Result<bool, LedgerError> {
        locked(&self.shared.tree).cosign(cosigned)
    }

    /// Ends the log: an entry names the next one. From then on it takes nothing but looks, and what keeps its records and takes them away.
    ///
    /// # Errors
    /// Where it ended before, or the ledger stopped.
    pub fn close_for(self, next_origin: &str) -> Result<Checkpoint, LedgerError> {
        self.end_for(next_origin)?;
        self.close()
    }

    /// The same for a ledger that others hold too, such as a host: the log has ended and stays open. Each decision from now on is a
    /// fault, which tightens.
    ///
    /// # Errors
    /// As [`Ledger::close_for`].
    pub fn end_for(&self, next_origin: &str) -> Result<Checkpoint, LedgerError> {
        let end = OwnRecord::new(EntryKind::Close, [("next", next_origin.into())]);
        let pushed = self.shared.push_end(Appended::Own(end));
        pushed.and_then(|ticket| ticket.wait()).map_err(stopped)?;
        self.sign()
    }

    /// Appends entries about the ledger itself, and waits until all are durable.
    fn own_each(
        &self,
        kind: EntryKind,
        details: impl IntoIterator<Item = Vec<(&'static str, crate::format::entry::Detail)>>,
    ) -> Result<(), LedgerError> {
        let mut tickets = Vec::new();
        for details in details {
            let pushed = self.shared.push(Appended::Own(OwnRecord::new(kind, details)));
            tickets.push(pushed.map_err(stopped)?);
        }
        for ticket in tickets {
            ticket.wait().map_err(stopped)?;
        }
        Ok(())
    }

    /// Signs everything and removes every journal that has a record so far: bodies lie in the files of their classes alone.
    fn drop_journals(&self) -> Result<(), LedgerError> {
        self.shared.rotate().and_then(|ticket| ticket.wait()).map_err(stopped)?;
        let size = self.sign()?.head().size;
        let tree = locked(&self.shared.tree);
        let (done, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut locked(&self.shared.unsigned).full).into_iter().partition(|full| full.end <= size);
        locked(&self.shared.unsigned).full.extend(rest);
        remove(&**tree.disk(), done.into_iter().map(|full| full.number))
    }

    /// Writes the files of bodies anew without some of them.
    fn erase_files(&self, indices: &[u64]) -> Result<(), LedgerError> {
        let mut reader = self.reader()?;
        let mut by_file: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for index in indices {
            if let Some(class) = reader.entry(*index)?.class {
                by_file.entry(body_file::path(&class.to_string(), *index)).or_default().push(*index);
            }
        }
        let mut tree = locked(&self.shared.tree);
        let disk = tree.disk().clone();
        for (path, indices) in by_file {
            let Some(mut file) = read_file(&*disk, &path)? else { continue };
            for index in indices {
                file.erase(body_file::place_of(index)).map_err(LedgerError::disk(DiskAction::Read, &path))?;
            }
            replace(&*disk, &path, &file.to_bytes()).map_err(LedgerError::disk(DiskAction::Write, &path))?;
        }
        tree.load_files()
    }
}

/// Does again what a stop cut: its entry may stand twice, and nothing that was to go stays.
pub(super) fn resume(ledger: &Ledger) -> Result<(), LedgerError> {
    let disk = locked(&ledger.shared.tree).disk().clone();
    match Pending::read(&*disk)? {
        None => Ok(()),
        Some(Pending::Erase(indices)) => ledger.erase(&indices),
        Some(Pending::Expire(class)) if classes(&*disk)?.contains(&class) => ledger.expire_class(class).map(|_| ()),
        Some(Pending::DestroyKeys(epoch))
            if ledger.keys.as_ref().is_some_and(|keys| keys.epochs().contains(&epoch)) =>
        {
            ledger.destroy_keys(epoch).map(|_| ())
        }
        // Those of a ledger that is opened without its keys wait for a start with them.
        Some(Pending::DestroyKeys(_)) if ledger.keys.is_none() => Ok(()),
        Some(Pending::Expire(_) | Pending::DestroyKeys(_)) => Pending::clear(&*disk),
    }
}

fn stopped(fault: LedgerFault) -> LedgerError {
    match fault {
        LedgerFault::Unwritten { source } => LedgerError::Stopped { source },
        LedgerFault::QueueFull | LedgerFault::Closed | LedgerFault::Ended => LedgerError::Closed,
    }
}
