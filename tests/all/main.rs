//! Behavior across host and guests, in one binary.

mod conformance;
mod embedding;
mod hostile;
mod lexicons;
mod streams;
