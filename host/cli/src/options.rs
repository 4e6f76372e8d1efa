//! Options that several commands share.

mod cache;
mod edition;
mod language;
mod threads;

pub(crate) use cache::CacheOptions;
pub(crate) use edition::{EditionOptions, built_in, directory, mode};
pub(crate) use language::Language;
pub(crate) use threads::ThreadOptions;
