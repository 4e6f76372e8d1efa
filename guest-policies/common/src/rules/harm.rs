//! Content that harms minors, and content that may affect them.

use specialis_policy::facts::{LateSignalFacts, PublicationFacts};
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, Span, cite};

use crate::measures::{delete, notice, record, report};
use crate::reach;

/// Content that harms minors is not given to them.
pub const E8: Rule = Rule::new("E8", "common.minors.harmful", cite("MINORS", "22"));
/// The article by which it is not sent to them.
const SENT: Cite = cite("MINORS", "25");

/// The same rule on the screening for violence: a sector's law that lets a scene pass says nothing of minors who read it.
pub(super) const SCREEN: Rule = E8.on_duty("im.art4.violence.screen").citing(cite("MINORS-LAW", "50"));
const VIOLENCE: [&str; 1] = ["a1.violence"];

/// Content that may affect minors carries a notice, is not pushed to them and stays out of prominent places.
pub const E9: Rule = Rule::new("E9", "common.minors.may-affect", cite("MINORS", "23"));

/// That it is not pushed to minors: since 2024 the regulations and the rules on algorithms say so, since 2026 the measures on its
/// classes too.
pub(super) const PUSHED: [Cite; 3] = [cite("MINORS", "25"), cite("ALGO", "18(2)"), cite("MAY-AFFECT", "9")];

const HARMFUL: [&str; 7] = [
    "minors.harmful", "minors.superstition", "minors.self-harm", "minors.gambling", "a1.violence", "a1.obscenity",
    "a1.terrorism",
];
/// What harms children under 14 beside that.
const HARMS_CHILDREN: [&str; 1] = ["minors.violence"];
const MAY_AFFECT: [&str; 5] = ["minors.may-affect", "minors.imitation", "minors.values", "minors.image", "minors.data"];

/// How strongly hits and signals speak for a set of categories.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Evidence {
    /// Not at all.
    None,
    /// A term alone.
    Term(Vec<Span>),
    /// A score that a person should look at.
    Likely(Vec<Span>),
    /// A score over the threshold.
    Certain(Vec<Span>),
    /// A score was to come and does not.
    Missing,
}

fn evidence(case: &Case, categories: &[&str]) -> Evidence {
    if let Some(late) = case.late_signal() {
        return late_evidence(case, late, categories);
    }
    let is_ours = |category: &str| categories.contains(&category);
    let hits = reach::shown_hits(case, |hit| is_ours(&hit.category) && reach::counts(case, hit));
    let spans = reach::spans(hits);
    match reach::shown_score(case, |signal| is_ours(&signal.category)) {
        Some(score) if reach::reaches(case, score, "stop-permille") => Evidence::Certain(spans),
        Some(score) if reach::reaches(case, score, "review-permille") => Evidence::Likely(spans),
        _ if spans.is_empty() => Evidence::None,
        _ => Evidence::Term(spans),
    }
}

fn late_evidence(case: &Case, late: &LateSignalFacts, categories: &[&str]) -> Evidence {
    match (late.category.as_deref(), late.score_permille) {
        (Some(other), _) if !categories.contains(&other) => Evidence::None,
        (_, None) => Evidence::Missing,
        (_, Some(score)) if reach::reaches(case, score, "stop-permille") => Evidence::Certain(Vec::new()),
        (_, Some(score)) if reach::reaches(case, score, "review-permille") => Evidence::Likely(Vec::new()),
        _ => Evidence::None,
    }
}

/// For whom content is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    /// Certainly for adults alone.
    Adults,
    /// For anybody.
    Everyone,
    /// For minors, or nobody knows.
    Minors,
}

fn readers(case: &Case) -> Readers {
    match case.publication().map(|publication| publication.intended_audience.as_deref()) {
        Some(Some("adults")) => Readers::Adults,
        Some(Some("everyone")) => Readers::Everyone,
        Some(_) => Readers::Minors,
        None if reach::may_be_minor(case) => Readers::Minors,
        None => Readers::Adults,
    }
}

/// Whether the reader may be a child under 14. What is published for minors is for children too.
fn may_be_child(case: &Case) -> bool {
    case.publication().is_some() || !matches!(case.age(), Some("adult" | "14-17"))
}

fn is_judged(case: &Case) -> bool {
    reach::goes_out(case) || case.late_signal().is_some()
}

