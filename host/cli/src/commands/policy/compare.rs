//! `policy diff`: what a version of a policy declares, answers and costs otherwise than another.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use specialis::vectors::VectorAnswers;
use specialis::{Host, StageError};
use specialis_bundle::{Bundle, Expected, Manifest, Vector};
use specialis_core::{DutyId, RuleId, counted};

use super::coverage;
use super::subject::{self, Code, Subjects, with_own_registry};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

/// What `policy diff` is told.
#[derive(Args)]
pub(super) struct DiffArgs {
    /// The version before: its folder, which is built first, else its file, else its id in the edition.
    #[arg(value_name = "OLD")]
    old: String,
    /// The version after, in the same way.
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    edition: EditionOptions,
}

/// One version, alone in a host.
struct Version {
    bundle: Bundle,
    vectors: Vec<Vector>,
    host: Host,
}

/// Compares, and writes what differs.
pub(super) fn run(args: &DiffArgs, out: &mut dyn Write) -> Result<Exit> {
    // The entries of a folder are those of both versions.
    let folders = [&args.new, &args.old].into_iter().filter_map(|of| subject::folder(of));
    let edition = folders.fold(args.edition.clone(), |edition, folder| with_own_registry(&edition, folder));
    let Some(old) = Version::read(&args.old, &edition, out)? else { return Ok(Exit::Incomplete) };
    let Some(new) = Version::read(&args.new, &edition, out)? else { return Ok(Exit::Incomplete) };
    let (was, is) = (&old.bundle.manifest, &new.bundle.manifest);
    if was.id != is.id {
        bail!("`{}` is another policy than `{}`; give two versions of one", is.id, was.id);
    }
    writeln!(out, "{}: {} after {}", is.id, is.version, was.version)?;
    let mut table = output::table(["what", "which", "change"]);
    let mut n_declared = 0_usize;
    for (what, which, change) in declared(was, is) {
        n_declared = n_declared.saturating_add(1);
        table.add_row([what, &which, change]);
    }
    if n_declared > 0 {
        output::write_table(out, &table)?;
    }
    writeln!(out, "{} of what it declares", counted(n_declared, "difference", "differences"))?;
    answers(&old, &new, out)?;
    Ok(Exit::Complete)
}

impl Version {
    fn read(of: &str, edition: &EditionOptions, out: &mut dyn Write) -> Result<Option<Self>> {
        let Some((subjects, subject)) = Subjects::one(of, edition, (Code::Compiled, out))? else {
            return Ok(None);
        };
        let host = subjects.host(&subject, edition)?;
        Ok(Some(Self { vectors: coverage::vectors_of(&subject.bundle)?, bundle: subject.bundle, host }))
    }

    fn answers(&self, vector: &Vector) -> Result<VectorAnswers, StageError> {
        Ok(self.host.answers(&self.bundle.manifest.id, vector)?.unwrap_or_default())
    }
}

/// What two manifests declare otherwise: a kind of thing, its name, and whether it is new, gone or another.
fn declared(was: &Manifest, is: &Manifest) -> Vec<(&'static str, String, &'static str)> {
    let mut all = Vec::new();
    let mut of = |what: &'static str, (was, is): (BTreeMap<String, String>, BTreeMap<String, String>)| {
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for name in names {
            let change = match (was.get(name), is.get(name)) {
                (None, Some(_)) => "new",
                (Some(_), None) => "gone",
                (was, is) if was != is => "another",
                _ => continue,
            };
            all.push((what, name.clone(), change));
        }
    };
    let names = |all: &mut dyn Iterator<Item = String>| -> BTreeMap<String, String> {
        all.map(|name| (name, String::new())).collect()
    };
    of("duty", (named(&was.governs), named(&is.governs)));
    of("rule", (written(&was.rules), written(&is.rules)));
    of("reason", (written(&was.reasons), written(&is.reasons)));
    of("text", (written(&was.texts), written(&is.texts)));
    of("setting", (written(&was.settings), written(&is.settings)));
    of("fact", (written(&was.facts), written(&is.facts)));
    of("pattern", (written(&was.patterns), written(&is.patterns)));
    let measures = |manifest: &Manifest| names(&mut manifest.may_require.iter().map(|measure| measure.id.to_string()));
    of("measure", (measures(was), measures(is)));
    of("action", (named(&was.actions), named(&is.actions)));
    let displaces = |manifest: &Manifest| {
        names(
            &mut manifest.displaces.iter().map(|one| format!("{} under {} {}", one.duty, one.instrument, one.article)),
        )
    };
    of("displaces", (displaces(was), displaces(is)));
    of("reads", (named(&was.wakes.categories), named(&is.wakes.categories)));
    of("detector", (named(&was.detectors), named(&is.detectors)));
    all
}

