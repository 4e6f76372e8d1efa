//! What a rule answered, held against what a vector expects: exactly that and nothing beside it.

use std::collections::BTreeSet;
use std::fmt;

use specialis_bundle::{Expected, Vector, VectorEvent};
use specialis_core::{Citation, DutyId, Finding, Level, Obligation};

use super::report::AnswerDifference;

/// How the answers of the vector's rule on one of its events differ from what is expected, one for each duty that is named.
///
/// On each of these duties the rule has to answer what the vector says and no more. Answers that differ in nothing but the
/// stretches of text they are about, such as one for each hit, count as one.
pub(super) fn differences(vector: &Vector, event: &VectorEvent, findings: &[Finding]) -> Vec<AnswerDifference> {
    let duties: BTreeSet<&DutyId> = event.expect.iter().map(|expected| &expected.duty).collect();
    duties.into_iter().filter_map(|duty| difference((vector, event), duty, findings)).collect()
}

fn difference(
    (vector, event): (&Vector, &VectorEvent),
    duty: &DutyId,
    findings: &[Finding],
) -> Option<AnswerDifference> {
    let of_rule = findings.iter().filter(|found| found.rule == vector.rule && found.duty == *duty);
    let of_rule = of_rule.filter(|found| vector.at_open || found.kinds.is_empty() || concerns(found, event));
    let rows: Vec<&Expected> = event.expect.iter().filter(|expected| expected.duty == *duty).collect();
    // Answers that differ in their citations alone are told apart where the vector does.
    let cites = rows.iter().any(|row| row.cite.is_some());
    let found =
        of_rule.map(|found| Said { cite: cited(found).filter(|_| cites), ..Said::found(found, vector.at_open) });
    let found: BTreeSet<Said<'_>> = found.collect();
    let expected: Vec<(Said<'_>, bool)> = rows
        .iter()
        .filter(|row| row.case != Expected::NONE)
        .map(|row| (Said::expected(row, vector), row.at_least))
        .collect();
    let is_open_ended = expected.iter().any(|(_, at_least)| *at_least);
    let is_there = |(wanted, at_least): &(Said<'_>, bool)| found.iter().any(|one| one.fits(wanted, *at_least));
    let is_wanted = |one: &Said<'_>| expected.iter().any(|(wanted, at_least)| one.fits(wanted, *at_least));
    if expected.iter().all(is_there) && (is_open_ended || found.iter().all(is_wanted)) {
        return None;
    }
    let wanted = expected.iter().map(|(wanted, at_least)| match at_least {
        true => format!("at least {wanted}"),
        false => wanted.to_string(),
    });
    let found = found.iter().map(Said::to_string).collect();
    Some(AnswerDifference { duty: duty.clone(), expected: wanted.collect(), found })
}

/// Whether a finding made at open holds for an event.
fn concerns(found: &Finding, event: &VectorEvent) -> bool {
    found.kinds.iter().any(|kind| kind == event.event.kind().as_str())
}

/// What a finding cites, as a vector writes it.
fn cited(found: &Finding) -> Option<String> {
    found.answer.citation().map(|Citation { instrument, article }| format!("{instrument} {article}"))
}

/// As much of an answer as a vector can say.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said<'a> {
    case: &'a str,
    level: Option<Level>,
    reason: Option<&'a str>,
    cite: Option<String>,
    measures: BTreeSet<&'a str>,
    /// Of an answer at open: the kinds of event it holds for, all where empty.
    kinds: BTreeSet<&'a str>,
}

impl<'a> Said<'a> {
    fn found(finding: &'a Finding, at_open: bool) -> Self {
        let answer = &finding.answer;
        let demand = answer.demand();
        Self {
            case: answer.case(),
            level: demand.map(|demand| demand.level),
            reason: answer.reason().map(|reason| reason.as_str()),
            cite: None,
            measures: demand.into_iter().flat_map(|demand| &demand.obligations).map(Obligation::word).collect(),
            kinds: finding.kinds.iter().map(String::as_str).filter(|_| at_open).collect(),
        }
    }

    fn expected(row: &'a Expected, vector: &'a Vector) -> Self {
        let kinds = row.kinds.as_ref().unwrap_or(&vector.kinds);
        Self {
            case: &row.case,
            level: row.level,
            reason: row.reason.as_ref().map(|reason| reason.as_str()),
            cite: row.cite.clone(),
            measures: row.measures.iter().map(String::as_str).collect(),
            kinds: kinds.iter().map(|kind| kind.as_str()).filter(|_| vector.at_open).collect(),
        }
    }

    /// Whether this is what was wanted: the same, or the same with further measures.
    fn fits(&self, wanted: &Self, at_least: bool) -> bool {
        let measures =
            if at_least { self.measures.is_superset(&wanted.measures) } else { self.measures == wanted.measures };
        let cites = wanted.cite.is_none() || self.cite == wanted.cite;
        measures
            && cites
            && (self.case, self.level, self.reason, &self.kinds)
                == (wanted.case, wanted.level, wanted.reason, &wanted.kinds)
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.case)?;
        if let Some(level) = self.level {
            write!(f, " {}", level.as_str())?;
        }
        if let Some(reason) = self.reason {
            write!(f, " `{reason}`")?;
        }
        if let Some(cite) = &self.cite {
            write!(f, " by {cite}")?;
        }
        let list = |words: &BTreeSet<&str>| words.iter().copied().collect::<Vec<_>>().join(", ");
        if !self.measures.is_empty() {
            write!(f, " [{}]", list(&self.measures))?;
        }
        if !self.kinds.is_empty() {
            write!(f, " on {}", list(&self.kinds))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use specialis_bundle::parse_vectors;
    use specialis_core::{Answer, Demand, Measure};

    use super::*;

    fn differences(vector: &Vector, findings: &[Finding]) -> Vec<String> {
        let differences = super::differences(vector, &vector.events[0], findings);
        differences.iter().map(ToString::to_string).collect()
    }

    const HEAD: &str = "rule = \"r\"\nas-of = \"2026-11-02\"\n[event]\nkind = \"output\"\n[[vector]]\nname = \"v\"\n";

    fn vector(rest: &str) -> Vector {
        let mut vectors = parse_vectors("r.toml", &format!("{HEAD}{rest}")).unwrap_or_else(|e| panic!("{e}"));
        vectors.remove(0)
    }

    fn finding(answer: Answer) -> Finding {
        Finding { duty: "d".into(), rule: "r".into(), answer, kinds: Vec::new() }
    }

    fn require(reason: &str, measures: &[&str]) -> Finding {
        let citation = Citation { instrument: "IM".into(), article: "9".to_owned() };
        let measure = |id: &&str| Obligation::Measure(Measure { id: (*id).into(), params: Default::default() });
        let obligations = measures.iter().map(measure).collect();
        finding(Answer::Require(
            Demand {
                level: Level::Stop,
                obligations,
                spans: Vec::new(),
                more_spans: 0,
                citation,
                reason: reason.into(),
            }
            .into(),
        ))
    }

    const ASKS: &str =
        r#"{ duty = "d", case = "require", level = "stop", reason = "no-agreement", measures = ["notice", "report"] }"#;

    #[test]
    fn what_is_expected_is_met_in_any_order() {
        let vector = vector(&format!("expect = [{ASKS}]"));
        let found = [require("no-agreement", &["report", "notice"]), require("no-agreement", &["notice", "report"])];
        assert_eq!(differences(&vector, &found), Vec::<String>::new());
    }

    #[test]
    fn one_measure_more_or_less_is_a_difference() {
        let vector = vector(&format!("expect = [{ASKS}]"));
        let wanted = "on `d` expected require stop `no-agreement` [notice, report], found require stop `no-agreement`";
        for (measures, found) in [
            (&["notice"][..], " [notice]"),
            (&["geoblock", "notice", "report"], " [geoblock, notice, report]"),
            (&[], ""),
        ] {
            assert_eq!(differences(&vector, &[require("no-agreement", measures)]), [format!("{wanted}{found}")]);
        }
    }

    #[test]
    fn a_second_answer_on_the_duty_is_a_difference() {
        let vector = vector(&format!("expect = [{ASKS}]"));
        let both = [require("no-agreement", &["notice", "report"]), require("outdated", &[])];
        let said = differences(&vector, &both);
        assert!(said.len() == 1 && said[0].ends_with("and require stop `outdated`"), "{said:?}");
        let other = Finding { duty: "other".into(), ..require("outdated", &[]) };
        let of_another_rule = Finding { rule: "q".into(), ..require("outdated", &[]) };
        let mine = require("no-agreement", &["notice", "report"]);
        assert!(differences(&vector, &[mine, other, of_another_rule]).is_empty(), "duties and rules it does not name");
    }

    #[test]
    fn a_citation_is_held_to_where_a_vector_gives_one() {
        let by = |article: &str| {
            let found = require("no-agreement", &["notice", "report"]);
            let Answer::Require(demand) = found.answer else { panic!("it asks for something") };
            let citation = Citation { article: article.to_owned(), ..demand.citation.clone() };
            finding(Answer::Require(Demand { citation, ..demand.into_inner() }.into()))
        };
        let cited = vector(&format!("expect = [{}]", ASKS.replace("measures", "cite = \"IM 9\", measures")));
        assert!(differences(&cited, &[by("9")]).is_empty());
        let said = differences(&cited, &[by("9"), by("10")]);
        assert!(
            said[0].ends_with(
                "`no-agreement` by IM 10 [notice, report] and require stop `no-agreement` by IM 9 [notice, report]"
            ),
            "{said:?}"
        );
        let any = vector(&format!("expect = [{ASKS}]"));
        assert!(differences(&any, &[by("9"), by("10")]).is_empty());
    }

    #[test]
    fn silence_is_not_the_same_as_not_applicable() {
        let not_applicable = [finding(Answer::NotApplicable("adult".into()))];
        let silent = vector(r#"expect = [{ duty = "d", case = "none" }]"#);
        assert_eq!(differences(&silent, &not_applicable), ["on `d` expected nothing, found not-applicable `adult`"]);
        assert!(differences(&silent, &[]).is_empty());
        let spoken = vector(r#"expect = [{ duty = "d", case = "not-applicable", reason = "adult" }]"#);
        assert_eq!(differences(&spoken, &[]), ["on `d` expected not-applicable `adult`, found nothing"]);
        assert!(differences(&spoken, &not_applicable).is_empty());
        assert_eq!(differences(&spoken, &[finding(Answer::NotApplicable("other".into()))]).len(), 1);
    }

    #[test]
    fn a_part_may_be_expected_where_it_is_called_that() {
        let part = r#"{ duty = "d", case = "require", level = "stop", reason = "no-agreement", measures = ["notice"], at-least = true }"#;
        let vector = vector(&format!("expect = [{part}]"));
        let more = [require("no-agreement", &["notice", "report"]), require("outdated", &[])];
        assert!(differences(&vector, &more).is_empty());
        let said = differences(&vector, &[require("no-agreement", &["report"])]);
        assert!(said[0].contains("expected at least require stop `no-agreement` [notice], found"), "{said:?}");
    }

    #[test]
    fn what_is_found_at_open_holds_for_the_kinds_that_are_named_and_no_others() {
        let at = |kinds: &[&str]| {
            let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            [Finding { kinds, ..finding(Answer::NotApplicable("adult".into())) }]
        };
        let row = |kinds: &str| {
            let row = r#"duty = "d", case = "not-applicable", reason = "adult""#;
            vector(&format!("point = \"open\"\nexpect = [{{ {row}{kinds} }}]"))
        };
        let named = row(r#", kinds = ["prompt", "output"]"#);
        assert!(differences(&named, &at(&["output", "prompt"])).is_empty());
        for kinds in [&["output"][..], &[], &["output", "prompt", "media"]] {
            assert_eq!(differences(&named, &at(kinds)).len(), 1, "{kinds:?}");
        }
        assert!(differences(&row(""), &at(&[])).is_empty());
        assert_eq!(differences(&row(""), &at(&["output"])).len(), 1);
        // On an event only those count that hold for its kind.
        let output = vector(r#"expect = [{ duty = "d", case = "none" }]"#);
        assert!(differences(&output, &at(&["prompt"])).is_empty());
        assert_eq!(differences(&output, &at(&["prompt", "output"])).len(), 1);
    }
}
