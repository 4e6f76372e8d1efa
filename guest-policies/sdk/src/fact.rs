//! Facts by name, for policies that are data and know no types.

use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;

use crate::value::{Sections, misread, section};
use crate::{Case, Date};

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A word or a text.
    Text(String),
    /// A day.
    Date(Date),
    /// Several values.
    List(Vec<Fact>),
    /// Several facts, by name.
    Record(Vec<(&'static str, Fact)>),
}

impl Fact {
    /// Yes or no; absent where this is something else. A fact that `[facts]` of the manifest declares has the type that stands there.
    pub fn flag(&self) -> Option<bool> {
        if let Self::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// A number.
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// A word or a text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A day.
    pub fn date(&self) -> Option<Date> {
        if let Self::Date(day) = self { Some(*day) } else { None }
    }

    /// Whether it is a list with this word in it.
    pub fn has(&self, word: &str) -> bool {
        matches!(self, Self::List(all) if all.iter().any(|one| one.text() == Some(word)))
    }

    /// A fact of a record; absent where this is none, or the fact is unknown.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Record(fields) = self else { return None };
        fields.iter().find(|(known, _)| is_named(known, name)).map(|(_, fact)| fact)
    }
}

macro_rules! fields {
    ($($interface:ident $record:ident { $($field:ident),+ $(,)? })+) => {
        /// The fields of a record of the contract, in order.
        fn fields(record: &str) -> &'static [&'static str] {
            match record {
                $(concat!(stringify!($interface), " ", stringify!($record)) => &[$(stringify!($field)),+],)+
                _ => &[],
            }
        }
    };
}

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/since-v0.1.0/records.rs"));
contract_records!(fields);

/// Where the facts of a group of the context stand.
fn group(name: &str) -> &'static [(usize, &'static str)] {
    match name {
        "service" => &[(section::SERVICE, "context ServiceFacts"), (section::MORE_SERVICE, "context MoreServiceFacts")],
        "model" => &[(section::MODEL, "context ModelFacts")],
        "provider" => {
            &[(section::PROVIDER, "context ProviderFacts"), (section::MORE_PROVIDER, "context MoreProviderFacts")]
        }
        "tenant" => &[(section::TENANT, "context TenantFacts")],
        "subject" => &[(section::SUBJECT, "context SubjectFacts"), (section::MORE_SUBJECT, "context MoreSubjectFacts")],
        "agreement" => &[(section::AGREEMENT, "context AgreementFacts")],
        "standing" => &[(section::STANDING, "context StandingFacts")],
        "general" => &[(section::GENERAL, "context GeneralFacts")],
        _ => &[],
    }
}

/// Where the facts of a kind of event stand.
fn event(kind: &str) -> [(usize, &'static str); 2] {
    let (record, more) = match kind {
        "prompt" => ("facts PromptFacts", ""),
        "output" => ("facts OutputFacts", ""),
        "retrieved" => ("facts RetrievedFacts", ""),
        "tool" => ("facts ToolFacts", ""),
        "media" => ("facts MediaFacts", ""),
        "publication" => ("facts PublicationFacts", "facts MorePublicationFacts"),
        "training-intake" => ("facts TrainingIntakeFacts", "facts MoreTrainingIntakeFacts"),
        "annotation-batch" => ("facts AnnotationBatchFacts", "facts MoreAnnotationBatchFacts"),
        "data-handling" => ("facts DataHandlingFacts", "facts MoreDataHandlingFacts"),
        "account" => ("facts AccountFacts", "facts MoreAccountFacts"),
        "service-change" => ("facts ServiceChangeFacts", ""),
        "signal" => ("facts LateSignalFacts", ""),
        "review" => ("facts ReviewFacts", ""),
        "abort" => ("facts AbortFacts", ""),
        _ => ("", ""),
    };
    [(section::FACTS, record), (section::MORE_FACTS, more)]
}

/// The record that a field holds, or a list of it. A record of any other name is a day.
fn held(field: &str) -> &'static str {
    match field {
        "approvals" => "types Approval",
        "consents" => "types Consent",
        "grades" => "types Grade",
        "label" => "types LabelReading",
        "licence" | "licences" => "types Licence",
        "authority_notices" => "types Notice",
        "persons" => "types Person",
        "waiver" => "types Waiver",
        "complaint" | "request" => "facts Progress",
        _ => "types Date",
    }
}

impl Case {
    /// The fact at a path, as `specialis schema` names it: `subject.age`, `general.minors-mode`, `event.task`
    /// for one of the event; further names lead into records, as in `event.label.verdict`. Absent where it is unknown or there is
    /// no such fact. Rules in Rust read the typed records instead.
    ///
    /// `sector.dose-mg` is one that the manifest declares, as [`Case::sector_fact`] reads it.
    ///
    /// It reads what the host hands over, so a case that a test made has no such facts but those of the sector.
    pub fn fact(&self, path: &str) -> Option<Fact> {
        let (head, rest) = path.split_once('.')?;
        if head == "sector" {
            return self.sector_fact(rest);
        }
        let (name, inner) = rest.split_once('.').unwrap_or((rest, ""));
        let fact = match head {
            "event" => {
                event(self.kind()).iter().find_map(|(section, record)| find(&self.sections, *section, record, name))
            }
            _ => group(head).iter().find_map(|(section, record)| find(&self.sections, *section, record, name)),
        };
        let mut fact = fact?;
        for name in inner.split('.').filter(|name| !name.is_empty()) {
            fact = fact.get(name)?.clone();
        }
        Some(fact)
    }
}

