//! Answers as one value: what is one is decided on as the typed one, and what is none is a fault.

use serde_json::{Value, json};
use specialis_core::{Context, Decision, FaultKind, FaultSubject, FormProblem, Mode};
use specialis_tests::value::{encoded, hex};
use specialis_tests::{Guest, events, hosts};

use super::{assert_contained, assert_faults, beside_witness};

/// A guest that hands over these bytes so often, and then returns this outcome.
fn guest(bytes: &[u8], times: u32, outcome: &str) -> Guest {
    let guest = Guest::from_file("answers-by-value").with("hex", &hex(bytes));
    guest.with("times", &times.to_string()).with("answer", outcome)
}

fn decided(guest: &Guest) -> Decision {
    hosts::decide(&hosts::host(beside_witness(guest)), "s", &Context::default(), &events::with_phone())
}

/// A finding that asks for nothing.
fn silent() -> Value {
    json!({"0": "im.art4.violence.screen", "1": "H1", "2": [0, "because"]})
}

/// A finding with this demand.
fn demanding(change: impl FnOnce(&mut Value)) -> Value {
    let mut demand = json!({"0": 1, "1": [], "2": [], "3": {"0": "IM", "1": "4(1)"}, "4": "because"});
    change(&mut demand);
    json!([{"0": "im.art4.violence.screen", "1": "H1", "2": [2, demand]}])
}

#[test]
fn an_answer_as_one_value_is_decided_on_as_the_typed_one() {
    let typed = r#"{"findings": [
        {"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "redact", "obligations": [
            {"redact": {"part": 0, "start": 0, "end": 50}},
            {"measure": {"id": "record", "params": [{"name": "keep-days", "value": {"number": 138}}]}}],
            "spans": [{"part": 0, "start": 0, "end": 50}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}},
        {"duty": "im.art4.violence", "rule": "H1", "answer": {"not-applicable": "because"}}]}"#;
    let text = events::with_phone().parts[0].text.clone().unwrap();
    let typed = typed.replace("50", &text.len().to_string());
    let all = json!({"0": 0, "1": 0, "2": text.len()});
    let record = json!({"0": "record", "1": [{"0": "keep-days", "1": [0, 138]}]});
    let by_value = json!([
        {"0": "im.art4.violence.screen", "1": "H1", "2": [2, {"0": 3, "1": [[0, all], [4, record]], "2": [all],
            "3": {"0": "IM", "1": "4(1)"}, "4": "because"}]},
        {"0": "im.art4.violence", "1": "H1", "2": [0, "because"]},
    ]);
    let typed = decided(&Guest::from_file("answers").with("answer", &typed));
    let by_value = decided(&guest(&encoded(&by_value), 1, "{}"));
    assert_eq!(typed.evaluations["hostile"].fault, None);
    assert_eq!((&typed.duties, &typed.obligations), (&by_value.duties, &by_value.obligations));
    assert!(typed.duties.iter().flat_map(|duty| &duty.findings).any(|found| found.policy.as_str() == "hostile"));
}

#[test]
fn what_is_no_answer_is_a_fault() {
    let mut behind = encoded(&json!([silent()]));
    behind.push(0);
    let nested = [vec![0x81; 200_000], vec![0]].concat();
    let endless = [&[0x9f], encoded(&silent()).as_slice(), &[0xff]].concat();
    let twice = "81a400636161610062626200016248310282006762656361757365";
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let malformed = [
        ("nothing", Vec::new()),
        ("bytes behind the end", behind),
        ("no list", encoded(&silent())),
        ("lists without end in each other", nested),
        ("a list whose length is not given", endless),
        ("a list that claims more than there is", vec![0x98, 0xff]),
        ("a finding without a rule", encoded(&json!([{"0": "im.art4.violence.screen", "2": [0, "because"]}]))),
        ("an unknown field", encoded(&json!([{"0": "d", "1": "H1", "2": [0, "because"], "9": 1}]))),
        ("an unknown case", encoded(&json!([{"0": "d", "1": "H1", "2": [5, "because"]}]))),
        ("a case that carries nothing", encoded(&json!([{"0": "d", "1": "H1", "2": [0]}]))),
        ("an unknown level", encoded(&demanding(|demand| demand["0"] = 6.into()))),
        ("a level as text", encoded(&demanding(|demand| demand["0"] = "stop".into()))),
        ("an unknown obligation", encoded(&demanding(|demand| demand["1"] = json!([[7, 1]])))),
        ("a span without an end", encoded(&demanding(|demand| demand["2"] = json!([{"0": 0, "1": 0}])))),
        (
            "a number that does not fit",
            encoded(&demanding(|demand| demand["2"] = json!([{"0": 0, "1": 0, "2": u64::MAX}]))),
        ),
        ("a field twice", bytes(twice)),
        ("text that is none", vec![0x81, 0xa3, 0x00, 0x61, 0xff]),
    ];
    for (what, bytes) in malformed {
        let decision = decided(&guest(&bytes, 1, "{}"));
        let fault = decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind);
        assert_eq!(fault, Some(FaultKind::AnswerForm), "{what}");
    }
}

