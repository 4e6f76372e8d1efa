//! The property every rule keeps.

use specialis_policy::facts::Consent;
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Date, Finding, Policy, world_facts};

use super::Companions;

fn own(word: &str) -> String {
    word.to_owned()
}

fn consent(scope: &str, by: &str) -> Vec<Consent> {
    vec![Consent { scope: own(scope), given_by: own(by), on: Date::of(2026, 11, 2) }]
}

world_facts! {
    service.emotional_interaction: true, true, true, false;
    service.registered_users: 999_999, 1_000_000;
    service.monthly_users: 99_999, 100_000;
    service.algorithm_filing_number: own("网信算备样例"), own(" ");
    subject.age: own("adult"), own("14-17"), own("under-14");
    subject.older: true, false;
    subject.emergency_contact: true, false;
    subject.consents: Vec::new(), consent("anthropomorphic-service", "guardian"), consent("anthropomorphic-service", "self");
    general.minors_mode: true, false;
    general.minutes_continuous: 119, 120;
    intake.sensitive_interaction: true, false;
    intake.consents: Vec::new(), consent("training", "self");
    handling.operation: own("disclose"), own("retain");
    handling.subject_matter: vec![own("interaction")], vec![own("billing")];
    handling.identifying: true, false;
    handling.basis: own("separate-consent"), own("consent");
    account.operation: own("appeal"), own("usage");
    account.complaint_days: 15, 16;
    account.complaint_status: own("received"), own("answered");
    change.change: own("launch"), own("new-function"), own("model-update"), own("end"), own("filing-change");
    change.assessment_number: own("评估-1"), own("");
    change.assessed_on: Date::of(2026, 11, 2), Date::of(2026, 11, 3);
    change.notice_days: 29, 30;
}

const KINDS: [&str; 7] = ["open", "prompt", "output", "training-intake", "data-handling", "account", "service-change"];

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let case = world.event(kind).defaults_of(include_str!("../../policy.toml"));
    let case = if kind == "output" || kind == "prompt" {
        case.text("活不下去离不开你我是真人")
            .hit("companion.crisis", "活不下去")
            .hit("companion.dependence", "离不开你")
            .hit("companion.claims-human", "我是真人")
    } else {
        case
    };
    Companions::judge(&case.build(), &mut Vec::new())
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let spoken = check_doubt(&KINDS, &facts(), 1_500, judge);
    assert_eq!(spoken.len(), 10, "{spoken:?}");
}
