//! The numbers of an audit, as data.

use std::collections::BTreeMap;

use serde::Serialize;
use specialis_core::{Date, Decision, Fault, Level, Outcome};

pub use super::tally::{ContentTally, Group, MeasureTally, Tally};

use super::completeness::Completeness;
use super::editions::{Editions, LiveEdition};
use super::tally::count;
use crate::error::LedgerError;
use crate::format::checkpoint::Head;
use crate::format::entry::{Entry, EntryKind};
use crate::keep::retention::content_until;
use crate::read::body::BodyState;
use crate::read::log::LogReader;
use crate::read::row::due_of_obligation;
use crate::record::{DecisionBody, ReadBody, SettlementBody};

/// Which days an audit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditRange {
    /// The first day in Asia/Shanghai.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The day of the audit: what was due before it and is not done is overdue.
    pub today: Date,
}

/// The numbers of an audit.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Audit {
    /// Which days.
    pub range: AuditRange,
    /// The log.
    pub origin: String,
    /// How many entries the signed log has.
    pub size: u64,
    /// Its root.
    pub root: String,
    /// The first entry of these days, and the one after the last.
    pub indices: Option<(u64, u64)>,
    /// Entries by kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Decisions by verdict.
    pub verdicts: Tally,
    /// Decisions by day and verdict.
    pub days: BTreeMap<Date, Tally>,
    /// Decisions whose body is gone: they count by verdict and day alone.
    pub n_without_body: u64,
    /// Decisions whose body is damaged: `verify` names them.
    pub n_damaged: u64,
    /// Decisions by article: of each finding that counts, the level of its duty.
    pub articles: Group,
    /// Decisions by duty, with the level of the duty.
    pub duties: Group,
    /// Decisions by sector that was certain.
    pub sectors: Group,
    /// Decisions by policy that has a finding.
    pub policies: Group,
    /// Decisions by edition.
    pub editions: Group,
    /// What became of text actions and measures.
    pub measures: BTreeMap<String, MeasureTally>,
    /// What became of content that decisions ask to keep. The ledger has none.
    pub content: ContentTally,
    /// Decisions without any settlement that owed something.
    pub n_unsettled: u64,
    /// Faults by kind and policy.
    pub faults: BTreeMap<String, u64>,
    /// Facts that were refused, by path.
    pub refused_facts: BTreeMap<String, u64>,
    /// Sectors that were certain and had no policy.
    pub ungoverned: BTreeMap<String, u64>,
    /// How often records were looked at, by who did.
    pub looks: BTreeMap<String, u64>,
    /// Records that were not kept, as gaps say.
    pub n_in_gaps: u64,
    /// Stops that were not clean.
    pub n_cut_stops: u64,
    /// Bodies that were erased.
    pub n_erased: u64,
    /// Records that were restricted.
    pub n_restricted: u64,
    /// Who signed the checkpoint, by the names of keys.
    pub signers: Vec<String>,
    /// The editions that were live, the one at the beginning of the days first.
    pub live: Vec<LiveEdition>,
    /// What verifying the log came to, where it was verified.
    pub completeness: Option<Completeness>,
}

/// An obligation on its way from decision to settlement.
struct Owed {
    word: String,
    due: Option<Date>,
    outcome: Option<Outcome>,
}

/// The audit while entries are read.
struct Counting {
    audit: Audit,
    owed: BTreeMap<String, (bool, Vec<Owed>)>,
    live: Editions,
}

/// Counts the entries of a range of days. Settlements count whenever they were reported.
///
/// # Errors
/// Where an entry or a body cannot be read.
pub fn audit(reader: &mut LogReader, range: AuditRange) -> Result<Audit, LedgerError> {
    let Head { origin, size, root } = reader.checkpoint().head().clone();
    let signers = reader.checkpoint().signer_names().into_iter().map(str::to_owned).collect();
    let audit = Audit::new(range, origin, (size, root.hex()), signers);
    let mut counting = Counting { audit, owed: BTreeMap::new(), live: Editions::default() };
    for index in 0..size {
        let entry = reader.entry(index)?;
        let day = entry.day();
        if day >= range.from && day <= range.to {
            let first = counting.audit.indices.map_or(index, |(first, _)| first);
            counting.audit.indices = Some((first, index.saturating_add(1)));
            counting.entry(reader, index, &entry)?;
        }
        if day <= range.to {
            counting.live.entry(reader, (index, &entry), range.from)?;
        }
        if entry.kind == EntryKind::Settlement {
            counting.settlement(reader, index, &entry)?;
        }
    }
    Ok(counting.finish())
}

