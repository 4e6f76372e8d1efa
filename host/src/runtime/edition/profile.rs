//! Profiles: what the platform can carry out, and what the operator says of the service.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specialis_core::{CategoryId, Context, Delivery, MeasureId, Registry};

/// What the platform supports. The default supports nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PlatformProfile {
    /// Measures the platform carries out itself. One that comes before or with release and is not here becomes `stop`.
    pub supports: BTreeSet<MeasureId>,
    /// Measures after release that somebody carries out by hand, and who.
    pub by_hand: BTreeMap<MeasureId, String>,
    /// Categories for which scores of streamed text come late, as events of kind `signal`: where a policy awaits one, text
    /// that no score covers yet is kept back.
    pub late_signals: BTreeSet<CategoryId>,
    /// Whether the scorer that is built in scores prompts and outputs. It does not where the platform brings scorers of its own.
    pub built_in_scorer: bool,
}

impl PlatformProfile {
    /// A platform that carries out every registered measure.
    pub fn everything(registry: &Registry) -> Self {
        Self { supports: registry.measures.keys().cloned().collect(), ..Self::default() }
    }
}

/// What the operator says of the service: facts for sessions that do not give them, and a default status for each sector.
///
/// Facts from here have the source `profile`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ServiceProfile {
    /// The defaults.
    pub defaults: Context,
    /// The delivery promise for streams; a session or a policy may ask for a stricter one.
    pub delivery: Option<Delivery>,
}
