//! `policy coverage`: what of a policy's declarations its vectors try.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use specialis_bundle::{Bundle, Manifest, Vector, parse_vectors};
use specialis_core::counted;

use super::reads;
use super::subject::{Code, Subjects};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

/// What `policy coverage` is told.
#[derive(Args)]
pub(super) struct CoverageArgs {
    /// The policy: its id, its file, or its folder as it stands there now.
    #[arg(value_name = "POLICY|DIR")]
    policy: String,
    /// End with 1 where less than this share is tried, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    fail_under: Option<u8>,
    #[command(flatten)]
    edition: EditionOptions,
}

/// What is counted: what is declared, and what of it vectors name.
struct Counted {
    what: &'static str,
    declared: BTreeSet<String>,
    tried: BTreeSet<String>,
}

/// Counts what is declared and what of it vectors name; no code is looked at.
pub(super) fn run(args: &CoverageArgs, out: &mut dyn Write) -> Result<Exit> {
    let Some((_, subject)) = Subjects::one(&args.policy, &args.edition, (Code::StandIn, out))? else {
        return Ok(Exit::Incomplete);
    };
    let bundle = &subject.bundle;
    let vectors = vectors_of(bundle)?;
    let counts = count(bundle, &vectors);
    let mut table = output::table(["what", "declared", "tried by vectors", "not tried"]);
    let (mut n_declared, mut n_tried) = (0_usize, 0_usize);
    for Counted { what, declared, tried } in &counts {
        let missing: Vec<&str> = declared.difference(tried).map(String::as_str).collect();
        let n_of = declared.len().saturating_sub(missing.len());
        (n_declared, n_tried) = (n_declared.saturating_add(declared.len()), n_tried.saturating_add(n_of));
        table.add_row([*what, &declared.len().to_string(), &n_of.to_string(), &missing.join(", ")]);
    }
    output::write_table(out, &table)?;
    let percent = n_tried.saturating_mul(100).checked_div(n_declared).unwrap_or(100);
    let tried_by = counted(vectors.len(), "vector tries", "vectors try");
    writeln!(out, "\n{tried_by} {n_tried} of {n_declared}, {percent} %")?;
    let problems = strays(bundle, &vectors);
    for problem in &problems {
        output::write_line(out, problem)?;
    }
    let is_enough = args.fail_under.is_none_or(|least| percent >= usize::from(least));
    Ok(if is_enough && problems.is_empty() { Exit::Complete } else { Exit::Incomplete })
}

/// The vectors that a policy carries.
pub(super) fn vectors_of(bundle: &Bundle) -> Result<Vec<Vector>> {
    let mut vectors = Vec::new();
    for section in &bundle.vectors {
        let text = std::str::from_utf8(&section.data).with_context(|| format!("`{}` is not UTF-8", section.name))?;
        vectors.extend(parse_vectors(&section.name, text)?);
    }
    Ok(vectors)
}

fn count(bundle: &Bundle, vectors: &[Vector]) -> [Counted; 5] {
    let manifest = &bundle.manifest;
    let expected = || vectors.iter().flat_map(Vector::expected);
    // A setting is tried where a vector gives it another value than its default.
    let is_changed = |(name, value): &(&String, &serde_json::Value)| {
        let default = manifest.settings.get(*name).and_then(|setting| serde_json::to_value(&setting.default).ok());
        default.is_some_and(|default| default != **value)
    };
    let settings = vectors.iter().flat_map(|vector| &vector.settings).filter(is_changed);
    [
        Counted {
            what: "rules",
            declared: manifest.rules.keys().map(ToString::to_string).collect(),
            tried: vectors.iter().map(|vector| vector.rule.to_string()).collect(),
        },
        Counted {
            what: "duties",
            declared: manifest.governs.iter().map(ToString::to_string).collect(),
            tried: expected().map(|one| one.duty.to_string()).collect(),
        },
        Counted {
            what: "reasons",
            declared: manifest.reasons.keys().map(ToString::to_string).collect(),
            tried: expected().filter_map(|one| one.reason.as_ref()).map(ToString::to_string).collect(),
        },
        Counted {
            what: "settings",
            declared: manifest.settings.keys().cloned().collect(),
            tried: settings.map(|(name, _)| name.clone()).collect(),
        },
        facts(manifest, vectors),
    ]
}

/// Facts that rules say that they read, and those that the policy declares. One is tried where a vector of a rule that names it has
/// it, or any vector if no rule names it.
fn facts(manifest: &Manifest, vectors: &[Vector]) -> Counted {
    let named = manifest.rules.values().flat_map(|rule| &rule.reads).cloned();
    let own = manifest.facts.keys().filter_map(|name| manifest.fact_path(name));
    let declared: BTreeSet<String> = named.chain(own).collect();
    let mut tried = BTreeSet::new();
    for vector in vectors {
        let rule = manifest.rules.get(&vector.rule);
        let known = reads::known(vector);
        let is_known = |path: &str| known.iter().any(|known| reads::names(path, known));
        let is_of_rule = |path: &String| {
            let is_read = manifest.rules.values().any(|rule| rule.reads.contains(path));
            !is_read || rule.is_some_and(|rule| rule.reads.contains(path))
        };
        tried.extend(declared.iter().filter(|path| is_known(path) && is_of_rule(path)).cloned());
    }
    Counted { what: "facts", declared, tried }
}

/// Vectors of rules, duties and reasons that the manifest does not have: they could never fail, or never be met.
pub(super) fn strays(bundle: &Bundle, vectors: &[Vector]) -> Vec<String> {
    let manifest = &bundle.manifest;
    let mut problems = BTreeSet::new();
    for vector in vectors {
        let place = format!("{}: vector `{}`", manifest.id, vector.name);
        let Some(rule) = manifest.rules.get(&vector.rule) else {
            let near = specialis_core::nearest(vector.rule.as_str(), manifest.rules.keys().map(|id| id.as_str()));
            let near = near.unwrap_or("none");
            problems.insert(format!("{place}: there is no rule `{}`; nearest is `{near}`", vector.rule));
            continue;
        };
        for expected in vector.expected() {
            // That a rule says nothing on a duty of the policy can be expected of any rule.
            let is_silence = expected.case == "none" && manifest.governs.contains(&expected.duty);
            if !rule.duties.contains(&expected.duty) && !is_silence {
                let near = specialis_core::nearest(expected.duty.as_str(), rule.duties.iter().map(|id| id.as_str()));
                let near = near.unwrap_or("none");
                let (rule, duty) = (&vector.rule, &expected.duty);
                problems.insert(format!("{place}: rule `{rule}` does not answer on `{duty}`; nearest is `{near}`"));
            }
            if let Some(reason) = expected.reason.as_ref().filter(|reason| !manifest.reasons.contains_key(*reason)) {
                let near = specialis_core::nearest(reason.as_str(), manifest.reasons.keys().map(|id| id.as_str()));
                let near = near.unwrap_or("none");
                problems.insert(format!("{place}: there is no reason `{reason}`; nearest is `{near}`"));
            }
        }
    }
    problems.into_iter().collect()
}
