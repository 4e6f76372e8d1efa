//! Checks an answer against what the manifest declares, the registries have and the trust policy grants.

use std::collections::BTreeSet;

use specialis_core::{
    Answer, Citation, ConflictRole, Demand, EventKind, FaultKind, FaultSubject, Finding, Measure, MeasureEntry, Mode,
    Obligation, Param, ParamType, ParamValue, ReasonId, Registry, RuleId, Span, TextKey, check_id,
};

use crate::runtime::abi::Input;
use crate::runtime::edition::PolicyContent;

/// The text actions that a signer needs a grant for.
const GRANTED_ACTIONS: [&str; 2] = ["replace", "append"];

/// Whether a policy may ask for a measure or text action only where the trust policy grants it. `entry` is the measure's
/// entry in the registry; a text action has none.
pub(crate) fn needs_grant(id: &str, entry: Option<&MeasureEntry>) -> bool {
    match entry {
        Some(entry) => entry.needs_grant(),
        None => GRANTED_ACTIONS.contains(&id),
    }
}

/// A fault of an answer, and what it is about.
type AnswerFault = (FaultKind, Box<FaultSubject>);

/// Everything an answer is held to.
pub(super) struct AnswerCheck<'a> {
    pub(super) content: &'a PolicyContent,
    pub(super) registry: &'a Registry,
    pub(super) input: &'a Input,
    /// The text that was to be judged, where the policy asked for text.
    pub(super) stretch: Option<Span>,
    /// How many obligations beside masks a finding may have.
    pub(super) max_obligations: usize,
}

/// A finding in order and without repeats, so that its order says nothing.
pub(super) fn in_order(mut finding: Finding) -> Finding {
    finding.kinds.sort();
    finding.kinds.dedup();
    if let Answer::Require(demand) | Answer::InsteadOf(demand) = &mut finding.answer {
        demand.spans.sort();
        demand.spans.dedup();
        demand.obligations.sort();
        demand.obligations.dedup();
    }
    finding
}

