//! N3 and N4: reposts come from units on the state-set list, and carry what they came with.

use specialis_policy::doubt::said;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::subject::{may_be_news, may_be_repost, may_go_public};

const N3: Rule = Rule::new("N3", "news.repost-source", cite("NEWS", "15"));
const N4: Rule = Rule::new("N4", "news.repost-data", cite("NEWS", "15"));

pub(super) fn n3(case: &Case) -> Option<Finding> {
    let listed =
        |unit: Option<&str>| said(unit).is_some_and(|unit| case.texts("listed-units").iter().any(|u| u == unit));
    let reason = |unit: Option<&str>| if said(unit).is_some() { "unit-not-listed" } else { "unit-unknown" };
    if let Some(retrieved) = case.retrieved() {
        // What the model reads is no repost yet: whoever writes from it is told that it may not be passed on.
        let unit = retrieved.source_unit.as_deref();
        if !may_go_public(case) {
            return None;
        }
        return Some(if listed(unit) { N3.met() } else { N3.require(Level::Warn, reason(unit)) });
    }
    let publication = case.publication()?;
    if !may_be_news(publication) || !may_be_repost(publication) {
        return None;
    }
    let unit = publication.source_unit.as_deref();
    Some(if listed(unit) { N3.met() } else { N3.require(Level::Stop, reason(unit)) })
}

pub(super) fn n4(case: &Case) -> Option<Finding> {
    let publication = case.publication()?;
    if !may_be_news(publication) || !may_be_repost(publication) {
        return None;
    }
    let source = said(publication.source_unit.as_deref());
    let author = said(publication.original_author.as_deref());
    let original = said(publication.original_title.as_deref());
    let editor = said(publication.editor.as_deref());
    let title = said(publication.title.as_deref());
    let is_incomplete = [source, author, original, editor].iter().any(Option::is_none);
    let finding = if is_incomplete {
        N4.require(Level::Stop, "repost-data-missing")
    } else if title != original {
        N4.require(Level::Review, "title-changed")
    } else {
        return Some(N4.met());
    };
    // Asked for in every gap, so that knowing less never asks for less.
    Some(
        finding.measures([Measure::new("source-line"), Measure::new("require-approval").id("kind", "editor-in-chief")]),
    )
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{GeneralFacts, PublicationFacts, RetrievedFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    const MANIFEST: &str = include_str!("../../policy.toml");

    fn complete() -> PublicationFacts {
        let text = |text: &str| Some(text.to_owned());
        PublicationFacts {
            action: text("repost"),
            form: text("news"),
            source_unit: text("新华社"),
            original_author: text("张明"),
            original_title: text("我国今年粮食产量再创新高"),
            title: text("我国今年粮食产量再创新高"),
            editor: text("李华"),
            ..PublicationFacts::default()
        }
    }

    fn of(facts: PublicationFacts) -> Case {
        CaseBuilder::new("publication").defaults_of(MANIFEST).publication(facts).build()
    }

    #[test]
    fn only_listed_units_may_be_reposted() {
        let from = |unit: Option<&str>| of(PublicationFacts { source_unit: unit.map(str::to_owned), ..complete() });
        let reason = |unit| n3(&from(unit)).and_then(|finding| finding.reason());
        assert_eq!(n3(&from(Some("新华社"))), Some(N3.met()));
        assert_eq!(reason(Some("小道消息网")), Some("unit-not-listed"));
        assert_eq!(reason(Some(" ")), Some("unit-unknown"));
        assert_eq!(reason(None), Some("unit-unknown"));
    }

    #[test]
    fn the_list_is_the_operators() {
        let units: &[&str] = &["小道消息网"];
        let builder = CaseBuilder::new("publication").setting("listed-units", units).defaults_of(MANIFEST);
        let reason = n3(&builder.publication(complete()).build()).and_then(|finding| finding.reason());
        assert_eq!(reason, Some("unit-not-listed"));
    }

    #[test]
    fn publishing_ones_own_is_no_repost_and_an_unknown_action_may_be_one() {
        let own = PublicationFacts { action: Some("publish".to_owned()), ..PublicationFacts::default() };
        assert_eq!((n3(&of(own.clone())), n4(&of(own))), (None, None));
        assert!(n3(&of(PublicationFacts::default())).and_then(|f| f.level()) == Some(Level::Stop));
    }

    #[test]
    fn everything_the_original_came_with_is_carried() {
        assert_eq!(n4(&of(complete())), Some(N4.met()));
        let without: [fn(&mut PublicationFacts); 4] = [
            |facts| facts.source_unit = None,
            |facts| facts.original_author = None,
            |facts| facts.original_title = None,
            |facts| facts.editor = Some(String::new()),
        ];
        for forget in without {
            let mut facts = complete();
            forget(&mut facts);
            assert_eq!(n4(&of(facts)).and_then(|finding| finding.level()), Some(Level::Stop));
        }
    }

    #[test]
    fn a_changed_or_unknown_title_is_looked_at() {
        let titled = |title: Option<&str>| of(PublicationFacts { title: title.map(str::to_owned), ..complete() });
        assert_eq!(n4(&titled(Some(" 我国今年粮食产量再创新高 "))), Some(N4.met()));
        for title in [Some("震惊！粮食产量竟然这样了"), None] {
            assert_eq!(n4(&titled(title)).and_then(|finding| finding.level()), Some(Level::Review));
        }
    }

    #[test]
    fn what_the_model_reads_for_the_public_warns() {
        let read = |unit: Option<&str>, purpose: &str| {
            let retrieved = RetrievedFacts { source_unit: unit.map(str::to_owned), ..RetrievedFacts::default() };
            let general = GeneralFacts { purpose: Some(purpose.to_owned()), ..GeneralFacts::default() };
            let builder = CaseBuilder::new("retrieved").defaults_of(MANIFEST);
            n3(&builder.retrieved(retrieved).general(general).build()).map(|finding| finding.level())
        };
        assert_eq!(read(Some("人民日报社"), "publish"), Some(None));
        assert_eq!(read(None, "publish"), Some(Some(Level::Warn)));
        assert_eq!(read(None, "private"), None);
    }
}
