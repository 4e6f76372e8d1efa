//! The property every rule keeps, for what is trained on, handled and changed.

use specialis_policy::facts::{Consent, Grade};
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Date, Finding, Policy, world_facts};

use super::General;

const TODAY: Date = Date::of(2026, 11, 2);

fn own(word: &str) -> String {
    word.to_owned()
}

fn consent(on: Date) -> Vec<Consent> {
    vec![Consent { scope: own("training"), given_by: own("self"), on }]
}

fn grade(grade: &str) -> Vec<Grade> {
    vec![Grade { scheme: own("service-risk"), grade: own(grade), by: own("operator"), on: TODAY }]
}

world_facts! {
    general.grades: vec![], grade("high"), grade("low");
    model.base_model: own("own"), own("样例基座");
    model.base_model_filing_number: own("样例-1"), own("");
    model.filing_number: own("样例-2"), own("");
    tenant.id: own("customer-7"), own("");
    agreement.clauses: vec![], vec![own("customer-duties")];
    service.roles: vec![own("provider")], vec![own("api-supplier")], vec![own("app-store")];
    service.shapes_opinion: true, false;
    service.shows_model: true, false;
    service.complaint_limit_days: 15;
    intake.stage: own("collected"), own("verified"), own("training");
    intake.aim: own("service"), own("research");
    intake.source: own("样例库"), own("");
    intake.licence: own("公有领域"), own("");
    intake.collection_record: own("采-1"), own("");
    intake.base_model_filing_number: own("样例-1"), own("");
    intake.personal_data: true, false;
    intake.personal_data_basis: own("consent"), own("published"), own("none");
    intake.consents: vec![], consent(TODAY), consent(TODAY.add_days(1));
    intake.rights_cleared: true, false;
    intake.unlawful_permille: 50, 51;
    intake.sampled_items: 3_999, 4_000;
    intake.passed_permille: 979, 980;
    intake.machine_checked_permille: 99, 100;
    annotation.rules_version: own("3"), own("");
    annotation.aim: own("function"), own("safety");
    annotation.sampled_permille: 99, 100, 1_000;
    annotation.accuracy_permille: 949, 950;
    annotation.labeller: own("L-1");
    annotation.reviewer: own("L-1"), own("R-1");
    annotation.trained_on: Date::of(2025, 11, 2), Date::of(2025, 11, 1), Date::of(2026, 11, 3);
    annotation.stored_apart: true, false;
    handling.operation: own("collect"), own("retain"), own("disclose"), own("copy"), own("incident");
    handling.subject_matter: vec![own("input")], vec![own("address-book")];
    handling.purpose: own("answer"), own("");
    handling.needed: vec![own("input")];
    handling.identifying: true, false;
    handling.retained_days: 180, 181;
    handling.retention_limit_days: 180;
    handling.recipient: own("advertiser"), own("the-person");
    handling.basis: own("consent"), own("none");
    handling.requested_days_ago: 15, 16;
    tool.authorized: true, false;
    account.operation: own("complaint"), own("usage");
    account.complaint_days: 15, 16;
    account.complaint_status: own("received"), own("answered");
    change.change: own("launch"), own("model-update"), own("end"), own("inspection");
    change.notice_days: 29, 30;
    change.provided: vec![own("sources")], ["sources", "scale", "types", "labelling-rules", "algorithm", "support"].map(own).to_vec();
    abort.cause: own("closed"), own("error");
}

const KINDS: [&str; 8] =
    ["open", "tool", "training-intake", "annotation-batch", "data-handling", "account", "service-change", "abort"];

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let levels: &[&str] = &["service-risk/high=review", "service-risk/low=mark"];
    let measures: &[&str] = &["service-risk/high=record", "service-risk/high=verify"];
    let case = world.event(kind).setting("grade-levels", levels).setting("grade-measures", measures);
    General::judge(&case.defaults_of(include_str!("../../policy.toml")).build(), &mut Vec::new())
}

#[test]
fn making_a_fact_of_data_or_service_unknown_never_loosens() {
    let spoken = check_doubt(&KINDS, &facts(), 600, judge);
    for duty in [
        "im.art7.data", "im.art7.quality", "im.art8.labelling", "im.art11.inputs", "im.art16.grades",
        "im.art19.inspection",
    ] {
        assert!(spoken.contains(duty), "{duty}: {spoken:?}");
    }
}