#[test]
fn what_the_form_breaks_is_told_of_a_policy_without_effect_alone() {
    let whole = encoded(&json!([silent()]));
    let headed = |head: &[u8]| [head, &whole[1..]].concat();
    let cases = [
        // The same list, whose length takes a byte more than it has to.
        (headed(&[0x98, 0x01]), FormProblem::LongHead),
        (headed(&[0x9f]), FormProblem::OpenLength),
        (headed(&[0x82]), FormProblem::CutShort),
        (headed(&[0x80]), FormProblem::TrailingBytes),
        (headed(&[0x81, 0xc1]), FormProblem::Tag),
        (encoded(&silent()), FormProblem::OtherType),
        (encoded(&json!([{"0": "d", "1": "H1", "2": [0, "because"], "9": 1}])), FormProblem::UnknownPlace),
        (encoded(&json!([{"0": "d", "2": [0, "because"]}])), FormProblem::MissingPlace),
        (encoded(&json!([{"0": "d", "1": "H1", "2": [5, "because"]}])), FormProblem::UnknownCase),
    ];
    for (bytes, form) in cases {
        let guest = guest(&bytes, 1, "{}");
        let fault = |mode| {
            let host = hosts::host(beside_witness(&guest).mode("hostile", mode));
            let decision = hosts::decide(&host, "s", &Context::default(), &events::with_phone());
            decision.evaluations["hostile"].fault.clone().unwrap_or_else(|| panic!("{form:?} is no fault"))
        };
        let told = fault(Mode::Monitor);
        assert_eq!(told.kind, FaultKind::AnswerForm);
        assert_eq!(told.about, Some(FaultSubject { form: Some(form), ..FaultSubject::default() }));
        let enforced = fault(Mode::Enforce);
        assert_eq!((enforced.kind, enforced.about), (FaultKind::AnswerForm, None));
    }
    let long = FaultSubject { form: Some(FormProblem::LongHead), ..FaultSubject::default() };
    assert_eq!(long.to_string(), "form `long-head`");
}

#[test]
fn a_bad_answer_is_contained() {
    assert_contained(&guest(&[0x81], 1, "{}"), FaultKind::AnswerForm);
}

#[test]
fn a_second_answer_is_a_fault() {
    let host = hosts::host(beside_witness(&guest(&encoded(&json!([silent()])), 2, "{}")));
    assert_faults(&host, FaultKind::AnswerForm);
}

#[test]
fn an_answer_beside_findings_is_a_fault() {
    let outcome =
        r#"{"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"not-applicable": "because"}}]}"#;
    let host = hosts::host(beside_witness(&guest(&encoded(&json!([silent()])), 1, outcome)));
    assert_faults(&host, FaultKind::AnswerForm);
}

#[test]
fn answers_as_one_value_are_held_to_the_same_limits() {
    let fault = |answer: &Value| {
        let decision = decided(&guest(&encoded(answer), 1, "{}"));
        decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind)
    };
    let many = Value::Array(vec![silent(); 257]);
    assert_eq!(fault(&many), Some(FaultKind::FindingCount));
    let long = "x".repeat(260 << 10);
    assert_eq!(fault(&json!([{"0": long, "1": "H1", "2": [0, "because"]}])), Some(FaultKind::OutputSize));
    let extra = json!([{"0": "im.art4.violence.screen", "1": "H1", "2": [0, "because"], "4": []}]);
    assert_eq!(fault(&extra), Some(FaultKind::UnknownExtra));
    let params = json!([{"0": "keep-days", "1": [0, 1]}, {"0": "keep-days", "1": [0, 2]}]);
    let twice = demanding(|demand| demand["1"] = json!([[4, {"0": "record", "1": params}]]));
    assert_eq!(fault(&twice), Some(FaultKind::UnregisteredParameter));
    let no_day = json!([{"0": "keep-days", "1": [1, {"0": 2026, "1": 2, "2": 30}]}]);
    let no_day = demanding(|demand| demand["1"] = json!([[4, {"0": "record", "1": no_day}]]));
    assert_eq!(fault(&no_day), Some(FaultKind::UnregisteredValue));
    assert_eq!(fault(&json!([silent()])), None);
}
