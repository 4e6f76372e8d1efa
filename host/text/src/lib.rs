//! Reads each piece of text once against every lexicon and detector. It is pure and native: text in, hits out, with no
//! I/O, no clock and no sandbox.
//!
//! ```
//! use specialis_text::{IndexBuilder, Lexicon};
//!
//! let lexicon = Lexicon::parse("gambling", "term,category\n赌博,a1.gambling\n".as_bytes())?;
//! let mut builder = IndexBuilder::new();
//! builder.lexicon(&lexicon).detector("mobile")?;
//! let index = builder.build()?;
//!
//! let scan = index.scan("一起賭 博，电话１３８００１３８０００");
//! let categories: Vec<_> = scan.hits.iter().map(|hit| hit.category.as_str()).collect();
//! assert_eq!(categories, ["a1.gambling", "pi.mobile"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Lexicon`]s and detector names go into an [`IndexBuilder`]; the [`Index`] it builds lives as long as its edition and
//! is shared by all sessions; each [`Index::scan`] returns a [`Scan`], which owns its [`Hit`]s. A [`View`] is what both
//! lanes and all detectors read in the place of the text; offsets in hits are those of the text itself.
//!
//! It does not decide what a hit means, it does not change text, and it does not see through paraphrase, homophones or
//! pictures. It reads whole texts.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod calendar;
mod detect;
mod expression;
mod index;
mod lane;
mod lexicon;
mod place;
mod reader;
mod table;
mod utf8;
mod view;

pub use detect::{DetectorInfo, detectors};
pub use expression::ExpressionProblem;
pub use index::{ExceptionScope, Hit, HitOrigin, Index, IndexBuilder, IndexError, KeepsBack, Point, Scan};
pub use lane::Lane;
pub use lexicon::{ANY_CATEGORY, MAX_TERM_CHARS};
pub use lexicon::{Clause, ClauseKind, Context};
pub use lexicon::{Column, FileError, LexiconError, Problem, RowError};
pub use lexicon::{Lexicon, LexiconHeader, Term, TermFlags};
pub use reader::{Progress, Reader};
pub use table::Class;
pub use utf8::{Utf8Assembler, Utf8Error};
pub use view::{View, ViewChar, view};
