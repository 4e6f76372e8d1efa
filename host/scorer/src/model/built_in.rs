//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.7f4d0557dcd550ba"),
    heads: [
        HeadNumbers { bias: -74, scale: 305 },
        HeadNumbers { bias: -44, scale: 298 },
        HeadNumbers { bias: -17, scale: 211 },
        HeadNumbers { bias: -52, scale: 188 },
        HeadNumbers { bias: -50, scale: 232 },
        HeadNumbers { bias: -71, scale: 118 },
    ],
    thresholds: Thresholds { prompt: [566, 483, 483], answer: [520, 520, 451], beginning: [621, 621, 498] },
};
