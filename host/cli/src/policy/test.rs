//! `policy test`: the vectors of each policy, run through the sandbox.
//!
//! Each policy is loaded alone, in its own sector, under the warrants of the trust policy and with every measure granted: what
//! is tested is what the rule answers, not what comes of that beside other policies.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Result, anyhow, bail};
use sha2::{Digest, Sha256};
use specialis::{Host, PlatformProfile, ServiceProfile, config};
use specialis_bundle::{Bundle, Expected, Vector, parse_vectors};
use specialis_core::{
    Answer, Context, Decision, Event, EventKind, MeasureGrant, MeasureId, Origin, Registry, SignerId, Status, Trust,
    Warrant,
};

use crate::edition::EditionArgs;
use crate::out::{self, End};

pub(super) fn run(only: Option<&str>, args: &EditionArgs, page: &mut dyn Write) -> Result<End> {
    let (_, registry) = args.registry()?;
    let (_, trust) = args.trust()?;
    let (mut n_run, mut n_failed) = (0_usize, 0_usize);
    let mut ids = BTreeSet::new();
    for (name, bytes) in args.files()? {
        let bundle = Bundle::parse(&bytes).map_err(|e| anyhow!("policy `{name}`: {e}"))?;
        let id = bundle.manifest.id.clone();
        ids.insert(id.clone());
        if only.is_some_and(|only| only != id.as_str()) {
            continue;
        }
        let vectors = vectors(&bundle)?;
        // One host for each set of settings; nearly all vectors go by the defaults.
        let mut hosts: BTreeMap<String, Host> = BTreeMap::new();
        let mut failures: Vec<String> = Vec::new();
        for vector in &vectors {
            let settings = settings(&bundle, vector);
            let host = match hosts.entry(settings) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let built = host(&bundle, &bytes, &registry, &trust.warrants, new.key())?;
                    new.insert(built)
                }
            };
            failures.extend(failure(host, &bundle, vector));
        }
        writeln!(page, "{id}: {} vectors, {} failed", vectors.len(), failures.len())?;
        for failure in &failures {
            writeln!(page, "  {failure}")?;
        }
        n_run = n_run.saturating_add(vectors.len());
        n_failed = n_failed.saturating_add(failures.len());
    }
    if let Some(only) = only.filter(|only| !ids.iter().any(|id| id.as_str() == *only)) {
        let near = specialis_core::nearest(only, ids.iter().map(|id| id.as_str())).unwrap_or("none");
        bail!("there is no policy `{only}`; nearest is `{near}`");
    }
    writeln!(page, "{n_run} vectors, {n_failed} failed")?;
    Ok(if n_failed == 0 && n_run > 0 { End::All } else { End::Some })
}

fn vectors(bundle: &Bundle) -> Result<Vec<Vector>> {
    let mut all = Vec::new();
    for section in &bundle.vectors {
        let refused = |reason: String| anyhow!("policy `{}`, vectors `{}`: {reason}", bundle.manifest.id, section.name);
        let text = std::str::from_utf8(&section.data).map_err(|e| refused(e.to_string()))?;
        all.extend(parse_vectors(&section.name, text).map_err(|e| refused(e.to_string()))?);
    }
    Ok(all)
}

/// The settings of a vector as a table of the policy. What JSON writes for a switch, a number, a word or a list TOML reads.
fn settings(bundle: &Bundle, vector: &Vector) -> String {
    let mut table = format!("[{}]\n", bundle.manifest.id);
    for (name, value) in &vector.settings {
        table.push_str(&format!("{name} = {value}\n"));
    }
    table
}

/// A host with this policy alone.
fn host(bundle: &Bundle, bytes: &[u8], registry: &Registry, warrants: &[Warrant], settings: &str) -> Result<Host> {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = format!("sha256:{digest}");
    let signer = SignerId::from("tested");
    // Masking and stopping are nobody's to grant.
    let actions = ["replace", "append"].into_iter().map(MeasureId::from);
    let measures = registry.measures.keys().cloned().chain(actions).collect();
    let trust = Trust {
        signers: BTreeMap::from([(signer.clone(), vec![digest])]),
        warrants: warrants.to_vec(),
        measures: vec![MeasureGrant { signer, measures }],
        ..Trust::default()
    };
    let mut defaults = Context::default();
    if let Origin::Sector(sector) = &bundle.manifest.origin {
        defaults.sectors.insert(sector.clone(), Status::Yes);
    }
    let settings = config::settings(settings).map_err(|e| anyhow!("settings of a vector: {e}"))?;
    let builder = Host::builder().threads(1).registry(registry.clone()).trust(trust).settings(settings);
    let builder = builder
        .platform(PlatformProfile::everything(registry))
        .service(ServiceProfile { defaults, ..ServiceProfile::default() });
    builder.policy(bundle.manifest.id.to_string(), bytes).build().map_err(|e| anyhow!("{e}"))
}

