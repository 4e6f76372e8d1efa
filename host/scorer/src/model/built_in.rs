//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.61664865ef590e52"),
    heads: [
        HeadNumbers { bias: -59, scale: 296 },
        HeadNumbers { bias: -35, scale: 291 },
        HeadNumbers { bias: -6, scale: 208 },
        HeadNumbers { bias: -56, scale: 179 },
        HeadNumbers { bias: -39, scale: 228 },
        HeadNumbers { bias: -77, scale: 108 },
    ],
    thresholds: Thresholds { prompt: [577, 483, 483], answer: [536, 536, 444], beginning: [657, 657, 499] },
};
