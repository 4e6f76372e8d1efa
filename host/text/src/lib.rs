#![doc = include_str!("../README.md")]
//!
//! # The types and how long they live
//!
//! [`Lexicon`]s and names of detectors go into an [`IndexBuilder`]. The [`Index`] that it builds lives as long as its edition
//! and is shared by all sessions. Each [`Index::scan`] returns a [`Scan`], which owns its [`Hit`]s; a [`Reader`] does the same for
//! a stream. Both lanes and all detectors read a [`View`] in the place of the text. Offsets in hits are offsets in the text itself.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod calendar;
mod detect;
mod expression;
mod form;
mod index;
mod lane;
mod lexicon;
mod place;
mod reader;
mod sound;
mod speech;
mod table;
mod utf16;
mod utf8;
mod view;
mod words;

pub use detect::{DetectorInfo, DetectorMode, detectors};
pub use expression::ExpressionProblem;
pub use form::{Form, Masking};
pub use index::{ExceptionScope, Hit, HitOrigin, Index, IndexBuilder, IndexError, KeepsBack, Point, Scan};
pub use lane::Lane;
pub use lexicon::{ANY_CATEGORY, MAX_TERM_CHARS};
pub use lexicon::{Added, Lexicon, LexiconHeader, Term, TermFlags};
pub use lexicon::{Clause, ClauseKind, Context};
pub use lexicon::{Column, FileError, LexiconError, Problem, RowError};
pub use reader::{Progress, Reader};
pub use speech::{Act, Frame, Frames, MENTION_WEIGHT, OFFER_WEIGHT, REQUEST_WEIGHT, Speaker, Speech};
pub use table::Class;
pub use utf8::{Utf8Assembler, Utf8Error};
pub use utf16::Utf16Offsets;
pub use view::{View, ViewChar, view};
