//! The user's phone number, put into every value that a guest can reach.

use specialis::LogSink;
use specialis_core::{Context, FaultKind, Mode, PolicyId};
use specialis_tests::{Guest, Manifest, PHONE, captured, events, hosts};

use super::{assert_clean, assert_contained, assert_same_thousand, beside_witness};

/// Where the guest keeps the number, as text.
const TEXT: &str = r#"{"at": 64, "length": 11}"#;
/// The same with full stops between groups, which a check for runs of digits does not see.
const SPLIT: &str = r#"{"at": 112, "length": 13}"#;

/// The guest that reads the number, answers `answer` and runs its function `first` before.
fn leaking(first: &str, answer: &str) -> Guest {
    let answer = answer.replace("PHONE", TEXT).replace("SPLIT", SPLIT).replace("DIGITS", r#""$digits""#);
    Guest::from_file("leaks").with("answer", &answer).with("first", first)
}

fn finding(answer: &str) -> String {
    format!(r#"{{"findings": [{{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {answer}}}]}}"#)
}

fn demand(obligations: &str, reason: &str) -> String {
    finding(&format!(
        r#"{{"require": {{"level": "warn", "obligations": [{obligations}], "cite": {{"instrument": "IM", "article": "4(1)"}}, "reason": {reason}}}}}"#
    ))
}

fn param(param: &str) -> String {
    demand(&format!(r#"{{"measure": {{"id": "record", "params": [{param}]}}}}"#), r#""because""#)
}

macro_rules! leaks {
    ($($place:ident: $answer:expr => $fault:ident;)+) => {$(
        #[test]
        fn $place() {
            assert_contained(&leaking("nothing", &$answer), FaultKind::$fault);
        }
    )+};
}

leaks! {
    the_number_as_a_duty_is_a_fault:
        r#"{"findings": [{"duty": PHONE, "rule": "H1", "answer": {"unknown": "because"}}]}"# => UngovernedDuty;
    the_number_as_a_rule_is_a_fault:
        r#"{"findings": [{"duty": "im.art4.violence", "rule": PHONE, "answer": {"unknown": "because"}}]}"# => UndeclaredRule;
    the_number_as_the_reason_of_a_doubt_is_a_fault: finding(r#"{"unknown": PHONE}"#) => UndeclaredReason;
    the_number_as_the_reason_of_silence_is_a_fault: finding(r#"{"not-applicable": PHONE}"#) => UndeclaredReason;
    the_number_as_the_reason_of_a_demand_is_a_fault: demand("", "PHONE") => UndeclaredReason;
    the_number_as_an_article_is_a_fault:
        finding(r#"{"met": {"instrument": "IM", "article": PHONE}}"#) => BadCitation;
    the_number_as_an_instrument_is_a_fault:
        finding(r#"{"met": {"instrument": PHONE, "article": "4(1)"}}"#) => BadCitation;
    the_number_as_a_replacement_is_a_fault: demand(r#"{"replace": PHONE}"#, r#""because""#) => UndeclaredText;
    the_number_as_an_addition_is_a_fault: demand(r#"{"append": PHONE}"#, r#""because""#) => UndeclaredText;
    the_number_as_a_measure_is_a_fault: demand(r#"{"measure": {"id": PHONE}}"#, r#""because""#) => UndeclaredMeasure;
    the_number_as_a_parameters_name_is_a_fault:
        param(r#"{"name": PHONE, "value": {"number": 1}}"#) => UnregisteredParameter;
    the_number_as_a_parameters_id_is_a_fault:
        param(r#"{"name": "keep-days", "value": {"id": PHONE}}"#) => UnregisteredValue;
    the_number_as_a_parameters_number_is_a_fault:
        param(r#"{"name": "keep-days", "value": {"number": DIGITS}}"#) => UnregisteredValue;
    the_number_as_a_parameters_duration_is_a_fault:
        param(r#"{"name": "keep-days", "value": {"seconds": DIGITS}}"#) => UnregisteredValue;
    the_number_as_an_id_of_a_label_is_a_fault:
        demand(r#"{"measure": {"id": "label-explicit", "params": [{"name": "text", "value": {"id": PHONE}}]}}"#, r#""because""#)
            => UnregisteredValue;
    the_number_as_a_kind_is_a_fault:
        r#"{"findings": [{"duty": "im.art4.violence", "rule": "H1", "answer": {"unknown": "because"}, "kinds": [PHONE]}]}"#
            => UnknownKind;
    the_number_as_an_extra_id_of_a_finding_is_a_fault:
        r#"{"findings": [{"duty": "im.art4.violence", "rule": "H1", "answer": {"unknown": "because"}, "extra": [{"id": PHONE, "value": {"number": 1}}]}]}"#
            => UnknownExtra;
    the_number_as_an_extra_value_of_an_outcome_is_a_fault:
        r#"{"extra": [{"id": "score", "value": {"number": DIGITS}}]}"# => UnknownExtra;
}

#[test]
fn the_number_broken_up_in_an_article_is_a_fault() {
    let article = finding(r#"{"met": {"instrument": "IM", "article": SPLIT}}"#);
    assert_contained(&leaking("split", &article), FaultKind::BadCitation);
}

#[test]
fn a_panic_with_the_number_in_its_message_is_a_fault_without_words() {
    assert_contained(&leaking("panic", "{}"), FaultKind::Trap);
}

#[test]
fn the_number_in_the_log_reaches_nobody() {
    let leaking = leaking("log", "{}");
    let host = hosts::host(beside_witness(&leaking));
    let (judged, log) = captured(|| host.open("leak", Context::default()).submit(events::with_phone()));
    assert_eq!(judged.decision.evaluations["hostile"].fault, None);
    assert_clean("decision", &hosts::json(&judged.decision));
    assert_clean("log", &log);
    assert_same_thousand(&host, &hosts::host(beside_witness(&leaking)));
}

/// Hands each line on.
struct Lines(std::sync::mpsc::Sender<String>);

impl LogSink for Lines {
    fn line(&self, policy: &PolicyId, message: &str) {
        self.0.send(format!("{policy}: {message}")).expect("the test listens");
    }
}

#[test]
fn the_log_of_a_policy_reaches_the_sink_of_its_author_in_monitor_mode_and_nobody_otherwise() {
    for (mode, heard) in [(Mode::Monitor, vec![format!("hostile: {PHONE}")]), (Mode::Enforce, Vec::new())] {
        let (sender, lines) = std::sync::mpsc::channel();
        let candidate = beside_witness(&leaking("log", "{}")).mode("hostile", mode);
        let host = hosts::build(hosts::builder(candidate).log(Lines(sender)));
        let (judged, log) = captured(|| host.open("leak", Context::default()).submit(events::with_phone()));
        assert_eq!(lines.try_iter().collect::<Vec<_>>(), heard, "{mode:?}");
        assert_clean("decision", &hosts::json(&judged.decision));
        assert_clean("log", &log);
    }
}

#[test]
fn the_number_in_the_state_stays_with_the_host() {
    let leaking = leaking("nothing", r#"{"state": PHONE}"#);
    let host = hosts::host(beside_witness(&leaking));
    let mut session = host.open("leak", Context::default());
    for event in [events::with_phone(), events::ordinary(1), events::with_phone()] {
        let (judged, log) = captured(|| session.submit(event));
        assert_eq!(judged.decision.evaluations["hostile"].fault, None);
        assert_clean("decision", &hosts::json(&judged.decision));
        assert_clean("log", &log);
    }
    assert_same_thousand(&host, &hosts::host(beside_witness(&leaking)));
}

#[test]
fn the_pseudonym_and_the_conversation_stand_in_no_decision() {
    let context = Context {
        pseudonym: Some(format!("u-{PHONE}")),
        conversation: Some(format!("c-{PHONE}")),
        ..Context::default()
    };
    let host = hosts::host(beside_witness(&Guest::from_file("trap").under(Manifest::hostile().at_open())));
    let (decision, log) = captured(|| hosts::decide(&host, "leak", &context, &events::ordinary(3)));
    assert_clean("decision", &hosts::json(&decision));
    assert_clean("log", &log);
}

/// What decisions say of a guest that gives this answer to every call.
fn said(answer: &str) -> String {
    let guest = Guest::from_file("answers").with("answer", answer);
    let decision = hosts::decide(&hosts::host(beside_witness(&guest)), "s", &Context::default(), &events::with_phone());
    assert_eq!(decision.evaluations["hostile"].fault, None, "{}", hosts::json(&decision));
    serde_json::to_string(&(&decision.duties, &decision.obligations)).unwrap()
}

#[test]
fn the_order_of_an_answer_says_nothing() {
    let finding = |duty: &str, obligations: &str| {
        format!(
            r#"{{"duty": "{duty}", "rule": "H1", "answer": {{"require": {{"level": "mark", "obligations": [{obligations}], "cite": {{"instrument": "IM", "article": "4(1)"}}, "reason": "because"}}}}}}"#
        )
    };
    let label = r#"{"measure": {"id": "label-explicit"}}"#;
    let record = r#"{"measure": {"id": "record", "params": [{"name": "keep-days", "value": {"number": 180}}]}}"#;
    let answer = |findings: &[String]| format!(r#"{{"findings": [{}]}}"#, findings.join(", "));
    let of = |obligations: &str| {
        let duties = ["im.art4.violence.screen", "im.art4.violence"];
        duties.map(|duty| finding(duty, obligations))
    };
    let [one, two] = of(&format!("{label}, {record}"));
    let [three, four] = of(&format!("{record}, {label}, {record}"));
    let first = said(&answer(&[one.clone(), two.clone()]));
    assert_eq!(said(&answer(&[two.clone(), one.clone()])), first);
    let swapped = of(&format!("{record}, {label}"));
    assert_eq!(said(&answer(&swapped)), first, "obligations too");
    assert_eq!(said(&answer(&[one, two.clone(), two])), first, "a repeat says nothing");
    assert!(said_fault(&answer(&[three, four])).is_some(), "not even a repeat of a measure");
}

fn said_fault(answer: &str) -> Option<FaultKind> {
    let guest = Guest::from_file("answers").with("answer", answer);
    let decision = hosts::decide(&hosts::host(beside_witness(&guest)), "s", &Context::default(), &events::with_phone());
    decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind)
}

#[test]
fn a_message_of_bytes_cannot_be_written_into_spans() {
    // Each byte of the message would be the end of a span.
    for byte in [1, 3, 5, 8] {
        let span = format!(r#"{{"part": 0, "start": 0, "end": {byte}}}"#);
        for place in [format!(r#""spans": [{span}]"#), format!(r#""obligations": [{{"redact": {span}}}]"#)] {
            let answer = format!(
                r#"{{"findings": [{{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {{"require": {{"level": "mark",
                {place}, "cite": {{"instrument": "IM", "article": "4(1)"}}, "reason": "because"}}}}}}]}}"#
            );
            assert_eq!(said_fault(&answer), Some(FaultKind::SpanUnreported), "{answer}");
        }
    }
}

#[test]
fn the_threat_model_states_how_many_bits_an_answer_can_carry() {
    let content = hosts::built_in().content(hosts::today()).expect("it is read");
    let limits = specialis::Limits::default();
    let bits = |n_hits| {
        let policies = content.policies();
        policies.iter().filter_map(|policy| content.answer_bits(&policy.id, &limits, n_hits)).max().expect("policies")
    };
    let text =
        std::fs::read_to_string(specialis_tests::files::repository().join("docs/threat-model.md")).expect("the page");
    for n_hits in [0, 64] {
        let stated = format!("{n_hits} hits: {} bytes", bits(n_hits).div_ceil(8));
        assert!(text.contains(&stated), "`docs/threat-model.md` does not say `{stated}`");
    }
}
