//! What the policies of an edition look for in text, as one index.

use std::collections::BTreeSet;
use std::sync::Arc;

use specialis_core::nearest;
use specialis_text::{ANY_CATEGORY, Index, IndexBuilder, Lexicon, LexiconHeader, Term};

use crate::control::error::{StageCause, StageError, StageStep};
use crate::runtime::{Edition, EditionContent, PolicyContent, feed};

impl EditionContent {
    /// All lexicons, detectors and patterns of its policies, compiled: what every text is read for.
    ///
    /// # Errors
    /// Where a lexicon or pattern cannot be used.
    pub fn index(&self) -> Result<Arc<Index>, StageError> {
        let refused = |policy: &PolicyContent, cause: StageCause| {
            StageError::new(StageStep::Read, cause).in_policy(&policy.card.id)
        };
        let mut builder = IndexBuilder::new();
        let mut detectors = BTreeSet::new();
        for policy in &self.policies {
            self.add_lexicons(policy, &mut builder).map_err(|cause| refused(policy, cause))?;
            for (name, pattern) in &policy.manifest().patterns {
                let name = format!("{}/{name}", policy.card.id);
                builder
                    .pattern(&name, pattern.category.as_str(), &pattern.regex, pattern.max_chars)
                    .map_err(|e| refused(policy, e.into()))?;
            }
            for detector in &policy.manifest().detectors {
                if detectors.insert(detector.clone()) {
                    builder.detector(detector).map_err(|e| refused(policy, e.into()))?;
                }
            }
        }
        let at_read = |cause: StageCause| StageError::new(StageStep::Read, cause);
        if let Some(lexicon) = self.terms_of_vectors().map_err(at_read)? {
            builder.lexicon(&lexicon);
        }
        let index = builder.build().map_err(|e| at_read(e.into()))?;
        for kept in index.keeps_back().filter(|kept| kept.n_chars > 1) {
            let (lexicon, term, n_chars) = (&*kept.lexicon, kept.term, kept.n_chars);
            tracing::debug!(lexicon, term, n_chars, "a term keeps text back");
        }
        Ok(Arc::new(index))
    }

    /// The index with a digest of what it is made from; that of `base` where nothing of that changed.
    pub(super) fn index_or_that_of(&self, base: Option<&Edition>) -> Result<(Arc<Index>, blake3::Hash), StageError> {
        let digest = self.index_digest();
        match base.and_then(|base| base.index_of(&digest)) {
            Some(index) => Ok((index, digest)),
            None => Ok((self.index()?, digest)),
        }
    }

    fn index_digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_derive_key("specialis 2026-11 what texts are read for");
        for policy in &self.policies {
            for section in &*policy.lexicons {
                hasher.update(section.name.as_bytes()).update(&[0]);
                hasher.update(blake3::hash(&section.data).as_bytes());
            }
            let manifest = policy.manifest();
            feed(&mut hasher, &(&manifest.id, &manifest.patterns, &manifest.detectors));
        }
        let categories: Vec<_> = self.registry().categories.keys().collect();
        feed(&mut hasher, &(&self.sources.terms, categories));
        hasher.finalize()
    }

    fn add_lexicons(&self, policy: &PolicyContent, builder: &mut IndexBuilder) -> Result<(), StageCause> {
        for section in &*policy.lexicons {
            let lexicon = Lexicon::parse(&section.name, &section.data)?;
            if let Some(term) = self.unregistered(&lexicon) {
                let id = term.category.to_string();
                let known = self.registry().categories.keys().map(|known| known.as_str());
                let nearest = nearest(&id, known).unwrap_or("nothing").to_owned();
                return Err(StageCause::UnregisteredTerm {
                    lexicon: section.name.clone(),
                    term: term.text.clone(),
                    id,
                    nearest,
                });
            }
            builder.lexicon(&lexicon);
        }
        Ok(())
    }

    /// A term whose category nobody registered: no rule could read its hits.
    fn unregistered<'a>(&self, lexicon: &'a Lexicon) -> Option<&'a Term> {
        let mut terms = lexicon.terms.iter().filter(|term| term.category.as_str() != ANY_CATEGORY);
        terms.find(|term| !self.registry().categories.contains_key(&term.category))
    }

    /// The terms that a vector says others have, as a lexicon.
    fn terms_of_vectors(&self) -> Result<Option<Lexicon>, StageCause> {
        let terms = &self.sources.terms;
        if terms.is_empty() {
            return Ok(None);
        }
        let terms = terms.iter().flat_map(|(id, terms)| terms.iter().map(|term| Term::new(term, id.clone())));
        let lexicon = Lexicon { name: "terms".to_owned(), header: LexiconHeader::default(), terms: terms.collect() };
        Ok(Some(Lexicon::parse("terms", lexicon.to_csv().as_bytes())?))
    }
}
