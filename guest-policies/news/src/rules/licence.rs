//! N1: news information needs an internet-news licence of the fitting category.

use specialis_policy::doubt::surely;
use specialis_policy::facts::Licence;
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite};

use super::subject::{may_be_news, may_go_public, may_write_news};

const N1: Rule = Rule::new("N1", "news.licence", cite("NEWS", "5"));
/// Generating news without a licence.
const GENERATING: Cite = cite("ALGO", "13");

const GATHERING: &str = "internet-news/gathering";
const REPOSTING: &str = "internet-news/reposting";
const PLATFORM: &str = "internet-news/platform";

/// How far a paper falls short, the nearest to being good last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Missing,
    Unnamed,
    Category,
    ExpiryUnknown,
    Expired,
}

impl Gap {
    fn reason(self) -> &'static str {
        match self {
            Self::Missing => "licence-missing",
            Self::Unnamed => "licence-incomplete",
            Self::Category => "licence-category",
            Self::ExpiryUnknown => "licence-expiry-unknown",
            Self::Expired => "licence-expired",
        }
    }
}

pub(super) fn n1(case: &Case) -> Option<Finding> {
    if let Some(publication) = case.publication() {
        if !may_be_news(publication) {
            return None;
        }
        return Some(match gap_of_publication(case) {
            None => N1.met(),
            Some(gap) => {
                let category = if surely(publication.action.as_deref(), &["repost"]) { REPOSTING } else { GATHERING };
                N1.require(Level::Stop, gap.reason())
                    .measure(Measure::new("require-licence").id("category", category))
                    .measures(
                        (category == GATHERING && publication.action.is_none())
                            .then(|| Measure::new("require-licence").id("category", REPOSTING)),
                    )
            }
        });
    }
    let task = match (case.prompt(), case.output()) {
        (Some(prompt), _) => prompt.task.as_deref(),
        (_, Some(output)) => output.task.as_deref(),
        (None, None) => return None,
    };
    if !may_write_news(case, task) || !may_go_public(case) {
        return None;
    }
    let rule = N1.citing(GENERATING);
    Some(match gap_of_service(case, &[GATHERING, REPOSTING, PLATFORM]) {
        None => rule.met(),
        Some(gap) => rule
            .require(Level::Stop, gap.reason())
            .measure(Measure::new("require-licence").id("category", "internet-news")),
    })
}

/// Whether a licence surely covers what the event does.
pub(super) fn is_licensed(case: &Case) -> bool {
    if case.publication().is_some() {
        gap_of_publication(case).is_none()
    } else {
        gap_of_service(case, &[GATHERING, REPOSTING, PLATFORM]).is_none()
    }
}

/// Whether a licence surely lets its holder gather news.
pub(super) fn is_licensed_to_gather(case: &Case) -> bool {
    let own = case.publication().and_then(|publication| publication.licence.as_ref());
    own.is_some_and(|licence| gap(case, licence, &[GATHERING]).is_none())
        || gap_of_service(case, &[GATHERING]).is_none()
}

/// What is missing for a publication: none of its own licence and the service's serves it.
fn gap_of_publication(case: &Case) -> Option<Gap> {
    let publication = case.publication()?;
    let fitting: &[&str] = if surely(publication.action.as_deref(), &["repost"]) {
        &[GATHERING, REPOSTING, PLATFORM]
    } else {
        &[GATHERING, PLATFORM]
    };
    let own = publication.licence.as_ref().map_or(Some(Gap::Missing), |licence| gap(case, licence, fitting));
    own.and_then(|own| gap_of_service(case, fitting).map(|services| own.max(services)))
}

fn gap_of_service(case: &Case, fitting: &[&str]) -> Option<Gap> {
    let mut nearest = Gap::Missing;
    for licence in case.service().licences.iter().flatten() {
        nearest = nearest.max(gap(case, licence, fitting)?);
    }
    Some(nearest)
}

