//! Who speaks: real identity, rumors, complaints, and what minors publish.

use specialis_policy::doubt::may_be;
use specialis_policy::facts::PublicationFacts;
use specialis_policy::progress::{Stage, of_complaint};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use crate::measures::{notice, record, report};
use crate::reach;

/// Whoever publishes is verified first.
pub const DS9: Rule = Rule::new("DS9", "common.dsp9.identity", cite("DSP", "9"));
/// A rumor is refuted, recorded and reported.
pub const DS11: Rule = Rule::new("DS11", "common.dsp11.rumor", cite("DSP", "11"));
/// Complaints and appeals are answered within published limits.
pub const DS12: Rule = Rule::new("DS12", "common.dsp12.complaints", cite("DSP", "12"));
/// Minors who publish are verified, and what is private stays with them.
pub const E11: Rule = Rule::new("E11", "common.minors.identity", cite("MINORS", "31"));

/// The same rule on private information.
pub(super) const PRIVATE: Rule = E11.on_duty("common.minors.private").citing(cite("MINORS", "38"));
/// What is private to a minor.
const PRIVATE_CATEGORIES: [&str; 8] = [
    "pi.resident-id", "pi.mobile", "pi.landline", "pi.bank-card", "pi.passport", "pi.licence-plate", "pi.email",
    "pi.address",
];

/// Whether a person publishes, as against a unit that has its own papers.
fn is_by_person(publication: &PublicationFacts) -> bool {
    may_be(publication.action.as_deref(), &["publish", "repost"])
        && may_be(publication.actor.as_deref(), &["individual", "self-media"])
}

fn is_verified(case: &Case) -> bool {
    case.subject().identity_verified == Some(true)
}

fn unverified(rule: Rule) -> Finding {
    rule.require(Level::Review, "identity-not-verified").measure(Measure::new("require-identity"))
}

/// Answers on publications by persons.
pub fn ds9(case: &Case) -> Vec<Finding> {
    match case.publication() {
        Some(publication) if is_by_person(publication) => {
            let is_known = is_verified(case) || publication.author_verified == Some(true);
            vec![if is_known { DS9.met() } else { unverified(DS9) }]
        }
        Some(_) | None => Vec::new(),
    }
}

/// Answers on output and publications that a model scores as false and harmful. Words alone are no rumor, and what people wrote is
/// not made with deep synthesis.
pub fn ds11(case: &Case) -> Vec<Finding> {
    if !reach::goes_out(case) || case.publication().is_some_and(|publication| publication.ai_made == Some(false)) {
        return Vec::new();
    }
    let score = reach::shown_score(case, |signal| signal.category == "a1.false-information");
    if score.is_none_or(|score| !reach::reaches(case, score, "stop-permille")) {
        return Vec::new();
    }
    let refuted = DS11.require(Level::Review, "rumor");
    vec![refuted.measures([Measure::new("publish-correction"), record(case), report(case)])]
}

/// Answers on complaints and appeals.
pub fn ds12(case: &Case) -> Vec<Finding> {
    let Some(account) = case.account() else { return Vec::new() };
    if !may_be(account.operation.as_deref(), &["complaint", "appeal"]) {
        return Vec::new();
    }
    let ticket = |days: u32| {
        Measure::new("complaint-ticket").id("kind", "complaint").number("within-days", i64::from(days.min(365)))
    };
    vec![match of_complaint(case) {
        Stage::Answered => DS12.met(),
        Stage::NoLimit => DS12.require(Level::Review, "no-published-limit").measure(ticket(0)),
        Stage::AnsweredWithoutLimit => DS12.require(Level::Review, "no-published-limit"),
        Stage::Open(days) => DS12.require(Level::Pass, "complaint-open").measure(ticket(days)),
        Stage::AnsweredLate => DS12.require(Level::Warn, "answered-late"),
        Stage::RefusedWithoutReason => DS12.require(Level::Warn, "refused-without-reason").measure(ticket(0)),
        Stage::Overdue => DS12.require(Level::Warn, "complaint-overdue").measure(ticket(0)),
    }]
}

/// Answers on what minors publish.
pub fn e11(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    if !reach::may_be_minor(case) || !is_by_person(publication) {
        return Vec::new();
    }
    let mut findings = vec![if is_verified(case) { E11.met() } else { unverified(E11) }];
    let spans = reach::spans(reach::shown_hits(case, |hit| PRIVATE_CATEGORIES.contains(&hit.category.as_str())));
    if !spans.is_empty() {
        let prompt = Measure::new("remind").id("kind", "private-information");
        let private = PRIVATE.require(Level::Review, "private-of-minor").measures([prompt, notice("content-limit")]);
        findings.push(private.at_all(spans));
    }
    findings
}
