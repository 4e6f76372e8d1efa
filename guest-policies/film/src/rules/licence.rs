//! F6: a film is licensed for public screening before it goes online.

use specialis_policy::doubt::said;
use specialis_policy::facts::{Approval, Licence};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::work::{may_go_online, may_have_form};

const F6: Rule = Rule::new("F6", "film.licence", cite("FILM", "17, 20"));
const SCREENING: &str = "film/public-screening";

/// A public-screening licence has no last day: it is the number, the category and the holder that count.
pub(super) fn f6(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    if !may_go_online(publication) || !may_have_form(publication, &["film"]) {
        return Vec::new();
    }
    let is_licensed = publication.licence.as_ref().is_some_and(is_screening_licence);
    let is_approved = publication.approvals.iter().flatten().any(|approval| is_release(approval, case));
    if is_licensed || is_approved {
        return vec![F6.met()];
    }
    let reason = if publication.licence.is_some() { "licence-unfit" } else { "licence-missing" };
    vec![F6.require(Level::Stop, reason).measures([
        Measure::new("require-licence").id("category", SCREENING),
        Measure::new("require-approval").id("kind", "release"),
    ])]
}

fn is_screening_licence(licence: &Licence) -> bool {
    licence.category == SCREENING && said(Some(&licence.number)).is_some() && said(Some(&licence.holder)).is_some()
}

fn is_release(approval: &Approval, case: &Case) -> bool {
    approval.kind == "release" && said(approval.number.as_deref()).is_some() && approval.on <= case.as_of()
}

#[cfg(test)]
mod tests {
    use specialis_policy::Date;
    use specialis_policy::facts::PublicationFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn film(licence: Option<(&str, &str)>, release: Option<(Option<&str>, Date)>) -> Option<&'static str> {
        let text = str::to_owned;
        let facts = PublicationFacts {
            action: Some(text("publish")),
            form: Some(text("film")),
            licence: licence.map(|(category, number)| Licence {
                number: text(number),
                category: text(category),
                holder: text("远山影业"),
                expires: None,
            }),
            approvals: release.map(|(number, on)| {
                vec![Approval { kind: text("release"), number: number.map(text), by: text("国家电影局"), on }]
            }),
            ..PublicationFacts::default()
        };
        f6(&CaseBuilder::new("publication").publication(facts).build()).first().and_then(Finding::reason)
    }

    #[test]
    fn a_licence_or_the_release_is_needed() {
        let today = Date::of(2026, 11, 2);
        assert_eq!(film(Some((SCREENING, "电审故字〔2026〕第88号")), None), None);
        assert_eq!(film(None, Some((Some("88"), today))), None);
        assert_eq!(film(None, Some((Some("88"), today.add_days(1)))), Some("licence-missing"));
        assert_eq!(film(None, Some((None, today))), Some("licence-missing"));
        assert_eq!(film(Some((SCREENING, "")), None), Some("licence-unfit"));
        assert_eq!(film(Some(("drama/distribution", "88")), None), Some("licence-unfit"));
        assert_eq!(film(None, None), Some("licence-missing"));
    }

    #[test]
    fn a_micro_drama_is_no_film_and_an_unknown_form_may_be() {
        let of = |form: Option<&str>| {
            let facts = PublicationFacts { form: form.map(str::to_owned), ..PublicationFacts::default() };
            f6(&CaseBuilder::new("publication").publication(facts).build()).len()
        };
        assert_eq!((of(Some("micro-drama")), of(None)), (0, 1));
    }
}
