//! Turns a record into entries with bodies. It runs on the thread that writes, not on the one that decides.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use specialis_core::words::StandingMeasure;
use specialis_core::{
    Context, Date, Decision, EventFacts, EventKind, Level, Measure, Obligation, Outcome, ParamValue, Settlement,
};

use super::{
    Appended, COUNT_BREACH, DecisionBody, DeclaredBody, KeptBody, OpenedBody, OwnRecord, ReadBody, Record,
    SettlementBody, StandingBody,
};
use crate::error::LedgerError;
use crate::format::body::{Body, MAX_BODY_BYTES, SALT_BYTES};
use crate::format::entry::{Class, Detail, Entry, EntryKind, MAX_ENTRY_BYTES, day_of};
use crate::format::frame::Framed;
use crate::format::reader::{u32_of, u64_of, usize_of};
use crate::keep::keys::{Keyring, Subject, epoch_of};
use crate::keep::retention::{Retention, days_after, measures};
use crate::standing::Change;
use crate::standing::backlog::Backlog;

/// One entry with its body, and the change of a standing that it is.
pub(crate) struct Encoded {
    pub(crate) framed: Framed,
    pub(crate) class: Option<Class>,
    pub(crate) change: Option<(String, Change)>,
}

/// What records are encoded with.
pub(crate) struct Encoder {
    /// The boot that writes.
    pub(crate) boot: String,
    pub(crate) retention: Retention,
    pub(crate) keys: Option<Arc<Keyring>>,
    pub(crate) standing: Option<Arc<Backlog>>,
}

/// An entry that is being made.
struct Draft<'a> {
    encoder: &'a Encoder,
    t: Timestamp,
    n: u64,
    done: Vec<Encoded>,
}

impl Encoder {
    /// The entries of a record with a number.
    pub(crate) fn encode(&self, record: &Appended, n: u64, t: Timestamp) -> Result<Vec<Encoded>, LedgerError> {
        let mut draft = Draft { encoder: self, t, n, done: Vec::new() };
        match record {
            Appended::Host(record) => draft.host(record)?,
            Appended::Own(own) => draft.own(own)?,
        }
        Ok(draft.done)
    }

    /// The keys of the epoch of a moment, where there are keys at all.
    fn epoch(&self, t: Timestamp) -> Option<u32> {
        self.keys.as_ref().map(|_| epoch_of(day_of(t)))
    }
}