fn named<T: ToString>(all: &BTreeSet<T>) -> BTreeMap<String, String> {
    all.iter().map(|name| (name.to_string(), String::new())).collect()
}

/// Things by name, each as it is written.
fn written<K: ToString, V: serde::Serialize>(all: &BTreeMap<K, V>) -> BTreeMap<String, String> {
    let text = |value: &V| serde_json::to_string(value).unwrap_or_default();
    all.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// Runs the vectors of both on both, and writes each that is answered otherwise, and what they cost.
fn answers(old: &Version, new: &Version, out: &mut dyn Write) -> Result<()> {
    let is_in =
        |all: &[Vector], one: &Vector| all.iter().any(|other| (&other.rule, &other.name) == (&one.rule, &one.name));
    let dropped = old.vectors.iter().filter(|one| !is_in(&new.vectors, one));
    let (mut n_run, mut n_other) = (0_usize, 0_usize);
    let (mut fuel_before, mut fuel_after) = (0_u64, 0_u64);
    for vector in new.vectors.iter().chain(dropped) {
        let place = format!("{} `{}`", vector.rule, vector.name);
        let (was, is) = match (old.answers(vector), new.answers(vector)) {
            (Ok(was), Ok(is)) => (was, is),
            (Err(error), _) | (_, Err(error)) => {
                output::write_line(out, &format!("{place}: cannot be run on both: {}", output::chain(&error)))?;
                continue;
            }
        };
        n_run = n_run.saturating_add(1);
        fuel_before = fuel_before.saturating_add(was.usage.fuel);
        fuel_after = fuel_after.saturating_add(is.usage.fuel);
        let lines = differences(&was, &is);
        if !lines.is_empty() {
            n_other = n_other.saturating_add(1);
            output::write_line(out, &place)?;
        }
        for line in lines {
            output::write_line(out, &format!("  {line}"))?;
        }
    }
    let vectors = counted(n_run, "vector", "vectors");
    writeln!(out, "{vectors} of both, {n_other} answered otherwise; fuel {fuel_after} after {fuel_before}")?;
    Ok(())
}

/// Answers of one event, by rule and duty.
type Said = BTreeMap<(RuleId, DutyId), BTreeSet<String>>;

/// How the answers differ on each event: `-` before what the old version answered, `+` before what the new one does.
fn differences(was: &VectorAnswers, is: &VectorAnswers) -> Vec<String> {
    let mut lines = Vec::new();
    for ((was, is), n) in was.events.iter().zip(&is.events).zip(1_usize..) {
        let (was, is) = (said(was), said(is));
        let places: BTreeSet<_> = was.keys().chain(is.keys()).collect();
        for place in places {
            let none = BTreeSet::new();
            let (was, is) = (was.get(place).unwrap_or(&none), is.get(place).unwrap_or(&none));
            if was == is {
                continue;
            }
            let (rule, duty) = place;
            lines.push(format!("event {n}, {rule} on `{duty}`:"));
            lines.extend(was.difference(is).map(|one| format!("- {one}")));
            lines.extend(is.difference(was).map(|one| format!("+ {one}")));
        }
    }
    lines
}

fn said(answer: &specialis::vectors::VectorAnswer) -> Said {
    let mut said = Said::new();
    match answer {
        Err(fault) => {
            let about = fault.about.clone().unwrap_or_default();
            let place = (about.rule.unwrap_or_else(|| "all".into()), about.duty.unwrap_or_else(|| "all".into()));
            said.entry(place).or_default().insert(format!("fault `{}`", fault.kind.as_str()));
        }
        Ok(findings) => {
            for finding in findings {
                let place = (finding.rule.clone(), finding.duty.clone());
                said.entry(place).or_default().insert(shown(&Expected::of(finding)));
            }
        }
    }
    said
}

/// `require warn `again` by IM 9 [append]`.
fn shown(answer: &Expected) -> String {
    let Expected { case, level, reason, cite, measures, .. } = answer;
    let level = level.map(|level| level.as_str().to_owned());
    let reason = reason.as_ref().map(|reason| format!("`{reason}`"));
    let cite = cite.as_ref().map(|cite| format!("by {cite}"));
    let measures = (!measures.is_empty()).then(|| format!("[{}]", measures.join(", ")));
    let parts = [Some(case.clone()), level, reason, cite, measures];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
