//! `policy mutate`: whether the vectors of a policy notice that a condition of it is another one.
//!
//! A mutant is the policy with one condition changed. Vectors that are not met kill it, and so does a fault: a trap, or fuel that runs
//! out. What survives is a condition that no vector tries.

mod code;
mod operator;
mod rows;
mod splice;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use specialis::{Host, StageError};
use specialis_core::{RuleId, counted};

use super::subject::{Code, Subject, Subjects};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

/// What `policy mutate` is told.
#[derive(Args)]
pub(super) struct MutateArgs {
    /// The policy: its folder, which is built first, else its file, else its id in the edition. A crate is built
    /// with the names of its functions.
    #[arg(value_name = "POLICY|DIR")]
    policy: String,
    /// Try at most so many mutants; where there are more, they are chosen at even distances.
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    max: u16,
    /// Change the functions of libraries too, and those without a name. A table has none.
    #[arg(long)]
    all: bool,
    /// End with 1 where vectors notice a smaller share of the mutants, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    fail_under: Option<u8>,
    #[command(flatten)]
    edition: EditionOptions,
}

/// A policy with one condition changed.
struct Mutant {
    /// The function or the row.
    place: String,
    /// What stands there now, and in place of what.
    what: String,
    /// The rule, where the place says it.
    rule: Option<String>,
    /// Its file.
    bytes: Vec<u8>,
}

/// The mutants that are run.
struct Choice {
    /// How many there are in all.
    n_all: usize,
    mutants: Vec<Mutant>,
}

/// The places of so many among all, at even distances.
fn spread(n_all: usize, max: usize) -> impl Iterator<Item = usize> {
    let n = n_all.min(max);
    (0..n).map(move |at| at.saturating_mul(n_all).checked_div(n).unwrap_or(0))
}

/// Runs the vectors on each mutant, and names those that survive.
pub(super) fn run(args: &MutateArgs, out: &mut dyn Write) -> Result<Exit> {
    let Some((subjects, subject)) = Subjects::one(&args.policy, &args.edition, (Code::Named, out))? else {
        return Ok(Exit::Incomplete);
    };
    let id = &subject.bundle.manifest.id;
    if subjects.carries_interpreter(&subject) {
        bail!(
            "`{id}` carries an interpreter, and changing its code says nothing of the rules; only Rust and tables have mutants"
        );
    }
    match tried(&subjects, &subject)? {
        Outcome::Survives(0) => bail!("`{id}` has no vectors; add some under `vectors/`"),
        Outcome::Survives(_) => {}
        Outcome::Killed(_) => {
            bail!("not all vectors of `{id}` are met; mend what `specialis policy test {}` says", args.policy)
        }
    }
    let max = usize::from(args.max);
    let choice = match rows::choice(&subject.bundle, max)? {
        Some(choice) => choice,
        None => code::choice(&subject.bundle, args.all, max)?,
    };
    if choice.mutants.is_empty() {
        bail!("`{id}` has no condition that could be changed; with `--all` those of libraries are");
    }
    let survivors = survivors(&subjects, &choice)?;
    let n_run = choice.mutants.len();
    let n_killed = n_run.saturating_sub(survivors.len());
    for survivor in &survivors {
        output::write_line(out, &format!("survives: {survivor}"))?;
    }
    let percent = n_killed.saturating_mul(100).checked_div(n_run).unwrap_or(100);
    let mutants = counted(n_run, "mutant", "mutants");
    writeln!(out, "{id}: {mutants} of {}, {n_killed} killed, {percent} %", choice.n_all)?;
    let is_enough = args.fail_under.is_none_or(|least| percent >= usize::from(least));
    Ok(if is_enough { Exit::Complete } else { Exit::Incomplete })
}

/// What became of a policy.
enum Outcome {
    /// It meets all its vectors: so many.
    Survives(usize),
    /// It does not, or cannot be called; the rules whose vectors say so.
    Killed(BTreeSet<RuleId>),
}

/// Runs the vectors of a policy, whose code is kept nowhere.
fn tried(subjects: &Subjects, subject: &Subject) -> Result<Outcome, StageError> {
    let host = Host::builder(subjects.candidate(subject)).threads(1).snapshots(false).build()?;
    let outcomes: Vec<_> = host.test_vectors()?.into_iter().flat_map(|report| report.outcomes).collect();
    let failed = outcomes.iter().filter(|outcome| !outcome.failures.is_empty());
    let rules: BTreeSet<RuleId> = failed.map(|outcome| outcome.rule.clone()).collect();
    Ok(if rules.is_empty() { Outcome::Survives(outcomes.len()) } else { Outcome::Killed(rules) })
}

/// The mutants that survive, a line each.
fn survivors(subjects: &Subjects, choice: &Choice) -> Result<Vec<String>> {
    // A function has no rule; whose vectors notice other changes of it is the next best.
    let mut noticed: BTreeMap<&str, BTreeSet<RuleId>> = BTreeMap::new();
    let mut survivors = Vec::new();
    for mutant in &choice.mutants {
        let subject = Subject::of(&mutant.place, mutant.bytes.clone().into())?;
        match tried(subjects, &subject) {
            Ok(Outcome::Survives(_)) => survivors.push(mutant),
            Ok(Outcome::Killed(rules)) => noticed.entry(&mutant.place).or_default().extend(rules),
            // It cannot be configured any more, say.
            Err(_) => {}
        }
    }
    let line = |mutant: &Mutant| {
        let rules: Vec<&str> = match &mutant.rule {
            Some(rule) => vec![rule.as_str()],
            None => noticed.get(mutant.place.as_str()).into_iter().flatten().map(RuleId::as_str).collect(),
        };
        let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
        format!("{}{rules}: {}", mutant.place, mutant.what)
    };
    Ok(survivors.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutants_are_chosen_at_even_distances() {
        assert_eq!(spread(3, 40).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(spread(100, 4).collect::<Vec<_>>(), [0, 25, 50, 75]);
        assert_eq!(spread(0, 4).count(), 0);
    }
}
