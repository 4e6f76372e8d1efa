//! N1R: what reporting quotes is not what it claims. In licensed reporting a term that the general screening for false
//! information knows goes to an editor instead.

use specialis_policy::doubt::surely;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::licence::is_licensed;
use super::subject::{may_be_news, may_write_news};

const N1R: Rule = Rule::new("N1R", "im.art4.false-information.screen", cite("NEWS", "12"));
const CATEGORY: &str = "a1.false-information";

pub(super) fn n1r(case: &Case) -> Option<Finding> {
    let spans: Vec<_> = case.hits_in(CATEGORY).map(|hit| hit.at).collect();
    let is_reporting = match (case.publication(), case.output()) {
        (Some(publication), _) if may_be_news(publication) => {
            surely(publication.form.as_deref(), &["news", "commentary"])
                && surely(publication.action.as_deref(), &["publish", "repost"])
        }
        (_, Some(output)) if may_write_news(case, output.task.as_deref()) => output.task.is_some(),
        _ => return None,
    };
    if spans.is_empty() {
        return None;
    }
    let finding = if is_reporting && is_licensed(case) {
        N1R.instead_of(Level::Review, "quoted-in-reporting")
    } else {
        N1R.require(Level::Review, "reporting-not-established")
    };
    Some(finding.measure(Measure::new("require-approval").id("kind", "editor-in-chief")).at_all(spans))
}

#[cfg(test)]
mod tests {
    use specialis_policy::Date;
    use specialis_policy::facts::{Licence, OutputFacts, ServiceFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn output(task: Option<&str>, expires: Date) -> CaseBuilder {
        let text = str::to_owned;
        let category = text("internet-news/gathering");
        let paper = Licence { number: text("1"), category, holder: text("晨报网"), expires: Some(expires) };
        CaseBuilder::new("output")
            .defaults_of(include_str!("../../policy.toml"))
            .output(OutputFacts { task: task.map(text), ..OutputFacts::default() })
            .service(ServiceFacts { licences: Some(vec![paper]), ..ServiceFacts::default() })
            .text("网传喝盐水可治百病，记者求证后证实为谣言。")
    }

    #[test]
    fn only_licensed_reporting_is_relaxed() {
        let good = Date::of(2027, 1, 1);
        let case = |task, expires| n1r(&output(task, expires).hit(CATEGORY, "盐水可治百病").build()).map(|f| f.case());
        assert_eq!(case(Some("news-writing"), good), Some("instead-of"));
        assert_eq!(case(Some("news-writing"), Date::of(2026, 11, 1)), Some("require"));
        assert_eq!(case(None, good), Some("require"));
        assert_eq!(case(Some("chat"), good), None);
    }

    #[test]
    fn without_a_hit_nothing_is_said() {
        assert_eq!(n1r(&output(Some("news-writing"), Date::of(2027, 1, 1)).build()), None);
    }
}
