//! `policy test`: the vectors of each policy, run through the sandbox.
//!
//! Each policy is loaded alone, in its own sector, under a trust policy that believes every source and grants every measure:
//! what is tested is what the rule answers, not what comes of that beside other policies.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Result, anyhow, bail};
use sha2::{Digest, Sha256};
use specialis::{Host, PlatformProfile, ServiceProfile};
use specialis_bundle::{Bundle, Expected, Vector, parse_vectors};
use specialis_core::{
    Answer, Context, Decision, MeasureGrant, MeasureId, Origin, Registry, SignerId, SourceId, Status, Trust, Warrant,
};

use crate::edition::EditionArgs;
use crate::out::{self, End};

pub(super) fn run(only: Option<&str>, args: &EditionArgs, page: &mut dyn Write) -> Result<End> {
    let (_, registry) = args.registry()?;
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
        let host = host(&bundle, &bytes, &registry, &vectors)?;
        let failures: Vec<String> = vectors.iter().filter_map(|vector| failure(&host, &bundle, vector)).collect();
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

/// A host with this policy alone.
fn host(bundle: &Bundle, bytes: &[u8], registry: &Registry, vectors: &[Vector]) -> Result<Host> {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = format!("sha256:{digest}");
    let signer = SignerId::from("tested");
    let mut sources: BTreeSet<SourceId> = ["platform", "profile"].into_iter().map(SourceId::from).collect();
    for Vector { context, event, .. } in vectors {
        sources.extend(context.source.iter().chain(context.sources.values()).cloned());
        sources.extend(event.source.iter().chain(event.sources.values()).cloned());
    }
    // Masking and stopping are nobody's to grant.
    let actions = ["replace", "append"].into_iter().map(MeasureId::from);
    let measures = registry.measures.keys().cloned().chain(actions).collect();
    let trust = Trust {
        signers: BTreeMap::from([(signer.clone(), vec![digest])]),
        warrants: vec![Warrant { fact: "*".to_owned(), sources: sources.into_iter().collect(), services: Vec::new() }],
        measures: vec![MeasureGrant { signer, measures }],
        ..Trust::default()
    };
    let mut defaults = Context::default();
    if let Origin::Sector(sector) = &bundle.manifest.origin {
        defaults.sectors.insert(sector.clone(), Status::Yes);
    }
    let builder = Host::builder().threads(1).registry(registry.clone()).trust(trust);
    let builder = builder.platform(PlatformProfile::everything(registry)).service(ServiceProfile { defaults });
    builder.policy(bundle.manifest.id.to_string(), bytes).build().map_err(|e| anyhow!("{e}"))
}

/// Why a vector fails, if it does.
fn failure(host: &Host, bundle: &Bundle, vector: &Vector) -> Option<String> {
    let mut session = host.open_as_of("vector", vector.context.clone(), vector.as_of);
    let decision = session.submit(vector.event.clone()).decision;
    let name = format!("{} `{}`", vector.rule, vector.name);
    let came = decision.evaluations.get(&bundle.manifest.id);
    if let Some(fault) = came.and_then(|came| came.fault.as_ref()) {
        return Some(format!("{name}: fault `{}` at {}", fault.kind.as_str(), fault.point));
    }
    let wrong = vector.expect.iter().filter_map(|expected| mismatch(&decision, vector, expected));
    let wrong: Vec<String> = wrong.collect();
    (!wrong.is_empty()).then(|| format!("{name}: {}", wrong.join("; ")))
}

/// How the answers of the rule differ from an expected one. Where nobody asks for anything on a duty a decision does not name
/// it, so `not-applicable` and no answer at all look the same.
fn mismatch(decision: &Decision, vector: &Vector, expected: &Expected) -> Option<String> {
    let duty = decision.duty(expected.duty.as_str());
    let found = duty.into_iter().flat_map(|duty| &duty.findings).filter(|found| found.rule == vector.rule);
    let found: Vec<&Answer> = found.map(|found| &found.answer).collect();
    let is_quiet = matches!(expected.case.as_str(), "none" | "not-applicable");
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