impl AnswerCheck<'_> {
    /// The first fault of a finding, if there is one.
    pub(super) fn check(&self, finding: &Finding) -> Result<(), AnswerFault> {
        self.finding(finding).map_err(|(kind, mut about)| {
            about.rule = Some(finding.rule.clone());
            about.duty = Some(finding.duty.clone());
            (kind, self.shown(about))
        })
    }

    /// What may be told of a fault. Names that are neither declared nor registered could carry content; a policy whose log may
    /// be read, because it has no effect, may tell them too.
    fn shown(&self, mut about: Box<FaultSubject>) -> Box<FaultSubject> {
        // A name that is no id could not be read back from a record of the decision; the kind of the fault says enough.
        about.rule = about.rule.filter(|rule| check_id(rule.as_str()).is_ok());
        about.duty = about.duty.filter(|duty| check_id(duty.as_str()).is_ok());
        if self.content.card.mode == Mode::Monitor {
            return about;
        }
        let manifest = self.content.manifest();
        // An answer that was read has its form.
        let FaultSubject { rule, duty, id, parameter, value, form: _ } = &mut *about;
        *value = None;
        let measure = id.as_ref().and_then(|id| self.registry.measures.get(id.as_str()));
        let is_known = |name: &String| measure.is_some_and(|entry| entry.params.contains_key(name));
        *parameter = parameter.take().filter(is_known);
        *id = id.take().filter(|id| measure.is_some() || GRANTED_ACTIONS.contains(&id.as_str()) || is_action(id));
        *rule = rule.take().filter(|rule| manifest.rules.contains_key(rule));
        *duty = duty.take().filter(|duty| self.registry.duties.contains_key(duty));
        about
    }

    fn finding(&self, finding: &Finding) -> Result<(), AnswerFault> {
        if !self.content.card.governs.contains(&finding.duty) {
            return fault(FaultKind::UngovernedDuty, None);
        }
        let Some(rule) = self.content.manifest().rules.get(&finding.rule) else {
            return fault(FaultKind::UndeclaredRule, None);
        };
        if !rule.duties.contains(&finding.duty) {
            return fault(FaultKind::UndeclaredDuty, None);
        }
        if let Some(kind) = finding.kinds.iter().find(|kind| EventKind::parse(kind).is_err()) {
            return fault(FaultKind::UnknownKind, Some(kind));
        }
        match &finding.answer {
            Answer::NotApplicable(reason) | Answer::Unknown(reason) => self.reason(reason),
            Answer::Met(citation) => self.citation(citation, &finding.rule),
            Answer::Require(demand) | Answer::InsteadOf(demand) => {
                self.reason(&demand.reason)?;
                self.citation(&demand.citation, &finding.rule)?;
                demand.spans.iter().try_for_each(|span| self.span(span))?;
                self.count_obligations(demand)?;
                demand.obligations.iter().try_for_each(|obligation| self.obligation(obligation))
            }
        }
    }

    /// Checks how many obligations a demand has. A measure stands once for each choice of ids among its parameters, so that what
    /// numbers say is said once.
    fn count_obligations(&self, demand: &Demand) -> Result<(), AnswerFault> {
        let is_mask = |obligation: &&Obligation| matches!(obligation, Obligation::Redact(_));
        if demand.obligations.iter().filter(|one| !is_mask(one)).count() > self.max_obligations {
            return fault(FaultKind::ObligationCount, None);
        }
        let mut asked = BTreeSet::new();
        for obligation in &demand.obligations {
            let Obligation::Measure(measure) = obligation else { continue };
            let ids = measure.params.iter().filter(|(_, value)| matches!(value, ParamValue::Id(_)));
            if !asked.insert((&measure.id, ids.collect::<Vec<_>>())) {
                return fault(FaultKind::ObligationCount, Some(measure.id.as_str()));
            }
        }
        Ok(())
    }

    fn reason(&self, reason: &ReasonId) -> Result<(), AnswerFault> {
        let is_declared = self.content.manifest().reasons.contains_key(reason);
        if is_declared { Ok(()) } else { fault(FaultKind::UndeclaredReason, Some(reason.as_str())) }
    }

    fn citation(&self, citation: &Citation, rule: &RuleId) -> Result<(), AnswerFault> {
        let rule = self.content.manifest().rules.get(rule);
        let articles = rule.and_then(|rule| rule.cites.get(&citation.instrument));
        let is_declared = articles.is_some_and(|articles| articles.contains(&citation.article));
        if is_declared && self.registry.instruments.contains_key(&citation.instrument) {
            return Ok(());
        }
        fault(FaultKind::BadCitation, Some(&format!("{} {}", citation.instrument, citation.article)))
    }

    fn span(&self, span: &Span) -> Result<(), AnswerFault> {
        let bounds = (usize::try_from(span.start), usize::try_from(span.end));
        let (Some(text), (Ok(start), Ok(end))) = (self.input.part_text(span.part), bounds) else {
            return fault(FaultKind::SpanRange, None);
        };
        if start >= end || end > text.len() {
            fault(FaultKind::SpanRange, None)
        } else if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            fault(FaultKind::SpanCharacter, None)
        } else if (start == 0 && end == text.len()) || self.stretch == Some(*span) || self.is_hit(span) {
            Ok(())
        } else {
            fault(FaultKind::SpanUnreported, None)
        }
    }

    /// Whether a span is that of a hit that the call showed.
    fn is_hit(&self, span: &Span) -> bool {
        // INVARIANT: the hits of an input are in order.
        let first = self.input.hits.partition_point(|hit| hit.span < *span);
        let mut same = self.input.hits.iter().skip(first).take_while(|hit| hit.span == *span);
        same.any(|hit| self.content.reads.contains(&hit.category))
    }

    /// Checks the span that a measure keeps verbatim: it is held to the same as any other.
    fn verbatim(&self, measure: &Measure) -> Result<(), AnswerFault> {
        let number = |name: &str| match measure.params.get(name) {
            Some(ParamValue::Number(value)) => u32::try_from(*value).ok(),
            Some(ParamValue::Date(_) | ParamValue::Seconds(_) | ParamValue::Id(_)) | None => None,
        };
        let part = number("part").unwrap_or(0);
        let len = self.input.part_text(part).and_then(|text| u32::try_from(text.len()).ok());
        let end = number("end").or(len).unwrap_or(0);
        self.span(&Span { part, start: number("start").unwrap_or(0), end })
    }

    fn obligation(&self, obligation: &Obligation) -> Result<(), AnswerFault> {
        match obligation {
            Obligation::Redact(span) => self.action("redact").and_then(|()| self.span(span)),
            Obligation::Stop => self.action("stop"),
            Obligation::Replace(key) => self.text(key).and_then(|()| self.action("replace")),
            Obligation::Append(key) => self.text(key).and_then(|()| self.action("append")),
            Obligation::Measure(measure) => self.measure(measure),
        }
    }

    fn text(&self, key: &TextKey) -> Result<(), AnswerFault> {
        let is_declared = self.content.manifest().texts.contains_key(key);
        if is_declared { Ok(()) } else { fault(FaultKind::UndeclaredText, Some(key.as_str())) }
    }

    fn action(&self, action: &str) -> Result<(), AnswerFault> {
        if !self.content.manifest().actions.contains(action) {
            fault(FaultKind::UndeclaredAction, Some(action))
        } else if needs_grant(action, None) && !self.content.granted.contains(action) {
            fault(FaultKind::UngrantedMeasure, Some(action))
        } else {
            Ok(())
        }
    }

    fn measure(&self, measure: &Measure) -> Result<(), AnswerFault> {
        let id = measure.id.as_str();
        let is_declared = self.content.manifest().may_require.iter().any(|may| may.id == measure.id);
        let Some(entry) = self.registry.measures.get(&measure.id).filter(|_| is_declared) else {
            return fault(FaultKind::UndeclaredMeasure, Some(id));
        };
        if needs_grant(id, Some(entry)) && !self.content.granted.contains(&measure.id) {
            return fault(FaultKind::UngrantedMeasure, Some(id));
        }
        for (name, value) in &measure.params {
            let parameter = Some(name.clone());
            let about = FaultSubject { id: Some(id.to_owned()), parameter, ..FaultSubject::default() };
            match entry.params.get(name) {
                None => return Err((FaultKind::UnregisteredParameter, Box::new(about))),
                Some(param) if !is_allowed(param, value) => {
                    let value = Some(shown(value));
                    return Err((FaultKind::UnregisteredValue, Box::new(FaultSubject { value, ..about })));
                }
                Some(_) => {}
            }
        }
        if entry.conflict == Some(ConflictRole::KeepVerbatim) { self.verbatim(measure) } else { Ok(()) }
    }
}