/// Answers on output, media, publications and late signals that reach minors.
pub fn e8(case: &Case) -> Vec<Finding> {
    if !is_judged(case) {
        return Vec::new();
    }
    let readers = readers(case);
    let children = if readers == Readers::Minors && may_be_child(case) { &HARMS_CHILDREN[..] } else { &[] };
    let categories: Vec<&str> = HARMFUL.iter().chain(children).copied().collect();
    let harmful = match (readers, evidence(case, &categories)) {
        (Readers::Adults, _) | (_, Evidence::None) | (Readers::Everyone, Evidence::Term(_) | Evidence::Likely(_)) => {
            return Vec::new();
        }
        (_, Evidence::Certain(spans)) => stopped(case, "harmful-over").at_all(spans),
        (_, Evidence::Missing) => stopped(case, "score-missing"),
        (Readers::Minors, Evidence::Term(spans)) => E8.require(Level::Review, "harmful-term").at_all(spans),
        (Readers::Minors, Evidence::Likely(spans)) => E8.require(Level::Review, "harmful-in-doubt").at_all(spans),
    };
    // Art. 22 forbids making and spreading it, Art. 25 sending it to minors.
    let sent = (readers == Readers::Minors && case.publication().is_none()).then(|| harmful.clone().citing(SENT));
    let violent = match evidence(case, &VIOLENCE) {
        Evidence::Term(spans) => Some(SCREEN.require(Level::Review, "harmful-term").at_all(spans)),
        Evidence::Likely(spans) => Some(SCREEN.require(Level::Review, "harmful-in-doubt").at_all(spans)),
        Evidence::Missing => Some(SCREEN.require(Level::Review, "score-missing")),
        Evidence::None | Evidence::Certain(_) => None,
    };
    // Art. 29 says what becomes of what was found, and Art. 22 that it is forbidden.
    let banned = harmful.reason().filter(|_| harmful.level() == Some(Level::Stop));
    let banned = banned.map(|reason| E8.require(Level::Stop, reason));
    [harmful].into_iter().chain(banned).chain(sent).chain(violent.filter(|_| readers == Readers::Minors)).collect()
}

fn stopped(case: &Case, reason: &'static str) -> Finding {
    let stopped = E8.citing(cite("MINORS", "29")).require(Level::Stop, reason);
    stopped.measures([Measure::new("retract"), delete(case), record(case), report(case)])
}

/// Answers on output, media, publications and late signals with content that may affect minors.
pub fn e9(case: &Case) -> Vec<Finding> {
    if !is_judged(case) {
        return Vec::new();
    }
    let (spans, place_level) = match evidence(case, &MAY_AFFECT) {
        Evidence::None => return Vec::new(),
        Evidence::Term(spans) | Evidence::Likely(spans) => (spans, Level::Review),
        Evidence::Certain(spans) => (spans, Level::Stop),
        Evidence::Missing => (Vec::new(), Level::Stop),
    };
    // Whoever makes it says so; a platform that finds it unmarked in what is published does so in its place.
    let notice_owed = if case.publication().is_some() { E9.citing(cite("MINORS", "29(2)")) } else { E9 };
    let mut findings = vec![notice_owed.require(Level::Warn, "may-affect-minors").measure(notice("may-affect-minors"))];
    if case.publication().is_none() && reach::may_be_minor(case) {
        findings.extend(PUSHED.map(|cite| E9.citing(cite).require(Level::Review, "may-affect-push")));
    }
    if is_for_minors(case.service().intended_audience.as_deref()) || case.publication().is_some_and(is_prominent) {
        findings.push(E9.citing(cite("MINORS", "24")).require(place_level, "may-affect-place"));
    }
    findings.into_iter().map(|finding| finding.at_all(spans.clone())).collect()
}

fn is_for_minors(intended: Option<&str>) -> bool {
    matches!(intended, Some("minors") | None)
}

