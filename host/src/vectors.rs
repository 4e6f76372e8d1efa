//! Vectors: each policy's own, run on it alone, and those of the edition, run on all policies together.
//!
//! A policy is a pure function, so what was met once is met again as long as nothing changed that it depends on; that is
//! remembered, and in the code cache between starts.

mod compare;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, PoisonError};

use specialis_bundle::{Case, NamedSection, Vector, parse_cases, parse_vectors};
use specialis_core::{Context, Evaluation, MeasureGrant, MeasureId, Mode, Origin, PolicyId, SignerId, Status, Trust};

use crate::edition::{Candidate, Circumstances, Edition, Seen};
use crate::error::{BuildError, StageError, StageStep};
use crate::host::Host;
use crate::policy::Policy;
use crate::profile::{PlatformProfile, ServiceProfile};

/// What became of a policy's vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorReport {
    /// The policy.
    pub policy: PolicyId,
    /// How many it has.
    pub n_vectors: usize,
    /// What was not met, one each.
    pub failures: Vec<String>,
}

impl Host {
    /// Runs the vectors that each policy of the live edition carries: alone, in its own sector, under the warrants of the trust
    /// policy and with every measure granted. What is tested is what a rule answers, not what comes of that beside others.
    ///
    /// # Errors
    /// Where vectors cannot be read.
    pub fn test_vectors(&self) -> Result<Vec<VectorReport>, StageError> {
        let edition = self.edition();
        edition.policies.iter().map(|policy| report(self, &edition, policy)).collect()
    }
}

/// Runs every vector of a staged edition.
pub(crate) fn check(host: &Host, edition: &Arc<Edition>) -> Result<(), StageError> {
    for policy in &edition.policies {
        if policy.standing_fault().is_some() || policy.vectors.is_empty() {
            continue;
        }
        let key = key(edition, policy);
        let sandbox = &host.0.sandbox;
        let is_met = || sandbox.met.lock().unwrap_or_else(PoisonError::into_inner).contains(&key);
        if is_met() || sandbox.codes.has_mark(&key) {
            continue;
        }
        let failures = report(host, edition, policy)?.failures;
        if !failures.is_empty() {
            return Err(StageError::new(StageStep::Vectors, BuildError::Vectors { failures })
                .of_policy(policy.card.id.as_str()));
        }
        sandbox.met.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        sandbox.codes.mark(&key);
    }
    let probe = host.beside(edition);
    for (file, text) in &edition.source.cases {
        let refused = |cause| StageError::new(StageStep::Vectors, cause).of_file(file);
        let cases = parse_cases(file, text)
            .map_err(|source| refused(BuildError::Bundle { policy: "all policies".to_owned(), source }))?;
        let failures: Vec<String> = cases.iter().filter_map(|case| unmet(&probe, case)).collect();
        if !failures.is_empty() {
            return Err(refused(BuildError::Vectors { failures }));
        }
    }
    Ok(())
}

/// Everything that the answers of a policy's vectors depend on.
fn key(edition: &Edition, policy: &Policy) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    // The number counts the ways of comparing: what an earlier one let pass is not met yet.
    let parts = ("vectors", 3, &policy.digest, &*policy.settings, &*edition.registry, &edition.trust.warrants);
    // INVARIANT: every part has a JSON form; writing into a hasher does not fail.
    let _ = serde_json::to_writer(&mut hasher, &parts);
    *hasher.finalize().as_bytes()
}

fn report(host: &Host, edition: &Edition, policy: &Policy) -> Result<VectorReport, StageError> {
    let id = policy.card.id.clone();
    let most = edition.trust.limits.vectors;
    let refused = |cause| StageError::new(StageStep::Vectors, cause).of_policy(id.as_str());
    let mut vectors = Vec::new();
    for section in policy.vectors.iter() {
        vectors.extend(read(&id, section).map_err(&refused)?);
    }
    let needed = u64::try_from(vectors.len()).unwrap_or(u64::MAX);
    if needed > most {
        let policy = id.clone();
        let cause = BuildError::Needs { policy, what: "vectors", needed, limit: "limits.vectors", allowed: most };
        return Err(refused(cause));
    }
    // One edition for each set of settings and terms; nearly all vectors go by the operator's.
    let mut probes: BTreeMap<String, Host> = BTreeMap::new();
    let mut failures = Vec::new();
    for vector in &vectors {
        // INVARIANT: settings and terms have a JSON form.
        let around = serde_json::to_string(&(&vector.settings, &vector.terms)).unwrap_or_default();
        let probe = match probes.entry(around) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(host.on(Arc::new(alone(host, edition, policy, vector)?))),
        };
        failures.extend(failure(probe, policy, vector));
    }
    Ok(VectorReport { policy: id.clone(), n_vectors: vectors.len(), failures })
}

