//! P15: a copy of what was published is kept. What is stopped as unlawful is not published: it is deleted, and the record of it is
//! the one that the rule on it asks for.

use specialis_policy::facts::PublicationFacts;
use specialis_policy::unlawful::is_deleted;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::work::{may_be_book, may_be_publisher, published};

const P15: Rule = Rule::new("P15", "arts.record", cite("IISM", "14"));

/// Whoever publishes online records content, time and address, and keeps the copy for the days that the article names.
pub(super) fn p15(case: &Case) -> Vec<Finding> {
    let record = || Measure::new("record").number("keep-days", case.number("record-days"));
    let limit = u32::try_from(case.number("unlawful-permille")).unwrap_or(0);
    let is_book = |publication: &&PublicationFacts| may_be_publisher(publication) && may_be_book(publication);
    let book = published(case).filter(is_book).filter(|_| !is_deleted(case, limit));
    book.map(|_| P15.require(Level::Pass, "work-published").measure(record())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    #[test]
    fn what_a_publisher_or_a_platform_publishes_is_kept() {
        let kept = |actor: Option<&str>, form: &str, action: &str| {
            let facts = PublicationFacts {
                actor: actor.map(str::to_owned),
                form: Some(form.to_owned()),
                action: Some(action.to_owned()),
                ..PublicationFacts::default()
            };
            let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
            p15(&case.publication(facts).build()).iter().any(|finding| finding.get_measure("record").is_some())
        };
        assert!(kept(Some("publisher"), "novel", "publish") && kept(None, "text", "publish"));
        assert!(!kept(Some("individual"), "novel", "publish") && !kept(Some("platform"), "news", "publish"));
        assert!(!kept(Some("platform"), "novel", "download"));
    }
}
