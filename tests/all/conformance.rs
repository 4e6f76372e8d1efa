//! Conformance: what the compiled policies come to on real events, by cases that are data.

mod law;
mod precedence;
