use specialis_core::{Citation, Demand, Level, Span};

use super::*;

fn at(part: u32, start: u32) -> Span {
    Span { part, start, end: start + 3 }
}

fn demand(level: Level, spans: &[Span]) -> Demand {
    let citation = Citation { instrument: "IM".into(), article: "4(1)".to_owned() };
    let (obligations, spans) = (Vec::new(), spans.to_vec());
    Demand { level, obligations, spans, more_spans: 0, citation, reason: "sample".into() }
}

fn found(answer: Answer) -> Finding {
    Finding { duty: "d".into(), rule: "r".into(), answer, kinds: Vec::new() }
}

fn require(level: Level, spans: &[Span]) -> Finding {
    found(Answer::Require(demand(level, spans).into()))
}

fn relax() -> Finding {
    found(Answer::InsteadOf(demand(Level::Warn, &[at(0, 0)]).into()))
}

fn demanded(findings: &Findings, view: View) -> Vec<(Level, Vec<Span>, u32)> {
    let all = findings.of(view);
    let demands = all.iter().filter_map(|finding| finding.answer.demand());
    demands.map(|demand| (demand.level, demand.spans.clone(), demand.more_spans)).collect()
}

#[test]
fn findings_of_one_rule_and_reason_on_one_duty_are_joined() {
    let mut findings = Findings::default();
    findings.add(&[require(Level::Stop, &[at(0, 9)])], Some(0));
    findings.add(&[require(Level::Mark, &[at(0, 0)])], None);
    findings.add(&[], None);
    assert_eq!(demanded(&findings, View::Whole), [(Level::Stop, vec![at(0, 0), at(0, 9)], 0)]);
}

#[test]
fn parts_keep_their_own_level_and_the_whole_has_the_highest() {
    let mut findings = Findings::default();
    findings.add(&[require(Level::Mark, &[at(0, 0)])], Some(0));
    findings.add(&[require(Level::Stop, &[at(1, 0)])], Some(1));
    assert_eq!(demanded(&findings, View::Part(0)), [(Level::Mark, vec![at(0, 0)], 0)]);
    assert_eq!(demanded(&findings, View::Part(1)), [(Level::Stop, vec![at(1, 0)], 0)]);
    assert_eq!(demanded(&findings, View::Whole), [(Level::Stop, vec![at(0, 0), at(1, 0)], 0)]);
}

#[test]
fn what_lies_in_several_parts_holds_for_all_and_each_has_its_own_places() {
    let mut findings = Findings::default();
    let mut both = demand(Level::Redact, &[at(0, 0), at(1, 3)]);
    both.obligations = vec![Obligation::Redact(at(0, 0)), Obligation::Redact(at(1, 3)), Obligation::Stop];
    findings.add(&[found(Answer::Require(both.clone().into()))], None);
    let of = |view| findings.of(view).remove(0).answer.demand().cloned().unwrap();
    assert_eq!(of(View::Whole), both);
    let none = Demand { spans: Vec::new(), obligations: vec![Obligation::Stop], ..both.clone() };
    let first = vec![Obligation::Redact(at(0, 0)), Obligation::Stop];
    assert_eq!(of(View::Part(0)), Demand { spans: vec![at(0, 0)], obligations: first, ..both });
    assert_eq!(of(View::Part(2)), none);
}

#[test]
fn spans_past_the_bound_are_counted_and_masks_never_are() {
    let mut findings = Findings::default();
    for n in 0..100 {
        let mut demand = demand(Level::Redact, &[at(0, n * 3)]);
        demand.obligations.push(Obligation::Redact(at(0, n * 3)));
        findings.add(&[found(Answer::Require(demand.into()))], Some(0));
    }
    let all = findings.of(View::Whole);
    let demand = all[0].answer.demand().unwrap();
    assert_eq!((all.len(), demand.spans.len(), demand.more_spans, demand.obligations.len()), (1, 64, 36, 100));
}

