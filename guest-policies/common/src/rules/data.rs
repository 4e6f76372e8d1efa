//! Personal information and network data, whatever the sector: sensitive information, persons' requests, what nobody needs,
//! faces, training data, logs, incidents, and staff who look into minors' data.

use specialis_policy::doubt::{may_be, may_hold, said, surely};
use specialis_policy::facts::DataHandlingFacts;
use specialis_policy::progress::{Stage, of_request};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use crate::measures::{delete_personal, record};
use crate::reach;

/// Sensitive personal information needs a separate consent.
pub const PI2: Rule = Rule::new("PI2", "common.pi.sensitive", cite("PIPL", "29"));
/// Persons are answered in time.
pub const PI3: Rule = Rule::new("PI3", "common.pi.requests", cite("PIPL", "50"));
/// What was given to others is on record for three years.
pub const ND12: Rule = Rule::new("ND12", "common.pi.handover", cite("NDSR", "12"));
/// What is handled without a basis is deleted.
pub const PI4: Rule = Rule::new("PI4", "common.pi.unneeded", cite("PIPL", "47(1)"));
/// What touches persons most is assessed before, and the record of it is kept for three years.
pub const PI5: Rule = Rule::new("PI5", "common.pi.assessment", cite("PIPL", "55"));
/// Faces stay where they were taken.
pub const FR1: Rule = Rule::new("FR1", "common.pi.face", cite("FACE", "8"));
/// Training data are kept safe.
pub const ND19: Rule = Rule::new("ND19", "common.training-security", cite("NDSR", "19"));
/// Network logs are kept for six months.
pub const CS1: Rule = Rule::new("CS1", "common.network-logs", cite("CSL", "23(3)"));
/// Graded incidents are reported within hours.
pub const CI4: Rule = Rule::new("CI4", "common.incident", cite("INCIDENT", "4"));
/// Staff look into minors' data with approval and a log.
pub const E14: Rule = Rule::new("E14", "common.minors.staff-access", cite("MINORS", "36"));

/// Kinds of information that are sensitive.
const SENSITIVE: [&str; 8] =
    ["face", "biometric", "health", "financial-account", "location", "religion", "specific-identity", "minor"];
const REQUEST: [&str; 5] = ["access", "copy", "correct", "supplement", "delete"];

fn handling<'a>(case: &'a Case, operations: &[&str]) -> Option<&'a DataHandlingFacts> {
    case.data_handling().filter(|facts| may_be(facts.operation.as_deref(), operations))
}

/// Whether what is handled can identify somebody and may be of these kinds.
fn may_concern(facts: &DataHandlingFacts, kinds: &[&str]) -> bool {
    facts.identifying != Some(false) && may_hold(facts.subject_matter.as_deref(), kinds)
}

/// Answers on collecting, keeping and disclosing.
pub fn pi2(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["collect", "retain", "disclose"]).filter(|facts| may_concern(facts, &SENSITIVE))
    else {
        return Vec::new();
    };
    if surely(facts.basis.as_deref(), &["separate-consent", "legal-duty"]) {
        return vec![PI2.met()];
    }
    let consent = Measure::new("require-consent").id("scope", "sensitive-personal-information").id("by", "self");
    vec![PI2.require(Level::Stop, "separate-consent-missing").measure(consent)]
}

/// Answers on requests of persons.
pub fn pi3(case: &Case) -> Vec<Finding> {
    if handling(case, &REQUEST).is_none() {
        return Vec::new();
    }
    vec![answered(PI3, case)]
}

/// A request is answered in time, or refused with a reason. That it was received is not that it was answered.
pub(super) fn answered(rule: Rule, case: &Case) -> Finding {
    let ticket = |days: u32| {
        Measure::new("complaint-ticket").id("kind", "request").number("within-days", i64::from(days.min(365)))
    };
    match of_request(case) {
        Stage::Answered => rule.met(),
        Stage::NoLimit => rule.require(Level::Review, "no-published-limit").measure(ticket(0)),
        Stage::AnsweredWithoutLimit => rule.require(Level::Review, "no-published-limit"),
        Stage::Open(days) => rule.require(Level::Pass, "request-open").measure(ticket(days)),
        Stage::AnsweredLate => rule.require(Level::Warn, "answered-late"),
        Stage::RefusedWithoutReason => rule.require(Level::Warn, "refused-without-reason").measure(ticket(0)),
        Stage::Overdue => rule.require(Level::Warn, "request-overdue").measure(ticket(0)),
    }
}

/// Answers where personal information is given to others, or a processor is entrusted with it: a record is kept for three years.
pub fn nd12(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["disclose"]) else { return Vec::new() };
    if facts.identifying == Some(false) || said(facts.recipient.as_deref()) == Some("the-person") {
        return vec![ND12.not_applicable("not-handed-over")];
    }
    let record = Measure::new("record").number("log-months", case.number("handover-record-months"));
    vec![ND12.require(Level::Pass, "handed-over").measure(record)]
}

