//! Profiles: what the platform can carry out, and what the operator says of the service.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specialis_core::{Context, MeasureId, Registry};

/// What the platform supports. The default supports nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PlatformProfile {
    /// Measures the platform carries out itself. One that comes before or with release and is not here becomes `stop`.
    pub supports: BTreeSet<MeasureId>,
    /// Measures after release that somebody carries out by hand, and who.
    pub by_hand: BTreeMap<MeasureId, String>,
}

impl PlatformProfile {
    /// A platform that carries out every registered measure.
    pub fn everything(registry: &Registry) -> Self {
        Self { supports: registry.measures.keys().cloned().collect(), by_hand: BTreeMap::new() }
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
}