#[test]
fn news_are_what_was_not_told() {
    let mut findings = Findings::default();
    findings.add(&[require(Level::Mark, &[at(0, 0)])], Some(0));
    assert_eq!(findings.news(0), News { is_any: true, ..News::default() });
    assert!(!findings.news(1).is_any);
    findings.set_told(View::Part(0));
    findings.add(&[require(Level::Mark, &[at(0, 0)])], Some(0));
    assert!(!findings.news(0).is_any, "said before");
    findings.add(&[require(Level::Mark, &[at(0, 0), at(0, 9)])], Some(0));
    assert_eq!(demanded(&findings, View::News(0)), [(Level::Mark, vec![at(0, 9)], 0)]);
    findings.set_told(View::Part(0));
    findings.add(&[relax()], Some(0));
    assert_eq!(findings.news(0), News { is_any: true, relaxes: true, has_action: false });
}

#[test]
fn an_action_is_news_for_all_parts_once() {
    let stopping = |part| {
        let obligations = vec![Obligation::Stop];
        found(Answer::Require(Demand { obligations, ..demand(Level::Stop, &[at(part, 0)]) }.into()))
    };
    let mut findings = Findings::default();
    findings.add(&[stopping(0)], Some(0));
    findings.add(&[stopping(1)], Some(1));
    assert!(findings.news(0).has_action);
    assert!(!findings.news(1).has_action && findings.news(1).is_any);
}

#[test]
fn a_relaxation_that_is_not_repeated_is_taken_back() {
    let mut findings = Findings::default();
    findings.add(&[relax()], Some(0));
    findings.add(&[], Some(1));
    assert_eq!(findings.len(), 1, "another part says nothing on this one");
    findings.add(&[relax()], None);
    assert_eq!(findings.len(), 1);
    findings.set_told(View::Whole);
    findings.add(&[], None);
    assert_eq!((findings.len(), findings.of(View::Whole).len()), (0, 0));
    assert!(findings.news(0).relaxes);
}

#[test]
fn a_demand_stands_for_what_its_rule_found_fulfilled() {
    let met = || found(Answer::Met(Citation { instrument: "IM".into(), article: "4(1)".to_owned() }));
    let mut findings = Findings::default();
    findings.add(&[met()], Some(0));
    findings.add(&[met()], Some(1));
    findings.add(&[require(Level::Mark, &[])], Some(0));
    findings.add(&[met()], Some(0));
    assert_eq!(demanded(&findings, View::Part(0)).len(), findings.of(View::Part(0)).len());
    assert_eq!(findings.of(View::Part(1)), [met()]);
}

#[test]
fn a_demand_for_another_reason_that_says_more_stands_for_the_earlier_one() {
    let for_reason = |reason: &str, level, spans: &[Span]| {
        found(Answer::Require(Demand { reason: reason.into(), ..demand(level, spans) }.into()))
    };
    let mut findings = Findings::default();
    findings.add(&[for_reason("term", Level::Mark, &[at(0, 0)])], Some(0));
    findings.add(&[for_reason("signal", Level::Review, &[at(0, 0), at(0, 9)])], None);
    findings.add(&[for_reason("term", Level::Mark, &[at(0, 9)])], Some(0));
    assert_eq!(demanded(&findings, View::Whole), [(Level::Review, vec![at(0, 0), at(0, 9)], 0)]);
    findings.add(&[for_reason("term", Level::Mark, &[at(0, 18)])], Some(0));
    assert_eq!((findings.of(View::Whole).len(), findings.len()), (2, 2));
}

#[test]
fn a_finding_concerns_the_part_in_which_its_spans_lie() {
    let count = |findings: &Findings, part| findings.of(View::Part(part)).len();
    let mut findings = Findings::default();
    findings.add(&[require(Level::Stop, &[at(1, 0)])], None);
    assert_eq!((count(&findings, 0), count(&findings, 1)), (0, 1));
    findings.add(&[require(Level::Review, &[at(0, 0), at(1, 9)])], None);
    assert_eq!((count(&findings, 0), count(&findings, 1)), (1, 1));
}

#[test]
fn a_finding_without_spans_concerns_the_part_it_was_made_in_or_all() {
    let count = |findings: &Findings, part| findings.of(View::Part(part)).len();
    let mut findings = Findings::default();
    findings.add(&[require(Level::Stop, &[])], Some(1));
    assert_eq!((count(&findings, 0), count(&findings, 1)), (0, 1));
    findings.add(&[require(Level::Stop, &[])], None);
    assert_eq!((count(&findings, 0), count(&findings, 1)), (1, 1));
}
