//! About how many bytes a record takes in memory, so that what waits is bounded by more than its number.

use std::io::Write;

use serde::Serialize;
use specialis_core::{Decision, FactValue, Grounds, Settlement};

use super::{Appended, Record};
use crate::format::reader::u64_of;

/// What a record takes beside what it lists: ids, the place in the queue, tables.
const AROUND: u64 = 1_024;
/// What an id, an obligation or a finding takes, its names and lists included.
const ITEM: u64 = 256;
/// What a number with its place takes.
const PLACE: u64 = 32;

impl Appended {
    /// About how many bytes it takes. It is counted on the thread that decides, so lists are not written, only counted.
    pub(crate) fn n_bytes(&self) -> u64 {
        match self {
            Self::Own(_) => AROUND,
            Self::Host(record) => record.n_bytes().saturating_add(AROUND),
        }
    }
}

impl Record {
    fn n_bytes(&self) -> u64 {
        match self {
            Self::Decision { decision, .. } => of_decision(decision),
            Self::Opened { context, .. } => written(&**context),
            Self::Declared { facts, .. } => written(&**facts),
            Self::Settlement { settlement, .. } => of_settlement(settlement),
            Self::Edition { body, .. } => written(&**body),
            Self::Read { reader, query, .. } => u64_of(reader.len().saturating_add(query.len())),
            Self::Kept { reference, .. } => u64_of(reference.as_ref().map_or(0, String::len)),
            Self::Measure { .. } | Self::Refuted { .. } => 0,
        }
    }
}

fn of_decision(decision: &Decision) -> u64 {
    let mut items = [
        decision.obligations.len(),
        decision.refused_facts.len(),
        decision.evaluations.len(),
        decision.scores.len(),
        decision.sectors.len(),
    ]
    .into_iter()
    .fold(decision.conflicts.len().saturating_mul(2), usize::saturating_add);
    let mut places = decision.parts.len();
    for offsets in decision.utf16.values().chain(decision.characters.values()) {
        places = places.saturating_add(offsets.len());
    }
    for duty in decision.duties.iter() {
        let listed = [duty.findings.len(), duty.obligations.len(), duty.conflicts.len(), duty.conflicts.len()];
        items = listed.into_iter().fold(items, usize::saturating_add);
        for demand in duty.findings.iter().filter_map(|finding| finding.answer.demand()) {
            items = items.saturating_add(demand.obligations.len());
            places = places.saturating_add(demand.spans.len());
        }
    }
    let grounds = decision.grounds.values().flat_map(|reasons| reasons.values()).map(of_grounds);
    let lists = u64_of(items).saturating_mul(ITEM).saturating_add(u64_of(places).saturating_mul(PLACE));
    grounds.fold(lists, u64::saturating_add)
}

fn of_grounds(grounds: &Grounds) -> u64 {
    let n = grounds.facts.len().saturating_add(grounds.scores.len()).saturating_add(grounds.bounds.len());
    let rows = grounds.bounds.values().map(|bound| match bound {
        FactValue::Rows(rows) => rows.iter().map(|row| u64_of(row.len()).saturating_add(PLACE)).sum(),
        FactValue::Flag(_) | FactValue::Number(_) | FactValue::Day(_) => 0,
    });
    rows.fold(u64_of(n).saturating_mul(ITEM), u64::saturating_add)
}

fn of_settlement(settlement: &Settlement) -> u64 {
    u64_of(settlement.obligations.len().saturating_add(settlement.stray.len())).saturating_mul(ITEM.saturating_mul(2))
}

/// How many bytes a value takes as JSON. One that has no form takes nothing: it is refused when it is written.
fn written(value: &impl Serialize) -> u64 {
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => 0,
    }
}

/// Counts what is written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(u64_of(bytes.len()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
