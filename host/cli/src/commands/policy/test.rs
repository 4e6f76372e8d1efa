//! `policy test`: the vectors of each policy, run through the sandbox.
//!
//! Each policy is loaded alone, in its own sector, under the warrants of the trust policy and with every measure granted: what
//! is tested is what the rule answers, not what comes of that beside other policies.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Context as _, Result, bail};
use specialis::{Candidate, Host, LogSink, PlatformProfile, ServiceProfile};
use specialis_bundle::{Bundle, digest_of};
use specialis_core::{Context, Origin, PolicyId, Registry, SignerId, Status, Trust, Warrant};
use specialis_text::Lexicon;

use super::coverage;
use crate::options::EditionOptions;
use crate::output::{self, Exit};
use crate::{code_cache, policies};

pub(super) fn run(only: Option<&str>, args: &EditionOptions, page: &mut dyn Write) -> Result<Exit> {
    let (_, registry) = args.registry()?;
    let (_, trust) = args.trust()?;
    let (mut n_run, mut n_failed) = (0_usize, 0_usize);
    let mut ids = BTreeSet::new();
    for (name, bytes) in args.files()? {
        let bundle = policies::parse(&name, &bytes)?;
        let id = bundle.manifest.id.clone();
        ids.insert(id.clone());
        if only.is_some_and(|only| only != id.as_str()) {
            continue;
        }
        let host = host(&bundle, &bytes, &registry, &trust.warrants, args)?;
        // What a vector says of a rule or a duty that there is not would be met by silence.
        let strays = coverage::strays(&bundle, &coverage::vectors_of(&bundle)?);
        for stray in &strays {
            output::write_line(page, stray)?;
        }
        n_failed = n_failed.saturating_add(strays.len());
        for note in unread(&bundle, &registry)? {
            output::note(&note);
        }
        for report in host.test_vectors()? {
            writeln!(page, "{id}: {} vectors, {} failed", report.n_vectors, report.failures.len())?;
            for failure in &report.failures {
                output::write_line(page, &format!("  {failure}"))?;
            }
            n_run = n_run.saturating_add(report.n_vectors);
            n_failed = n_failed.saturating_add(report.failures.len());
        }
    }
    if let Some(only) = only.filter(|only| !ids.iter().any(|id| id.as_str() == *only)) {
        let near = specialis_core::nearest(only, ids.iter().map(|id| id.as_str())).unwrap_or("none");
        bail!("there is no policy `{only}`; nearest is `{near}`");
    }
    writeln!(page, "{n_run} vectors, {n_failed} failed")?;
    Ok(if n_failed == 0 && n_run > 0 { Exit::Complete } else { Exit::Incomplete })
}

/// Terms of a policy that wake it nowhere, a sentence for each category of each of its lexicons.
fn unread(bundle: &Bundle, registry: &Registry) -> Result<Vec<String>> {
    let id = &bundle.manifest.id;
    let displaced = bundle.manifest.displaces.iter().filter_map(|ask| registry.duties.get(&ask.duty));
    let reads: BTreeSet<_> =
        displaced.flat_map(|duty| &duty.categories).chain(&bundle.manifest.wakes.categories).collect();
    let mut notes = Vec::new();
    for section in &bundle.lexicons {
        let lexicon = Lexicon::parse(&section.name, &section.data).with_context(|| format!("policy `{id}`"))?;
        let terms = lexicon.terms.iter().filter(|term| !term.flags.is_exception && !reads.contains(&term.category));
        for category in terms.map(|term| &term.category).collect::<BTreeSet<_>>() {
            notes.push(format!(
                "{id}: its lexicon `{}` has terms of `{category}`, which it does not read; name it in `wakes.categories`",
                section.name
            ));
        }
    }
    Ok(notes)
}

/// Shows what a policy logs, and the text of its panics.
struct PolicyLog;

impl LogSink for PolicyLog {
    fn line(&self, policy: &PolicyId, message: &str) {
        output::note(&format!("{policy} says: {}", output::one_line(message)));
    }
}

/// A host with this policy alone.
fn host(
    bundle: &Bundle,
    bytes: &[u8],
    registry: &Registry,
    warrants: &[Warrant],
    options: &EditionOptions,
) -> Result<Host> {
    let trust = Trust {
        signers: BTreeMap::from([(SignerId::from("tested"), vec![digest_of(bytes)])]),
        warrants: warrants.to_vec(),
        ..Trust::default()
    };
    let mut defaults = Context::default();
    if let Origin::Sector(sector) = &bundle.manifest.origin {
        defaults.sectors.insert(sector.clone(), Status::Yes);
    }
    let candidate = Candidate::default()
        .registry(registry.clone())
        .trust(trust)
        .platform(PlatformProfile::everything(registry))
        .service(ServiceProfile { defaults, ..ServiceProfile::default() })
        .policy(bundle.manifest.id.to_string(), bytes);
    let builder = options.cache.builder(candidate)?.threads(1).log(PolicyLog);
    Ok(code_cache::while_compiling(|| builder.build())?)
}