impl Audit {
    fn new(range: AuditRange, origin: String, (size, root): (u64, String), signers: Vec<String>) -> Self {
        Self {
            range,
            origin,
            size,
            root,
            indices: None,
            kinds: BTreeMap::new(),
            verdicts: Tally::default(),
            days: BTreeMap::new(),
            n_without_body: 0,
            n_damaged: 0,
            articles: Group::default(),
            duties: Group::default(),
            sectors: Group::default(),
            policies: Group::default(),
            editions: Group::default(),
            measures: BTreeMap::new(),
            content: ContentTally::default(),
            n_unsettled: 0,
            faults: BTreeMap::new(),
            refused_facts: BTreeMap::new(),
            ungoverned: BTreeMap::new(),
            looks: BTreeMap::new(),
            n_in_gaps: 0,
            n_cut_stops: 0,
            n_erased: 0,
            n_restricted: 0,
            signers,
            live: Vec::new(),
            completeness: None,
        }
    }
}

impl Counting {
    fn entry(&mut self, reader: &mut LogReader, index: u64, entry: &Entry) -> Result<(), LedgerError> {
        let audit = &mut self.audit;
        count(&mut audit.kinds, entry.kind.word());
        if entry.kind == EntryKind::Decision {
            return self.decided(reader, index, entry);
        }
        if entry.kind == EntryKind::Read {
            return self.look(reader, index);
        }
        let (counter, n) = match entry.kind {
            EntryKind::Gap => (&mut audit.n_in_gaps, entry.number("count").unwrap_or(1)),
            EntryKind::Erase => (&mut audit.n_erased, 1),
            EntryKind::Restrict => (&mut audit.n_restricted, 1),
            EntryKind::Kept if entry.number("failed") == Some(0) => (&mut audit.content.kept, 1),
            EntryKind::Kept => (&mut audit.content.failed, 1),
            EntryKind::Boot if entry.word("last-stop") == Some("cut") => (&mut audit.n_cut_stops, 1),
            EntryKind::Boot
            | EntryKind::Opened
            | EntryKind::Declared
            | EntryKind::Decision
            | EntryKind::Settlement
            | EntryKind::Breach
            | EntryKind::Lawful
            | EntryKind::Measure
            | EntryKind::Refuted
            | EntryKind::Edition
            | EntryKind::Key
            | EntryKind::Expire
            | EntryKind::Close
            | EntryKind::Read => return Ok(()),
        };
        *counter = counter.saturating_add(n);
        Ok(())
    }

    /// Counts a look at records. Whoever looked is not known any more once its body is gone.
    fn look(&mut self, reader: &mut LogReader, index: u64) -> Result<(), LedgerError> {
        let body = match reader.body(index) {
            Ok(BodyState::There(body)) => serde_json::from_slice::<ReadBody>(body.json()).ok(),
            Ok(BodyState::None | BodyState::Erased | BodyState::Expired) | Err(LedgerError::Damaged { .. }) => None,
            Err(other) => return Err(other),
        };
        count(&mut self.audit.looks, body.map_or_else(|| "?".to_owned(), |body| body.reader));
        Ok(())
    }

