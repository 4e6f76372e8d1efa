//! `policy bench`: what the vectors of a policy cost, against the limits of a host that sets none.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use specialis::vectors::VectorOutcome;
use specialis::{Host, Limits, PolicyUsage};
use specialis_core::counted;

use super::coverage;
use super::subject::{Code, Subjects};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

/// What `policy bench` is told.
#[derive(Args)]
pub(super) struct BenchArgs {
    /// The policy: its folder, which is built first, else its file, else its id in the edition.
    #[arg(value_name = "POLICY|DIR")]
    policy: String,
    /// Show every vector, and not only the dearest of each rule.
    #[arg(long)]
    all: bool,
    /// End with 1 where a vector takes more than this share of a limit, in percent; the time does not count.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    fail_over: Option<u8>,
    /// How often each vector runs; the shortest time is shown.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    runs: u16,
    #[command(flatten)]
    edition: EditionOptions,
}

/// Runs the vectors, and writes what they used: all but the time is the same on every run and every machine.
pub(super) fn run(args: &BenchArgs, out: &mut dyn Write) -> Result<Exit> {
    let Some((subjects, subject)) = Subjects::one(&args.policy, &args.edition, (Code::Compiled, out))? else {
        return Ok(Exit::Incomplete);
    };
    if coverage::vectors_of(&subject.bundle)?.is_empty() {
        bail!("`{}` has no vectors; add some under `vectors/`", subject.bundle.manifest.id);
    }
    let all = measured(&subjects.host(&subject, &args.edition)?, args.runs)?;
    let limits = Limits::default();
    let limits = if subjects.carries_interpreter(&subject) { limits.of_interpreter() } else { limits };
    let mut outcomes: Vec<&VectorOutcome> = all.iter().collect();
    outcomes.sort_by_key(|outcome| std::cmp::Reverse(outcome.usage.fuel));
    let most = outcomes.iter().map(|outcome| percent(&outcome.usage, &limits)).max().unwrap_or(0);
    let mut by_rule = BTreeMap::new();
    for outcome in &outcomes {
        by_rule.entry(&outcome.rule).or_insert(*outcome);
    }
    let mut shown: Vec<&VectorOutcome> = if args.all { outcomes } else { by_rule.into_values().collect() };
    shown.sort_by_key(|outcome| std::cmp::Reverse(outcome.usage.fuel));
    let heads = ["rule", "vector", "calls", "host calls", "time", "fuel", "memory", "state", "% of a limit"];
    let mut table = output::table(heads);
    for outcome in shown {
        let PolicyUsage { n_calls, fuel, n_host_calls, memory, state } = outcome.usage;
        table.add_row([
            outcome.rule.to_string(),
            outcome.name.clone(),
            n_calls.to_string(),
            n_host_calls.to_string(),
            format!("{} µs", outcome.time.as_micros()),
            fuel.to_string(),
            format!("{} KiB", memory.div_ceil(1 << 10)),
            counted(state, "byte", "bytes"),
            percent(&outcome.usage, &limits).to_string(),
        ]);
    }
    output::write_table(out, &table)?;
    writeln!(
        out,
        "\nlimits: fuel {} and {} for each call, memory {} KiB, state {} bytes; the most that a vector takes of one is {most} %; \
         time {} ms for a call",
        limits.fuel_base,
        limits.fuel_per_call,
        limits.memory >> 10,
        limits.state,
        limits.deadline.as_millis()
    )?;
    Ok(if args.fail_over.is_none_or(|over| most <= u64::from(over)) { Exit::Complete } else { Exit::Incomplete })
}

/// What the vectors took, each with the shortest time of several runs.
fn measured(host: &Host, runs: u16) -> Result<Vec<VectorOutcome>> {
    let mut all: Vec<VectorOutcome> = Vec::new();
    for _ in 0..runs {
        let outcomes = host.test_vectors()?.into_iter().flat_map(|report| report.outcomes);
        if all.is_empty() {
            all = outcomes.collect();
            continue;
        }
        for (known, outcome) in all.iter_mut().zip(outcomes) {
            known.time = known.time.min(outcome.time);
        }
    }
    Ok(all)
}

/// The largest share of a limit that was used, time apart: another machine has another. Characters, hits and parts add fuel, which is
/// left out here.
fn percent(usage: &PolicyUsage, limits: &Limits) -> u64 {
    let n = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let fuel = limits.fuel_base.saturating_add(limits.fuel_per_call.saturating_mul(usage.n_calls));
    let shares = [(usage.fuel, fuel), (n(usage.memory), n(limits.memory)), (n(usage.state), n(limits.state))];
    let percent = |(used, allowed): (u64, u64)| used.saturating_mul(100).div_ceil(allowed.max(1));
    shares.into_iter().map(percent).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_that_of_the_scarcest() {
        let limits = Limits::default();
        let usage = PolicyUsage { n_calls: 1, fuel: 60_000, memory: 8 << 20, ..PolicyUsage::default() };
        assert_eq!(percent(&usage, &limits), 50, "of memory");
        assert_eq!(percent(&PolicyUsage { fuel: 5_400_000, ..usage }, &limits), 90, "of fuel");
        assert_eq!(percent(&PolicyUsage { state: 2_048, ..usage }, &limits), 100, "of state");
    }
}
