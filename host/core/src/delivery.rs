//! How streamed text is released: the delivery promise, and what happened on the stream.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{Level, Span};

words! {
    /// When the text of a stream is released, laxest first. If policies ask for different ones, the strictest applies.
    Delivery {
        /// At once. Text on which something is found later is retracted.
        DeliverThenRetract = "deliver-then-retract",
        /// As soon as no match or judgment that is still open can cover it.
        KeepWindow = "keep-window",
        /// After the whole text has been judged.
        KeepAll = "keep-all",
    }
}

words! {
    /// What went wrong with the stream itself, whatever its text says.
    ChannelFault {
        /// More text would have to be kept back than the limit allows.
        KeptBack = "kept-back",
        /// Its bytes are not UTF-8.
        InvalidText = "invalid-text",
    }
}

impl ChannelFault {
    /// The level of the part, at least: `review` if too much is kept back, `stop` if the bytes are not UTF-8.
    pub fn level(self) -> Level {
        match self {
            Self::KeptBack => Level::Review,
            Self::InvalidText => Level::Stop,
        }
    }
}

/// How far a stream had been read when it was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StreamPosition {
    /// The part that was being read.
    pub part: u32,
    /// Bytes of its text that had been read.
    pub at: u32,
}

/// What a decision on streamed text records besides its resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Streamed {
    /// The delivery promise that applied.
    pub delivery: Delivery,
    /// How far the stream had been read. Absent in the decision on the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<StreamPosition>,
    /// Spans that had to be masked, in text that was released already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Span>,
    /// Parts that could not be read to the end, or of which too much was kept back, by index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<u32, ChannelFault>,
}
