//! N5, N9, N10, N11: who may gather news, new functions of a news service, unlawful content, and the order of lists.

use specialis_policy::doubt::{may_be, said, surely};
use specialis_policy::unlawful::BANNED;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::licence::is_licensed_to_gather;
use super::subject::may_be_news;

const N5: Rule = Rule::new("N5", "news.gathering", cite("NEWS", "6"));
const N9: Rule = Rule::new("N9", "news.assessment", cite("NEWS-APP", "7"));
const N10: Rule = Rule::new("N10", "news.unlawful", cite("NEWS", "16"));
const N11: Rule = Rule::new("N11", "news.ranking", cite("ALGO", "14"));

/// News of one's own, and comment, come from whoever is licensed to gather. A licence for a platform, which covers publishing
/// for others, does not cover that; whoever has no other reposts.
pub(super) fn n5(case: &Case) -> Option<Finding> {
    let publication = case.publication()?;
    let is_own = may_be(publication.action.as_deref(), &["publish"]);
    if !may_be_news(publication) || !is_own {
        return None;
    }
    Some(if is_licensed_to_gather(case) {
        N5.met()
    } else {
        let licence = Measure::new("require-licence").id("category", "internet-news/gathering");
        N5.require(Level::Stop, "not-licensed-to-gather").measure(licence)
    })
}

/// A new function is assessed before it starts.
pub(super) fn n9(case: &Case) -> Option<Finding> {
    let change = case.service_change()?;
    if !may_be(change.change.as_deref(), &["launch", "new-function"]) {
        return None;
    }
    let in_time = match (change.assessed_on, change.on) {
        (Some(assessed), Some(on)) => assessed <= on && assessed <= case.as_of(),
        (None, _) | (_, None) => false,
    };
    Some(if in_time && said(change.assessment_number.as_deref()).is_some() {
        N9.met()
    } else {
        let assessment = Measure::new("require-filing").id("kind", "security-assessment");
        N9.require(Level::Stop, "assessment-missing").measure(assessment)
    })
}

/// What is found unlawful, the contents that law bans, is stopped, recorded and reported. Here the record of a stop stands in the law itself.
pub(super) fn n10(case: &Case) -> Option<Finding> {
    let comes_in = case.media().is_some_and(|media| media.direction.as_deref() == Some("in"));
    if comes_in || !case.is_any(&["output", "media", "publication"]) {
        return None;
    }
    let limit = u32::try_from(case.number("unlawful-permille")).unwrap_or(0);
    if !BANNED.iter().any(|category| case.signal_over(category, limit).is_some()) {
        return None;
    }
    // For how long, the operator says: the article names no period.
    let record = Measure::new("record").number("log-days", case.number("record-days")).id("set-by", "operator");
    let report = Measure::new("report").id("authority", case.report_authority().to_owned());
    Some(N10.require(Level::Stop, "unlawful-content").stop().measures([record, report]))
}

/// Nobody buys or pushes a place on a list.
pub(super) fn n11(case: &Case) -> Option<Finding> {
    let publication = case.publication()?;
    if !may_be_news(publication)
        || !may_be(publication.placement.as_deref(), &["hot-list", "search", "home-page", "pop-up"])
    {
        return None;
    }
    let is_fair = surely(publication.placement_basis.as_deref(), &["ranked", "edited"]);
    Some(if is_fair { N11.met() } else { N11.require(Level::Review, "place-not-earned") })
}

#[cfg(test)]
mod tests {
    use specialis_policy::Date;
    use specialis_policy::facts::{Licence, PublicationFacts, ServiceChangeFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn published(facts: PublicationFacts) -> CaseBuilder {
        let form = Some("news".to_owned());
        CaseBuilder::new("publication")
            .defaults_of(include_str!("../../policy.toml"))
            .publication(PublicationFacts { form, ..facts })
    }

    #[test]
    fn only_who_is_licensed_to_gather_publishes_their_own() {
        let own = |actor: &str, category: &str| {
            let licence = Licence {
                number: "1".into(),
                category: category.into(),
                holder: "晨报网".into(),
                expires: Some(Date::of(2026, 11, 2)),
            };
            let facts = PublicationFacts {
                action: Some("publish".into()),
                actor: Some(actor.into()),
                licence: Some(licence),
                ..PublicationFacts::default()
            };
            n5(&published(facts).build()).map(|finding| finding.case())
        };
        assert_eq!(own("news-unit", "internet-news/gathering"), Some("met"));
        assert_eq!(own("news-unit", "internet-news/platform"), Some("require"));
        assert_eq!(own("self-media", "internet-news/gathering"), Some("met"));
        let repost = PublicationFacts { action: Some("repost".into()), ..PublicationFacts::default() };
        assert_eq!(n5(&published(repost).build()), None);
    }

    #[test]
    fn a_function_is_assessed_by_the_day_it_starts() {
        let on = Date::of(2026, 11, 2);
        let found = |assessed: Option<Date>| {
            let facts = ServiceChangeFacts {
                change: Some("new-function".into()),
                on: Some(on),
                assessment_number: Some("评估-1".into()),
                assessed_on: assessed,
                ..ServiceChangeFacts::default()
            };
            n9(&CaseBuilder::new("service-change").service_change(facts).build()).map(|finding| finding.case())
        };
        assert_eq!(found(Some(on)), Some("met"));
        assert_eq!(found(Some(on.add_days(1))), Some("require"));
        assert_eq!(found(None), Some("require"));
    }
}
