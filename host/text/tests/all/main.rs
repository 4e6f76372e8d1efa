//! What the crate promises, tested from outside.

mod detectors;
mod index;
mod lexicon;
mod view;
