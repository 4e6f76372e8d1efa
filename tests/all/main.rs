//! Behavior across host and guests, in one binary.

mod conformance;
mod hostile;
mod streams;
