//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.2ed3c9b5f1f237cf"),
    heads: [
        HeadNumbers { bias: -32, scale: 340 },
        HeadNumbers { bias: -3, scale: 382 },
        HeadNumbers { bias: -1, scale: 329 },
        HeadNumbers { bias: -46, scale: 345 },
        HeadNumbers { bias: -8, scale: 368 },
        HeadNumbers { bias: -14, scale: 279 },
    ],
    thresholds: Thresholds { prompt: [614, 533, 533], answer: [581, 581, 510], beginning: [705, 705, 558] },
};