fn gap(case: &Case, licence: &Licence, fitting: &[&str]) -> Option<Gap> {
    let holders = case.texts("licence-holders");
    let is_ours = holders.is_empty() || holders.contains(&licence.holder);
    if licence.number.trim().is_empty() || licence.holder.trim().is_empty() || !is_ours {
        return Some(Gap::Unnamed);
    }
    if !fitting.contains(&licence.category.as_str()) {
        // A licence of another trade is no news licence.
        let is_for_news = licence.category.starts_with("internet-news");
        return Some(if is_for_news { Gap::Category } else { Gap::Missing });
    }
    match licence.expires {
        None => Some(Gap::ExpiryUnknown),
        Some(last) if last < case.as_of() => Some(Gap::Expired),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::Date;
    use specialis_policy::facts::{GeneralFacts, PromptFacts, PublicationFacts, ServiceFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    const MANIFEST: &str = include_str!("../../policy.toml");

    fn paper(category: &str, expires: Option<Date>) -> Licence {
        let text = str::to_owned;
        Licence { number: text("1012026001"), category: text(category), holder: text("晨报网"), expires }
    }

    fn publication(action: Option<&str>, licence: Option<Licence>) -> CaseBuilder {
        CaseBuilder::new("publication").defaults_of(MANIFEST).publication(PublicationFacts {
            action: action.map(str::to_owned),
            form: Some("news".to_owned()),
            licence,
            ..PublicationFacts::default()
        })
    }

    fn reason(builder: CaseBuilder) -> Option<&'static str> {
        n1(&builder.build()).and_then(|finding| finding.reason())
    }

    #[test]
    fn a_licence_holds_to_its_last_day() {
        let day = Date::of(2026, 11, 2);
        let on = |expires| publication(Some("publish"), Some(paper(GATHERING, Some(expires)))).as_of(day);
        assert_eq!(n1(&on(day).build()), Some(N1.met()));
        assert_eq!(reason(on(day.add_days(-1))), Some("licence-expired"));
        assert_eq!(reason(publication(Some("publish"), Some(paper(GATHERING, None)))), Some("licence-expiry-unknown"));
    }

    #[test]
    fn a_licence_for_reposting_covers_reposts_alone() {
        let paper = || Some(paper(REPOSTING, Some(Date::of(2027, 1, 1))));
        assert_eq!(n1(&publication(Some("repost"), paper()).build()), Some(N1.met()));
        assert_eq!(reason(publication(Some("publish"), paper())), Some("licence-category"));
        assert_eq!(reason(publication(None, paper())), Some("licence-category"));
    }

    #[test]
    fn one_good_licence_is_enough_and_none_is_not() {
        let good = paper(GATHERING, Some(Date::of(2027, 1, 1)));
        let licences = Some(vec![paper("drama/distribution", None), good]);
        let service = ServiceFacts { licences, ..ServiceFacts::default() };
        assert_eq!(n1(&publication(Some("publish"), None).service(service).build()), Some(N1.met()));
        assert_eq!(reason(publication(Some("publish"), None)), Some("licence-missing"));
    }

    #[test]
    fn holders_named_by_the_operator_are_compared() {
        let holders: &[&str] = &["明镜社"];
        let case = publication(Some("publish"), Some(paper(GATHERING, Some(Date::of(2027, 1, 1)))));
        assert_eq!(reason(case.setting("licence-holders", holders)), Some("licence-incomplete"));
    }

    #[test]
    fn writing_news_for_oneself_needs_no_licence() {
        let prompt = |task: Option<&str>, purpose: Option<&str>| {
            CaseBuilder::new("prompt")
                .defaults_of(MANIFEST)
                .prompt(PromptFacts { task: task.map(str::to_owned), ..PromptFacts::default() })
                .general(GeneralFacts { purpose: purpose.map(str::to_owned), ..GeneralFacts::default() })
        };
        assert_eq!(reason(prompt(Some("news-writing"), Some("publish"))), Some("licence-missing"));
        assert_eq!(reason(prompt(None, None)), Some("licence-missing"));
        assert_eq!(n1(&prompt(Some("news-writing"), Some("private")).build()), None);
        assert_eq!(n1(&prompt(Some("chat"), None).build()), None);
    }
}
