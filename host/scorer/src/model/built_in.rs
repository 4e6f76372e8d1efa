//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.0d0188fd4d886191"),
    heads: [
        HeadNumbers { bias: -51, scale: 310 },
        HeadNumbers { bias: -24, scale: 370 },
        HeadNumbers { bias: -36, scale: 343 },
        HeadNumbers { bias: -57, scale: 359 },
        HeadNumbers { bias: -34, scale: 371 },
        HeadNumbers { bias: -20, scale: 330 },
    ],
    thresholds: Thresholds { prompt: [581, 540, 540], answer: [622, 622, 527], beginning: [622, 622, 574] },
};