fn is_prominent(publication: &PublicationFacts) -> bool {
    is_for_minors(publication.intended_audience.as_deref())
        || matches!(publication.placement.as_deref(), Some("home-page" | "pop-up" | "hot-list") | None)
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{ServiceFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn output(age: Option<&str>) -> CaseBuilder {
        let subject = SubjectFacts { age: age.map(str::to_owned), ..SubjectFacts::default() };
        let service = ServiceFacts { intended_audience: Some("everyone".into()), ..ServiceFacts::default() };
        let case = CaseBuilder::new("output").defaults_of(include_str!("../../policy.toml"));
        case.subject(subject).service(service)
    }

    fn levels(findings: &[Finding]) -> Vec<Level> {
        findings.iter().filter_map(Finding::level).collect()
    }

    #[test]
    fn a_fight_scene_is_reviewed_for_minors_and_left_alone_for_adults() {
        let scene = |age| e8(&output(age).text("两人在雨中打斗").hit("a1.violence", "打斗").build());
        for age in [Some("14-17"), Some("under-14"), None] {
            let duties: Vec<_> = scene(age).iter().map(|finding| (finding.duty(), finding.level())).collect();
            let review = Some(Level::Review);
            let harmful = ("common.minors.harmful", review);
            assert_eq!(duties, [harmful, harmful, ("im.art4.violence.screen", review)], "{age:?}");
        }
        assert_eq!(scene(Some("adult")), []);
    }

    #[test]
    fn scores_are_compared_with_both_thresholds() {
        for (score, level) in
            [(599, None), (600, Some(Level::Review)), (899, Some(Level::Review)), (900, Some(Level::Stop))]
        {
            let findings = e8(&output(Some("14-17")).text("甲").signal("minors.gambling", score).build());
            assert_eq!(findings.first().and_then(Finding::level), level, "{score}");
        }
    }

    #[test]
    fn a_stop_for_a_minor_cites_the_ban_the_sending_and_what_follows() {
        let findings = e8(&output(Some("14-17")).text("甲").signal("minors.gambling", 900).build());
        let articles: Vec<_> = findings.iter().filter_map(Finding::cites).map(|cite| cite.article).collect();
        assert_eq!(articles, ["29", "22", "25"]);
    }

    #[test]
    fn a_late_score_that_never_comes_counts_as_the_highest() {
        let late = |category: &str, score| {
            let facts =
                LateSignalFacts { category: Some(category.into()), score_permille: score, part: None, up_to: None };
            let subject = SubjectFacts { age: Some("14-17".into()), ..SubjectFacts::default() };
            let case = CaseBuilder::new("signal").defaults_of(include_str!("../../policy.toml")).late_signal(facts);
            levels(&e8(&case.subject(subject).build()))
        };
        assert_eq!(late("minors.self-harm", None), [Level::Stop; 3]);
        assert_eq!(late("minors.self-harm", Some(0)), []);
        assert_eq!(late("a3.ip", None), []);
    }

    #[test]
    fn cruelty_is_looked_at_for_children_under_14() {
        let scene = |age| e8(&output(age).text("画面里血肉模糊").hit("minors.violence", "血肉模糊").build()).len();
        assert_eq!((scene(Some("under-14")), scene(None)), (2, 2));
        assert_eq!((scene(Some("14-17")), scene(Some("adult"))), (0, 0));
    }

    #[test]
    fn light_terms_do_not_count() {
        let hit = |weight| {
            let at = Span { part: 0, start: 0, end: 6 };
            specialis_policy::facts::Hit { at, category: "a1.violence".into(), weight, lexicon: None, detector: None }
        };
        let findings = |weight| e8(&output(None).text("打斗").hit_as(hit(weight)).build());
        assert_eq!((findings(19).len(), findings(20).len()), (0, 3));
    }

    #[test]
    fn what_may_affect_minors_carries_a_notice_and_stays_out_of_prominent_places() {
        let at = |placement: Option<&str>, intended: &str| {
            let facts = PublicationFacts {
                placement: placement.map(str::to_owned),
                intended_audience: Some(intended.to_owned()),
                ..PublicationFacts::default()
            };
            let service = ServiceFacts { intended_audience: Some("everyone".into()), ..ServiceFacts::default() };
            let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
            let case = case.publication(facts).service(service).text("炫富").hit("minors.may-affect", "炫富");
            levels(&e9(&case.build()))
        };
        assert_eq!(at(Some("feed"), "everyone"), [Level::Warn]);
        assert_eq!(at(Some("hot-list"), "everyone"), [Level::Warn, Level::Review]);
        assert_eq!(at(None, "everyone"), [Level::Warn, Level::Review]);
        assert_eq!(at(Some("feed"), "minors"), [Level::Warn, Level::Review]);
    }
}
