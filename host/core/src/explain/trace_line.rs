//! One duty on one line, in ids: what a trace shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{
    Answer, Demand, Disposition, DutyResolution, Failure, Interpretation, Obligation, RegimeKind, ResolvedFinding,
    SectorId, SectorStatus, Status, printable,
};

/// One duty on one line: each finding with its citation and disposition, the sectors that are in doubt, silent or do not govern
/// the duty, and the rules that decided. `sectors` are those of the decision.
///
/// ```text
/// x.screen → warn · general 1.4.0: review@0:12–15 (CITATION, fell: yields to film, named) · film 2.1.0: instead-of warn + advisory
/// (CITATION; grant film#3, rank-test strict) · education = unknown (platform), does not govern ⇒ R3
/// ```
pub fn trace_line(duty: &DutyResolution, sectors: &BTreeMap<SectorId, SectorStatus>) -> String {
    let mut line = format!("{} → {}", duty.duty, duty.level.as_str());
    for finding in &duty.findings {
        let notes = notes(duty, finding);
        _ = write!(line, " · {} {}: {} ({notes})", finding.policy, finding.version, said(&finding.answer));
    }
    for (policy, failure) in &duty.failed {
        if let Failure::Fault(fault) = failure {
            _ = write!(line, " · {policy}: unavailable ({} at {})", fault.kind.as_str(), fault.point);
        }
    }
    for (sector, known) in sectors.iter().filter(|(_, known)| known.status != Status::No) {
        let regime = duty.sectors.iter().find(|regime| regime.sector == *sector);
        let kind = regime.map_or("does not govern", |regime| regime.kind.as_str());
        if regime.is_none_or(|regime| regime.status == Status::Unknown || regime.kind == RegimeKind::Silent) {
            _ = write!(line, " · {sector} = {} ({}), {kind}", known.status.as_str(), known.source);
        }
    }
    let rules: Vec<_> = duty.rules.iter().map(|rule| rule.as_str()).collect();
    if !rules.is_empty() {
        _ = write!(line, " ⇒ {}", rules.join(", "));
    }
    printable(&line).into_owned()
}

/// Case, level, spans and obligations.
fn said(answer: &Answer) -> String {
    let demanded = |demand: &Demand| {
        let mut said = demand.level.as_str().to_owned();
        for (n, span) in demand.spans.iter().enumerate() {
            let mark = if n == 0 { "@" } else { "," };
            _ = write!(said, "{mark}{}:{}–{}", span.part, span.start, span.end);
        }
        if demand.more_spans > 0 {
            _ = write!(said, " and {} more", demand.more_spans);
        }
        for obligation in &demand.obligations {
            said.push_str(" + ");
            said.push_str(&name(obligation));
        }
        said
    };
    match answer {
        Answer::NotApplicable(_) | Answer::Met(_) | Answer::Unknown(_) => answer.case().to_owned(),
        Answer::Require(demand) => demanded(demand),
        Answer::InsteadOf(demand) => format!("instead-of {}", demanded(demand)),
    }
}

fn name(obligation: &Obligation) -> String {
    match obligation {
        Obligation::Redact(span) => format!("redact {}:{}–{}", span.part, span.start, span.end),
        Obligation::Replace(text) => format!("replace {text}"),
        Obligation::Append(text) => format!("append {text}"),
        Obligation::Stop => "stop".to_owned(),
        Obligation::Measure(measure) => measure.id.to_string(),
    }
}

/// The citation or reason, and the disposition of the finding.
fn notes(duty: &DutyResolution, finding: &ResolvedFinding) -> String {
    let mut notes = match &finding.answer {
        Answer::NotApplicable(reason) | Answer::Unknown(reason) => reason.to_string(),
        Answer::Met(citation) => super::article(citation),
        Answer::Require(demand) | Answer::InsteadOf(demand) => super::article(&demand.citation),
    };
    if let Some(earlier) = &finding.earlier {
        _ = write!(notes, " as {earlier}");
    }
    match &finding.disposition {
        Disposition::Stands => {
            let displaces = |answer: &Answer| matches!(answer, Answer::InsteadOf(_));
            let displacements = duty.findings.iter().filter_map(|other| match &other.disposition {
                Disposition::Displaced(displacement) => Some(displacement),
                Disposition::Stands
                | Disposition::Defeated { .. }
                | Disposition::RelaxationRefused(_)
                | Disposition::NotInForce
                | Disposition::Monitored
                | Disposition::NotGoverned => None,
            });
            let cited = finding.answer.citation().map(|citation| &citation.instrument);
            let mut own = displacements.filter(|one| displaces(&finding.answer) && Some(&one.instrument) == cited);
            if let Some(displacement) = own.next() {
                _ = write!(notes, "; grant {}", displacement.grant);
                for interpretation in &duty.interpretations {
                    match interpretation {
                        Interpretation::RankTest(test) => _ = write!(notes, ", rank-test {}", test.as_str()),
                        Interpretation::Defeats(label) => _ = write!(notes, ", edge {label}"),
                    }
                }
            }
        }
        Disposition::Displaced(displacement) => {
            let (sector, by) = (&displacement.sector, displacement.by.as_str());
            _ = write!(notes, ", fell: yields to {sector}, {by}");
        }
        Disposition::Defeated { by, label } => _ = write!(notes, ", gave way to {by}: edge {label}"),
        Disposition::RelaxationRefused(why) => _ = write!(notes, ", relaxation-refused: {}", why.as_str()),
        Disposition::NotInForce => notes.push_str(", not-in-force"),
        Disposition::Monitored => notes.push_str(", monitored"),
        Disposition::NotGoverned => notes.push_str(", not governed"),
    }
    notes
}
