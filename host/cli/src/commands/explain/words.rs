//! The words behind ids, from manifests and registries alone: nothing has to be compiled to explain a decision.

use std::collections::BTreeMap;

use anyhow::Result;
use specialis_bundle::Manifest;
use specialis_core::{
    BoundSide, Decision, EvaluationSummary, Origin, PolicyId, ReasonId, Registry, SectorId, TextKey, Wording, Words,
};

use crate::options::EditionOptions;

/// Registries and manifests.
pub(crate) struct ManifestWords {
    registry: Registry,
    manifests: BTreeMap<PolicyId, Manifest>,
}

impl ManifestWords {
    /// Reads the registries and the manifests of the policies.
    pub(crate) fn new(args: &EditionOptions) -> Result<Self> {
        Ok(Self { registry: args.registry()?.1, manifests: args.manifests()? })
    }
}

impl ManifestWords {
    /// One sentence for each policy and each registered name of a decision whose words are those of another version, or missing, with
    /// the option that brings them.
    pub(crate) fn mismatches(&self, decision: &Decision) -> Vec<String> {
        let of_policy = |(policy, came): (&PolicyId, &EvaluationSummary)| match self.manifests.get(policy) {
            Some(manifest) if manifest.version.to_string() == *came.version => None,
            Some(manifest) => Some(format!(
                "decided with `{policy}` {}, explained in the words of {}; give the policies of that edition",
                came.version, manifest.version
            )),
            None => Some(format!(
                "decided with `{policy}`, which is not among the policies; give its file with `--with`, or the edition with \
                 `--edition` and `--root`"
            )),
        };
        let duties =
            decision.duties.iter().map(|one| &one.duty).filter(|duty| !self.registry.duties.contains_key(*duty));
        let duties: Vec<&str> = duties.map(|duty| duty.as_str()).collect();
        let of_registry = (!duties.is_empty()).then(|| {
            format!(
                "the registries have no {}; give those of that edition with `--registry`, or the edition with `--edition` and \
                 `--root`",
                duties.iter().map(|duty| format!("`{duty}`")).collect::<Vec<_>>().join(", ")
            )
        });
        decision.evaluations.iter().filter_map(of_policy).chain(of_registry).collect()
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
        let reason = self.manifests.get(policy)?.reasons.get(reason)?;
        Some(Wording { en: &reason.en, zh: &reason.zh })
    }

    fn text(&self, policy: &PolicyId, key: &TextKey) -> Option<Wording<'_>> {
        self.manifests.get(policy)?.texts.get(key).map(wording)
    }

    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>> {
        let origin = Origin::Sector(sector.clone());
        self.manifests.values().find(|manifest| manifest.origin == origin).map(|manifest| wording(&manifest.title))
    }

    fn title(&self, policy: &PolicyId) -> Option<Wording<'_>> {
        self.manifests.get(policy).map(|manifest| wording(&manifest.title))
    }

    fn setting(&self, policy: &PolicyId, name: &str) -> Option<Wording<'_>> {
        Some(self.manifests.get(policy)?.settings.get(name)?.bound_words())
    }

    fn fact(&self, path: &str) -> Option<(Wording<'_>, Option<&str>)> {
        let (_, name) = path.rsplit_once('.')?;
        let mut declaring =
            self.manifests.values().filter(|manifest| manifest.fact_path(name).as_deref() == Some(path));
        let fact = declaring.find_map(|manifest| manifest.facts.get(name))?;
        Some((Wording { en: &fact.en, zh: &fact.zh }, fact.unit.as_deref()))
    }

    fn bound_side(&self, policy: &PolicyId, name: &str) -> Option<BoundSide> {
        self.manifests.get(policy)?.settings.get(name)?.bound_side()
    }
}