impl Draft<'_> {
    /// Adds the entries of a record of the host.
    fn host(&mut self, record: &Record) -> Result<(), LedgerError> {
        let day = day_of(self.t);
        match record {
            Record::Decision { decision, subject } => self.decision(decision, subject.as_ref(), day)?,
            Record::Opened { session, edition, context, subject } => {
                let subject = self.tag(subject.as_ref())?;
                let mut entry = self.entry(EntryKind::Opened, None);
                entry.edition = Some(edition.clone());
                entry.class = Some(self.encoder.retention.of_log(day));
                // The user stands in it as a tag alone.
                let context = Context { pseudonym: None, conversation: None, ..(**context).clone() };
                let body = OpenedBody { session: session.clone(), context: Arc::new(context), subject };
                self.add(entry, Some(&body), None)?;
            }
            Record::Declared { session, decision, facts } => {
                let mut entry = self.entry(EntryKind::Declared, Some(decision));
                // As long as what concerns users: the model that was trained on it serves longer than a log of its use is kept.
                entry.class = Some(self.encoder.retention.of_user(day));
                self.add(entry, Some(&declared(session, facts)?), None)?;
            }
            Record::Settlement { decision, settlement, subject } => {
                self.settlement(decision, settlement, subject.as_ref(), day)?;
            }
            Record::Kept { decision, until, reference, subject } => {
                let mut entry = self.entry(EntryKind::Kept, Some(decision));
                // As long as the content itself, so that the ledger can say where it is.
                entry.class = Some(self.encoder.retention.of_log(day).max(Class::of(*until)));
                entry.info.insert("failed".to_owned(), Detail::Number(u64::from(reference.is_none())));
                let subject = self.tag(subject.as_ref())?;
                self.add(entry, Some(&KeptBody { until: *until, reference: reference.clone(), subject }), None)?;
            }
            Record::Measure { subject, measure, until, decision } => {
                let change = Change::Measure { measure: *measure, until: *until, decision: decision.clone() };
                self.change(EntryKind::Measure, decision.as_deref(), subject, change)?;
            }
            Record::Refuted { subject, decision } => {
                let change = Change::Refuted { decision: decision.clone() };
                self.change(EntryKind::Refuted, Some(decision), subject, change)?;
            }
            Record::Edition { edition, body } => {
                let mut entry = self.entry(EntryKind::Edition, None);
                entry.edition = Some(edition.clone());
                entry.info = body.details();
                entry.class = Some(self.encoder.retention.of_user(day));
                self.add(entry, Some(&**body), None)?;
            }
            Record::Read { reader, query, n_records } => {
                let mut entry = self.entry(EntryKind::Read, None);
                entry.class = Some(self.encoder.retention.of_user(day));
                let body = ReadBody { reader: reader.clone(), query: query.clone(), n_records: *n_records };
                self.add(entry, Some(&body), None)?;
            }
        }
        Ok(())
    }

    fn decision(&mut self, decision: &Arc<Decision>, subject: Option<&Subject>, day: Date) -> Result<(), LedgerError> {
        let mut entry = self.entry(EntryKind::Decision, Some(&decision.id));
        entry.edition = Some(decision.edition.clone());
        entry.verdict = Some(decision.verdict);
        entry.class = Some(self.encoder.retention.of_decision(decision, day));
        let tag = self.tag(subject)?;
        let body = DecisionBody { decision: decision.clone(), subject: tag.clone() };
        self.add(entry, Some(&body), None)?;
        // A stream is one use: its last decision, which stands at no place of it, counts for all of it.
        let is_last = decision.streamed.as_ref().is_none_or(|streamed| streamed.at.is_none());
        let Some(tag) = tag.filter(|_| is_last && !decision.what_if) else { return Ok(()) };
        if measures(decision).any(|measure| measure.id.as_str() == COUNT_BREACH) {
            let change = Change::Breach { decision: decision.id.clone(), day };
            self.tagged(EntryKind::Breach, Some(&decision.id), tag, change)?;
        } else if is_lawful_use(decision)
            && self.encoder.standing.as_ref().is_some_and(|standing| standing.may_be_in_row(&tag))
        {
            self.tagged(EntryKind::Lawful, Some(&decision.id), tag, Change::Lawful {})?;
        }
        Ok(())
    }

    fn settlement(
        &mut self,
        decision: &str,
        settlement: &Arc<Settlement>,
        subject: Option<&Subject>,
        day: Date,
    ) -> Result<(), LedgerError> {
        let mut entry = self.entry(EntryKind::Settlement, Some(decision));
        entry.class = Some(self.encoder.retention.of_log(day));
        for (key, n) in [
            ("done", settlement.done),
            ("handed-over", settlement.handed_over),
            ("failed", settlement.failed),
            ("undone", settlement.undone),
        ] {
            entry.info.insert(key.to_owned(), Detail::Number(u64::from(n)));
        }
        let tag = self.tag(subject)?;
        let body = SettlementBody { settlement: settlement.clone(), subject: tag.clone() };
        self.add(entry, Some(&body), None)?;
        let Some(tag) = tag else { return Ok(()) };
        for settled in settlement.obligations.iter().filter(|settled| settled.outcome == Some(Outcome::Done)) {
            let Obligation::Measure(measure) = &settled.due.obligation else { continue };
            let Some((measure, until)) = against_user(measure, day) else { continue };
            let change = Change::Measure { measure, until, decision: Some(decision.to_owned()) };
            self.tagged(EntryKind::Measure, Some(decision), tag.clone(), change)?;
        }
        Ok(())
    }

    fn own(&mut self, own: &OwnRecord) -> Result<(), LedgerError> {
        let mut entry = self.entry(own.kind, None);
        entry.info.clone_from(&own.info);
        let Some((subject, from)) = &own.change else { return self.add::<()>(entry, None, None) };
        // A standing moves from the tag of an earlier epoch: only the body says which.
        let Some(keys) = &self.encoder.keys else { return Ok(()) };
        let old = keys.tag(*from, subject)?;
        self.change(own.kind, None, subject, Change::Moved { from: old })
    }

    /// Adds a change of a user's standing.
    fn change(
        &mut self,
        kind: EntryKind,
        id: Option<&str>,
        subject: &Subject,
        change: Change,
    ) -> Result<(), LedgerError> {
        match self.tag(Some(subject))? {
            Some(tag) => self.tagged(kind, id, tag, change),
            None => Err(LedgerError::NoKeys { epoch: epoch_of(day_of(self.t)) }),
        }
    }

    fn tagged(&mut self, kind: EntryKind, id: Option<&str>, tag: String, change: Change) -> Result<(), LedgerError> {
        let mut entry = self.entry(kind, id);
        entry.class = Some(self.encoder.retention.of_user(day_of(self.t)));
        let body = StandingBody { subject: tag.clone(), change: change.clone() };
        self.add(entry, Some(&body), Some((tag, change)))
    }

    /// The tag of a user; nothing where there is no user, or the ledger has no keys.
    fn tag(&self, subject: Option<&Subject>) -> Result<Option<String>, LedgerError> {
        let (Some(subject), Some(keys)) = (subject, &self.encoder.keys) else { return Ok(None) };
        let epoch = epoch_of(day_of(self.t));
        keys.ensure(epoch)?;
        keys.tag(epoch, subject).map(Some)
    }

    fn entry(&self, kind: EntryKind, id: Option<&str>) -> Entry {
        let mut entry = Entry::new(kind, self.t, &self.encoder.boot, self.n);
        entry.part = u16::try_from(self.done.len()).unwrap_or(u16::MAX);
        entry.id = id.map(str::to_owned);
        entry
    }

    fn add<T: Serialize>(
        &mut self,
        mut entry: Entry,
        body: Option<&T>,
        change: Option<(String, Change)>,
    ) -> Result<(), LedgerError> {
        let kind = entry.kind.word();
        let too_large = |n_bytes, max| Err(LedgerError::TooLarge { kind, n_bytes, max });
        let no_json = |source| LedgerError::NoJson { kind, source };
        let mut bytes = Vec::new();
        if let Some(body) = body {
            let body = Body::new(salt()?, body).map_err(no_json)?;
            if u64_of(body.as_bytes().len()) > MAX_BODY_BYTES {
                return too_large(body.as_bytes().len(), usize_of(MAX_BODY_BYTES));
            }
            entry.body = Some(format!("sha256:{}", body.hash()));
            entry.len = Some(u32_of(body.as_bytes().len()));
            entry.keys = self.encoder.epoch(self.t);
            bytes = body.as_bytes().to_vec();
        }
        let leaf = entry.to_bytes().map_err(no_json)?;
        if leaf.len() > MAX_ENTRY_BYTES {
            return too_large(leaf.len(), MAX_ENTRY_BYTES);
        }
        self.done.push(Encoded { framed: Framed { entry: leaf, body: bytes }, class: entry.class, change });
        Ok(())
    }
}

