//! F7: what the Film Law bans is glorifying, not showing. A violent scene that is merely told goes out with an advisory.

use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, Settings, Span, cite};

const FILM_16: Cite = cite("FILM", "16");
pub(super) const F7: Rule = Rule::new("F7", "film.content", FILM_16);
const PROHIBITION: &str = "im.art4.violence";
pub(super) const SCREEN: &str = "im.art4.violence.screen";

const VIOLENCE: &str = "a1.violence";
const GLORIFIED: &str = "film.violence-glorified";
/// What Art. 16 bans, with the reason.
const BANNED: [(&str, &str); 3] = [
    (GLORIFIED, "violence-glorified"),
    ("film.obscenity-glorified", "obscenity-glorified"),
    ("film.crime-method", "crime-taught"),
];

pub(super) fn f7(case: &Case) -> Vec<Finding> {
    let comes_in = case.media().is_some_and(|media| media.direction.as_deref() == Some("in"));
    if comes_in || !case.is_any(&["output", "media", "publication"]) {
        return Vec::new();
    }
    let spans = |category: &str| -> Vec<Span> { case.hits_in(category).map(|hit| hit.at).collect() };
    // What is written is named; a score alone is a suspicion.
    let banned = |rule: Rule, category: &str, reason: &'static str| {
        let found = spans(category);
        if !found.is_empty() {
            return Some(rule.require(Level::Stop, reason).at_all(found));
        }
        is_scored(case, category).then(|| rule.require(Level::Stop, "content-over"))
    };

    let mut findings: Vec<Finding> =
        BANNED.iter().filter_map(|(category, reason)| banned(F7, category, reason)).collect();
    let violence = spans(VIOLENCE);
    let glorified = banned(F7.on_duty(PROHIBITION), GLORIFIED, "violence-glorified");
    if glorified.is_some() {
        findings.extend(glorified);
    } else if !violence.is_empty() {
        findings.extend(told(case, violence));
    }
    findings
}

/// The operator's threshold for a model's score; one that does not fit counts as the strictest.
pub(super) fn threshold(settings: &Settings) -> u32 {
    u32::try_from(settings.number("content-permille")).unwrap_or(0)
}

/// Whether a model's score reaches the operator's threshold.
fn is_scored(case: &Case, category: &str) -> bool {
    !case.signals().is_empty() && case.signal_over(category, threshold(case.settings())).is_some()
}

/// Terms of violence with nothing that glorifies: the Film Law provides otherwise for a work of fiction.
fn told(case: &Case, violence: Vec<Span>) -> Vec<Finding> {
    let screen = F7.on_duty(SCREEN);
    let advisory = Measure::new("advisory").id("kind", "violence");
    // Only a publication says whether it is fiction; what is still being written goes by the sector of the session. A
    // medium that may come in was written by nobody here, and the general screening of it stays.
    let is_fiction = case.publication().is_none_or(|publication| publication.fiction == Some(true));
    let goes_out = case.media().is_none_or(|media| media.direction.is_some());
    let on_screen = match (is_fiction, goes_out) {
        (false, _) => screen.require(Level::Review, "fiction-not-established"),
        (true, false) => screen.require(Level::Warn, "violence-told"),
        (true, true) => screen.instead_of(Level::Warn, "violence-told"),
    };
    // Against a model's score the Film Law is held up on the prohibition too. That is a floor: the host refuses, and says so.
    let floor = F7.on_duty(PROHIBITION);
    let on_floor = if is_fiction && goes_out && is_scored(case, VIOLENCE) {
        floor.instead_of(Level::Warn, "violence-told")
    } else {
        floor.met()
    };
    vec![on_screen.measure(advisory).at_all(violence), on_floor, F7.met()]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::PublicationFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn with_text(builder: CaseBuilder) -> CaseBuilder {
        builder.defaults_of(include_str!("../../policy.toml")).text("两人在雨中打斗，鲜血染红了衣襟，多么痛快的杀戮")
    }

    fn output() -> CaseBuilder {
        with_text(CaseBuilder::new("output"))
    }

    /// What is answered on a duty, and its level.
    fn on(builder: CaseBuilder, duty: &str) -> Option<(&'static str, Option<Level>)> {
        let findings = f7(&builder.build());
        findings.iter().find(|finding| finding.duty() == duty).map(|finding| (finding.case(), finding.level()))
    }

    #[test]
    fn a_scene_that_is_told_is_relaxed_with_an_advisory() {
        let scene = || output().hit(VIOLENCE, "打斗");
        assert_eq!(on(scene(), SCREEN), Some(("instead-of", Some(Level::Warn))));
        assert_eq!(on(scene(), PROHIBITION), Some(("met", None)));
        assert_eq!(on(scene(), "film.content"), Some(("met", None)));
        let findings = f7(&scene().build());
        assert!(findings.iter().any(|finding| finding.get_measure("advisory").is_some()));
    }

    #[test]
    fn a_score_against_the_scene_is_contradicted_and_the_host_has_the_last_word() {
        let scored = |permille| on(output().hit(VIOLENCE, "打斗").signal(VIOLENCE, permille), PROHIBITION);
        assert_eq!(scored(900), Some(("instead-of", Some(Level::Warn))));
        assert_eq!(scored(100), Some(("met", None)));
    }

    #[test]
    fn glorifying_is_stopped_and_relaxes_nothing() {
        let glorified = || output().hit(VIOLENCE, "打斗").hit(GLORIFIED, "痛快的杀戮");
        assert_eq!(on(glorified(), SCREEN), None);
        assert_eq!(on(glorified(), PROHIBITION), Some(("require", Some(Level::Stop))));
        assert_eq!(on(glorified(), "film.content"), Some(("require", Some(Level::Stop))));
    }

    #[test]
    fn a_signal_of_glorifying_counts_from_the_threshold() {
        let scored = |score| output().hit(VIOLENCE, "打斗").signal(GLORIFIED, score);
        assert_eq!(on(scored(799), SCREEN), Some(("instead-of", Some(Level::Warn))));
        assert_eq!(on(scored(800), SCREEN), None);
        assert_eq!(on(scored(800), "film.content"), Some(("require", Some(Level::Stop))));
    }

    #[test]
    fn a_publication_is_relaxed_only_where_it_is_surely_fiction() {
        let published = |fiction| {
            let facts = PublicationFacts { fiction, ..PublicationFacts::default() };
            on(with_text(CaseBuilder::new("publication").publication(facts)).hit(VIOLENCE, "打斗"), SCREEN)
        };
        assert_eq!(published(Some(true)), Some(("instead-of", Some(Level::Warn))));
        assert_eq!(published(Some(false)), Some(("require", Some(Level::Review))));
        assert_eq!(published(None), Some(("require", Some(Level::Review))));
    }

    #[test]
    fn methods_of_crime_are_stopped_and_silence_is_silence() {
        assert_eq!(on(output().hit("film.crime-method", "打斗"), "film.content"), Some(("require", Some(Level::Stop))));
        assert_eq!(f7(&output().build()), []);
    }
}
