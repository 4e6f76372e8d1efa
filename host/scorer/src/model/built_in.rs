//! The model that is built in. Written by `cargo xtask train`.

use std::borrow::Cow;

use super::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

/// The weights of the heads, bucket by bucket.
pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!("weights.bin");

/// All other numbers.
pub(super) const NUMBERS: ModelNumbers = ModelNumbers {
    version: Cow::Borrowed("1.85f3a0b7047f72af"),
    heads: [
        HeadNumbers { bias: -51, scale: 331 },
        HeadNumbers { bias: -27, scale: 386 },
        HeadNumbers { bias: -37, scale: 354 },
        HeadNumbers { bias: -63, scale: 367 },
        HeadNumbers { bias: -30, scale: 382 },
        HeadNumbers { bias: -39, scale: 322 },
    ],
    thresholds: Thresholds { prompt: [581, 540, 540], answer: [622, 622, 531], beginning: [648, 648, 586] },
};