/// The body of what an event says of training data.
fn declared(session: &str, facts: &EventFacts) -> Result<DeclaredBody, LedgerError> {
    let kind = EntryKind::Declared.word();
    let value = serde_json::to_value(facts).map_err(|source| LedgerError::NoJson { kind, source })?;
    let known = value.get("facts").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(DeclaredBody { session: session.to_owned(), kind: facts.kind(), facts: known })
}

/// Fresh bytes, so that the hash of a body says nothing of it.
fn salt() -> Result<[u8; SALT_BYTES], LedgerError> {
    let mut salt = [0; SALT_BYTES];
    let filled = getrandom::fill(&mut salt);
    filled.map_err(|error| LedgerError::Entropy { source: std::io::Error::other(error.to_string()) })?;
    Ok(salt)
}

/// A use that ends a row of breaches: a prompt that goes through, at most with a mark.
fn is_lawful_use(decision: &Decision) -> bool {
    decision.kind == EventKind::Prompt && decision.verdict <= Level::Mark
}

/// The measure of a standing that a measure of a decision is, and the first day on which it is in force no more.
fn against_user(measure: &Measure, day: Date) -> Option<(StandingMeasure, Option<Date>)> {
    let days = measure.params.get("days").and_then(|value| match value {
        ParamValue::Number(days) => Some(days_after(day, *days)),
        ParamValue::Date(_) | ParamValue::Seconds(_) | ParamValue::Id(_) => None,
    });
    match measure.id.as_str() {
        "warn-user" => Some((StandingMeasure::Warned, None)),
        "restrict-user" => Some((StandingMeasure::Restricted, days)),
        "suspend-user" => Some((StandingMeasure::Suspended, days)),
        "terminate-user" => Some((StandingMeasure::Terminated, None)),
        _ => None,
    }
}

/// How many bytes entries take in a batch.
pub(crate) fn size_of(encoded: &[Encoded]) -> u64 {
    let sizes = encoded.iter().map(|one| u64_of(one.framed.entry.len().saturating_add(one.framed.body.len())));
    sizes.fold(0, u64::saturating_add)
}