fn fault(kind: FaultKind, id: Option<&str>) -> Result<(), AnswerFault> {
    Err((kind, Box::new(FaultSubject { id: id.map(str::to_owned), ..FaultSubject::default() })))
}

fn is_action(id: &str) -> bool {
    matches!(id, "redact" | "stop")
}

/// Whether the registry allows a value for a parameter. A number, duration or day needs an upper bound: an open range would let
/// content out. The bounds of a day are numbers such as 20261231.
pub(crate) fn is_allowed(param: &Param, value: &ParamValue) -> bool {
    let is_in_bounds = |n: i64| param.max.is_some_and(|max| n <= max) && param.min.unwrap_or(0) <= n;
    match (param.ty, value) {
        (ParamType::Id, ParamValue::Id(id)) => param.ids.contains(id),
        (ParamType::Number | ParamType::Months, ParamValue::Number(n)) => is_in_bounds(*n),
        (ParamType::Seconds, ParamValue::Seconds(s)) => i64::try_from(*s).is_ok_and(is_in_bounds),
        (ParamType::Date, ParamValue::Date(date)) => {
            let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
            is_in_bounds(year * 10_000 + month * 100 + day)
        }
        (ParamType::Id | ParamType::Number | ParamType::Months | ParamType::Seconds | ParamType::Date, _) => false,
    }
}

fn shown(value: &ParamValue) -> String {
    match value {
        ParamValue::Number(n) => n.to_string(),
        ParamValue::Date(day) => day.to_string(),
        ParamValue::Seconds(seconds) => format!("{seconds} s"),
        ParamValue::Id(id) => id.clone(),
    }
}
