//! P1, P2, P6, P12: what a publication must not have, works for minors, public corrections, heroes and martyrs.

use specialis_policy::doubt::surely;
use specialis_policy::unlawful::HEROES;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::work::{is_scored, published, spans};

pub(super) const P1: Rule = Rule::new("P1", "arts.content", cite("PUBLISH", "25"));
pub(super) const P2: Rule = Rule::new("P2", "arts.minors", cite("PUBLISH", "26"));
pub(super) const P6: Rule = Rule::new("P6", "arts.correction", cite("PUBLISH", "27"));
pub(super) const P12: Rule = Rule::new("P12", "arts.heroes", cite("HEROES", "22"));

/// What Art. 25 adds to what the Measures ban.
const BANNED: [&str; 4] = ["arts.cult", "arts.superstition", "arts.morality", "minors.superstition"];
/// What a work for minors must not have.
const FOR_MINORS: [&str; 4] = ["a1.violence", "a1.terrorism", "minors.harmful", "minors.imitation"];

/// Output, and what comes before the public.
fn goes_out(case: &Case) -> bool {
    case.output().is_some() || published(case).is_some()
}

/// A term asks for an editor's look; a score decides.
pub(super) fn p1(case: &Case) -> Vec<Finding> {
    if !goes_out(case) {
        return Vec::new();
    }
    let found = spans(case, &BANNED);
    if is_scored(case, &BANNED) {
        vec![P1.require(Level::Stop, "banned-content").at_all(found)]
    } else if found.is_empty() {
        Vec::new()
    } else {
        let review = Measure::new("require-approval").id("kind", "content-review");
        vec![P1.require(Level::Review, "banned-content-likely").measure(review).at_all(found)]
    }
}

/// A work for minors has nothing that leads to imitating bad acts, no terror and no cruelty.
pub(super) fn p2(case: &Case) -> Vec<Finding> {
    let is_for_minors = match published(case) {
        Some(publication) => !surely(publication.intended_audience.as_deref(), &["everyone", "adults"]),
        None => case.output().is_some() && !surely(case.age(), &["adult"]),
    };
    let found = spans(case, &FOR_MINORS);
    if !is_for_minors || (found.is_empty() && !is_scored(case, &FOR_MINORS)) {
        return Vec::new();
    }
    let level = if is_scored(case, &FOR_MINORS) { Level::Stop } else { Level::Review };
    vec![P2.require(level, "unfit-for-minors").at_all(found)]
}

/// What was found untrue and harmed is corrected in public. Whether it was is for whoever checks facts to say.
pub(super) fn p6(case: &Case) -> Vec<Finding> {
    let Some(publication) = published(case) else { return Vec::new() };
    // Fiction states no facts.
    if publication.fiction == Some(true) || surely(publication.fact_check.as_deref(), &["confirmed"]) {
        return Vec::new();
    }
    if publication.correction_published == Some(true) {
        return vec![P6.met()];
    }
    let refuted = surely(publication.fact_check.as_deref(), &["refuted"]);
    let reason = if refuted { "untrue-not-corrected" } else { "truth-not-checked" };
    let open = surely(publication.fact_check.as_deref(), &["open"]);
    let level = if open { Level::Mark } else { Level::Review };
    vec![P6.require(level, reason).measure(Measure::new("publish-correction"))]
}

/// A martyr's name beside words that distort goes to a person; so does a work with one of them in it that nobody reviewed.
pub(super) fn p12(case: &Case) -> Vec<Finding> {
    if !goes_out(case) {
        return Vec::new();
    }
    let found = spans(case, &[HEROES]);
    if is_scored(case, &[HEROES]) {
        // One stop is reported once: to the authority that the profile names, as every policy reports it.
        let report = Measure::new("report").id("authority", case.report_authority().to_owned());
        return vec![
            P12.citing(cite("HEROES", "23")).require(Level::Stop, "heroes-distorted").measure(report).at_all(found),
        ];
    }
    let listed = published(case).is_some_and(|publication| {
        publication
            .persons
            .as_ref()
            // Whom nobody named may be one.
            .is_none_or(|all| all.iter().any(|one| one.lists.iter().any(|list| list == "heroes-martyrs")))
    });
    if found.is_empty() && !listed {
        return Vec::new();
    }
    vec![P12.require(Level::Review, "heroes-in-work").at_all(found)]
}
