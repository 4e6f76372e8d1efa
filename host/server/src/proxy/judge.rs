//! What judges the answer of an upstream: a stream of the library, settled at its end by what this server carries out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use specialis::core::{Decision, Event, EventKind, Level, Measure, Obligation, Outcome, Settlement};
use specialis::{OwnedStream, Session, Step};

use crate::app::App;
use crate::reviews::Transcript;
use crate::serving::Span;
use crate::wire::{Ended, TextJudge};

/// Judges one answer.
pub(crate) struct SessionJudge {
    app: Arc<App>,
    stream: OwnedStream,
    /// The path of the route, for the figures.
    route: Arc<str>,
    has_label: bool,
    tenant: String,
    /// What was said, for a person who may have to see it.
    transcript: Option<Transcript>,
    span: Option<Span>,
}

impl SessionJudge {
    /// Judges with a stream on a route for a tenant. `has_label` says that the implicit label went out with the headers.
    pub(crate) fn new(app: Arc<App>, stream: OwnedStream, (route, tenant): (Arc<str>, &str), has_label: bool) -> Self {
        let transcript = app.keeps_reviews().then(Transcript::default);
        Self { app, stream, route, has_label, tenant: tenant.to_owned(), transcript, span: None }
    }

    /// Under the span of its request, which ends with it.
    pub(crate) fn under(self, span: Option<Span>) -> Self {
        Self { span, ..self }
    }
}

impl TextJudge for SessionJudge {
    fn push(&mut self, choice: u32, channel: Option<&str>, text: &str) -> Vec<Step> {
        let started = Instant::now();
        if let Some(transcript) = &mut self.transcript {
            transcript.push(choice, channel, text);
        }
        let steps = self.stream.push(choice, channel, text);
        self.app.metrics.time_judging(started.elapsed());
        steps
    }

    fn end(self: Box<Self>) -> Ended {
        let Self { app, stream, route, has_label, tenant, transcript, span } = *self;
        let (mut session, judged) = stream.end();
        let decision = &judged.decision;
        app.metrics.count_decision(decision);
        if let Some(span) = span {
            span.decided(decision);
        }
        if let Some(transcript) = transcript {
            app.queue_review(&tenant, &session, decision, || (Event::new(EventKind::Output), transcript));
        }
        settle(&app, &mut session, decision, &|measure| has_label && is_implicit_label(measure));
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
pub(crate) fn asks_for_label(decision: &Decision) -> bool {
    decision
        .obligations
        .iter()
        .any(|due| matches!(&due.obligation, Obligation::Measure(measure) if is_implicit_label(measure)))
}

/// Whether a measure is the implicit label.
pub(super) fn is_implicit_label(measure: &Measure) -> bool {
    measure.id.as_str() == "label-implicit"
}

/// Where nothing is carried out beside the text.
pub(crate) fn nothing(_: &Measure) -> bool {
    false
}

/// Settles a decision by what this server carries out: what the host did in the text, and the measures of which `is_done` says
/// that they were carried out beside it. What goes to the webhook is handed over. Everything else is undone: counted, and logged by
/// its id.
pub(crate) fn settle(app: &App, session: &mut Session, decision: &Decision, is_done: &dyn Fn(&Measure) -> bool) {
    let settlement = settle_in_text(session, decision, is_done, app.hand_over(decision));
    app.metrics.count_undone(settlement.undone);
}

/// Settles a decision by what is done in text: what the host did there, and the measures that were carried out beside it. Of
/// everything else, what somebody else takes is handed over, and the rest undone.
pub(crate) fn settle_in_text(
    session: &mut Session,
    decision: &Decision,
    is_done: &dyn Fn(&Measure) -> bool,
    handed_over: Vec<(usize, Outcome)>,
) -> Settlement {
    let is_done = |obligation: &Obligation| {
        let is_beside = matches!(obligation, Obligation::Measure(measure) if is_done(measure));
        is_beside || session.is_done_in_text(decision, obligation)
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