/// Why a vector fails, if it does.
fn failure(host: &Host, bundle: &Bundle, vector: &Vector) -> Option<String> {
    let mut session = host.open_as_of("vector", vector.context.clone(), vector.as_of);
    let decisions: Vec<Decision> =
        events(bundle, vector).into_iter().map(|event| session.submit(event).decision).collect();
    let name = format!("{} `{}`", vector.rule, vector.name);
    let faults = decisions.iter().filter_map(|decision| decision.evaluations.get(&bundle.manifest.id)?.fault.as_ref());
    if let Some(fault) = faults.into_iter().next() {
        return Some(format!("{name}: fault `{}` at {}", fault.kind.as_str(), fault.point));
    }
    let wrong: Vec<String> = vector
        .expect
        .iter()
        .filter_map(|expected| {
            // What was found at open stands for the kinds of event it names; where nothing is expected it must stand for none.
            let mut each = decisions.iter().map(|decision| mismatch(decision, vector, expected));
            if expected.is_quiet() { each.find_map(|wrong| wrong) } else { each.min().flatten() }
        })
        .collect();
    (!wrong.is_empty()).then(|| format!("{name}: {}", wrong.join("; ")))
}

/// The event of a vector. For what is found at open it is a bare event of each kind that does not call the policy, or of each
/// kind where all do.
fn events(bundle: &Bundle, vector: &Vector) -> Vec<Event> {
    if !vector.at_open {
        return vec![vector.event.clone()];
    }
    let calls = &bundle.manifest.wakes.kinds;
    let calls_on_all = EventKind::ALL.iter().all(|kind| calls.contains(kind));
    EventKind::ALL.iter().filter(|kind| calls_on_all || !calls.contains(kind)).map(|kind| Event::new(*kind)).collect()
}

/// How the answers of the rule differ from an expected one. Where nobody asks for anything on a duty a decision does not name
/// it, so `not-applicable` and no answer at all look the same.
fn mismatch(decision: &Decision, vector: &Vector, expected: &Expected) -> Option<String> {
    let duty = decision.duty(expected.duty.as_str());
    let found = duty.into_iter().flat_map(|duty| &duty.findings).filter(|found| found.rule == vector.rule);
    let found: Vec<&Answer> = found.map(|found| &found.answer).collect();
    let is_quiet = expected.is_quiet();
    let fits = match found.as_slice() {
        [] => is_quiet,
        found if expected.case == "none" => found.iter().all(|answer| answer.case() == "not-applicable"),
        found => found.iter().any(|answer| agrees(answer, expected)),
    };
    if fits {
        return None;
    }
    let cases: Vec<String> = found.iter().map(|answer| shown(answer)).collect();
    let cases = if cases.is_empty() { "nothing".to_owned() } else { cases.join(", ") };
    let level = expected.level.map_or(String::new(), |level| format!(" {}", level.as_str()));
    Some(format!("on `{}` expected {}{level}, found {cases}", expected.duty, expected.case))
}

fn agrees(answer: &Answer, expected: &Expected) -> bool {
    let reason = match answer {
        Answer::NotApplicable(reason) | Answer::Unknown(reason) => Some(reason),
        Answer::Require(demand) | Answer::InsteadOf(demand) => Some(&demand.reason),
        Answer::Met(_) => None,
    };
    let asked: Vec<&str> =
        answer.demand().into_iter().flat_map(|demand| &demand.obligations).map(out::obligation).collect();
    answer.case() == expected.case
        && expected.level.is_none_or(|level| answer.demand().is_some_and(|demand| demand.level == level))
        && expected.reason.as_ref().is_none_or(|expected| reason == Some(expected))
        && expected.measures.iter().all(|measure| asked.contains(&measure.as_str()))
}

fn shown(answer: &Answer) -> String {
    match answer.demand() {
        Some(demand) => {
            let asked: Vec<&str> = demand.obligations.iter().map(out::obligation).collect();
            format!("{} {} `{}` [{}]", answer.case(), demand.level.as_str(), demand.reason, asked.join(", "))
        }
        None => answer.case().to_owned(),
    }
}
