//! What was decided on the texts of a gateway, in the terms that contracts have.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use specialis::Session;
use specialis::core::{Decision, Event, EventKind, Level, Obligation, check_id};
use specialis::{Release, Step};

use super::{Asked, Contracts};
use crate::app::App;
use crate::proxy::{measures, nothing, settle};
use crate::reviews::Joins;

/// What `review` counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewAs {
    /// Blocked: nothing goes out before a person has seen it.
    #[default]
    Block,
    /// Passed, for a platform where people look at what is out already.
    Pass,
}

/// What was decided.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) is_blocked: bool,
    /// What may go out of each text.
    pub(crate) texts: Vec<String>,
    /// How many characters at the end of each text could still become part of a match.
    pub(crate) kept_back: Vec<usize>,
    /// Whether some text goes out otherwise than it came.
    pub(crate) is_masked: bool,
    /// The stretches to mask: text, start and end in bytes.
    pub(crate) masks: Vec<(usize, usize, usize)>,
    /// The duties on which something was found, with their levels.
    pub(crate) duties: Vec<(String, Level)>,
    pub(crate) notice: String,
    pub(crate) note: Value,
}

impl Judged {
    /// Judges the texts in a session, for a tenant. What a person has to see first waits for one, unless it passes all the same.
    pub(crate) fn of(app: &App, (mut session, tenant): (Session, &str), asked: &Asked, contracts: &Contracts) -> Self {
        let told = if asked.is_answer { stream(&mut session, asked) } else { whole(&mut session, asked) };
        app.metrics.count_decision(&told.decision);
        let (judged, decision) = Self::from_told(told, asked, contracts);
        // What is blocked although a review passes, because it would have to be masked, waits as well.
        if judged.is_blocked {
            let exchange = asked.exchange.clone().filter(|id| check_id(id).is_ok());
            let joins = exchange.map_or(Joins::Same, Joins::Exchange);
            app.queue_joined((tenant, &joins), &session, &decision, || asked.content());
        }
        settle(app, &mut session, &decision, &nothing);
        judged
    }

    fn from_told(told: Told, asked: &Asked, contracts: &Contracts) -> (Self, Decision) {
        let Told { decision, release, slots, kept_back } = told;
        let bar = match contracts.review {
            ReviewAs::Block => Level::Review,
            ReviewAs::Pass => Level::Stop,
        };
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let masks = decision.obligations.iter().filter_map(|due| match &due.obligation {
            Obligation::Redact(span) => Some((slot(&slots, span.part)?, place(span.start), place(span.end))),
            Obligation::Measure(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => None,
        });
        let masks: BTreeSet<_> = masks.collect();
        // A review that counts as passed releases nothing, so that the text would go as it came: not where it has to be masked.
        let is_passed = decision.verdict == Level::Review && bar > Level::Review && masks.is_empty();
        let mut is_blocked = decision.verdict >= Level::Review && !is_passed;
        let released = |at: usize| u32::try_from(at).ok().and_then(|part| release.text(part)).map(str::to_owned);
        let mut texts = Vec::new();
        for (asked, at) in asked.texts.iter().zip(0_usize..) {
            let as_it_came = (asked.text.is_empty() || is_passed).then(|| asked.text.clone());
            let text = as_it_came.or_else(|| released(at));
            is_blocked |= text.is_none();
            texts.push(text.unwrap_or_default());
        }
        let is_masked = texts.iter().zip(&asked.texts).any(|(text, asked)| *text != asked.text);
        let duties = decision.duties.iter().filter(|duty| duty.level > Level::Pass);
        let judged = Self {
            is_blocked,
            texts,
            kept_back,
            is_masked,
            masks: masks.into_iter().collect(),
            duties: duties.map(|duty| (duty.duty.to_string(), duty.level)).collect(),
            notice: contracts.notice.clone(),
            note: json!({ "decision": decision.id, "verdict": decision.verdict.as_str(), "measures": measures(&decision) }),
        };
        (judged, decision)
    }
}

/// What was decided, with the release by text.
struct Told {
    decision: Decision,
    release: Release,
    /// The text that each part of the decision is.
    slots: Vec<usize>,
    kept_back: Vec<usize>,
}

/// Judges the texts of a prompt.
fn whole(session: &mut Session, asked: &Asked) -> Told {
    let judged = session.submit(asked.event());
    let slots = (0..asked.texts.len()).collect();
    Told { decision: judged.decision, release: judged.release, slots, kept_back: Vec::new() }
}

/// Judges the texts of an answer as streams, to know what of each is kept back until more is known.
fn stream(session: &mut Session, asked: &Asked) -> Told {
    let mut stream = session.stream(Event::new(EventKind::Output));
    let mut out: Vec<String> = vec![String::new(); asked.texts.len()];
    // Parts are numbered as their first text comes; an empty text makes none.
    let mut slots: Vec<usize> = Vec::new();
    for (text, at) in asked.texts.iter().zip(0_usize..).filter(|(text, _)| !text.text.is_empty()) {
        slots.push(at);
        for step in stream.push(text.choice, text.channel.as_deref(), &text.text) {
            if let Step::Text { part, text } = step
                && let Some(out) = slot(&slots, part).and_then(|at| out.get_mut(at))
            {
                out.push_str(&text);
            }
        }
    }
    let judged = stream.end();
    let mut kept_back = vec![0; asked.texts.len()];
    let mut parts: Vec<(u32, Option<String>)> =
        (0..).zip(&asked.texts).map(|(at, text)| (at, text.text.is_empty().then(String::new))).collect();
    for (part, rest) in judged.release.parts {
        let Some(at) = slot(&slots, part) else { continue };
        let (Some(before), Some(place), Some(kept)) = (out.get(at), parts.get_mut(at), kept_back.get_mut(at)) else {
            continue;
        };
        *kept = rest.as_deref().unwrap_or_default().chars().count();
        place.1 = (rest.is_some() || !before.is_empty()).then(|| format!("{before}{}", rest.unwrap_or_default()));
    }
    Told { decision: judged.decision, release: Release { parts }, slots, kept_back }
}

fn slot(slots: &[usize], part: u32) -> Option<usize> {
    slots.get(usize::try_from(part).ok()?).copied()
}
