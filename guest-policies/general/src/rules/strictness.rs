//! The property every rule keeps: making a fact unknown lowers no level and loses no obligation.

use specialis_policy::facts::{Consent, Grade, LabelReading, Licence, Notice, Waiver};
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Counters, Date, Finding, Policy, world_facts};

use super::General;

const TODAY: Date = Date::of(2026, 11, 2);
const PAST: Date = Date::of(2026, 10, 1);

fn own(word: &str) -> String {
    word.to_owned()
}

fn consent(on: Date) -> Vec<Consent> {
    vec![Consent { scope: own("training"), given_by: own("self"), on }]
}

fn grade(grade: &str) -> Vec<Grade> {
    vec![Grade { scheme: own("service-risk"), grade: own(grade), by: own("operator"), on: TODAY }]
}

fn licence(category: &str, expires: Option<Date>) -> Vec<Licence> {
    vec![Licence { number: own("样例号"), category: own(category), holder: own("样例公司"), expires }]
}

fn notice(from: Option<Date>, until: Option<Date>) -> Vec<Notice> {
    vec![Notice { authority: own("cac"), from, until, ..Notice::default() }]
}

fn waiver(record_days: u32) -> Waiver {
    Waiver { by: own("user"), on: TODAY, record_days }
}

fn label(verdict: &str, explicit: Option<bool>) -> LabelReading {
    LabelReading { verdict: own(verdict), explicit, ..LabelReading::default() }
}

world_facts! {
    general.grades: vec![], grade("high"), grade("low");
    model.base_model: own("own"), own("样例基座");
    model.base_model_filing_number: own("样例-1"), own("");
    model.filing_number: own("样例-2"), own("");
    tenant.id: own("customer-7"), own("");
    agreement.clauses: vec![], vec![own("rights-duties")], vec![own("breach-measures")], vec![own("customer-duties")], vec![own("labelling")];
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
    intake.sampled_items: 3_999, 4_000;
    more_intake.unlawful_items: 200, 201;
    more_intake.passed_items: 3_919, 3_920;
    more_intake.corpus_items: 100_000;
    more_intake.machine_checked_items: 9_999, 10_000;
    more_intake.sensitive_data: true, false;
    more_intake.children_data: true, false;
    more_annotation.batch_items: 1_000;
    more_annotation.sampled_items: 0, 99, 100, 1_000;
    more_annotation.accurate_items: 94, 95, 950;
    more_handling.needed_days: 180, 181;
    more_handling.keep_until: TODAY.add_days(-1), TODAY;
    more_handling.entrusted_under: own("样例-合同-1"), own("");
    more_service.shows_algorithm_number: true, false;
    more_service.request_limit_days: 7, 15;
    more_subject.registered: true, false;
    more_provider.foreign_invested: true, false;
    more_provider.foreign_investment_number: own("样例-外资-1"), own("");
    annotation.rules_version: own("3"), own("");
    annotation.aim: own("function"), own("safety");
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
    account.operation: own("breach"), own("complaint"), own("usage");
    account.complaint_days: 15, 16;
    account.complaint_status: own("received"), own("answered");
    change.change: own("launch"), own("new-function"), own("model-update"), own("filing-change"), own("authority-notice"), own("end"), own("inspection");
    change.notice_days: 29, 30;
    change.provided: vec![own("sources")], ["sources", "scale", "types", "labelling-rules", "algorithm", "support"].map(own).to_vec();
    abort.cause: own("closed"), own("error");
    general.audience: own("public"), own("internal");
    general.minors_mode: true, false;
    general.minutes_today: 0, 119, 120, 500;
    tenant.serves_public: true, false;
    provider.nature: own("school"), own("individual");
    provider.origin: own("mainland"), own("overseas");
    subject.age: own("under-14"), own("14-17"), own("adult");
    subject.territory: own("mainland"), own("overseas");
    service.territory: own("mainland"), own("overseas");
    service.filing_number: own(""), own("沪-1");
    service.algorithm_filing_number: own(""), own("网-1");
    service.started_on: Date::of(2026, 1, 5), Date::of(2026, 10, 30);
    service.licences: vec![], licence("value-added-telecom", Some(TODAY)), licence("value-added-telecom", Some(TODAY.add_days(-1))), licence("value-added-telecom", None), licence("internet-news", Some(Date::of(2030, 1, 1)));
    service.published_uses: vec![], vec![own("chat")];
    service.authority_notices: vec![], notice(Some(PAST), Some(TODAY.add_days(-1))), notice(Some(PAST), Some(TODAY)), notice(Some(TODAY.add_days(1)), None), notice(None, None);
    agreement.version: own("2"), own("3");
    agreement.current_version: own("3");
    agreement.accepted_on: Date::of(2026, 1, 5), TODAY.add_days(1);
    standing.consecutive: 0, 1, 2;
    standing.today: 0, 3, 4;
    standing.current_measure: own("none"), own("warned");
    standing.as_of: TODAY.add_days(-1), TODAY;
    prompt.task: own("chat"), own("script");
    media.direction: own("in"), own("out");
    medium.label: label("compliant", None), label("compliant", Some(true)), label("non-compliant", None), label("not-found", None), label("inconclusive", None);
    publication.ai_made: true, false;
    publication.waiver: waiver(180), waiver(184);
    publication.label: label("compliant", None), label("compliant", Some(true)), label("non-compliant", None), label("not-found", None), label("inconclusive", None);
    account.breach_category: own("a1.violence"), own("a3.other");
    account.breach_review: own("confirmed"), own("refuted"), own("open");
    change.on: Date::of(2026, 11, 10), Date::of(2028, 11, 10), Date::of(2026, 1, 1);
    change.assessment_number: own(""), own("评估-1");
    change.assessed_on: PAST, TODAY.add_days(3);
    change.notice_on: TODAY.add_days(-1), TODAY.add_days(1);
    late.category: own("a1.violence"), own("a2.gender"), own("minors.harmful");
    late.score_permille: 10, 700, 950;
    review.role: own("content-reviewer"), own("teacher");
    review.outcome: own("approved"), own("refused"), own("expired");
    review.digest: own("d");
}

