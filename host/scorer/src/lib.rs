#![doc = include_str!("../README.md")]
//!
//! # The types and how long they live
//!
//! A [`Scorer`] lives as long as the host and is shared by all sessions. A [`PassageScorer`] lives as long as one part of one
//! event and reads its text. A [`Score`] is a value.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod buckets;
mod features;
mod linear;
mod model;
mod seam;

pub use features::buckets_of;
pub use linear::LinearScorer;
pub use model::{BUCKETS, HEADS, HeadNumbers, Model, ModelError, ModelNumbers, Thresholds};
pub use seam::{Moment, Passage, PassageScorer, Score, ScoreThresholds, Scorer};
