//! What an edition is made from, before it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{Mode, PolicyId, Registry, Trust};
use specialis_scorer::Scorer;

use super::Unproved;
use crate::control::signed::ChainHead;
use crate::control::state::{StateFolder, StateNote};
use crate::runtime::{EditionContent, EditionSources, PlatformProfile, ServiceProfile, Settings};

/// What stands in place of what is masked, unless the operator chose other words.
pub(crate) const REDACTION: &str = "［已隐去］";

/// Who answers for an edition, and why it is as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approval {
    pub(crate) approvers: Vec<String>,
    pub(crate) reason: Option<String>,
    /// Whether live sessions move to it.
    pub(crate) is_urgent: bool,
    /// What approvers signed, where it was read from a signed folder.
    pub(crate) signed: Option<Seal>,
}

/// The signed statement that an edition was read under.
#[derive(Clone, Debug)]
pub(crate) enum Seal {
    /// It is as it was signed.
    Whole(Box<SignedOrigin>),
    /// It was changed in code since.
    Broken,
}

/// Where a signed edition comes from.
#[derive(Clone)]
pub(crate) struct SignedOrigin {
    pub(crate) head: ChainHead,
    /// What has to be proved by running vectors before it counts.
    pub(crate) unproved: Vec<Unproved>,
    /// What the operator has to know about what is remembered of the chain.
    pub(crate) notes: Vec<StateNote>,
    /// Where the host remembers it.
    pub(crate) state: Option<StateFolder>,
    /// What was live before, where the newest statement is a later one: it stays live if that one's edition cannot be staged.
    pub(crate) fallback: Option<Box<Candidate>>,
}

/// Everything an edition is made from, before it is looked at. [`SignedFolder::candidate`](crate::signed::SignedFolder::candidate)
/// takes it from a signed folder; in code it is put together here. The defaults are safe:
///
/// - no policies, empty registries and an empty trust policy: no fact is warranted, nothing is granted
/// - a platform profile that supports nothing: what must happen before or with release becomes `stop`
/// - a service profile without defaults, no settings, every policy enforcing
/// - a policy that cannot be configured refuses the whole edition
/// - no scorer, unless the platform profile asks for the one that is built in
/// - redacted text reads `［已隐去］`
/// - nobody approved it
///
/// One that was read from a signed folder and then changed is no longer signed, and is refused as such.
#[derive(Clone)]
pub struct Candidate {
    pub(crate) sources: EditionSources,
    pub(crate) approval: Approval,
}

impl std::fmt::Debug for SignedOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedOrigin").field("statement", &self.head.statement).finish_non_exhaustive()
    }
}

impl Default for Candidate {
    fn default() -> Self {
        let sources = EditionSources {
            files: Vec::new(),
            registry: Arc::default(),
            trust: Arc::default(),
            settings: Settings::new(),
            lexicons: BTreeMap::new(),
            modes: BTreeMap::new(),
            platform: PlatformProfile::default(),
            service: ServiceProfile::default(),
            redaction: REDACTION.to_owned(),
            keep_unavailable: false,
            scorers: Vec::new(),
            terms: BTreeMap::new(),
            cases: Vec::new(),
            quarantined: BTreeSet::new(),
        };
        Self { sources, approval: Approval::default() }
    }
}

impl Candidate {
    /// Adds a policy file; `name` is for messages.
    #[must_use]
    pub fn policy(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Vec<u8> = bytes.into();
        self.changed().files.push((name.into(), bytes.into()));
        self
    }

    /// Adds policy files with their names.
    #[must_use]
    pub fn policies<N: Into<String>, B: Into<Vec<u8>>>(mut self, files: impl IntoIterator<Item = (N, B)>) -> Self {
        for (name, bytes) in files {
            self = self.policy(name, bytes);
        }
        self
    }

