//! F8: viewers are warned of scenes that may discomfort minors.

use specialis_policy::doubt::surely;
use specialis_policy::{Case, Finding, Level, Measure, Rule, Span, cite};

use super::work::may_go_online;

const F8: Rule = Rule::new("F8", "film.viewer-warning", cite("FILM", "20"));
/// Hits that speak of such scenes.
const SCENES: [&str; 3] = ["a1.violence", "film.violence-glorified", "film.obscenity-glorified"];

pub(super) fn f8(case: &Case) -> Vec<Finding> {
    let advisory = || Measure::new("advisory").id("kind", "discomforting-minors");
    let spans: Vec<Span> =
        case.hits().iter().filter(|hit| SCENES.contains(&hit.category.as_str())).map(|hit| hit.at).collect();
    if let Some(publication) = case.publication() {
        let has_scenes = publication.discomforting_scenes != Some(false) || !spans.is_empty();
        if !may_go_online(publication) || !has_scenes {
            return Vec::new();
        }
        if publication.viewer_warning == Some(true) {
            return vec![F8.met()];
        }
        let is_for_adults = surely(publication.intended_audience.as_deref(), &["adults"]);
        let level = if is_for_adults { Level::Mark } else { Level::Warn };
        return vec![F8.require(level, "viewers-not-warned").measure(advisory()).at_all(spans)];
    }
    if case.output().is_none() || spans.is_empty() || surely(case.age(), &["adult"]) {
        return Vec::new();
    }
    vec![F8.require(Level::Warn, "viewers-not-warned").measure(advisory()).at_all(spans)]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{PublicationFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn level(scenes: Option<bool>, warning: Option<bool>, audience: Option<&str>) -> Option<Option<Level>> {
        let facts = PublicationFacts {
            discomforting_scenes: scenes,
            viewer_warning: warning,
            intended_audience: audience.map(str::to_owned),
            ..PublicationFacts::default()
        };
        f8(&CaseBuilder::new("publication").publication(facts).build()).first().map(Finding::level)
    }

    #[test]
    fn a_warning_is_owed_where_there_may_be_such_scenes() {
        assert_eq!(level(Some(false), None, None), None);
        assert_eq!(level(Some(true), Some(true), None), Some(None));
        assert_eq!(level(Some(true), Some(false), Some("everyone")), Some(Some(Level::Warn)));
        assert_eq!(level(Some(true), Some(false), Some("adults")), Some(Some(Level::Mark)));
        assert_eq!(level(None, None, None), Some(Some(Level::Warn)));
    }

    #[test]
    fn an_adult_reads_without_it() {
        let output = |age: Option<&str>| {
            let subject = SubjectFacts { age: age.map(str::to_owned), ..SubjectFacts::default() };
            let case = CaseBuilder::new("output").subject(subject).text("两人打斗").hit("a1.violence", "打斗").build();
            f8(&case).first().map(Finding::level)
        };
        assert_eq!(output(Some("adult")), None);
        assert_eq!(output(Some("14-17")), Some(Some(Level::Warn)));
        assert_eq!(output(None), Some(Some(Level::Warn)));
    }
}
