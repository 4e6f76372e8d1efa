//! Judging the platform's events again, and comparing with what was recorded.
//!
//! The events are the platform's: the ledger has no content. An event is found by the id of its decision, which is a keyed hash over
//! edition, session, place, context and input. So an event that was changed afterwards has no record.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;
use specialis::{Clock, Host, IdKey, Session, SystemClock};
use specialis_core::{Context, Date, Decision, SessionId, Standing};
use specialis_ledger::{BodyState, DecisionBody, EntryKind, Index, Keyring, LogReader, OpenedBody, Query, Row};

use super::{LedgerFolder, Place};
use crate::input::Input;
use crate::judging::{Answer, Job, Ordered, QUEUE, Reader, SessionUse, spawn, submit};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
Give the events as they were judged, with the same session names, in the same order, and the edition that judged them. What comes of
each event:
  same              the decision is the recorded one, byte for byte
  DIFFERS           it has the id of the recorded one and says something else: say with which fields
  intervened        something from outside the text had a part in it: a wall-clock fault, a late score, a review; nobody can repeat it
  not reproducible  no record has its id: another edition, session or input, keys that were destroyed, or a body that is gone

Examples:
  specialis ledger replay ledger events.jsonl --profile texts
  specialis ledger replay ledger events.jsonl --edition live --root ed25519:…

Exit codes: 0 every event is the same; 1 one is not, or was not read; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    place: Place,
    /// Files of events, as `specialis evaluate` takes them; `-` is standard input
    #[arg(value_name = "EVENTS.jsonl", required = true)]
    events: Vec<PathBuf>,
    #[command(flatten)]
    edition: EditionOptions,
}

/// The day of the record that is judged again.
#[derive(Clone)]
struct RecordedDay(Arc<Mutex<Date>>);

