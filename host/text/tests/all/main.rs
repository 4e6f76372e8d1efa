//! What the crate promises, tested from outside.

mod detectors;
mod index;
mod lexicon;
mod stream;
mod support;
mod utf8;
mod view;
