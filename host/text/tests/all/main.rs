//! What the crate promises, tested from outside.

mod detectors;
mod index;
mod lexicon;
mod oracle;
mod pattern;
mod stream;
mod support;
mod utf8;
mod view;
