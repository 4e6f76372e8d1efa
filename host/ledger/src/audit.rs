//! What an internal audit and an inspection need: numbers over a range of days, and a folder that shows them and proves itself.

pub(crate) mod declared;
pub(crate) mod numbers;
pub(crate) mod pack;
mod page;
mod tally;
