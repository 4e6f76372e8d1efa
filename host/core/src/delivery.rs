//! How streamed text goes out: what was promised, and what became of the promise.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{Level, Span};

words! {
    /// When the text of a stream goes out, laxest first. Of several that are asked for the strictest wins.
    Delivery {
        /// At once; what is found later is taken back.
        DeliverThenRetract = "deliver-then-retract",
        /// As soon as nothing can become of it any more.
        KeepWindow = "keep-window",
        /// When the whole of it has been judged.
        KeepAll = "keep-all",
    }
}

words! {
    /// What went wrong with the stream itself, whatever it says.
    ChannelFault {
        /// More text would have to be kept back than may be: a person decides.
        KeptBack = "kept-back",
        /// Its bytes are not UTF-8: nothing more goes out.
        InvalidText = "invalid-text",
    }
}

impl ChannelFault {
    /// The level that the part comes to at least.
    pub fn level(self) -> Level {
        match self {
            Self::KeptBack => Level::Review,
            Self::InvalidText => Level::Stop,
        }
    }
}

/// Up to where a stream had been read when it was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Position {
    /// The part that was being read.
    pub part: u32,
    /// Bytes of its text that had been read.
    pub at: u32,
}

/// What a decision on streamed text says beside its resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Streamed {
    /// The promise under which the text went out.
    pub delivery: Delivery,
    /// Where the stream stood; absent in the decision on the whole of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
    /// Stretches that were to be masked, in text that was out already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Span>,
    /// Parts that could not be read to the end, or of which too much was kept back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<u32, ChannelFault>,
}
