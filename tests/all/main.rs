//! Behavior across host and guests, in one binary.

mod abi;
mod conformance;
mod costs;
mod dates;
mod editions;
mod embedding;
mod evasion;
mod explanations;
mod growth;
mod hostile;
mod lexicons;
mod orders;
mod ordinary;
mod recorded;
mod remembered;
mod scores;
mod streams;
mod torture;
mod words;
