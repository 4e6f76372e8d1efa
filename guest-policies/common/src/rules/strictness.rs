//! The property every rule keeps, for what persons publish, what is handled and what is changed.

use specialis_policy::facts::{Consent, LabelReading, Person, Waiver};
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Date, Finding, Policy, world_facts};

use crate::Common;

const TODAY: Date = Date::of(2026, 11, 2);

fn own(word: &str) -> String {
    word.to_owned()
}

fn person(uses: &str, consent: Option<&str>) -> Vec<Person> {
    let given = |scope: &str| Consent { scope: own(scope), given_by: own("self"), on: TODAY };
    let consents = consent.into_iter().map(given).collect();
    vec![Person { name: own("样例甲"), uses: vec![own(uses)], consents, lists: Vec::new() }]
}

fn waiver(record_days: u32) -> Waiver {
    Waiver { by: own("user"), on: TODAY, record_days }
}

fn label(explicit: bool, height: u32, ms: u32) -> LabelReading {
    LabelReading {
        verdict: own("compliant"),
        explicit: Some(explicit),
        explicit_elements: Some(vec![own("ai"), own("generation")]),
        explicit_height_permille: Some(height),
        explicit_ms: Some(ms),
        ..LabelReading::default()
    }
}

world_facts! {
    subject.age: own("adult"), own("14-17"), own("under-14");
    subject.identity_verified: true, false;
    service.roles: vec![own("provider")], vec![own("app-store")], vec![own("propagator")];
    service.emotional_interaction: true, false;
    service.plays_relative: true, false;
    service.complaint_limit_days: 15;
    agreement.clauses: vec![], vec![own("labelling")];
    general.minors_mode: true, false;
    general.minutes_today: 119, 120;
    media.direction: own("in"), own("out");
    media.operation: own("generate"), own("face-swap");
    media.persons: vec![], person("face", None), person("face", Some("face"));
    medium.label: label(true, 50, 2_000), label(true, 49, 2_000), label(true, 50, 1_999), label(false, 0, 0);
    publication.action: own("publish"), own("download"), own("list-application");
    publication.actor: own("individual"), own("platform");
    publication.form: own("image"), own("novel");
    publication.ai_made: true, false;
    publication.declared_generated: true, false;
    publication.author_verified: true, false;
    publication.label_material: own("说明.pdf"), own("");
    publication.persons: vec![], person("voice", None), person("voice", Some("voice"));
    publication.label: label(true, 50, 2_000), label(false, 0, 0);
    publication.intended_audience: own("everyone"), own("adults"), own("minors");
    intake.collection_record: own("采-1"), own("");
    handling.operation: own("collect"), own("retain"), own("disclose"), own("delete"), own("purge"), own("incident"), own("staff-access");
    handling.subject_matter: vec![own("input")], vec![own("face")], vec![own("network-log")];
    handling.identifying: true, false;
    handling.basis: own("separate-consent"), own("consent"), own("none");
    handling.requested_days_ago: 15, 16;
    handling.retained_days: 183, 184;
    handling.recipient: own("advertiser"), own("the-person");
    publication.waiver: waiver(180), waiver(181);
    agreement.version: own("3");
    agreement.accepted_on: TODAY;
    tenant.serves_public: true, false;
    general.audience: own("public"), own("internal");
    general.purpose: own("publish"), own("private");
    handling.incident_grade: own("general"), own("larger");
    handling.minutes_since: 240, 241;
    handling.access_approved: true, false;
    account.operation: own("register"), own("agreement"), own("usage"), own("purchase"), own("complaint");
    account.amount_fen: 5_000, 5_001, 10_001;
    account.spent_today_fen: 0, 5_000, 10_000;
    account.complaint_days: 15, 16;
    account.complaint_status: own("received"), own("answered");
    change.change: own("launch"), own("new-function"), own("model-update"), own("end");
    change.functions: vec![own("face-edit")], vec![own("summary")];
    change.assessment_number: own("评估-1"), own("");
    change.assessed_on: TODAY, TODAY.add_days(1);
}

const KINDS: [&str; 7] =
    ["open", "media", "publication", "training-intake", "data-handling", "account", "service-change"];

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let case = world.event(kind).defaults_of(include_str!("../../policy.toml"));
    let case = if kind == "publication" {
        case.text("曝光同学住址13800138000").hit("minors.data", "曝光同学住址").hit("pi.mobile", "13800138000")
    } else {
        case
    };
    Common::judge(&case.build(), &mut Vec::new())
}

#[test]
fn making_any_fact_unknown_never_loosens() {
    let spoken = check_doubt(&KINDS, &facts(), 600, judge);
    assert!(spoken.len() > 24, "{} duties: {spoken:?}", spoken.len());
}
