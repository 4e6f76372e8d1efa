//! Options that several commands share.

mod cache;
mod edition;
mod language;
mod last_day;
mod ledger;
mod state;
mod threads;

pub(crate) use cache::{COMPILE_CODE, CacheOptions};
pub(crate) use edition::{EditionOptions, built_in, directory, mode, with_entries, with_overlays};
pub(crate) use language::Language;
pub(crate) use last_day::last_day;
pub(crate) use ledger::LedgerOption;
pub(crate) use state::StateOptions;
pub(crate) use threads::ThreadOptions;
