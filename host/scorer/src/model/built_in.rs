//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.2a7c391c6a81ab70"),
    heads: [
        HeadNumbers { bias: -49, scale: 288 },
        HeadNumbers { bias: -30, scale: 284 },
        HeadNumbers { bias: -4, scale: 204 },
        HeadNumbers { bias: -49, scale: 177 },
        HeadNumbers { bias: -34, scale: 227 },
        HeadNumbers { bias: -74, scale: 105 },
    ],
    thresholds: Thresholds { prompt: [582, 484, 484], answer: [550, 550, 451], beginning: [637, 637, 504] },
};
