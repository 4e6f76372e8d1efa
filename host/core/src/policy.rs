//! What the resolver knows of a policy, and the result of calling it.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{Citation, DutyId, EventKind, Fault, Finding, InstrumentId, PolicyId, SectorId, SignerId};

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
        /// They stand in the trace and do not count.
        Monitor = "monitor",
    }
}

/// A relaxation that a manifest asks for: one duty, under one article of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Displaces {
    /// The duty.
    pub duty: DutyId,
    /// The instrument that provides otherwise.
    pub instrument: InstrumentId,
    /// The article.
    pub article: String,
}

impl Displaces {
    /// Whether it asks for the relaxation of `duty` under `citation`.
    pub fn asks_for(&self, duty: &DutyId, citation: &Citation) -> bool {
        self.duty == *duty && self.instrument == citation.instrument && self.article == citation.article
    }
}

/// A policy as the resolver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCard {
    /// Its id.
    pub id: PolicyId,
    /// Its version.
    pub version: Arc<str>,
    /// Whose law it carries.
    pub origin: Origin,
    /// Who answers for it.
    pub signer: SignerId,
    /// The duties it may answer on.
    pub governs: BTreeSet<DutyId>,
    /// The relaxations that its manifest asks for.
    pub displaces: BTreeSet<Displaces>,
    /// The kinds of event its manifest lists.
    pub kinds: BTreeSet<EventKind>,
    /// Whether its findings count.
    pub mode: Mode,
}

/// The result of calling a policy on one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evaluation {
    /// It answered.
    Evaluated(Vec<Finding>),
    /// There was no reason to call it.
    NotWoken,
    /// It could not answer. Findings of earlier calls count.
    Unavailable(Fault, Vec<Finding>),
}
