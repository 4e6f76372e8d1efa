//! Everything that one call may read, as one value.
//!
//! It is a map from sections to bytes, each of which hold a value. So a guest finds the sections that it needs without reading the
//! others. A section in which nothing is known is left out. The contract lists the sections, at `event.read`.

use specialis_core::{Context, EventFacts};

use super::lower::WrittenMore;
use super::shown;
use crate::runtime::abi::value::{Sections, Written as _};
use crate::runtime::abi::{CallState, Input};

/// The numbers of the sections.
mod section {
    pub(super) const BRIEF: u64 = 0;
    pub(super) const SERVICE: u64 = 1;
    pub(super) const MODEL: u64 = 2;
    pub(super) const PROVIDER: u64 = 3;
    pub(super) const TENANT: u64 = 4;
    pub(super) const SUBJECT: u64 = 5;
    pub(super) const AGREEMENT: u64 = 6;
    pub(super) const STANDING: u64 = 7;
    pub(super) const GENERAL: u64 = 8;
    pub(super) const MORE_SERVICE: u64 = 9;
    pub(super) const MORE_PROVIDER: u64 = 10;
    pub(super) const MORE_SUBJECT: u64 = 11;
    pub(super) const FACTS: u64 = 12;
    pub(super) const MORE_FACTS: u64 = 13;
    pub(super) const PARTS: u64 = 14;
    pub(super) const HITS: u64 = 15;
    pub(super) const SPEECHES: u64 = 16;
    pub(super) const SIGNALS: u64 = 17;
    pub(super) const STRETCH: u64 = 18;
    pub(super) const SECTOR_CONTEXT: u64 = 19;
    pub(super) const SECTOR_EVENT: u64 = 20;
}

/// The bytes of a hit or a part that are there whatever it says.
const LEAST_ITEM_BYTES: usize = 8;

/// How many bytes the value has at least, before it is written: context and facts, which are written once, and what each hit and
/// part takes.
pub(super) fn least(state: &CallState) -> usize {
    let (context, facts) = of_all_calls(state);
    let items = state.hits.len().saturating_add(state.input.listed_parts().count());
    let channels = state.input.listed_parts().filter_map(|(_, part)| part.channel.as_ref()).map(String::len);
    let n_bytes = channels.fold(items.saturating_mul(LEAST_ITEM_BYTES), usize::saturating_add);
    let locale = state.input.context.locale.as_ref().map_or(0, String::len);
    [context.n_bytes(), facts.n_bytes(), locale, shown::n_sector_bytes(state)]
        .into_iter()
        .fold(n_bytes, usize::saturating_add)
}

/// Context and facts, written once for all calls that see the same.
fn of_all_calls(state: &CallState) -> (&Sections, &Sections) {
    let Input { context, event, written, .. } = &*state.input;
    let context = written.context.get_or_init(|| of_context(context));
    let facts = written.facts.get_or_init(|| event.as_ref().map(|event| of_facts(&event.facts)).unwrap_or_default());
    (context, facts)
}

/// The value.
pub(super) fn all(state: &CallState) -> Vec<u8> {
    let (context, facts) = of_all_calls(state);
    let mut brief = Sections::default();
    brief.add(section::BRIEF, &shown::brief(state));
    let mut own = Sections::default();
    own.add(section::PARTS, &shown::parts(state));
    own.add(section::HITS, &shown::hits(state));
    own.add(section::SPEECHES, &shown::speeches(state));
    own.add(section::SIGNALS, &shown::signals(state));
    own.add(section::STRETCH, &shown::stretch(state));
    own.add(section::SECTOR_CONTEXT, &shown::sector_context(state));
    own.add(section::SECTOR_EVENT, &shown::sector_event(state));
    Sections::joined(&[&brief, context, facts, &own])
}

fn of_context(context: &Context) -> Sections {
    let mut sections = Sections::default();
    sections.add_record(section::SERVICE, |to| context.service.write(to));
    sections.add_record(section::MODEL, |to| context.model.write(to));
    sections.add_record(section::PROVIDER, |to| context.provider.write(to));
    sections.add_record(section::TENANT, |to| context.tenant.write(to));
    sections.add_record(section::SUBJECT, |to| context.subject.write(to));
    sections.add_record(section::AGREEMENT, |to| context.agreement.write(to));
    sections.add_record(section::STANDING, |to| context.standing.write(to));
    sections.add_record(section::GENERAL, |to| context.general.write(to));
    sections.add_record(section::MORE_SERVICE, |to| context.service.write_more(to));
    sections.add_record(section::MORE_PROVIDER, |to| context.provider.write_more(to));
    sections.add_record(section::MORE_SUBJECT, |to| context.subject.write_more(to));
    sections
}

macro_rules! by_kind {
    ($facts:ident, $sections:ident: $($kind:ident),+; $($more:ident),+) => {
        match $facts {
            $(EventFacts::$kind(record) => $sections.add_record(section::FACTS, |to| record.write(to)),)+
            $(EventFacts::$more(record) => {
                $sections.add_record(section::FACTS, |to| record.write(to));
                $sections.add_record(section::MORE_FACTS, |to| record.write_more(to));
            })+
        }
    };
}

fn of_facts(facts: &EventFacts) -> Sections {
    let mut sections = Sections::default();
    by_kind! {
        facts, sections:
        Prompt, Output, Retrieved, Tool, Media, ServiceChange, Signal, Review, Abort;
        Publication, TrainingIntake, AnnotationBatch, DataHandling, Account
    }
    sections
}