const KINDS: [&str; 14] = [
    "open", "prompt", "output", "media", "publication", "account", "service-change", "signal", "review", "tool",
    "training-intake", "annotation-batch", "data-handling", "abort",
];

/// A batch without personal data has none of a face or of a child: where facts say both, the positive one counts, and then
/// there is no telling what leaving out either of them would mean.
fn without_contradiction(world: &World) -> World {
    let mut world = world.clone();
    if world.intake.personal_data == Some(false) {
        let more = &mut world.more_intake;
        for fact in [&mut more.sensitive_data, &mut more.children_data] {
            *fact = fact.filter(|is_there| !is_there);
        }
    }
    world
}

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let world = without_contradiction(world);
    let levels: &[&str] = &["service-risk/high=review", "service-risk/low=mark"];
    let measures: &[&str] = &["service-risk/high=record", "service-risk/high=verify"];
    let case = world.event(kind).setting("grade-levels", levels).setting("grade-measures", measures);
    let case = match kind {
        "prompt" | "output" | "media" | "publication" => {
            case.text("样例词").hit("a1.violence", "样例词").signal("a1.obscenity", 950)
        }
        _ => case,
    };
    let mut state = Vec::new();
    if kind == "review" {
        // A reviewer answers on everything.
        let mut asked = Counters::<1>::read(1, &[]);
        asked.set(0, (1 << 12) - 1);
        state = asked.write();
    }
    General::judge(&case.defaults_of(include_str!("../../policy.toml")).build(), &mut state)
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let spoken = check_doubt(&KINDS, &facts(), 300, judge);
    assert!(spoken.len() > 30, "{} duties: {spoken:?}", spoken.len());
}
