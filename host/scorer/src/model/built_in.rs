//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.11c7bb04921d54ed"),
    heads: [
        HeadNumbers { bias: -64, scale: 300 },
        HeadNumbers { bias: -37, scale: 294 },
        HeadNumbers { bias: -9, scale: 210 },
        HeadNumbers { bias: -56, scale: 180 },
        HeadNumbers { bias: -45, scale: 232 },
        HeadNumbers { bias: -82, scale: 108 },
    ],
    thresholds: Thresholds { prompt: [582, 505, 505], answer: [531, 531, 467], beginning: [637, 637, 524] },
};
