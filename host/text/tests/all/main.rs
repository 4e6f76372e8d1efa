//! What the crate promises, tested from outside.

mod detectors;
mod edges;
mod emoji;
mod form;
mod generated;
mod index;
mod lexicon;
mod oracle;
mod pattern;
mod sound;
mod speech;
mod stream;
mod support;
mod utf8;
mod view;