impl Case {
    /// A fact that the manifest declares under `[facts]`, by its name there: of the event, or else of the session. Absent where it is
    /// unknown. Its value is of the type that is declared.
    ///
    /// ```
    /// use specialis_policy::testing::CaseBuilder;
    /// use specialis_policy::{Case, Fact};
    ///
    /// fn is_high(case: &Case) -> bool {
    ///     // Not knowing the dose asks for no less than a high one.
    ///     case.sector_fact("dose-mg").and_then(|dose| dose.number()).is_none_or(|dose| dose > 400)
    /// }
    ///
    /// let given = |dose| CaseBuilder::new("output").sector_fact("dose-mg", Fact::Number(dose)).build();
    /// assert!(!is_high(&given(400)) && is_high(&given(500)));
    /// assert!(is_high(&CaseBuilder::new("output").build()));
    /// ```
    pub fn sector_fact(&self, name: &str) -> Option<Fact> {
        #[cfg(not(target_family = "wasm"))]
        if let Some(given) = self.given.sector_facts.get(name) {
            return Some(given.clone());
        }
        let sections = [section::SECTOR_EVENT, section::SECTOR_CONTEXT];
        sections.into_iter().find_map(|section| declared(self.sections.bytes(section), name))
    }
}

/// A declared fact, where it is among those of a section.
fn declared(bytes: &[u8], name: &str) -> Option<Fact> {
    if bytes.is_empty() {
        return None;
    }
    find_declared(&mut Decoder::new(bytes), name).unwrap_or_else(|_| misread())
}

/// Each is a record of its name and its value, and the value an array of the case and what that carries.
fn find_declared(from: &mut Decoder<'_>, name: &str) -> Result<Option<Fact>, Error> {
    for _ in 0..from.array()?.unwrap_or(0) {
        let (mut is_wanted, mut found) = (false, None);
        for _ in 0..from.map()?.unwrap_or(0) {
            match from.u32()? {
                0 => is_wanted = from.str()? == name,
                1 => {
                    from.array()?;
                    from.skip()?;
                    found = Some(value(from, "types Date")?);
                }
                _ => from.skip()?,
            }
        }
        if is_wanted {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A field of the record in a section.
fn find(sections: &Sections, section: usize, record: &str, name: &str) -> Option<Fact> {
    let bytes = sections.bytes(section);
    if bytes.is_empty() {
        return None;
    }
    let fields = fields(record);
    let wanted = fields.iter().position(|field| is_named(field, name))?;
    field(&mut Decoder::new(bytes), wanted, fields).unwrap_or_else(|_| misread())
}

fn field(from: &mut Decoder<'_>, wanted: usize, fields: &[&'static str]) -> Result<Option<Fact>, Error> {
    for _ in 0..from.map()?.unwrap_or(0) {
        let place = usize::try_from(from.u32()?).unwrap_or(usize::MAX);
        if place == wanted {
            return value(from, fields.get(place).map_or("types Date", |field| held(field))).map(Some);
        }
        from.skip()?;
    }
    Ok(None)
}

/// One value. `record` is what it is if it is a map.
#[expect(clippy::wildcard_enum_match_arm, reason = "numbers have eleven types")]
fn value(from: &mut Decoder<'_>, record: &'static str) -> Result<Fact, Error> {
    Ok(match from.datatype()? {
        Type::Bool => Fact::Flag(from.bool()?),
        Type::String => Fact::Text(from.str()?.to_owned()),
        Type::Array => {
            let n_elements = from.array()?.unwrap_or(0);
            Fact::List((0..n_elements).map(|_| value(from, record)).collect::<Result<_, _>>()?)
        }
        Type::Map if record == "types Date" => Fact::Date(crate::value::read_date(from)?),
        Type::Map => {
            let known = fields(record);
            let mut facts = Vec::new();
            for _ in 0..from.map()?.unwrap_or(0) {
                let place = usize::try_from(from.u32()?).unwrap_or(usize::MAX);
                match known.get(place) {
                    Some(name) => facts.push((*name, value(from, held(name))?)),
                    None => from.skip()?,
                }
            }
            Fact::Record(facts)
        }
        // A number beyond what is counted with here is as large as can be. Of what is no number, `int` says so.
        _ => Fact::Number(i64::try_from(from.int()?).unwrap_or(i64::MAX)),
    })
}

/// Whether a field of a record bears a name as people write it.
fn is_named(field: &str, name: &str) -> bool {
    field.len() == name.len()
        && field
            .bytes()
            .zip(name.bytes())
            .all(|(of_field, of_name)| of_field == of_name || (of_field == b'_' && of_name == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_that_is_read_by_name_is_one_of_the_contract() {
        let groups = ["service", "model", "provider", "tenant", "subject", "agreement", "standing", "general"];
        let kinds = [
            "prompt", "output", "retrieved", "tool", "media", "publication", "training-intake", "annotation-batch",
            "data-handling", "account", "service-change", "signal", "review", "abort",
        ];
        let held = [
            "approvals", "consents", "grades", "label", "licence", "authority_notices", "persons", "waiver", "request",
        ];
        let records = groups.iter().flat_map(|name| group(name)).map(|(_, record)| *record);
        let records = records.chain(kinds.iter().flat_map(|kind| event(kind)).map(|(_, record)| record));
        for record in records.chain(held.map(super::held)).filter(|record| !record.is_empty()) {
            assert!(!fields(record).is_empty(), "{record}");
        }
    }
}
