//! What writes a log: the journal, which makes records durable; the tree, which signs them; and how both are opened again.

pub(crate) mod heads;
pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod recover;
pub(crate) mod tree;

#[cfg(test)]
pub(crate) mod tests;
