//! How long what is kept, under which keys, and what takes it away.

pub(crate) mod keeper;
pub(crate) mod keys;
pub(crate) mod pending;
pub(crate) mod retention;
pub(crate) mod stamps;
