//! The summary: what was judged, what not, and what it took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use specialis::{Edition, Provenance};
use specialis_core::{FaultKind, Level, PolicyId, SectorId, counted, nearest};

use super::judge::Judged;
use crate::judging::Answer;
use crate::output::Exit;

/// What to do about events that come without a context.
const BARE: &str = "hint       no event says who is served, so that the strictest reading counts; give a `context`, see `specialis schema \
                    context`, or try `--profile texts`, which assumes an adult who accepted the agreement";

/// Counts over one run.
pub(super) struct Summary {
    started: Instant,
    elapsed: Duration,
    n_events: u64,
    n_not_judged: u64,
    n_empty_inputs: u64,
    n_what_if: u64,
    n_open_calls: u64,
    verdicts: BTreeMap<Level, u64>,
    calls: BTreeMap<PolicyId, u64>,
    faults: BTreeMap<(PolicyId, FaultKind), u64>,
    ungoverned: BTreeMap<SectorId, u64>,
    n_bare: u64,
}

impl Summary {
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            elapsed: Duration::ZERO,
            n_events: 0,
            n_not_judged: 0,
            n_empty_inputs: 0,
            n_what_if: 0,
            n_open_calls: 0,
            verdicts: BTreeMap::new(),
            calls: BTreeMap::new(),
            faults: BTreeMap::new(),
            ungoverned: BTreeMap::new(),
            n_bare: 0,
        }
    }

    /// Everything is written.
    pub(super) fn stop(&mut self) {
        self.elapsed = self.started.elapsed();
    }

    pub(super) fn count(&mut self, answer: &Answer<Judged>) {
        match answer {
            Answer::NotJudged(_) => add(&mut self.n_not_judged, 1),
            Answer::EmptyInput(_) => add(&mut self.n_empty_inputs, 1),
            Answer::Judged(judged) => {
                add(&mut self.n_events, 1);
                add(&mut self.n_what_if, judged.what_if.into());
                add(&mut self.n_open_calls, judged.n_open_calls.into());
                add(self.verdicts.entry(judged.verdict).or_default(), 1);
                judged.called.iter().for_each(|policy| add(self.calls.entry(policy.clone()).or_default(), 1));
                judged.ungoverned.iter().for_each(|id| add(self.ungoverned.entry(id.clone()).or_default(), 1));
                add(&mut self.n_bare, judged.is_bare.into());
                judged.faults.iter().for_each(|fault| add(self.faults.entry(fault.clone()).or_default(), 1));
            }
        }
    }

    /// How the run ended: what could not be judged weighs more than a verdict at `fail_on`.
    pub(super) fn end(&self, fail_on: Option<Level>) -> Exit {
        let is_reached = |limit: Level| self.verdicts.keys().any(|verdict| *verdict >= limit);
        match fail_on {
            _ if self.n_not_judged > 0 || self.n_empty_inputs > 0 => Exit::Incomplete,
            Some(limit) if is_reached(limit) => Exit::LevelReached,
            Some(_) | None => Exit::Complete,
        }
    }

    /// The lines for standard error; `may_hint` where the profile is the built-in one, `records` where there is a ledger.
    pub(super) fn lines(&self, edition: &Edition, may_hint: bool, records: bool) -> Vec<String> {
        let rate = match self.elapsed.as_secs_f64() {
            0.0 => String::new(),
            #[expect(clippy::as_conversions, reason = "a rate for a person to read")]
            seconds => format!(", {:.0} a second", self.n_events as f64 / seconds),
        };
        let what_if = if self.n_what_if == 0 { String::new() } else { format!(", {} what-if", self.n_what_if) };
        let verdicts = Level::ALL.iter().map(|level| (level.as_str(), self.verdicts.get(level).copied().unwrap_or(0)));
        let loaded = edition.policies();
        let calls = loaded.iter().map(|policy| (policy.id.as_str(), self.calls.get(&policy.id).copied().unwrap_or(0)));
        let mut lines = vec![
            format!("events     {}{what_if}{rate}", self.n_events),
            format!("verdicts   {}", list(verdicts)),
            format!("calls      {}, opening {}", list(calls), self.n_open_calls),
            format!("faults     {}", self.faults()),
        ];
        if records && self.n_what_if > 0 {
            let decisions = counted(self.n_what_if, "what-if decision is", "what-if decisions are");
            lines.push(format!("ledger     {decisions} not recorded; leave out `--as-of` and `time` to record"));
        }
        // A mistyped sector would otherwise pass for one that nobody regulates.
        let known = || edition.sectors().map(SectorId::as_str);
        for (sector, n) in &self.ungoverned {
            let near = nearest(sector.as_str(), known()).unwrap_or("none");
            let decisions = counted(*n, "decision", "decisions");
            lines.push(format!("ungoverned {sector} in {decisions}: no policy for it is loaded; nearest is `{near}`"));
        }
        if may_hint && self.n_bare > 0 && self.n_bare == self.n_events {
            lines.push(BARE.to_owned());
        }
        // A policy that nobody signed has none of the grants that its author may count on.
        let unsigned: Vec<&str> =
            loaded.iter().filter(|one| one.provenance == Provenance::Unsigned).map(|one| one.id.as_str()).collect();
        if !unsigned.is_empty() {
            let each = unsigned.join(", ");
            lines
                .push(format!("unsigned   {each}: no grant counts for them; have them signed, or pin their digests in the trust policy"));
        }
        let conflicts = edition.potential_conflicts();
        lines.push(format!(
            "conflicts  {} possible between measures of this edition, see `specialis policy list`",
            conflicts.len()
        ));
        lines.push(format!("not judged {}", self.n_not_judged));
        lines
    }

    fn faults(&self) -> String {
        if self.faults.is_empty() {
            return "none".to_owned();
        }
        let each = self.faults.iter().map(|((policy, kind), n)| {
            format!("{policy} {} in {}", kind.as_str(), counted(*n, "decision", "decisions"))
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

fn add(count: &mut u64, n: u64) {
    *count = count.saturating_add(n);
}

fn list<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> String {
    counts.map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
}