/// Answers on what was collected or is kept without any basis. While a statutory period runs it is stored and secured, and nothing
/// else is done with it.
pub fn pi4(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["collect", "retain"]).filter(|facts| facts.identifying != Some(false)) else {
        return Vec::new();
    };
    if surely(facts.basis.as_deref(), &["consent", "separate-consent", "contract", "legal-duty"]) {
        return vec![PI4.met()];
    }
    if case.more_data_handling().keep_until.is_some_and(|last| case.as_of() <= last) {
        return vec![PI4.citing(cite("PIPL", "47(2)")).require(Level::Warn, "only-stored")];
    }
    vec![PI4.require(Level::Warn, "no-basis").measure(delete_personal(case))]
}

/// Answers where sensitive information is handled, and where personal information is given to others: that is assessed before, and
/// the report and the record are kept for three years. Whether it was assessed no event says.
pub fn pi5(case: &Case) -> Vec<Finding> {
    let is_sensitive = |facts: &DataHandlingFacts| {
        may_be(facts.operation.as_deref(), &["collect", "retain", "disclose"]) && may_concern(facts, &SENSITIVE)
    };
    let is_given = |facts: &DataHandlingFacts| {
        may_be(facts.operation.as_deref(), &["disclose"])
            && facts.identifying != Some(false)
            && said(facts.recipient.as_deref()) != Some("the-person")
    };
    let is_trained_on = case.training_intake().is_some_and(|intake| {
        intake.personal_data != Some(false) && case.more_training_intake().sensitive_data != Some(false)
    });
    if !is_trained_on && !case.data_handling().is_some_and(|facts| is_sensitive(facts) || is_given(facts)) {
        return Vec::new();
    }
    let due = |rule: Rule| {
        let months = case.number("assessment-record-months");
        rule.require(Level::Pass, "impact-assessment-due").measure(Measure::new("record").number("log-months", months))
    };
    vec![due(PI5), due(PI5.citing(cite("PIPL", "56")))]
}

/// Answers on keeping and disclosing faces.
pub fn fr1(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["retain", "disclose"]).filter(|facts| may_concern(facts, &["face"])) else {
        return Vec::new();
    };
    vec![if surely(facts.basis.as_deref(), &["separate-consent", "legal-duty"]) {
        FR1.met()
    } else {
        FR1.require(Level::Stop, "face-leaves-device")
    }]
}

/// Answers on training data: each batch has its record.
pub fn nd19(case: &Case) -> Vec<Finding> {
    let Some(intake) = case.training_intake() else { return Vec::new() };
    vec![if said(intake.collection_record.as_deref()).is_some() {
        ND19.met()
    } else {
        ND19.require(Level::Warn, "processing-not-recorded").measure(record(case))
    }]
}

/// Answers where stored data are purged. What nobody says is something else may be a log.
pub fn cs1(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["purge"]) else { return Vec::new() };
    if !may_hold(facts.subject_matter.as_deref(), &["network-log"]) {
        return Vec::new();
    }
    vec![match facts.retained_days {
        Some(days) if is_old(case, days) => CS1.met(),
        Some(_) | None => CS1.require(Level::Stop, "log-too-young"),
    }]
}

/// Whether so many days ago lies as many months back as logs are kept.
fn is_old(case: &Case, days: u32) -> bool {
    let months = u16::try_from(case.number("log-months")).unwrap_or(u16::MAX);
    case.as_of().add_days(-i64::from(days)).add_months(months) <= case.as_of()
}

/// Answers on incidents of the grade "larger" and above.
pub fn ci4(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["incident"]) else { return Vec::new() };
    if surely(facts.incident_grade.as_deref(), &["general"]) {
        return vec![CI4.not_applicable("incident-general")];
    }
    let in_time = facts.minutes_since.is_some_and(|minutes| i64::from(minutes) <= case.number("incident-minutes"));
    let (level, reason) = if in_time { (Level::Warn, "incident") } else { (Level::Review, "incident-report-overdue") };
    let report = Measure::new("report").id("authority", case.text("incident-authority"));
    vec![CI4.require(level, reason).measures([report, record(case)])]
}

/// Answers on staff who look into what may be a minor's data.
pub fn e14(case: &Case) -> Vec<Finding> {
    let Some(facts) = handling(case, &["staff-access"]) else { return Vec::new() };
    if !reach::may_be_minor(case) {
        return vec![E14.not_applicable("adult")];
    }
    vec![if facts.access_approved == Some(true) {
        E14.require(Level::Pass, "staff-access").measure(record(case))
    } else {
        let approval = Measure::new("require-approval").id("kind", "staff-access");
        E14.require(Level::Stop, "staff-access-not-approved").measures([approval, record(case)])
    }]
}
