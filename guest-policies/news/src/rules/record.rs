//! N12: a copy of what was published is kept. What is stopped as unlawful is not published: it is deleted, and the record of it is
//! the one that the rule on it asks for.

use specialis_policy::unlawful::is_deleted;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::subject::may_be_news;

const N12: Rule = Rule::new("N12", "news.record", cite("IISM", "14"));

pub(super) fn n12(case: &Case) -> Option<Finding> {
    let publication = case.publication()?;
    let record = || Measure::new("record").number("keep-days", case.number("record-days"));
    let limit = u32::try_from(case.number("unlawful-permille")).unwrap_or(0);
    (may_be_news(publication) && !is_deleted(case, limit))
        .then(|| N12.require(Level::Pass, "news-published").measure(record()))
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::PublicationFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    const MANIFEST: &str = include_str!("../../policy.toml");

    fn of(form: Option<&str>, action: &str) -> Option<Finding> {
        let facts = PublicationFacts {
            form: form.map(str::to_owned),
            action: Some(action.to_owned()),
            ..PublicationFacts::default()
        };
        n12(&CaseBuilder::new("publication").defaults_of(MANIFEST).publication(facts).build())
    }

    #[test]
    fn published_news_is_kept_and_a_novel_is_not() {
        assert!(of(Some("news"), "publish").is_some_and(|finding| finding.get_measure("record").is_some()));
        assert!(of(None, "publish").is_some());
        assert_eq!(of(Some("novel"), "publish"), None);
        assert_eq!(of(Some("news"), "download"), None);
    }
}
