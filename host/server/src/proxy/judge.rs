//! What judges the answer of an upstream: a stream of the library, settled at its end by what this server carries out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use specialis::core::{Decision, Level, Obligation, Outcome, Settlement};
use specialis::{OwnedStream, Session, Step};

use crate::app::App;
use crate::wire::{Ended, TextJudge};

/// Judges one answer.
pub(super) struct SessionJudge {
    app: Arc<App>,
    stream: OwnedStream,
    /// The path of the route, for the figures.
    route: Arc<str>,
    has_label: bool,
}

impl SessionJudge {
    /// Judges with a stream. `has_label` says that the implicit label went out with the headers.
    pub(super) fn new(app: Arc<App>, stream: OwnedStream, route: Arc<str>, has_label: bool) -> Self {
        Self { app, stream, route, has_label }
    }
}

impl TextJudge for SessionJudge {
    fn push(&mut self, choice: u32, channel: Option<&str>, text: &str) -> Vec<Step> {
        let started = Instant::now();
        let steps = self.stream.push(choice, channel, text);
        self.app.metrics.time_judging(started.elapsed());
        steps
    }

    fn end(self: Box<Self>) -> Ended {
        let Self { app, stream, route, has_label } = *self;
        let (mut session, judged) = stream.end();
        let decision = &judged.decision;
        app.metrics.count_decision(decision);
        settle(&app, &mut session, decision, has_label);
        if decision.verdict >= Level::Review {
            app.metrics.count_stopped(&route);
        }
        let level_of =
            |(part, _): &(u32, Option<String>)| (*part, decision.parts.get(part).copied().unwrap_or(decision.verdict));
        let levels: BTreeMap<u32, Level> = judged.release.parts.iter().map(level_of).collect();
        tracing::info!(
            decision = %decision.id, kind = decision.kind.as_str(), verdict = decision.verdict.as_str(),
            route = &*route, "decided"
        );
        Ended {
            levels,
            verdict: decision.verdict,
            decision: decision.id.clone(),
            measures: measures(decision),
            release: judged.release,
        }
    }
}

/// The ids of the measures that a decision asks for.
pub(crate) fn measures(decision: &Decision) -> Vec<String> {
    let mut measures: Vec<String> = Vec::new();
    for due in &decision.obligations {
        if let Obligation::Measure(measure) = &due.obligation {
            let id = measure.id.to_string();
            if !measures.contains(&id) {
                measures.push(id);
            }
        }
    }
    measures
}

/// Whether a decision asks for the implicit label.
pub(super) fn asks_for_label(decision: &Decision) -> bool {
    measures(decision).iter().any(|id| id == "label-implicit")
}

/// Settles a decision by what this server carries out: what the host did in the text, and the implicit label that went out
/// beside it. What goes to the webhook is handed over. Everything else is undone: counted, and logged by its id.
pub(crate) fn settle(app: &App, session: &mut Session, decision: &Decision, has_label: bool) {
    let handed_over = app.outbox.iter().flat_map(|outbox| outbox.take(decision)).collect();
    let settlement = settle_in_text(session, decision, has_label, handed_over);
    app.metrics.count_undone(settlement.undone);
}

/// Settles a decision by what is done in text: what the host did there, and the implicit label that went out beside it.
/// Of everything else, what somebody else takes is handed over, and the rest undone.
pub(crate) fn settle_in_text(
    session: &mut Session,
    decision: &Decision,
    has_label: bool,
    handed_over: Vec<(usize, Outcome)>,
) -> Settlement {
    let is_label = |obligation: &Obligation| matches!(obligation, Obligation::Measure(measure) if measure.id.as_str() == "label-implicit");
    let is_done = |obligation: &Obligation| {
        if is_label(obligation) { has_label } else { session.is_done_in_text(decision, obligation) }
    };
    let mut outcomes: Vec<(usize, Outcome)> = decision
        .obligations
        .iter()
        .enumerate()
        .filter(|(_, due)| is_done(&due.obligation))
        .map(|(at, _)| (at, Outcome::Done))
        .collect();
    outcomes.extend(handed_over);
    session.settle(decision, &outcomes)
}
