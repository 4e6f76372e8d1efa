//! What the policies of an edition look for in text, as one index.

use std::collections::BTreeSet;
use std::sync::Arc;

use specialis_bundle::Bundle;
use specialis_core::{PolicyId, nearest};
use specialis_text::{ANY_CATEGORY, Index, IndexBuilder, Lexicon, LexiconHeader, Term};

use super::Edition;
use super::stage::{Candidate, File};
use crate::error::{BuildError, StageError, StageStep};

impl Candidate {
    /// A term whose category nobody registered: no rule could read its hits.
    fn unregistered<'a>(&self, lexicon: &'a Lexicon) -> Option<&'a Term> {
        let mut terms = lexicon.terms.iter().filter(|term| term.category.as_str() != ANY_CATEGORY);
        terms.find(|term| !self.registry.categories.contains_key(&term.category))
    }

    /// What all policies read, together; that of the live edition where nothing of it changed.
    pub(super) fn index(
        &self,
        bundles: &[File],
        base: Option<&Edition>,
    ) -> Result<(Arc<Index>, blake3::Hash), StageError> {
        let mut hasher = blake3::Hasher::new();
        for Bundle { manifest, lexicons, .. } in bundles.iter().map(|file| &file.bundle) {
            for section in lexicons {
                hasher.update(section.name.as_bytes()).update(&[0]);
                hasher.update(blake3::hash(&section.data).as_bytes());
            }
            let parts = (&manifest.id, &manifest.patterns, &manifest.detectors);
            // INVARIANT: every part has a JSON form; writing into a hasher does not fail.
            let _ = serde_json::to_writer(&mut hasher, &parts);
        }
        let categories: Vec<_> = self.registry.categories.keys().collect();
        let _ = serde_json::to_writer(&mut hasher, &(&self.terms, categories));
        let digest = hasher.finalize();
        if let Some(base) = base.filter(|base| base.index_digest == digest) {
            return Ok((base.index.clone(), digest));
        }
        let mut builder = IndexBuilder::new();
        let mut detectors = BTreeSet::new();
        for file in bundles {
            let policy = &file.bundle.manifest.id;
            let refused =
                |reason: String| file.error(StageStep::Read, BuildError::Text { policy: policy.clone(), reason });
            for section in &file.bundle.lexicons {
                let lexicon = Lexicon::parse(&section.name, &section.data).map_err(|e| refused(e.to_string()))?;
                if let Some(term) = self.unregistered(&lexicon) {
                    let known = self.registry.categories.keys().map(|known| known.as_str());
                    let near = nearest(term.category.as_str(), known).unwrap_or("nothing");
                    return Err(refused(format!(
                        "lexicon `{}`: the category `{}` of the term `{}` is not in the registry; nearest is `{near}`",
                        section.name, term.category, term.text
                    )));
                }
                builder.lexicon(&lexicon);
            }
            for (name, pattern) in &file.bundle.manifest.patterns {
                let name = format!("{policy}/{name}");
                builder
                    .pattern(&name, pattern.category.as_str(), &pattern.regex, pattern.max_chars)
                    .map_err(|e| refused(e.to_string()))?;
            }
            for detector in &file.bundle.manifest.detectors {
                if detectors.insert(detector.clone()) {
                    builder.detector(detector).map_err(|e| refused(e.to_string()))?;
                }
            }
        }
        if !self.terms.is_empty() {
            let terms = self.terms.iter().flat_map(|(id, terms)| terms.iter().map(|term| Term::new(term, id.clone())));
            let lexicon =
                Lexicon { name: "terms".to_owned(), header: LexiconHeader::default(), terms: terms.collect() };
            let lexicon = Lexicon::parse("terms", lexicon.to_csv().as_bytes()).map_err(|e| {
                let cause = BuildError::Text { policy: PolicyId::from("vectors"), reason: e.to_string() };
                StageError::new(StageStep::Read, cause)
            })?;
            builder.lexicon(&lexicon);
        }
        let index = builder.build().map_err(|e| {
            let cause = BuildError::Text { policy: PolicyId::from("all policies"), reason: e.to_string() };
            StageError::new(StageStep::Read, cause)
        })?;
        for kept in index.keeps_back().filter(|kept| kept.n_chars > 1) {
            tracing::debug!(
                lexicon = &*kept.lexicon,
                term = kept.term,
                n_chars = kept.n_chars,
                "a term keeps text back"
            );
        }
        Ok((Arc::new(index), digest))
    }
}
