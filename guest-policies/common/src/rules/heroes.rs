//! Heroes and martyrs: their deeds and spirit are not distorted, vilified, profaned or denied.

use specialis_policy::unlawful::HEROES as DISTORTED;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use crate::measures::{delete, record, report};
use crate::reach;

/// What distorts the deeds of heroes and martyrs does not go out.
pub const HM1: Rule = Rule::new("HM1", "common.heroes", cite("HEROES", "22"));

/// Answers on output, media and publications. A name beside words that distort asks for a person's look; a score decides.
pub fn hm1(case: &Case) -> Vec<Finding> {
    if !reach::goes_out(case) {
        return Vec::new();
    }
    let hits = reach::shown_hits(case, |hit| hit.category == DISTORTED && reach::counts(case, hit));
    let spans = reach::spans(hits);
    let score = reach::shown_score(case, |signal| signal.category == DISTORTED);
    let reaches = |setting: &str| score.is_some_and(|score| reach::reaches(case, score, setting));
    vec![if reaches("stop-permille") {
        let stopped = HM1.citing(cite("HEROES", "23")).require(Level::Stop, "heroes-over");
        stopped.measures([Measure::new("retract"), delete(case), record(case), report(case)]).at_all(spans)
    } else if reaches("review-permille") {
        HM1.require(Level::Review, "heroes-signal").at_all(spans)
    } else if !spans.is_empty() {
        HM1.require(Level::Review, "heroes-term").at_all(spans)
    } else {
        return Vec::new();
    }]
}

#[cfg(test)]
mod tests {
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn level(case: CaseBuilder) -> Option<Level> {
        hm1(&case.defaults_of(include_str!("../../policy.toml")).build()).first().and_then(Finding::level)
    }

    #[test]
    fn a_name_beside_words_that_distort_is_looked_at() {
        let text = || CaseBuilder::new("output").text("恶搞董存瑞");
        assert_eq!(level(text().hit(DISTORTED, "董存瑞")), Some(Level::Review));
        assert_eq!(level(text()), None);
        assert_eq!(level(CaseBuilder::new("prompt").text("恶搞董存瑞").hit(DISTORTED, "董存瑞")), None);
    }

    #[test]
    fn a_score_decides() {
        let scored = |permille| level(CaseBuilder::new("publication").text("甲").signal(DISTORTED, permille));
        assert_eq!(scored(900), Some(Level::Stop));
        assert_eq!(scored(899), Some(Level::Review));
        assert_eq!(scored(599), None);
    }
}
