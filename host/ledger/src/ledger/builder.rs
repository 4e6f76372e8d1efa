//! How a ledger is opened.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ed25519_dalek::SigningKey;

use super::queue::{QueueLimits, Shared};
use super::signer::Signer;
use super::writer::Writer;
use super::{Ledger, LedgerClock, SystemTime, control};
use crate::disk::Disk;
use crate::error::LedgerError;
use crate::format::checkpoint::Head;
use crate::format::entry::{Detail, EntryKind};
use crate::format::note::{Ed25519Signer, NoteSigner};
use crate::keep::keeper::Keeper;
use crate::keep::keys::Keyring;
use crate::keep::retention::Retention;
use crate::record::{Appended, Encoder, OwnRecord};
use crate::standing::StandingStore;
use crate::standing::backlog::Backlog;
use crate::write::log::{ENDED_FOR, JOURNAL_BYTES, Log, LogOptions, OpenReport};

/// How long durable records wait for their signature at most.
const SIGN_EVERY: Duration = Duration::from_secs(1);

/// What a ledger is opened with. The defaults:
///
/// - no key: `open` refuses without one
/// - signed heads lie beside the data, where a copy of the whole folder that is put back cannot be told from it
/// - no keys of epochs, so that no record has a user, and no standing
/// - no keeper: content that a decision asks to keep is the platform's to keep
/// - bodies of decisions are kept for 6 months, what concerns a user for 36
/// - 16,384 records of 64 MiB may wait to be written, and 64 MiB to be signed
/// - what is durable is signed each second, each 4,096 records or each 16 MiB
/// - journals of 8 MiB
/// - the system's clock
pub struct LedgerBuilder {
    origin: String,
    signers: Vec<Box<dyn NoteSigner>>,
    heads: Option<Arc<dyn Disk>>,
    keys: Option<Arc<Keyring>>,
    standing: Option<Arc<dyn StandingStore>>,
    keeper: Option<Arc<dyn Keeper>>,
    retention: Retention,
    clock: Arc<dyn LedgerClock>,
    limits: QueueLimits,
    sign_every: Duration,
    journal_bytes: u64,
    follows: Option<Head>,
}