    /// Counts a decision by what its entry says, and by its body where that is there.
    fn decided(&mut self, reader: &mut LogReader, index: u64, entry: &Entry) -> Result<(), LedgerError> {
        let audit = &mut self.audit;
        // An entry of a decision without a verdict is none of ours: it counts as the strictest.
        let verdict = entry.verdict.unwrap_or(Level::Stop);
        audit.verdicts.add(verdict);
        audit.days.entry(entry.day()).or_default().add(verdict);
        if let Some(edition) = &entry.edition {
            audit.editions.add(edition.clone(), entry.day(), verdict);
        }
        let body = match reader.body(index) {
            Ok(BodyState::There(body)) => serde_json::from_slice::<DecisionBody>(body.json()).ok(),
            Ok(BodyState::None | BodyState::Erased | BodyState::Expired) => None,
            Err(LedgerError::Damaged { .. }) => {
                audit.n_damaged = audit.n_damaged.saturating_add(1);
                None
            }
            Err(other) => return Err(other),
        };
        match body {
            Some(body) => self.decision(&body.decision, entry.day()),
            None => audit.n_without_body = audit.n_without_body.saturating_add(1),
        }
        Ok(())
    }

    fn decision(&mut self, decision: &Decision, day: Date) {
        let audit = &mut self.audit;
        for duty in &decision.duties {
            audit.duties.add(duty.duty.to_string(), day, duty.level);
            for found in duty.findings.iter().filter(|found| found.counts()) {
                if let Some(citation) = found.answer.citation() {
                    let article = format!("{} {}", citation.instrument, citation.article);
                    audit.articles.add(article, day, duty.level);
                }
                audit.policies.add(found.policy.to_string(), day, duty.level);
            }
        }
        for (sector, status) in &decision.sectors {
            if status.status == specialis_core::Status::Yes {
                audit.sectors.add(sector.to_string(), day, decision.verdict);
            }
        }
        for (policy, evaluation) in &decision.evaluations {
            if let Some(fault) = &evaluation.fault {
                count(&mut audit.faults, fault_word(policy.as_str(), fault));
            }
        }
        for fact in &decision.refused_facts {
            count(&mut audit.refused_facts, fact.path.clone());
        }
        for sector in &decision.ungoverned {
            count(&mut audit.ungoverned, sector.to_string());
        }
        let has_content = u64::from(content_until(decision, day).is_some());
        audit.content.owed = audit.content.owed.saturating_add(has_content);
        let owed = decision.obligations.iter().map(|due| Owed {
            word: due.obligation.word().to_owned(),
            due: due_of_obligation(&due.obligation, day),
            outcome: None,
        });
        self.owed.insert(decision.id.clone(), (false, owed.collect()));
    }

    fn settlement(&mut self, reader: &mut LogReader, index: u64, entry: &Entry) -> Result<(), LedgerError> {
        let Some((is_settled, owed)) = entry.id.as_ref().and_then(|id| self.owed.get_mut(id)) else { return Ok(()) };
        *is_settled = true;
        let BodyState::There(body) = reader.body(index)? else { return Ok(()) };
        let Ok(body) = serde_json::from_slice::<SettlementBody>(body.json()) else { return Ok(()) };
        for (owed, settled) in owed.iter_mut().zip(&body.settlement.obligations) {
            owed.outcome.clone_from(&settled.outcome);
        }
        Ok(())
    }

    fn finish(mut self) -> Audit {
        for (is_settled, owed) in self.owed.into_values() {
            if !is_settled && !owed.is_empty() {
                self.audit.n_unsettled = self.audit.n_unsettled.saturating_add(1);
            }
            for one in owed {
                let tally = self.audit.measures.entry(one.word).or_default();
                tally.owed = tally.owed.saturating_add(1);
                let is_done = matches!(one.outcome, Some(Outcome::Done | Outcome::HandedOver(_)));
                let n = match one.outcome {
                    Some(Outcome::Done) => &mut tally.done,
                    Some(Outcome::HandedOver(_)) => &mut tally.handed_over,
                    Some(Outcome::Failed(_)) => &mut tally.failed,
                    None => &mut tally.undone,
                };
                *n = n.saturating_add(1);
                if !is_done && one.due.is_some_and(|due| due < self.audit.range.today) {
                    tally.overdue = tally.overdue.saturating_add(1);
                }
            }
        }
        self.audit.live = self.live.finish();
        self.audit
    }
}

/// Policy and kind of a fault.
fn fault_word(policy: &str, fault: &Fault) -> String {
    format!("{policy} {}", fault.kind.as_str())
}
