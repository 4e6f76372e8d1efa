//! Tables that are typed or read into the playground: whoever embeds the server makes policies of them, and the host tries these beside
//! the live edition. Nothing of them is kept.

use std::sync::{Arc, OnceLock};

use specialis::core::Registry;
use specialis::{Host, TriedEdition};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::editions::chain;

/// The longest rows and terms, and the longest head and entries, in characters.
pub(super) const MAX_ROWS: usize = 256 << 10;
pub(super) const MAX_HEAD: usize = 64 << 10;

/// A table as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct TypedTable {
    /// The head, as `policy.toml` has it.
    pub head: String,
    /// The rows, in CSV.
    pub rows: String,
    /// Terms, as a lexicon has them; blank where there are none.
    pub terms: String,
    /// Entries over the registries, in TOML; blank where there are none.
    pub registry: String,
}

/// What became of a table.
#[derive(Clone, Debug)]
pub struct MadeTable {
    /// What is to be said of it, a line each.
    pub said: Vec<String>,
    /// The policy's file and the registry that it is tried under, where nothing stands in the way.
    pub policy: Option<(Vec<u8>, Registry)>,
}

/// Reads tables and makes policies of them. Called on threads where it may block, for one table at a time in the whole server.
pub trait TableMaker: Send + Sync {
    /// The rows of a file, in CSV, with an empty line for each blank row, so that rows keep their numbers. The ending of `name` says what
    /// the file is. Called once for each file that is chosen. The file comes from whoever signed in, and is as long as a request may be;
    /// what it unpacks to has to be bounded here.
    ///
    /// # Errors
    /// What is to be said of a file that holds no rows that can be read.
    fn rows(&self, name: &str, file: &[u8]) -> Result<String, String>;

    /// Makes a policy of a table, given the registry of the live edition. Called once for each table that is tried.
    fn make(&self, table: &TypedTable, registry: &Registry) -> MadeTable;
}

/// Tries tables, one at a time: making one takes as long as hundreds of decisions.
pub(crate) struct Tables {
    maker: OnceLock<Box<dyn TableMaker>>,
    turn: Arc<Semaphore>,
}

impl Default for Tables {
    fn default() -> Self {
        Self { maker: OnceLock::new(), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables").field("is_set", &self.maker.get().is_some()).finish_non_exhaustive()
    }
}

/// What is said of a table, and the edition with it.
pub(super) type Tried = (Vec<String>, Option<TriedEdition>);

impl Tables {
    /// Names who makes policies of tables.
    pub(crate) fn set(&self, maker: Box<dyn TableMaker>) {
        // A second one changes nothing.
        drop(self.maker.set(maker));
    }

    /// Whether tables can be tried.
    pub(super) fn are_taken(&self) -> bool {
        self.maker.get().is_some()
    }

    /// The right to read or to try one. None while another is read or tried.
    pub(super) fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.turn.clone().try_acquire_owned().ok()
    }

    /// The rows of a file, in CSV. It blocks.
    ///
    /// # Errors
    /// What is to be said of a file that cannot be read.
    pub(super) fn rows(&self, name: &str, file: &[u8]) -> Result<String, String> {
        let none = || "this server tries no tables".to_owned();
        self.maker.get().ok_or_else(none)?.rows(name, file)
    }

    /// Makes a policy of a table and tries it beside the live edition. It blocks.
    pub(super) fn try_one(&self, host: &Host, table: &TypedTable) -> Tried {
        let Some(maker) = self.maker.get() else { return Tried::default() };
        let MadeTable { mut said, policy } = maker.make(table, host.edition().content().registry());
        let Some((file, registry)) = policy else { return (said, None) };
        match host.try_policy(file, registry) {
            Ok(tried) => (said, Some(tried)),
            Err(error) => {
                said.push(chain(&error));
                (said, None)
            }
        }
    }
}