impl LedgerBuilder {
    pub(super) fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            signers: Vec::new(),
            heads: None,
            keys: None,
            standing: None,
            keeper: None,
            retention: Retention::default(),
            clock: Arc::new(SystemTime),
            limits: QueueLimits::default(),
            sign_every: SIGN_EVERY,
            journal_bytes: JOURNAL_BYTES,
            follows: None,
        }
    }

    /// The key of the log. Its name is the origin.
    #[must_use]
    pub fn key(mut self, key: SigningKey) -> Self {
        self.signers.insert(0, Box::new(Ed25519Signer::new(&self.origin, key)));
        self
    }

    /// A further key that signs every checkpoint, such as one of SM2.
    #[must_use]
    pub fn further_key(mut self, signer: Box<dyn NoteSigner>) -> Self {
        self.signers.push(signer);
        self
    }

    /// Another place for signed heads, best on another disk: then a restored copy of the data is noticed.
    #[must_use]
    pub fn heads(mut self, disk: Arc<dyn Disk>) -> Self {
        self.heads = Some(disk);
        self
    }

    /// The keys of tags and ids. Without them no record has a user.
    #[must_use]
    pub fn keys(mut self, keys: Arc<Keyring>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The store of standings. It catches up when the ledger is opened, or as soon as it can be asked; until then no standing is known.
    #[must_use]
    pub fn standing(mut self, standing: Arc<dyn StandingStore>) -> Self {
        self.standing = Some(standing);
        self
    }

    /// The platform's own store, for content that a decision asks to keep.
    #[must_use]
    pub fn keeper(mut self, keeper: Arc<dyn Keeper>) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// How long bodies are kept where no decision asks for longer.
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn LedgerClock>) -> Self {
        self.clock = clock;
        self
    }

    /// How many records may wait to be written; at least one.
    #[must_use]
    pub fn max_queued(mut self, n: usize) -> Self {
        self.limits.records = n.max(1);
        self
    }

    /// How many bytes of records may wait to be written, about; as many may wait for a signature. At least 64 KiB.
    ///
    /// What does not fit is a fault where the record is awaited, and counts in a gap otherwise.
    #[must_use]
    pub fn max_queued_bytes(mut self, n: u64) -> Self {
        self.limits.bytes = n.max(64 << 10);
        self
    }

    /// How long durable records wait for their signature at most.
    #[must_use]
    pub fn sign_every(mut self, time: Duration) -> Self {
        self.sign_every = time;
        self
    }

    /// How many bytes a journal has, at least 4,096 and at most 512 MiB.
    #[must_use]
    pub fn journal_bytes(mut self, n: u64) -> Self {
        self.journal_bytes = n;
        self
    }

    /// The head of the log that this one goes on from: last year's, or one that was restored from a copy. Its first entry names it.
    #[must_use]
    pub fn follows(mut self, head: Head) -> Self {
        self.follows = Some(head);
        self
    }

    /// Opens the log in a folder, and makes it where the folder is empty. Whatever the journals have is signed when it returns.
    ///
    /// # Errors
    /// Where another process writes it, the disk refuses, something is damaged, or the log is not the one that was signed last.
    pub fn open(self, disk: Arc<dyn Disk>) -> Result<(Ledger, OpenReport), LedgerError> {
        let options = LogOptions {
            origin: self.origin.clone(),
            signers: self.signers,
            heads: self.heads,
            journal_bytes: self.journal_bytes,
        };
        if let Some(keys) = &self.keys {
            keys.confirm()?;
        }
        let (log, report) = Log::open(disk, options)?;
        let (journal, tree, maker, lock) = log.into_parts();
        let standing =
            self.standing.map(|store| Backlog::open(store, tree.disk().clone()).map(Arc::new)).transpose()?;
        let encoder =
            Encoder { boot: boot()?, retention: self.retention, keys: self.keys.clone(), standing: standing.clone() };
        let shared = Arc::new(Shared::new(tree, self.clock, self.limits, self.sign_every, lock));
        if report.ended_for.is_some() {
            shared.end();
        }
        let writer = Writer { shared: shared.clone(), journal, encoder, origin: self.origin };
        let signer = Signer { shared: shared.clone(), maker };
        let ledger = Ledger {
            shared,
            threads: Mutex::new(vec![
                std::thread::spawn(move || writer.run()),
                std::thread::spawn(move || signer.run()),
            ]),
            keys: self.keys,
            keeper: self.keeper,
            standing,
        };
        let first = ledger.shared.push(boot_record(&report, self.follows.as_ref()));
        let written = first.and_then(|ticket| ticket.wait());
        if written.is_err() {
            ledger.shared.stopped()?;
        }
        control::resume(&ledger)?;
        Ok((ledger, report))
    }
}

/// A name for this boot.
fn boot() -> Result<String, LedgerError> {
    let mut bytes = [0; 8];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|error| LedgerError::Entropy { source: std::io::Error::other(error.to_string()) })?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

/// The first record of a boot: how the last one ended, and how far the disk reached.
fn boot_record(report: &OpenReport, follows: Option<&Head>) -> Appended {
    let word = |is_clean: bool| if is_clean { "clean" } else { "cut" };
    let stop = if report.is_new { "none" } else { word(report.is_clean) };
    let mut own = OwnRecord::new(
        EntryKind::Boot,
        [
            ("last-stop", stop.into()),
            ("recovered", report.n_recovered.into()),
            ("version", env!("CARGO_PKG_VERSION").into()),
        ],
    );
    let mut add = |key: &str, detail: Detail| own.info.insert(key.to_owned(), detail);
    if let Some((boot, n)) = &report.last {
        add("last-boot", boot.clone().into());
        add("last-n", (*n).into());
    }
    if let Some(next) = &report.ended_for {
        add(ENDED_FOR, next.clone().into());
    }
    if let Some(head) = follows.filter(|_| report.is_new) {
        add("follows-origin", head.origin.clone().into());
        add("follows-size", head.size.into());
        add("follows-root", head.root.hex().into());
    }
    Appended::Own(own)
}
