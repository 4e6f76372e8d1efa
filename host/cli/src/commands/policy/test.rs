//! `policy test`: the vectors of each policy, run through the sandbox.
//!
//! Each policy is loaded alone, in its own sector, under the warrants of the trust policy and with every measure granted: what
//! is tested is what the rule answers, not what comes of that beside other policies.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use specialis::Host;
use specialis::vectors::{VectorMismatch, VectorOutcome};
use specialis_bundle::Vector;
use specialis_core::{PolicyId, counted};

use super::subject::{self, Code, Subject, Subjects};
use super::{coverage, lint, reads};
use crate::options::EditionOptions;
use crate::output::{self, Exit, JunitCase, JunitProblem};

/// What `policy test` is told.
#[derive(Args)]
pub(super) struct TestArgs {
    /// Only this policy: its folder, which is built first, else its file, else its id in the edition.
    #[arg(value_name = "POLICY|DIR")]
    pub(super) policy: Option<String>,
    /// Only the vectors whose rule and name have this in them; `*` stands for anything, as in `RC1*boundary`.
    #[arg(long, value_name = "PATTERN")]
    pub(super) run: Option<String>,
    /// Write what became of each vector to a file, as JUnit.
    #[arg(long, value_name = "FILE.xml")]
    pub(super) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(super) edition: EditionOptions,
}

/// What became of the vectors so far.
#[derive(Default)]
struct Tally {
    n_run: usize,
    n_failed: usize,
    cases: Vec<JunitCase>,
}

/// Tests, and writes what is not met.
pub(super) fn run(args: &TestArgs, out: &mut dyn Write) -> Result<Exit> {
    let Some(subjects) = Subjects::read(args.policy.as_deref(), &args.edition, (Code::Compiled, out))? else {
        return Ok(Exit::Incomplete);
    };
    let mut tally = Tally::default();
    for subject in &subjects.all {
        for note in lint::unread_terms(&subject.bundle, &subjects.registry)? {
            output::note(&format!("{}: {note}", subject.bundle.manifest.id));
        }
        test(&subjects, subject, args, (&mut tally, out))?;
    }
    let Tally { n_run, n_failed, cases } = tally;
    if let Some(file) = &args.junit {
        output::replace(file, output::junit("specialis policy test", &cases).as_bytes())?;
    }
    if let Some(pattern) = args.run.as_ref().filter(|_| n_run == 0) {
        bail!("no vector has `{pattern}` in its rule and name; leave out `--run` to run them all");
    }
    writeln!(out, "{}, {n_failed} failed", counted(n_run, "vector", "vectors"))?;
    Ok(if n_failed == 0 && n_run > 0 { Exit::Complete } else { Exit::Incomplete })
}

fn test(
    subjects: &Subjects,
    subject: &Subject,
    args: &TestArgs,
    (tally, out): (&mut Tally, &mut dyn Write),
) -> Result<()> {
    let host = subjects.host(subject, &args.edition)?;
    // What a vector says of a rule or a duty that there is not would be met by silence.
    let strays = coverage::strays(&subject.bundle, &coverage::vectors_of(&subject.bundle)?);
    for stray in &strays {
        output::write_line(out, stray)?;
    }
    tally.n_failed = tally.n_failed.saturating_add(strays.len());
    let is_wanted = |vector: &Vector| {
        args.run.as_ref().is_none_or(|pattern| matches(pattern, &format!("{} {}", vector.rule, vector.name)))
    };
    for report in host.test_vectors_where(&is_wanted)? {
        let (id, n_vectors, n_failed) = (&report.policy, report.outcomes.len(), report.n_failed());
        writeln!(out, "{id}: {}, {n_failed} failed", counted(n_vectors, "vector", "vectors"))?;
        for outcome in &report.outcomes {
            write_failures(outcome, out)?;
            tally.cases.push(junit_case(id, outcome));
        }
        tally.n_run = tally.n_run.saturating_add(n_vectors);
        tally.n_failed = tally.n_failed.saturating_add(n_failed);
    }
    if args.run.is_none() {
        let n_unnamed = read_facts(&host, subject, args, out)?;
        tally.n_failed = tally.n_failed.saturating_add(n_unnamed);
    }
    Ok(())
}

/// Holds what rules say that they read against what they go by, and returns how many facts a policy that names any leaves out. A
/// policy of the edition that names none is left alone: its facts are listed elsewhere.
fn read_facts(host: &Host, subject: &Subject, args: &TestArgs, out: &mut dyn Write) -> Result<usize> {
    let manifest = &subject.bundle.manifest;
    let is_of_author = args.policy.as_deref().is_some_and(subject::is_path);
    let are_named = reads::are_named(manifest);
    if !are_named && manifest.facts.is_empty() && !is_of_author {
        return Ok(0);
    }
    let found = reads::check(host, &subject.bundle, &coverage::vectors_of(&subject.bundle)?)?;
    for unused in &found.unused {
        output::note(&format!("{}: {unused}", manifest.id));
    }
    for unnamed in &found.unnamed {
        let line = format!("{}: {unnamed}", manifest.id);
        if are_named { output::write_line(out, &line)? } else { output::note(&line) }
    }
    Ok(if are_named { found.unnamed.len() } else { 0 })
}

/// What is not met: the rule and the vector, and below it what is expected (`-`) and what is found (`+`).
fn write_failures(outcome: &VectorOutcome, out: &mut dyn Write) -> Result<()> {
    if !outcome.failures.is_empty() {
        output::write_line(out, &format!("  {} `{}`", outcome.rule, outcome.name))?;
    }
    for line in outcome.failures.iter().flat_map(|failure| failure.diff()) {
        output::write_line(out, &format!("    {line}"))?;
    }
    Ok(())
}

fn junit_case(policy: &PolicyId, outcome: &VectorOutcome) -> JunitCase {
    let problem = outcome.failures.first().map(|first| JunitProblem::Failure {
        kind: match &first.problem {
            VectorMismatch::Fault(fault) => fault.kind.as_str().to_owned(),
            VectorMismatch::Answers { .. } => "answers".to_owned(),
        },
        message: first.to_string(),
        text: outcome.failures.iter().flat_map(|failure| failure.diff()).collect::<Vec<_>>().join("\n"),
    });
    JunitCase { class: format!("{policy}.{}", outcome.rule), name: outcome.name.clone(), problem }
}

/// Whether a text has a pattern in it, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = Some(text);
    for piece in pattern.split('*') {
        rest = rest.and_then(|rest| rest.split_once(piece).map(|(_, behind)| behind));
    }
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_stands_in_the_text_with_anything_for_its_stars() {
        let text = "RC1 sesame, a light term";
        let in_it = ["RC1", "", "*", "RC1*light", "sesame", "RC1 sesame, a light term", "*light*"];
        assert!(in_it.iter().all(|pattern| matches(pattern, text)));
        assert!(!["RC2", "light*sesame", "rc1"].iter().any(|pattern| matches(pattern, text)));
    }
}
