//! What a fault says of the place it is about: in an enforcing policy declared and registered names alone, in a monitored one
//! all of it.

use serde_json::Value;
use specialis_core::{Context, Decision, Fault, FaultKind, FaultSubject, Mode};
use specialis_tests::{Guest, events, hosts};

use super::beside_witness;

/// A word that no manifest declares and no registry has.
const CHOSEN: &str = "chosen-by-the-guest";

fn of_file(name: &str) -> Guest {
    Guest::from_file(name)
}

fn answering(answer: &str) -> Guest {
    Guest::from_file("answers").with("answer", answer)
}

/// One finding on the screening of violence, with parts of it replaced.
fn finding(changes: &[(&str, &str)]) -> Guest {
    let whole = r#"{"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {
        "level": "warn", "obligations": [], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}"#;
    let changed = changes.iter().fold(whole.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not there");
        text.replace(from, to)
    });
    answering(&changed)
}

fn with_obligation(obligation: &str) -> Guest {
    finding(&[("\"obligations\": []", &format!("\"obligations\": [{obligation}]"))])
}

fn record_with(param: &str) -> Guest {
    with_obligation(&format!(r#"{{"measure": {{"id": "record", "params": [{param}]}}}}"#))
}

fn decided(guest: &Guest, mode: Mode) -> Decision {
    let host = hosts::host(beside_witness(guest).mode("hostile", mode));
    hosts::decide(&host, "about", &Context::default(), &events::with_phone())
}

fn fault(decision: &Decision) -> Fault {
    decision.evaluations["hostile"].fault.clone().unwrap_or_else(|| panic!("no fault: {}", hosts::json(decision)))
}

/// What is known of a fault: rule, duty, id, parameter and value.
fn about(of: [Option<&str>; 5]) -> FaultSubject {
    let [rule, duty, id, parameter, value] = of.map(|name| name.map(str::to_owned));
    FaultSubject { rule: rule.map(Into::into), duty: duty.map(Into::into), id, parameter, value, form: None }
}

#[test]
fn a_fault_names_rule_duty_measure_and_parameter() {
    use FaultKind as Kind;
    let (h1, h2, screen) = (Some("H1"), Some("H2"), Some("im.art4.violence.screen"));
    let too_long = r#"{"name": "keep-days", "value": {"number": 99999}}"#;
    let cases = [
        (of_file("ungoverned-duty"), Kind::UngovernedDuty, [h1, Some("common.pi.output"), None, None, None]),
        (of_file("rule-of-another-duty"), Kind::UndeclaredDuty, [h2, Some("im.art12.marking"), None, None, None]),
        (of_file("undeclared-measure"), Kind::UndeclaredMeasure, [h1, screen, Some("geoblock"), None, None]),
        (of_file("terminates-user"), Kind::UngrantedMeasure, [h1, screen, Some("terminate-user"), None, None]),
        (of_file("appends-advert"), Kind::UngrantedMeasure, [h1, screen, Some("append"), None, None]),
        (of_file("unregistered-parameter"), Kind::UnregisteredParameter, [h1, screen, Some("record"), None, None]),
        (record_with(too_long), Kind::UnregisteredValue, [h1, screen, Some("record"), Some("keep-days"), None]),
    ];
    for (guest, kind, names) in cases {
        let fault = fault(&decided(&guest, Mode::Enforce));
        assert_eq!((fault.kind, fault.about), (kind, Some(about(names))));
    }
}

#[test]
fn the_fault_of_a_monitored_policy_names_what_the_guest_chose_too() {
    let fault_of = |guest: &Guest| fault(&decided(guest, Mode::Monitor)).about.expect("it is known");
    let (h1, screen, record) = (Some("H1"), Some("im.art4.violence.screen"), Some("record"));
    let parameter = fault_of(&of_file("unregistered-parameter"));
    assert_eq!(parameter, about([h1, screen, record, Some("price"), None]));
    let value = fault_of(&record_with(r#"{"name": "keep-days", "value": {"number": 99999}}"#));
    assert_eq!(value, about([h1, screen, record, Some("keep-days"), Some("99999")]));
    assert_eq!(
        value.to_string(),
        "rule `H1`, duty `im.art4.violence.screen`, id `record`, parameter `keep-days`, value `99999`"
    );
}

#[test]
fn nothing_that_the_guest_chose_stands_in_the_decision_of_an_enforcing_policy() {
    let chosen = &format!("\"{CHOSEN}\"");
    let quoted = |text: &str| text.replace("CHOSEN", chosen);
    let cases = [
        finding(&[("\"im.art4.violence.screen\"", chosen)]),
        finding(&[("\"H1\"", chosen)]),
        finding(&[("\"because\"", chosen)]),
        finding(&[("\"IM\"", chosen)]),
        finding(&[("\"4(1)\"", chosen)]),
        finding(&[("\"rule\": \"H1\"", &quoted(r#""rule": "H1", "kinds": [CHOSEN]"#))]),
        with_obligation(&quoted(r#"{"replace": CHOSEN}"#)),
        with_obligation(&quoted(r#"{"append": CHOSEN}"#)),
        with_obligation(&quoted(r#"{"measure": {"id": CHOSEN}}"#)),
        record_with(&quoted(r#"{"name": CHOSEN, "value": {"number": 1}}"#)),
        record_with(&quoted(r#"{"name": "keep-days", "value": {"id": CHOSEN}}"#)),
    ];
    for guest in cases {
        let enforced = decided(&guest, Mode::Enforce);
        assert!(!hosts::json(&enforced).contains(CHOSEN), "{}", hosts::json(&enforced));
        // The word did reach the check: where the policy has no effect it is told.
        let monitored = decided(&guest, Mode::Monitor);
        assert_eq!(fault(&monitored).kind, fault(&enforced).kind);
        assert!(hosts::json(&monitored).contains(CHOSEN), "{}", hosts::json(&monitored));
    }
    let mut json: Value = serde_json::from_str(&hosts::json(&decided(&of_file("trap"), Mode::Enforce))).unwrap();
    assert_eq!(json["evaluations"]["hostile"]["fault"]["about"].take(), Value::Null, "a trap is about nothing");
}
