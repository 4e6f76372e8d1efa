//! Trying an edition before it is published: it judges beside the live one, without effect.

mod compare;
mod shadow;

pub use compare::{Comparison, Differences, DutyChange, DutyCounts, Sample};
pub(crate) use shadow::ShadowSlot;
pub use shadow::{PromotionCriteria, ShadowReport, ShadowShare};
