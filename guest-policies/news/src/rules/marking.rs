//! N7: synthetic content without a mark is marked first and passed on then. A waiver of the label does not count here.

use specialis_policy::doubt::surely;
use specialis_policy::facts::LabelReading;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::subject::may_be_news;

const N7: Rule = Rule::new("N7", "news.mark-first", cite("ALGO", "9"));

pub(super) fn n7(case: &Case) -> Option<Finding> {
    let labels: Vec<Option<&LabelReading>> = if let Some(publication) = case.publication() {
        let is_human_made = publication.ai_made == Some(false) && publication.declared_generated == Some(false);
        if !may_be_news(publication) || is_human_made {
            return None;
        }
        vec![publication.label.as_ref()]
    } else {
        let media = case.media()?;
        if surely(media.direction.as_deref(), &["in"]) {
            return None;
        }
        let shown = case.parts().iter().filter(|part| part.medium != "text");
        shown.map(|part| part.media.as_ref().and_then(|media| media.label.as_ref())).collect()
    };
    Some(match labels.iter().find_map(|label| flaw(*label)) {
        None => N7.met(),
        Some(reason) => N7.require(Level::Stop, reason).measures([
            Measure::new("label-explicit").id("text", "ai-generated").id("place", "content"),
            Measure::new("label-implicit").id("attribute", "1"),
        ]),
    })
}

/// What is wrong with a label: one that is malformed is not the same as none, but neither lets the content through, nor
/// does one that people cannot see.
fn flaw(label: Option<&LabelReading>) -> Option<&'static str> {
    match label.map(|label| label.verdict.as_str()) {
        Some("compliant") if label.and_then(|label| label.explicit) == Some(true) => None,
        Some("compliant") => Some("label-not-visible"),
        Some("non-compliant") => Some("label-malformed"),
        Some("not-found") => Some("label-missing"),
        Some(_) | None => Some("label-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{MediaFacts, MediumFacts, PublicationFacts, Waiver};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn read(verdict: &str) -> Option<LabelReading> {
        Some(LabelReading { verdict: verdict.to_owned(), explicit: Some(true), ..LabelReading::default() })
    }

    fn news(verdict: Option<&str>, ai_made: Option<bool>) -> PublicationFacts {
        let form = Some("news".to_owned());
        let label = verdict.and_then(read);
        PublicationFacts { form, label, ai_made, declared_generated: ai_made, ..PublicationFacts::default() }
    }

    fn reason(facts: PublicationFacts) -> Option<&'static str> {
        n7(&CaseBuilder::new("publication").publication(facts).build()).and_then(|finding| finding.reason())
    }

    #[test]
    fn only_a_compliant_label_lets_generated_news_through() {
        assert_eq!(reason(news(Some("compliant"), Some(true))), None);
        assert_eq!(reason(news(Some("not-found"), Some(true))), Some("label-missing"));
        assert_eq!(reason(news(Some("non-compliant"), Some(true))), Some("label-malformed"));
        assert_eq!(reason(news(Some("inconclusive"), None)), Some("label-unknown"));
        assert_eq!(reason(news(None, Some(true))), Some("label-unknown"));
    }

    #[test]
    fn a_label_that_people_cannot_see_is_not_enough() {
        for explicit in [Some(false), None] {
            let label = read("compliant").map(|label| LabelReading { explicit, ..label });
            let facts = PublicationFacts { label, ..news(None, Some(true)) };
            assert_eq!(reason(facts), Some("label-not-visible"));
        }
    }

    #[test]
    fn news_surely_written_by_people_needs_no_mark() {
        assert_eq!(n7(&CaseBuilder::new("publication").publication(news(None, Some(false))).build()), None);
        let declared = PublicationFacts { declared_generated: None, ..news(None, Some(false)) };
        assert_eq!(reason(declared), Some("label-unknown"));
    }

    #[test]
    fn a_waiver_does_not_count() {
        let waiver = Some(Waiver { record_days: 180, ..Waiver::default() });
        assert_eq!(reason(PublicationFacts { waiver, ..news(Some("not-found"), Some(true)) }), Some("label-missing"));
    }

    #[test]
    fn every_medium_that_goes_out_is_looked_at() {
        let out = |direction: Option<&str>, labels: [&str; 2]| {
            let media = MediaFacts { direction: direction.map(str::to_owned), ..MediaFacts::default() };
            let builder = CaseBuilder::new("media").media(media);
            let fill = |builder: CaseBuilder, label| {
                builder.medium("image", MediumFacts { label: read(label), ..MediumFacts::default() })
            };
            n7(&labels.into_iter().fold(builder, fill).build()).map(|finding| finding.level())
        };
        assert_eq!(out(Some("out"), ["compliant", "compliant"]), Some(None));
        assert_eq!(out(Some("out"), ["compliant", "not-found"]), Some(Some(Level::Stop)));
        assert_eq!(out(None, ["not-found", "compliant"]), Some(Some(Level::Stop)));
        assert_eq!(out(Some("in"), ["not-found", "compliant"]), None);
    }
}
