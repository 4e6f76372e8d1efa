//! What an internal audit and an inspection need: numbers over a range of days, and a folder that shows them and proves itself.

pub(crate) mod completeness;
pub(crate) mod declared;
pub(crate) mod editions;
pub(crate) mod numbers;
pub(crate) mod pack;
pub(crate) mod page;
mod plot;
mod sign;
mod tally;
