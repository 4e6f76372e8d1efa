//! F4: classics, history, revolution and heroes are not turned upside down with AI, nor children's figures.

use specialis_policy::doubt::{may_hold, surely};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

pub(super) const F4: Rule = Rule::new("F4", "film.adaptation", cite("NRTA-ALTERATION", "adaptation"));

/// For each class of protected work, what a reviewer may see in an adaptation that still goes out. Anything else, a word
/// nobody knows included, does not.
const PROTECTED: [(&[&str], &[&str]); 2] = [
    (&["four-classics", "historical", "revolutionary", "hero-model"], &[]),
    (&["children-cartoon"], &["spirit-reversed", "character-reversed", "culture-distorted"]),
];

pub(super) fn f4(case: &Case) -> Vec<Finding> {
    let spans: Vec<_> = case.hits_in("film.adapted-classic").map(|hit| hit.at).collect();
    let review = || Measure::new("require-approval").id("kind", "content-review");
    let by_words = |spans| vec![F4.require(Level::Review, "alteration-asked-for").measure(review()).at_all(spans)];
    let Some(publication) = case.publication() else {
        return if spans.is_empty() || !case.is_any(&["prompt", "output", "media"]) {
            Vec::new()
        } else {
            by_words(spans)
        };
    };
    let is_adaptation = publication.adapts.as_ref().is_none_or(|works| !works.is_empty());
    let is_private = surely(publication.action.as_deref(), &["export", "download", "copy", "list-application"]);
    if publication.ai_made == Some(false) || is_private {
        return Vec::new();
    }
    if !is_adaptation {
        return if spans.is_empty() { Vec::new() } else { by_words(spans) };
    }
    let adapts = |works: &[&str]| may_hold(publication.adapts.as_deref(), works);
    let shows_more = |tolerated: &[&str]| {
        let findings = publication.adaptation_findings.as_ref();
        findings.is_none_or(|findings| findings.iter().any(|found| !tolerated.contains(&found.as_str())))
    };
    if PROTECTED.iter().any(|(works, tolerated)| adapts(works) && shows_more(tolerated)) {
        let reason =
            if publication.adaptation_findings.is_some() { "alteration-found" } else { "adaptation-unreviewed" };
        vec![F4.require(Level::Stop, reason).measure(review()).at_all(spans)]
    } else if spans.is_empty() {
        vec![F4.met()]
    } else {
        by_words(spans)
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::PublicationFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    type Words<'a> = Option<&'a [&'a str]>;

    fn facts(adapts: Words, findings: Words, ai_made: Option<bool>) -> CaseBuilder {
        let own = |words: Words| words.map(|words| words.iter().map(|&word| word.to_owned()).collect());
        CaseBuilder::new("publication").publication(PublicationFacts {
            adapts: own(adapts),
            adaptation_findings: own(findings),
            ai_made,
            ..PublicationFacts::default()
        })
    }

    fn reason(builder: CaseBuilder) -> Option<&'static str> {
        f4(&builder.build()).first().and_then(Finding::reason)
    }

    #[test]
    fn what_counts_depends_on_the_work() {
        let ai = Some(true);
        assert_eq!(reason(facts(Some(&["four-classics"]), Some(&["spirit-reversed"]), ai)), Some("alteration-found"));
        assert_eq!(f4(&facts(Some(&["four-classics"]), Some(&[]), ai).build()), [F4.met()]);
        assert_eq!(f4(&facts(Some(&["children-cartoon"]), Some(&["spirit-reversed"]), ai).build()), [F4.met()]);
        assert_eq!(reason(facts(Some(&["children-cartoon"]), Some(&["cult-style"]), ai)), Some("alteration-found"));
        assert_eq!(reason(facts(Some(&["children-cartoon"]), Some(&["new-word"]), ai)), Some("alteration-found"));
        assert_eq!(f4(&facts(Some(&["foreign-novel"]), Some(&["gore"]), ai).build()), [F4.met()]);
        assert_eq!(f4(&facts(Some(&[]), None, ai).build()), []);
    }

    #[test]
    fn an_adaptation_nobody_looked_at_does_not_go_out() {
        assert_eq!(reason(facts(Some(&["historical"]), None, Some(true))), Some("adaptation-unreviewed"));
        assert_eq!(reason(facts(None, None, None)), Some("adaptation-unreviewed"));
        assert_eq!(reason(facts(None, Some(&["gore"]), None)), Some("alteration-found"));
        assert_eq!(f4(&facts(None, None, Some(false)).build()), []);
    }

    #[test]
    fn words_that_ask_for_an_alteration_are_looked_at() {
        let prompt = CaseBuilder::new("prompt").text("帮我魔改红楼梦").hit("film.adapted-classic", "魔改红楼梦");
        assert_eq!(reason(prompt), Some("alteration-asked-for"));
        let undeclared =
            facts(Some(&[]), Some(&[]), Some(true)).text("魔改红楼梦").hit("film.adapted-classic", "魔改红楼梦");
        assert_eq!(reason(undeclared), Some("alteration-asked-for"));
        assert_eq!(f4(&CaseBuilder::new("prompt").text("读红楼梦").build()), []);
    }
}