fn read(policy: &PolicyId, section: &NamedSection) -> Result<Vec<Vector>, BuildError> {
    let refused = |source| BuildError::Bundle { policy: policy.to_string(), source };
    let text = std::str::from_utf8(&section.data).map_err(|e| {
        refused(specialis_bundle::BundleError::NotUtf8 { name: section.name.clone(), at: e.valid_up_to() })
    })?;
    parse_vectors(&section.name, text).map_err(refused)
}

/// An edition with one policy, in its own sector, that may ask for everything it declares, under the settings of a vector.
fn alone(host: &Host, edition: &Edition, policy: &Policy, vector: &Vector) -> Result<Edition, StageError> {
    let id = &policy.card.id;
    let refused = |problem: String| {
        let cause = BuildError::Settings { problems: vec![problem] };
        StageError::new(StageStep::Vectors, cause).of_policy(id.as_str())
    };
    let mut settings = (*policy.settings).clone();
    for (name, value) in &vector.settings {
        let value = serde_json::from_value(value.clone());
        let value = value.map_err(|e| refused(format!("vector `{}`, setting `{name}`: {e}", vector.name)))?;
        settings.insert(name.clone(), value);
    }
    let mut defaults = Context::default();
    if let Origin::Sector(sector) = &policy.manifest.origin {
        defaults.sectors.insert(sector.clone(), Status::Yes);
    }
    let signer = SignerId::from("tested");
    // Masking and stopping are nobody's to grant.
    let actions = ["replace", "append"].into_iter().map(MeasureId::from);
    let measures = edition.registry.measures.keys().cloned().chain(actions).collect();
    let trust = Trust {
        signers: BTreeMap::from([(signer.clone(), vec![policy.digest.clone()])]),
        warrants: edition.trust.warrants.clone(),
        measures: vec![MeasureGrant { signer, measures }],
        limits: edition.trust.limits.clone(),
        ..Trust::default()
    };
    let mut files = edition.source.files.clone();
    files.retain(|(_, bytes)| specialis_bundle::digest_of(bytes) == policy.digest);
    files.truncate(1);
    let candidate = Candidate {
        files,
        registry: (*edition.registry).clone(),
        trust,
        settings: BTreeMap::from([(id.clone(), settings)]),
        // It speaks to nobody, so that what it logs may be read.
        modes: BTreeMap::from([(id.clone(), Mode::Monitor)]),
        terms: vector.terms.clone(),
        platform: PlatformProfile::everything(&edition.registry),
        service: ServiceProfile { defaults, ..ServiceProfile::default() },
        ..Candidate::default()
    };
    let seen = Seen::default();
    let sandbox = &host.0.sandbox;
    let around = Circumstances { today: sandbox.clock.today(), base: None, seen: &seen, is_start: true };
    candidate.stage(sandbox, &around)
}

/// Why a vector is not met, if it is not.
fn failure(host: &Host, policy: &Policy, vector: &Vector) -> Option<String> {
    let mut session = host.open_as_of("vector", vector.context.clone(), vector.as_of);
    let event = (!vector.at_open).then(|| vector.event.clone());
    let testimonies = session.testify(event);
    let name = format!("{} `{}`", vector.rule, vector.name);
    // INVARIANT: the edition has this policy alone.
    let evaluation = testimonies.into_iter().find(|one| one.policy.id == policy.card.id)?.evaluation;
    let is_called = !matches!(evaluation, Evaluation::NotWoken);
    let findings = match evaluation {
        Evaluation::NotWoken => Vec::new(),
        Evaluation::Evaluated(findings) => findings,
        Evaluation::Unavailable(fault, _) => {
            return Some(format!("{name}: fault `{}` at {}", fault.kind.as_str(), fault.point));
        }
    };
    let wrong = compare::differences(vector, &findings);
    let why = if is_called { "" } else { " (it was not called: nothing under `wakes` of its manifest applies)" };
    (!wrong.is_empty()).then(|| format!("{name}: {}{why}", wrong.join("; ")))
}

/// Why a case of the edition is not met, if it is not.
fn unmet(host: &Host, case: &Case) -> Option<String> {
    let decision = host.open_as_of("vector", case.context.clone(), case.as_of).submit(case.event.clone()).decision;
    let mut wrong = Vec::new();
    if let Some(verdict) = case.verdict
        && verdict != decision.verdict
    {
        wrong.push(format!("expected the verdict {}, found {}", verdict.as_str(), decision.verdict.as_str()));
    }
    for (duty, level) in &case.levels {
        let found = decision.duty(duty.as_str()).map_or(specialis_core::Level::Pass, |duty| duty.level);
        if found != *level {
            wrong.push(format!("on `{duty}` expected {}, found {}", level.as_str(), found.as_str()));
        }
    }
    let asked: Vec<&str> = decision.obligations.iter().map(|due| due.obligation.word()).collect();
    for obligation in case.obligations.iter().filter(|one| !asked.contains(&one.as_str())) {
        wrong.push(format!("expected the obligation `{obligation}`, found {}", asked.join(", ")));
    }
    (!wrong.is_empty()).then(|| format!("`{}`: {}", case.name, wrong.join("; ")))
}