impl Clock for RecordedDay {
    fn today(&self) -> Date {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session as it was recorded, and as it is judged again.
struct Candidate {
    session: Session,
    /// The recorded decisions on whole events, by the number of the event, each with the index of its record.
    recorded: BTreeMap<u32, (u64, Value, bool)>,
}

/// What came of one event.
enum Outcome {
    Same(u64),
    Differs(u64, Vec<String>),
    Intervened(u64),
    NotReproducible(&'static str),
}

struct Replay {
    host: Host,
    day: RecordedDay,
    index: Index,
    reader: LogReader,
    keys: Keyring,
    /// Whether ids were made under the key that was given instead of those of the ledger.
    has_own_key: bool,
    sessions: HashMap<SessionId, Known>,
}

/// What is known of a session by its name.
struct Known {
    candidates: Vec<Candidate>,
    /// The number of its next event.
    seq: u32,
    /// Why there is no candidate, where there is none.
    why: &'static str,
}

pub(super) fn run(args: &ReplayArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let day = RecordedDay(Arc::new(Mutex::new(SystemClock.today())));
    let mut replay = Replay {
        host: args.edition.host_on(day.clone())?,
        day,
        index: folder.index()?,
        reader: folder.reader()?,
        keys: folder.keys()?,
        has_own_key: args.edition.id_key.is_some(),
        sessions: HashMap::new(),
    };
    folder.note_reading("replay", 0)?;
    let inputs = Input::open_all(&args.events)?;
    let (jobs, to_do) = sync_channel(QUEUE);
    // What could not be read is said at the end: whoever reads must not wait for whoever judges to look.
    let (answers, unread) = sync_channel(1 << 20);
    let reader = Reader::<()>::new(replay.host.clone(), None, vec![jobs], answers);
    spawn("read", move || reader.run(inputs))?;
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut table = output::table(["session", "event", "record", "result"]);
    let mut exit = Exit::Complete;
    for job in to_do {
        let (session, seq, outcomes) = replay.judge(job)?;
        for outcome in outcomes {
            let (record, word, said) = outcome.words();
            *counts.entry(word).or_default() += 1;
            if !matches!(outcome, Outcome::Same(_)) {
                exit = Exit::Incomplete;
            }
            table.add_row([session.to_string(), seq.to_string(), record, said]);
        }
    }
    if table.row_count() > 0 {
        output::write_table(out, &table)?;
    }
    let counted = ["same", "DIFFERS", "intervened", "not reproducible"];
    let counted = counted.map(|word| format!("{} {word}", counts.get(word).copied().unwrap_or(0)));
    writeln!(out, "{}", counted.join(", "))?;
    if n_unread(&unread) > 0 {
        exit = Exit::Incomplete;
    }
    Ok(exit)
}

/// Says what could not be read, and counts it.
fn n_unread(unread: &Receiver<Ordered<()>>) -> u64 {
    let mut n = 0_u64;
    for Ordered { answer, .. } in unread {
        if let Answer::NotJudged(reason) | Answer::EmptyInput(reason) = answer {
            output::note(&reason);
            n = n.saturating_add(1);
        }
    }
    n
}

impl Outcome {
    /// The record, the word that is counted, and what is shown.
    fn words(&self) -> (String, &'static str, String) {
        match self {
            Self::Same(index) => (index.to_string(), "same", "same".to_owned()),
            Self::Differs(index, fields) => (index.to_string(), "DIFFERS", format!("DIFFERS: {}", fields.join(" "))),
            Self::Intervened(index) => (index.to_string(), "intervened", "intervened".to_owned()),
            Self::NotReproducible(why) => (String::new(), "not reproducible", format!("not reproducible: {why}")),
        }
    }
}

impl Replay {
    /// Judges one event again in every recorded session that could be its own.
    fn judge(&mut self, job: Job) -> Result<(SessionId, u32, Vec<Outcome>)> {
        let Job { session, context, event, .. } = job;
        let (id, is_last) = match session {
            SessionUse::Own(id) | SessionUse::Last(id) => (id, true),
            SessionUse::Shared(id) => (id, false),
        };
        let mut known = match self.sessions.remove(&id) {
            Some(known) => known,
            None => self.find(&id, &context)?,
        };
        let seq = known.seq;
        known.seq = seq.saturating_add(1);
        let mut outcomes = Vec::new();
        for candidate in &mut known.candidates {
            let judged = submit(&mut candidate.session, event.clone()).decision;
            outcomes.extend(candidate.recorded.get(&seq).and_then(|recorded| compared(&judged, recorded).transpose()));
        }
        let mut outcomes = outcomes.into_iter().collect::<Result<Vec<_>>>()?;
        if outcomes.is_empty() {
            let why = if known.candidates.is_empty() { known.why } else { "no record has the id of this input" };
            outcomes.push(Outcome::NotReproducible(why));
        }
        if !is_last {
            self.sessions.insert(id.clone(), known);
        }
        Ok((id, seq, outcomes))
    }

    /// The recorded sessions of a name that this edition can judge again, opened anew.
    fn find(&mut self, id: &SessionId, context: &Arc<Context>) -> Result<Known> {
        let of_session = Query { session: Some(id.to_string()), limit: usize::MAX, ..Query::default() };
        let rows = self.index.search(&of_session)?;
        let mut known = Known { candidates: Vec::new(), seq: 0, why: "no session of this name is recorded" };
        let openings: Vec<&Row> = rows.iter().filter(|row| row.kind == EntryKind::Opened).collect();
        for (at, opened) in openings.iter().enumerate() {
            let next = openings.iter().skip(at.saturating_add(1)).find(|next| next.session == opened.session);
            let until = next.map_or(u64::MAX, |next| next.index);
            let own = rows.iter().filter(|row| row.kind == EntryKind::Decision && row.session == opened.session);
            let own = own.filter(|row| row.index > opened.index && row.index < until);
            let recorded = self.decisions(own)?;
            let edition = self.host.edition();
            if opened.edition.as_deref() != Some(edition.id()) {
                known.why = "another edition judged it; give that one";
                continue;
            }
            let Some(facts) = self.opened(opened.index)? else {
                known.why = "the facts of its session are gone";
                continue;
            };
            let day = recorded.values().find_map(|(_, decision, _)| decision.get("as-of")?.as_str()?.parse().ok());
            let Some(day) = day else {
                known.why = "its session has no decision whose body is kept";
                continue;
            };
            if !self.has_own_key {
                let epoch = self.reader.entry(opened.index)?.keys;
                let Some(key) = epoch.and_then(|epoch| Some((epoch, self.keys.id_key(epoch).ok()?))) else {
                    known.why = "the key of its ids was destroyed";
                    continue;
                };
                self.host.runtime().rotate_id_key(IdKey::new(key.0, key.1)?);
            }
            *self.day.0.lock().unwrap_or_else(PoisonError::into_inner) = day;
            let context = with_recorded_standing(context, &facts);
            // A server opens a session of its own for each exchange under the name that it is given.
            let own = opened.session.as_deref().map_or_else(|| id.clone(), SessionId::from);
            let session = self.host.runtime().open(&edition, own, context);
            known.candidates.push(Candidate { session, recorded });
        }
        Ok(known)
    }

    /// The decisions of records on whole events, by the number of the event.
    fn decisions<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) -> Result<BTreeMap<u32, (u64, Value, bool)>> {
        let mut decisions = BTreeMap::new();
        for row in rows {
            let BodyState::There(body) = self.reader.body(row.index)? else { continue };
            let Ok(DecisionBody { decision, .. }) = serde_json::from_slice(body.json()) else { continue };
            let is_on_the_way = decision.streamed.as_ref().is_some_and(|streamed| streamed.at.is_some());
            if is_on_the_way {
                continue;
            }
            let Some(recorded) = body.value().and_then(|mut body| body.get_mut("decision").map(Value::take)) else {
                continue;
            };
            decisions.insert(decision.seq, (row.index, recorded, decision.intervened));
        }
        Ok(decisions)
    }

    /// The facts with which a session was opened.
    fn opened(&mut self, index: u64) -> Result<Option<Arc<Context>>> {
        let BodyState::There(body) = self.reader.body(index)? else { return Ok(None) };
        let body: OpenedBody = serde_json::from_slice(body.json()).context("the facts of a session cannot be read")?;
        Ok(Some(body.context))
    }
}

/// The platform's context with the standing that the ledger gave then.
fn with_recorded_standing(given: &Arc<Context>, recorded: &Context) -> Arc<Context> {
    if given.pseudonym.is_none() || given.standing != Standing::default() {
        return given.clone();
    }
    let mut context = Context::clone(given);
    context.standing = recorded.standing.clone();
    let of_standing = recorded.sources.iter().filter(|(path, _)| path.starts_with("standing."));
    context.sources.extend(of_standing.map(|(path, source)| (path.clone(), source.clone())));
    Arc::new(context)
}

/// What comes of a decision beside the record of the same event; nothing where it has another id.
fn compared(judged: &Decision, (index, recorded, is_intervened): &(u64, Value, bool)) -> Result<Option<Outcome>> {
    if *is_intervened {
        return Ok(Some(Outcome::Intervened(*index)));
    }
    let judged = serde_json::to_value(judged).context("a decision cannot be written as JSON")?;
    if judged.get("id") != recorded.get("id") {
        return Ok(None);
    }
    let fields = differing(&judged, recorded);
    Ok(Some(if fields.is_empty() { Outcome::Same(*index) } else { Outcome::Differs(*index, fields) }))
}

/// The fields in which two decisions differ. Canonical bytes are the same where values are: there are no fractions in them.
pub(crate) fn differing(one: &Value, other: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let fields = |value: &Value| value.as_object().unwrap_or(&empty).keys().cloned().collect::<Vec<_>>();
    let mut all = fields(one);
    all.extend(fields(other));
    all.sort();
    all.dedup();
    all.retain(|field| one.get(field) != other.get(field));
    all
}
