//! What can go wrong, by kind.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::format::merkle::Hash;
use crate::format::stamp::StampError;

/// What was done with a file when the disk refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskAction {
    /// It was read.
    Read,
    /// It was written, renamed or synced.
    Write,
    /// It was removed.
    Remove,
    /// Its lock was taken.
    Lock,
}

impl fmt::Display for DiskAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Remove => "remove",
            Self::Lock => "lock",
        })
    }
}

/// What is wrong with a record or a file that is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Damage {
    /// A file that has to be there is missing.
    MissingFile,
    /// A file has another form or length than it must have.
    Unreadable,
    /// A batch of a journal was changed after it was written, or one before another is not whole.
    Journal,
    /// Records that the journals must have are missing.
    MissingRecords {
        /// The first one.
        from: u64,
        /// The first one that is there again.
        until: u64,
    },
    /// A node of the tree does not follow from what is below it.
    Node,
    /// An entry does not have the hash that the tree has for it.
    Entry {
        /// Its index.
        index: u64,
    },
    /// A body does not have the hash that its entry has for it.
    Body {
        /// The index of its entry.
        index: u64,
    },
    /// A body is gone, and no record says that it was erased or expired.
    MissingBody {
        /// The index of its entry.
        index: u64,
    },
    /// A body that was erased is there again.
    ErasedBody {
        /// The index of its entry.
        index: u64,
    },
    /// Numbers of a boot are missing, and no gap says why.
    Omission {
        /// The boot.
        boot: String,
        /// The first number that is missing.
        from: u64,
        /// The next one that is there.
        until: u64,
    },
    /// A signature does not hold, or is of another key.
    Signature,
    /// The root of the tree is not the one that was signed.
    Root,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingFile => f.write_str("it is missing"),
            Self::Unreadable => f.write_str("it has another form or length than it must have"),
            Self::Journal => f.write_str("a batch in it was changed after it was written"),
            Self::MissingRecords { from, until } => write!(f, "the records from {from} to before {until} are missing"),
            Self::Node => f.write_str("a hash in it does not follow from what is below"),
            Self::Entry { index } => write!(f, "entry {index} does not have the hash that the tree has for it"),
            Self::Body { index } => write!(f, "the body of entry {index} does not have the hash that the entry has"),
            Self::MissingBody { index } => {
                write!(f, "the body of entry {index} is gone, and no record says that it was erased or expired")
            }
            Self::ErasedBody { index } => write!(f, "the body of entry {index} was erased, and is there again"),
            Self::Omission { boot, from, until } => {
                write!(f, "boot {boot} has no numbers from {from} to before {until}, and no gap says why")
            }
            Self::Signature => f.write_str("its signature does not hold, or is of another key"),
            Self::Root => f.write_str("the root of the tree is not the one that was signed"),
        }
    }
}

/// Why the ledger cannot do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The disk refused.
    #[error("cannot {action} `{path}`; mend the disk, then open the ledger again")]
    Disk {
        /// What was done.
        action: DiskAction,
        /// The file or folder.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something that was written is not as it was written.
    #[error("`{path}` is damaged: {damage}; run `fsck`, and restore the file from a copy")]
    Damaged {
        /// The file or folder.
        path: String,
        /// What is wrong.
        damage: Damage,
    },
    /// Another process writes this ledger.
    #[error("another process writes this ledger; stop it first, one ledger has one writer")]
    Locked,
    /// The log is shorter than a head that was signed, or another one.
    #[error(
        "the log on the disk is not the one that was signed, with size {signed} and root {root}; run `fsck`, and where a copy was \
         restored, open a new log in an empty folder that follows this head"
    )]
    RolledBack {
        /// The size that was signed.
        signed: u64,
        /// The root that was signed.
        root: Hash,
    },
    /// The log on the disk is another one.
    #[error("the log here is `{found}`, not `{wanted}`; give its own origin, or another folder")]
    OtherOrigin {
        /// The origin that stands in its checkpoint.
        found: String,
        /// The origin that was given.
        wanted: String,
    },
    /// An origin that cannot name a key.
    #[error("`{origin}` cannot be an origin; write a name like `example.cn/node-1/2026`, without spaces and `+`")]
    BadOrigin {
        /// What was given.
        origin: String,
    },
    /// There is no key to sign with, or it cannot.
    #[error("no signature was made; give a key of Ed25519 whose name is the origin")]
    Unsigned,
    /// A record is too large.
    #[error("a record of kind `{kind}` has {n_bytes} bytes where {max} are allowed; shorten its ids")]
    TooLarge {
        /// Its kind.
        kind: &'static str,
        /// Its size.
        n_bytes: usize,
        /// The bound.
        max: usize,
    },
    /// A value has no canonical form.
    #[error("a record of kind `{kind}` cannot be written as JSON; give texts for its keys and whole numbers")]
    NoJson {
        /// Its kind.
        kind: &'static str,
        /// What the encoder says.
        #[source]
        source: serde_json::Error,
    },
    /// An earlier error stopped the ledger.
    #[error("the ledger stopped writing after an error; open it again once its cause is mended")]
    Stopped {
        /// The error.
        #[source]
        source: Arc<LedgerError>,
    },
    /// A thread of the ledger panicked.
    #[error("the thread of the ledger that {thread} panicked; open the ledger again, and report what it said")]
    Panicked {
        /// What the thread does: `writes` or `signs`.
        thread: &'static str,
    },
    /// It was closed.
    #[error("the ledger is closed; open it again, or use the log that its last entry names")]
    Closed,
    /// There is no such record.
    #[error("there is no record {index}: the log has {size}; give a smaller index")]
    NoRecord {
        /// What was asked for.
        index: u64,
        /// How many records there are.
        size: u64,
    },
    /// The index or the standing cannot be read or written.
    #[error("the {store} cannot be used; delete its file, it is built again from the records")]
    Store {
        /// `index` or `standing`.
        store: &'static str,
        /// What the store says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The keys of an epoch are gone or were never made.
    #[error("there are no keys of epoch `{epoch}`; what was tagged under them can be linked to nobody")]
    NoKeys {
        /// The epoch.
        epoch: u32,
    },
    /// The keys of an epoch are still needed.
    #[error(
        "the keys of epoch `{epoch}` are still needed: the body of record {index} is kept; wait until its class expires"
    )]
    KeysInUse {
        /// The epoch.
        epoch: u32,
        /// A record of it.
        index: u64,
    },
    /// A response of a timestamping authority does not stamp a checkpoint of this log.
    #[error("this is no timestamp on a checkpoint of this log that was asked for")]
    BadStamp {
        /// What is wrong with it.
        #[source]
        source: StampError,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes; nothing can be written without them")]
    Entropy {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file that is exported to cannot be written.
    #[error("the export cannot be written; free space and try again")]
    Export {
        /// What the writer says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LedgerError {
    pub(crate) fn disk(action: DiskAction, path: &str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk { action, path, source }
    }

    pub(crate) fn damaged(path: impl Into<String>, damage: Damage) -> Self {
        Self::Damaged { path: path.into(), damage }
    }

    pub(crate) fn store(store: &'static str) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |source| Self::Store { store, source }
    }
}
