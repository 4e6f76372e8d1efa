//! Judging: the sessions of one thread.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::mpsc::{Receiver, SyncSender};

use specialis::{Host, Session};
use specialis_core::{Decision, EvaluationSummary, FaultKind, Level, Mode, PolicyId, SectorId, SessionId};

use super::format::Format;
use crate::judging::{Answer, Job, Ordered, SessionUse, host_session, recorded_session, submit};
use crate::output;

/// A decision as it is written, and what the summary counts of it.
pub(super) struct Judged {
    pub(super) shown: Shown,
    pub(super) verdict: Level,
    pub(super) what_if: bool,
    /// Policies that were called on this event.
    pub(super) called: Vec<PolicyId>,
    pub(super) n_open_calls: u32,
    pub(super) faults: Vec<(PolicyId, FaultKind)>,
    /// Sectors that are certain and for which no policy is loaded.
    pub(super) ungoverned: Vec<SectorId>,
    /// Whether nothing was said of the service, the user and the agreement.
    pub(super) is_bare: bool,
}

/// A decision as it is written.
pub(super) enum Shown {
    /// A line of JSON, or why there is none.
    Json(serde_json::Result<Vec<u8>>),
    /// The cells of a row.
    Row([String; 7]),
}

/// One judging thread.
pub(super) struct Judge {
    host: Host,
    format: Format,
    /// Whether decisions are recorded in a ledger.
    is_recorded: bool,
    answers: SyncSender<Ordered<Judged>>,
    sessions: HashMap<SessionId, Session>,
}

impl Judge {
    pub(super) fn new(host: Host, format: Format, is_recorded: bool, answers: SyncSender<Ordered<Judged>>) -> Self {
        Self { host, format, is_recorded, answers, sessions: HashMap::new() }
    }

    /// Judges until there is nothing more to do, or until the receiver hangs up.
    pub(super) fn run(mut self, to_do: &Receiver<Job>) {
        for job in to_do {
            let (order, n_bytes) = (job.order, job.n_bytes);
            let answer = self.judge(job).map_or_else(Answer::NotJudged, Answer::Judged);
            if self.answers.send(Ordered { order, n_bytes, answer }).is_err() {
                return;
            }
        }
    }

    fn judge(&mut self, job: Job) -> Result<Judged, String> {
        let Job { session, n_ended, context, day, event, .. } = job;
        let (host, is_recorded) = (&self.host, self.is_recorded);
        let is_bare = context.known().is_empty();
        let open = |name: &SessionId| -> Result<Session, String> {
            let id = if is_recorded { recorded_session(name)? } else { host_session(name, n_ended) };
            Ok(match day {
                Some(day) => host.open_as_of(id, context.clone(), day),
                None => host.open(id, context.clone()),
            })
        };
        let judged = match session {
            SessionUse::Own(name) => submit(&mut open(&name)?, event),
            SessionUse::Shared(name) => match self.sessions.entry(name) {
                Entry::Occupied(mut known) => submit(known.get_mut(), event),
                Entry::Vacant(place) => {
                    let session = open(place.key())?;
                    submit(place.insert(session), event)
                }
            },
            SessionUse::Last(name) => match self.sessions.remove(&name) {
                Some(mut known) => submit(&mut known, event),
                None => submit(&mut open(&name)?, event),
            },
        };
        if judged.decision.unrecorded {
            let session = &judged.decision.session;
            let why = judged.observation.not_recorded.as_deref().unwrap_or("an earlier one was not");
            return Err(format!(
                "session `{session}`: the decision is not shown, because it could not be recorded: {why}"
            ));
        }
        Ok(self.report(judged, is_bare))
    }

    fn report(&self, judged: specialis::Judged, is_bare: bool) -> Judged {
        let specialis::Judged { decision, observation, .. } = judged;
        let faults =
            decision.evaluations.iter().filter_map(|(policy, came)| Some((policy.clone(), came.fault.as_ref()?.kind)));
        Judged {
            verdict: decision.verdict,
            what_if: decision.what_if,
            called: observation.fuel.keys().cloned().collect(),
            n_open_calls: observation.n_open_calls,
            faults: faults.collect(),
            ungoverned: decision.ungoverned.clone(),
            is_bare,
            shown: match self.format {
                Format::Jsonl => {
                    let mut line = Vec::new();
                    Shown::Json(output::write_json(&mut line, &decision).map(|()| line))
                }
                Format::Table => Shown::Row(row(&decision)),
            },
        }
    }
}

/// The fault of a policy that counts, and what it is about.
fn fault(policy: &PolicyId, came: &EvaluationSummary) -> Option<String> {
    let fault = came.fault.as_ref().filter(|_| came.mode == Mode::Enforce)?;
    let about = fault.about.as_ref().map_or_else(String::new, |about| format!(" ({about})"));
    Some(format!("{policy}: fault {}{about}", fault.kind.as_str()))
}

/// The heads of the columns of [`row`].
pub(super) const HEADS: [&str; 7] = ["session", "seq", "kind", "verdict", "decided by", "rules", "obligations"];

fn row(decision: &Decision) -> [String; 7] {
    let duty = decision.decisive.as_ref().map_or(String::new(), |by| format!("{} ({})", by.duty, by.policy));
    // What a policy that could not answer governs stays at its failure level, so the fault is why a duty decides.
    let faults: Vec<String> = decision.evaluations.iter().filter_map(|(id, came)| fault(id, came)).collect();
    let decided_by = faults.into_iter().chain([duty].into_iter().filter(|duty| !duty.is_empty()));
    let decided_by = decided_by.collect::<Vec<_>>().join("; ");
    let mut rules: Vec<&str> = decision.duties.iter().flat_map(|duty| &duty.rules).map(|rule| rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut obligations: Vec<&str> = decision.obligations.iter().map(|due| due.obligation.word()).collect();
    let mut seen = BTreeSet::new();
    obligations.retain(|word| seen.insert(*word));
    [
        decision.session.to_string(),
        decision.seq.to_string(),
        decision.kind.as_str().to_owned(),
        decision.verdict.as_str().to_owned(),
        decided_by,
        rules.join(" "),
        obligations.join(", "),
    ]
}
