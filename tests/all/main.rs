//! Behavior across host and guests, in one binary.

mod abi;
mod conformance;
mod editions;
mod embedding;
mod evasion;
mod hostile;
mod lexicons;
mod scores;
mod streams;
mod words;
