//! Facts from any text: contexts, events and decisions are refused, or read, written and read as the same.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use specialis_core::{Context, Decision, Event, printable};

/// Reads a text as everything that holds facts.
///
/// # Panics
/// Where something is written otherwise than it was read.
pub fn assert_read_again(text: &str) {
    same_again::<Context>(text);
    same_again::<Event>(text);
    same_again::<Decision>(text);
    assert_eq!(printable(&printable(text)), printable(text), "what was escaped is not escaped again");
}

fn same_again<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    let Ok(read) = serde_json::from_str::<T>(text) else { return };
    let written = serde_json::to_string(&read).expect("what was read has a form");
    let again: T = serde_json::from_str(&written).unwrap_or_else(|e| panic!("{e}: {written}"));
    assert_eq!(again, read);
}
