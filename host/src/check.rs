//! Checks an answer against what the manifest declared, the registries know and the trust policy grants.

use std::collections::BTreeSet;

use specialis_bundle::Manifest;
use specialis_core::{
    Answer, Citation, EventKind, FaultKind, Finding, Measure, MeasureId, Obligation, ParamType, ParamValue, PolicyCard,
    Registry, RuleId, Span,
};

use crate::abi::Input;
use crate::admission::needs_grant;

/// Everything an answer is held to.
pub(crate) struct Checker<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) card: &'a PolicyCard,
    pub(crate) registry: &'a Registry,
    pub(crate) granted: &'a BTreeSet<MeasureId>,
    pub(crate) input: &'a Input,
}

impl Checker<'_> {
    /// The first fault of an answer, if any.
    pub(crate) fn check(&self, findings: &[Finding]) -> Result<(), FaultKind> {
        findings.iter().try_for_each(|finding| self.finding(finding))
    }

    fn finding(&self, finding: &Finding) -> Result<(), FaultKind> {
        if !self.card.governs.contains(&finding.duty) {
            return Err(FaultKind::UngovernedDuty);
        }
        let rule = self.manifest.rules.get(&finding.rule).ok_or(FaultKind::UndeclaredRule)?;
        if !rule.duties.contains(&finding.duty) {
            return Err(FaultKind::UngovernedDuty);
        }
        if finding.kinds.iter().any(|kind| EventKind::parse(kind).is_err()) {
            return Err(FaultKind::UnknownKind);
        }
        match &finding.answer {
            Answer::NotApplicable(reason) | Answer::Unknown(reason) => self.reason(reason),
            Answer::Met(citation) => self.citation(citation, &finding.rule),
            Answer::Require(demand) | Answer::InsteadOf(demand) => {
                self.reason(&demand.reason)?;
                self.citation(&demand.citation, &finding.rule)?;
                demand.spans.iter().try_for_each(|span| self.span(span))?;
                demand.obligations.iter().try_for_each(|obligation| self.obligation(obligation))
            }
        }
    }

    fn reason(&self, reason: &specialis_core::ReasonId) -> Result<(), FaultKind> {
        if self.manifest.reasons.contains_key(reason) { Ok(()) } else { Err(FaultKind::UndeclaredReason) }
    }

    fn citation(&self, citation: &Citation, rule: &RuleId) -> Result<(), FaultKind> {
        let articles = self.manifest.rules.get(rule).and_then(|rule| rule.cites.get(&citation.instrument));
        let is_declared = articles.is_some_and(|articles| articles.contains(&citation.article));
        if is_declared && self.registry.instruments.contains_key(&citation.instrument) {
            Ok(())
        } else {
            Err(FaultKind::BadCitation)
        }
    }

    fn span(&self, span: &Span) -> Result<(), FaultKind> {
        let text = self.input.part_text(span.part).ok_or(FaultKind::SpanRange)?;
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else {
            return Err(FaultKind::SpanRange);
        };
        if start >= end || end > text.len() {
            Err(FaultKind::SpanRange)
        } else if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            Err(FaultKind::SpanCharacter)
        } else {
            Ok(())
        }
    }

    fn obligation(&self, obligation: &Obligation) -> Result<(), FaultKind> {
        match obligation {
            Obligation::Redact(span) => self.action("redact", false).and_then(|()| self.span(span)),
            Obligation::Stop => self.action("stop", false),
            Obligation::Replace(key) => self.text(key).and_then(|()| self.action("replace", true)),
            Obligation::Append(key) => self.text(key).and_then(|()| self.action("append", true)),
            Obligation::Measure(measure) => self.measure(measure),
        }
    }

    fn text(&self, key: &specialis_core::TextKey) -> Result<(), FaultKind> {
        if self.manifest.texts.contains_key(key) { Ok(()) } else { Err(FaultKind::UndeclaredText) }
    }

    fn action(&self, action: &str, needs_grant: bool) -> Result<(), FaultKind> {
        if !self.manifest.actions.contains(action) {
            Err(FaultKind::UndeclaredMeasure)
        } else if needs_grant && !self.granted.contains(action) {
            Err(FaultKind::UngrantedMeasure)
        } else {
            Ok(())
        }
    }

    fn measure(&self, measure: &Measure) -> Result<(), FaultKind> {
        let declared = self.manifest.may_require.iter().any(|may| may.id == measure.id);
        let entry = self.registry.measures.get(&measure.id).filter(|_| declared).ok_or(FaultKind::UndeclaredMeasure)?;
        if needs_grant(entry) && !self.granted.contains(&measure.id) {
            return Err(FaultKind::UngrantedMeasure);
        }
        let fits = measure.params.iter().all(|(name, value)| {
            entry.params.get(name).is_some_and(|param| match (param.ty, value) {
                (ParamType::Id, ParamValue::Id(id)) => param.ids.contains(id),
                (ParamType::Number, ParamValue::Number(n)) => in_bounds(*n, param),
                (ParamType::Seconds, ParamValue::Seconds(s)) => i64::try_from(*s).is_ok_and(|s| in_bounds(s, param)),
                (ParamType::Date, ParamValue::Date(_)) => true,
                (ParamType::Id | ParamType::Number | ParamType::Seconds | ParamType::Date, _) => false,
            })
        });
        if fits { Ok(()) } else { Err(FaultKind::UndeclaredMeasure) }
    }
}

fn in_bounds(n: i64, param: &specialis_core::Param) -> bool {
    param.max.is_some_and(|max| n <= max) && param.min.unwrap_or(0) <= n
}
