//! The words behind ids, from manifests and registries alone: nothing has to be compiled to explain a decision.

use std::collections::BTreeMap;

use anyhow::Result;
use specialis_bundle::Manifest;
use specialis_core::{Origin, PolicyId, ReasonId, Registry, SectorId, TextKey, Wording, Words};

use super::EditionArgs;

/// Registries and manifests.
pub(crate) struct ManifestWords {
    registry: Registry,
    manifests: BTreeMap<PolicyId, Manifest>,
}

impl ManifestWords {
    /// Reads the registries and the manifests of the policies.
    pub(crate) fn new(args: &EditionArgs) -> Result<Self> {
        Ok(Self { registry: args.registry()?.1, manifests: args.manifests()? })
    }
}

fn wording(words: &specialis_bundle::Words) -> Wording<'_> {
    Wording { en: &words.en, zh: &words.zh }
}

impl Words for ManifestWords {
    fn registry(&self) -> &Registry {
        &self.registry
    }

    fn reason(&self, policy: &PolicyId, reason: &ReasonId) -> Option<Wording<'_>> {
        self.manifests.get(policy)?.reasons.get(reason).map(wording)
    }

    fn text(&self, policy: &PolicyId, key: &TextKey) -> Option<Wording<'_>> {
        self.manifests.get(policy)?.texts.get(key).map(wording)
    }

    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>> {
        let origin = Origin::Sector(sector.clone());
        self.manifests.values().find(|manifest| manifest.origin == origin).map(|manifest| wording(&manifest.title))
    }
}
