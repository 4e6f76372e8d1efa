//! How decisions are written.

use clap::ValueEnum;

/// How decisions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for a person, 200 rows at a time.
    #[default]
    Table,
    /// One decision a line as JSON, as soon as it is there.
    Jsonl,
}
