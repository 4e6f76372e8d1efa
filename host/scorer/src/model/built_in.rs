//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.2fc8e9e4d47983fd"),
    heads: [
        HeadNumbers { bias: -39, scale: 339 },
        HeadNumbers { bias: -10, scale: 385 },
        HeadNumbers { bias: -10, scale: 329 },
        HeadNumbers { bias: -48, scale: 346 },
        HeadNumbers { bias: -15, scale: 368 },
        HeadNumbers { bias: -14, scale: 281 },
    ],
    thresholds: Thresholds { prompt: [610, 537, 537], answer: [620, 620, 511], beginning: [640, 640, 557] },
};