    /// Takes out every policy file that was added under `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.changed().files.retain(|(file, _)| file != name);
        self
    }

    /// The registries.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.changed().registry = Arc::new(registry);
        self
    }

    /// The trust policy.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.changed().trust = Arc::new(trust);
        self
    }

    /// The operator's settings for the policies.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.changed().settings = settings;
        self
    }

    /// A lexicon of a policy, in place of the one of that name that it was shipped with, or beside its own. Its vectors still run on
    /// those that it was shipped with.
    #[must_use]
    pub fn lexicon(mut self, policy: impl Into<PolicyId>, name: impl Into<String>, file: impl Into<Vec<u8>>) -> Self {
        let file: Vec<u8> = file.into();
        self.changed().lexicons.entry(policy.into()).or_default().insert(name.into(), file.into());
        self
    }

    /// Whether a policy's findings count. A policy that is not named enforces.
    #[must_use]
    pub fn mode(mut self, policy: impl Into<PolicyId>, mode: Mode) -> Self {
        self.changed().modes.insert(policy.into(), mode);
        self
    }

    /// What the platform carries out.
    #[must_use]
    pub fn platform(mut self, platform: PlatformProfile) -> Self {
        self.changed().platform = platform;
        self
    }

    /// What the operator says of the service.
    #[must_use]
    pub fn service(mut self, service: ServiceProfile) -> Self {
        self.changed().service = service;
        self
    }

    /// Adds a scorer of the platform's own. It takes the place of the one that is built in; give that too where both are to run.
    #[must_use]
    pub fn scorer(mut self, scorer: impl Scorer + 'static) -> Self {
        self.changed().scorers.push(Arc::new(scorer));
        self
    }

    /// The scorers of prompts and outputs: the platform's own, or else the one that is built in, unless the profile turns it off.
    pub fn scorers(&self) -> impl Iterator<Item = Arc<dyn Scorer>> {
        self.sources.scorers()
    }

    /// The text that stands in place of what is masked.
    #[must_use]
    pub fn redaction(mut self, text: impl Into<String>) -> Self {
        self.changed().redaction = text.into();
        self
    }

    /// Keeps a policy that cannot be configured as unavailable, with all its duties at their failure level, instead of
    /// refusing the edition.
    #[must_use]
    pub fn keep_unavailable(mut self, keep: bool) -> Self {
        self.changed().keep_unavailable = keep;
        self
    }

    /// A file of vectors for the policies together, run whenever it is staged; `name` is for messages.
    #[must_use]
    pub fn vectors(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.changed().cases.push((name.into(), text.into()));
        self
    }

    /// Who approved it, where nothing is signed and the embedder answers for the names.
    #[must_use]
    pub fn approved_by<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.changed();
        self.approval.approvers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Why it loosens.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.changed();
        self.approval.reason = Some(reason.into());
        self
    }

    /// Moves live sessions to it at once, when it is published. Only for one that nowhere loosens.
    #[must_use]
    pub fn urgent(mut self) -> Self {
        self.changed();
        self.approval.is_urgent = true;
        self
    }

    /// The sources, about to be changed: what was changed in code is no longer what approvers signed.
    fn changed(&mut self) -> &mut EditionSources {
        if let Some(seal) = &mut self.approval.signed {
            *seal = Seal::Broken;
        }
        &mut self.sources
    }

    /// Who approved it.
    pub fn approvers(&self) -> &[String] {
        &self.approval.approvers
    }

    /// The signed statement it was read under, if it is as it was signed.
    pub(crate) fn head(&self) -> Option<&ChainHead> {
        self.origin().map(|origin| &origin.head)
    }

    /// Where it comes from, if it was signed and is as it was signed.
    pub(crate) fn origin(&self) -> Option<&SignedOrigin> {
        match &self.approval.signed {
            Some(Seal::Whole(origin)) => Some(origin),
            Some(Seal::Broken) | None => None,
        }
    }
}

impl EditionContent {
    /// What it was made from, to make a variant of it. Nobody approved the variant.
    pub fn candidate(&self) -> Candidate {
        Candidate { sources: (*self.sources).clone(), approval: Approval::default() }
    }
}
