//! What reads a log: nothing here writes its files.

pub(crate) mod body;
pub(crate) mod export;
pub(crate) mod fsck;
pub(crate) mod index;
pub(crate) mod log;
pub(crate) mod row;
pub(crate) mod search;
pub(crate) mod standing;
pub(crate) mod tiles;
pub(crate) mod verify;
