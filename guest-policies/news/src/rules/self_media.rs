//! N8: self-media that speak on public affairs say where it comes from, that AI made it, and that it is fiction.

use specialis_policy::doubt::{may_be, said};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::subject::may_be_news;

const N8: Rule = Rule::new("N8", "news.three-labels", cite("SELF-MEDIA", "sources-and-labels"));

pub(super) fn n8(case: &Case) -> Option<Finding> {
    let publication = case.publication()?;
    if !may_be_news(publication) || !may_be(publication.actor.as_deref(), &["self-media", "individual"]) {
        return None;
    }
    let mut missing = Vec::new();
    if said(publication.source_line.as_deref()).is_none() {
        missing.push(Measure::new("source-line"));
    }
    let is_human_made = publication.ai_made == Some(false) && publication.declared_generated == Some(false);
    let is_labelled = publication.label.as_ref().and_then(|label| label.explicit) == Some(true);
    if !is_human_made && !is_labelled {
        missing.push(Measure::new("label-explicit").id("text", "ai-generated").id("place", "beside"));
    }
    if publication.fiction != Some(false) && publication.fiction_notice != Some(true) {
        missing.push(Measure::new("label-explicit").id("text", "fiction").id("place", "beside"));
    }
    Some(if missing.is_empty() { N8.met() } else { N8.require(Level::Mark, "labels-missing").measures(missing) })
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{LabelReading, PublicationFacts};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Obligation, ParamValue};

    use super::*;

    fn complete() -> PublicationFacts {
        PublicationFacts {
            actor: Some("self-media".to_owned()),
            form: Some("commentary".to_owned()),
            source_line: Some("来源：市应急管理局通报".to_owned()),
            ai_made: Some(true),
            declared_generated: Some(true),
            label: Some(LabelReading { explicit: Some(true), ..LabelReading::default() }),
            fiction: Some(true),
            fiction_notice: Some(true),
            ..PublicationFacts::default()
        }
    }

    /// The missing labels: `source`, or the text of an explicit label.
    fn missing(facts: PublicationFacts) -> Vec<String> {
        let finding = n8(&CaseBuilder::new("publication").publication(facts).build());
        let obligations = finding.iter().filter_map(|finding| finding.demand()).flat_map(|demand| &demand.obligations);
        let text = |obligation: &Obligation| {
            let Obligation::Measure(measure) = obligation else { return format!("{obligation:?}") };
            let Some(ParamValue::Id(text)) = measure.get("text") else { return "source".to_owned() };
            text.to_string()
        };
        obligations.map(text).collect()
    }

    #[test]
    fn each_of_the_three_is_asked_for_by_itself() {
        assert_eq!(missing(complete()), Vec::<String>::new());
        assert_eq!(missing(PublicationFacts { source_line: None, ..complete() }), ["source"]);
        assert_eq!(missing(PublicationFacts { label: None, ..complete() }), ["ai-generated"]);
        assert_eq!(missing(PublicationFacts { fiction_notice: Some(false), ..complete() }), ["fiction"]);
        let nothing_known = PublicationFacts { actor: None, form: None, ..PublicationFacts::default() };
        assert_eq!(missing(nothing_known), ["source", "ai-generated", "fiction"]);
    }

    #[test]
    fn what_is_surely_true_and_surely_human_needs_the_source_alone() {
        let facts = PublicationFacts {
            actor: Some("self-media".to_owned()),
            form: Some("news".to_owned()),
            ai_made: Some(false),
            declared_generated: Some(false),
            fiction: Some(false),
            ..PublicationFacts::default()
        };
        assert_eq!(missing(facts), ["source"]);
    }

    #[test]
    fn a_news_unit_is_no_self_media() {
        let facts = PublicationFacts {
            actor: Some("news-unit".to_owned()),
            form: Some("news".to_owned()),
            ..PublicationFacts::default()
        };
        assert_eq!(n8(&CaseBuilder::new("publication").publication(facts).build()), None);
    }
}
