//! Policies that are tried: beside the live edition, for one look, without effect.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use specialis_bundle::{Bundle, digest_of};
use specialis_core::{Context, Date, MeasureGrant, MeasureId, Origin, Registry, SessionId, SignerId, Status};

use super::error::{StageError, StageStep};
use super::host::Host;
use super::staging::{Candidate, Stage, VersionFloor};
use crate::runtime::{CodeFor, Edition, Runtime};
use crate::session::Session;

/// As whose a policy is tried.
const SIGNER: &str = "tried";

/// The live edition with one policy more. It cannot be published, and what is decided on it is `what-if` and releases nothing. It is
/// gone when it is dropped.
pub struct TriedEdition {
    runtime: Runtime,
    edition: Arc<Edition>,
}

impl TriedEdition {
    /// The edition.
    pub fn edition(&self) -> &Edition {
        &self.edition
    }

    /// Opens a session on it as if on a day. Nothing of the session is recorded.
    pub fn open(&self, id: impl Into<SessionId>, context: impl Into<Arc<Context>>, day: Date) -> Session {
        self.runtime.open_as_of(&self.edition, id, context, day)
    }
}

impl Host {
    /// Stages the live edition with one policy more, or with another in place of the one of its id, under a registry. The trust policy
    /// does not have to know the policy: it may ask for every measure of the registry, displaces what the trust policy lets it, and
    /// counts. Where the profile does not name its sector, sessions are in it. Its vectors are not run.
    ///
    /// It changes nothing of the host: the live edition serves on, and the status does not mention it. Its code is compiled for a few
    /// calls and kept until another policy is tried, so that policies with one component, such as tables, compile it once. Call it
    /// where it may take a second.
    ///
    /// # Errors
    /// Where anything does not fit.
    pub fn try_policy(&self, policy: impl Into<Vec<u8>>, registry: Registry) -> Result<TriedEdition, StageError> {
        let file: Arc<[u8]> = policy.into().into();
        let bundle = Bundle::parse_shared(file).map_err(|e| StageError::new(StageStep::Read, e))?;
        let live = self.edition();
        let candidate = with(&live, &bundle, registry);
        let revoked: BTreeSet<String> = self.0.history().state.revoked.clone();
        let (runtime, day, floor) = (self.runtime(), self.day(), VersionFloor::new());
        // Nothing is approved, so nothing is compared for that.
        let (base, code_for) = (Some(&*live), CodeFor::Vectors);
        let stage = Stage { runtime, day, base, floor: &floor, revoked: &revoked, was_live: true, code_for };
        let edition = stage.run(&candidate)?;
        let tried = edition.policies.iter().find(|one| one.content.card.id == bundle.manifest.id);
        if let Some(code) = tried.and_then(|policy| policy.code()) {
            *self.0.tried.lock().unwrap_or_else(PoisonError::into_inner) = Some(code.clone());
        }
        Ok(TriedEdition { runtime: runtime.clone(), edition: Arc::new(edition) })
    }
}

/// The live edition's sources with the policy.
fn with(live: &Edition, bundle: &Bundle, registry: Registry) -> Candidate {
    let (id, content) = (&bundle.manifest.id, live.content());
    let mut candidate = content.candidate();
    let sources = &mut candidate.sources;
    if let Some(replaced) = content.policy(id) {
        sources.files.retain(|(_, bytes)| *bytes != replaced.bundle.bytes);
    }
    sources.files.push((id.to_string(), bundle.bytes.clone()));
    sources.modes.remove(id);
    sources.quarantined.remove(id);
    let mut trust = (*sources.trust).clone();
    let signer = SignerId::from(SIGNER);
    trust.signers.entry(signer.clone()).or_default().push(digest_of(&bundle.bytes));
    // Masking and stopping need no grant.
    let actions = ["replace", "append"].into_iter().map(MeasureId::from);
    let measures = registry.measures.keys().cloned().chain(actions).collect();
    trust.measures.push(MeasureGrant { signer, measures });
    sources.trust = Arc::new(trust);
    sources.registry = Arc::new(registry);
    if let Origin::Sector(sector) = &bundle.manifest.origin {
        sources.service.defaults.sectors.entry(sector.clone()).or_insert(Status::Yes);
    }
    candidate
}
