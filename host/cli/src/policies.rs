//! Policy files as the commands read them.

mod file;
#[cfg(test)]
pub(crate) mod sample;
mod verify;

pub(crate) use file::{PolicyFile, parse, read, read_or_built_in};
pub(crate) use verify::{Terms, verify};
