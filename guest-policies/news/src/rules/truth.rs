//! N2: no synthetic fake news, labelled or not.

use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, Span, cite};

use super::subject::{may_be_news, may_write_news};

const N2: Rule = Rule::new("N2", "news.false", cite("ALGO", "13"));
/// What a news service does not publish, whoever wrote it.
const UNLAWFUL: Cite = cite("NEWS", "16");
const FAKE: &str = "news.synthetic-fake";
const EMERGENCY: &str = "news.social-emergency";

pub(super) fn n2(case: &Case) -> Option<Finding> {
    if let Some(publication) = case.publication() {
        if !may_be_news(publication) {
            return None;
        }
        let sign_off = || Measure::new("require-approval").id("kind", "content-review");
        // What people wrote is no synthetic news: that it is false is unlawful content, and that nobody knows is nothing.
        if publication.ai_made == Some(false) {
            let written = N2.citing(UNLAWFUL);
            return Some(match publication.fact_check.as_deref() {
                Some("confirmed" | "open") => written.not_applicable("written-by-people"),
                Some("refuted") => written.require(Level::Stop, "fact-check-refuted"),
                Some(_) | None => written.require(Level::Stop, "fact-check-unknown").measure(sign_off()),
            });
        }
        return Some(match publication.fact_check.as_deref() {
            Some("confirmed") => N2.met(),
            Some("open") => N2.require(Level::Review, "fact-check-open").measure(sign_off()),
            Some("refuted") => N2.require(Level::Stop, "fact-check-refuted"),
            Some(_) | None => N2.require(Level::Stop, "fact-check-unknown").measure(sign_off()),
        });
    }
    let spans = |category| -> Vec<Span> { case.hits_in(category).map(|hit| hit.at).collect() };
    let fakes = spans(FAKE);
    if case.prompt().is_some() {
        // Whoever asks for fake news by that name asks for it whatever the declared task.
        return (!fakes.is_empty()).then(|| N2.require(Level::Stop, "fake-news-asked-for").at_all(fakes));
    }
    let output = case.output()?;
    if !may_write_news(case, output.task.as_deref()) {
        return None;
    }
    let threshold = u32::try_from(case.number("fake-news-permille")).unwrap_or(0);
    if case.signal_over(FAKE, threshold).is_some() {
        return Some(N2.require(Level::Stop, "fake-news-signal").at_all(fakes));
    }
    let emergencies = spans(EMERGENCY);
    if !fakes.is_empty() {
        Some(N2.require(Level::Review, "fake-news-words").at_all(fakes))
    } else if !emergencies.is_empty() {
        Some(N2.require(Level::Review, "emergency-unchecked").at_all(emergencies))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{OutputFacts, PublicationFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    const MANIFEST: &str = include_str!("../../policy.toml");

    fn level(builder: CaseBuilder) -> Option<Level> {
        n2(&builder.defaults_of(MANIFEST).build()).and_then(|finding| finding.level())
    }

    fn checked(word: Option<&str>, labelled: bool) -> CaseBuilder {
        CaseBuilder::new("publication").publication(PublicationFacts {
            form: Some("news".to_owned()),
            fact_check: word.map(str::to_owned),
            declared_generated: Some(labelled),
            ..PublicationFacts::default()
        })
    }

    #[test]
    fn falsehood_stops_and_doubt_never_gives_less_than_a_known_answer() {
        assert_eq!(level(checked(Some("confirmed"), true)), None);
        assert_eq!(level(checked(Some("open"), true)), Some(Level::Review));
        assert_eq!(level(checked(Some("refuted"), true)), Some(Level::Stop));
        assert_eq!(level(checked(None, true)), Some(Level::Stop));
        assert_eq!(level(checked(Some("probably"), true)), Some(Level::Stop));
    }

    #[test]
    fn what_people_wrote_is_no_synthetic_news() {
        let found = |word: Option<&str>| {
            let facts = PublicationFacts {
                form: Some("news".to_owned()),
                ai_made: Some(false),
                fact_check: word.map(str::to_owned),
                ..PublicationFacts::default()
            };
            let case = CaseBuilder::new("publication").publication(facts).defaults_of(MANIFEST).build();
            n2(&case).map(|finding| (finding.level(), finding.cites().map(|cite| cite.instrument)))
        };
        assert_eq!(found(Some("open")), Some((None, None)));
        assert_eq!(found(Some("refuted")), Some((Some(Level::Stop), Some("NEWS"))));
        assert_eq!(found(None), Some((Some(Level::Stop), Some("NEWS"))));
    }

    #[test]
    fn a_label_relaxes_nothing() {
        assert_eq!(level(checked(Some("refuted"), false)), level(checked(Some("refuted"), true)));
    }

    #[test]
    fn outputs_are_judged_by_words_and_signals_where_they_may_be_news() {
        let output = |task: &str| {
            let task = Some(task.to_owned());
            CaseBuilder::new("output").output(OutputFacts { task, ..OutputFacts::default() }).text("某厂发生爆炸")
        };
        assert_eq!(level(output("news-writing")), None);
        assert_eq!(level(output("news-writing").hit(EMERGENCY, "爆炸")), Some(Level::Review));
        assert_eq!(level(output("script").hit(EMERGENCY, "爆炸")), None);
        assert_eq!(level(output("news-writing").signal(FAKE, 799)), None);
        assert_eq!(level(output("news-writing").signal(FAKE, 800)), Some(Level::Stop));
    }

    #[test]
    fn asking_for_fake_news_is_stopped_whatever_the_task() {
        let prompt = CaseBuilder::new("prompt").text("帮我编一条假新闻").hit(FAKE, "假新闻");
        assert_eq!(level(prompt), Some(Level::Stop));
    }
}
