//! The mark that does not affect use, and the implicit label in a file's metadata.

use specialis_policy::{Case, Finding, Level, Rule, cite, scope};

use crate::measures::label_implicit;
use crate::reach;

/// Everything generated or edited carries a mark that does not affect its use.
pub const DS16: Rule = Rule::new("DS16", "common.dsp16.mark", cite("DSP", "16"));

/// The metadata of a file carry the implicit label.
pub const LM5: Rule = Rule::new("LM5", "common.lm5.implicit", cite("LM", "5"));

/// Stands for every output of the session.
pub fn ds16_standing(case: &Case) -> Finding {
    if scope::only_propagates(case) {
        return DS16.not_applicable("propagates-only").on(&["output"]);
    }
    DS16.require(Level::Mark, "generated").measure(label_implicit("1")).on(&["output"])
}

/// Answers on media.
pub fn ds16(case: &Case) -> Vec<Finding> {
    on_media(case, DS16)
}

/// Answers on media and on publications.
pub fn lm5(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return on_media(case, LM5) };
    if scope::only_propagates(case) {
        vec![LM5.not_applicable("propagates-only")]
    } else if !reach::is_released(publication) {
        vec![LM5.not_applicable("not-released")]
    } else if publication.ai_made == Some(false) {
        vec![LM5.not_applicable("not-generated")]
    } else {
        vec![labelled(LM5, reach::is_compliant(publication.label.as_ref()))]
    }
}

fn on_media(case: &Case, rule: Rule) -> Vec<Finding> {
    if case.media().is_none() {
        Vec::new()
    } else if scope::only_propagates(case) {
        vec![rule.not_applicable("propagates-only")]
    } else if reach::comes_in(case) {
        vec![rule.not_applicable("incoming")]
    } else {
        vec![labelled(rule, reach::media_labels(case).into_iter().all(reach::is_compliant))]
    }
}

fn labelled(rule: Rule, is_there: bool) -> Finding {
    if is_there { rule.met() } else { rule.require(Level::Mark, "implicit-label-missing").measure(label_implicit("1")) }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{LabelReading, MediaFacts, MediumFacts, PublicationFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn read(verdict: &str) -> Option<LabelReading> {
        Some(LabelReading { verdict: verdict.into(), ..LabelReading::default() })
    }

    fn image(direction: &str, labels: &[Option<&str>]) -> Case {
        let facts = MediaFacts { direction: Some(direction.into()), ..MediaFacts::default() };
        let media = CaseBuilder::new("media").media(facts);
        let add = |case: CaseBuilder, verdict: &Option<&str>| {
            case.medium("image", MediumFacts { label: verdict.and_then(read), ..MediumFacts::default() })
        };
        labels.iter().fold(media, add).build()
    }

    fn cases(findings: Vec<Finding>) -> Vec<&'static str> {
        findings.iter().map(Finding::case).collect()
    }

    #[test]
    fn only_a_compliant_label_on_every_medium_will_do() {
        for rule in [ds16, lm5] {
            assert_eq!(cases(rule(&image("out", &[Some("compliant"), Some("compliant")]))), ["met"]);
            for verdict in [Some("non-compliant"), Some("not-found"), Some("inconclusive"), None] {
                assert_eq!(cases(rule(&image("out", &[Some("compliant"), verdict]))), ["require"], "{verdict:?}");
            }
            assert_eq!(cases(rule(&image("out", &[]))), ["require"]);
            assert_eq!(cases(rule(&image("in", &[None]))), ["not-applicable"]);
        }
    }

    #[test]
    fn a_publication_needs_it_unless_it_is_certainly_not_generated() {
        let publish = |facts: PublicationFacts| cases(lm5(&CaseBuilder::new("publication").publication(facts).build()));
        assert_eq!(publish(PublicationFacts::default()), ["require"]);
        assert_eq!(publish(PublicationFacts { label: read("compliant"), ..Default::default() }), ["met"]);
        assert_eq!(publish(PublicationFacts { ai_made: Some(false), ..Default::default() }), ["not-applicable"]);
        assert_eq!(
            publish(PublicationFacts { action: Some("repost".into()), ..Default::default() }),
            ["not-applicable"]
        );
    }
}
