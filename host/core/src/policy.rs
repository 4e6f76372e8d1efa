//! What the resolver knows of a policy, and what a call of it came to.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{DutyId, EventKind, Fault, Finding, PolicyId, SectorId, SignerId};

/// Whose law a policy carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The Measures.
    General,
    /// Law that binds whatever the sector.
    Common,
    /// One sector's law.
    Sector(SectorId),
    /// The tenant's own rules.
    Tenant,
}

words! {
    /// Whether a policy's findings count.
    Mode {
        /// They count.
        Enforce = "enforce",
        /// They stand in the trace, never in the result.
        Monitor = "monitor",
    }
}

/// A policy as the resolver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCard {
    /// Its id.
    pub id: PolicyId,
    /// Its version.
    pub version: String,
    /// Whose law it carries.
    pub origin: Origin,
    /// Who answers for it.
    pub signer: SignerId,
    /// The duties it may answer on.
    pub governs: BTreeSet<DutyId>,
    /// The duties its manifest asks to displace.
    pub displaces: BTreeSet<DutyId>,
    /// The kinds of event its manifest lists.
    pub kinds: BTreeSet<EventKind>,
    /// Whether its findings count.
    pub mode: Mode,
}

/// What a policy came to on one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evaluation {
    /// It answered.
    Evaluated(Vec<Finding>),
    /// It had no reason to be called.
    NotWoken,
    /// It could not answer; findings of calls before that stand.
    Unavailable(Fault, Vec<Finding>),
}
