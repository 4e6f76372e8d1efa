//! Behavior across host and guests, in one binary.

mod abi;
mod conformance;
mod editions;
mod embedding;
mod evasion;
mod growth;
mod hostile;
mod lexicons;
mod streams;
mod words;
