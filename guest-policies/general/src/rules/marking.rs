//! Art. 12: images, video and other generated content are marked. What the mark looks like in which file, and when a user may go
//! without it, is for the instruments that the article refers to. Who only spreads what others made generates nothing to mark.

use specialis_policy::facts::{LabelReading, Part};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite, scope, waiver};

use super::im;

const IM12: Rule = Rule::new("IM12", "im.art12.marking", im("12"));

/// Art. 12 on media and on publications.
pub(super) fn judge(case: &Case, findings: &mut Vec<Finding>) {
    if let Some(media) = case.media() {
        findings.push(if scope::only_propagates(case) {
            IM12.not_applicable("propagates-only")
        } else if media.direction.as_deref() == Some("in") {
            IM12.not_applicable("incoming")
        } else {
            of_parts(case.parts())
        });
    }
    if let Some(publication) = case.publication() {
        findings.push(if scope::only_propagates(case) {
            IM12.not_applicable("propagates-only")
        } else if publication.ai_made == Some(false) {
            IM12.not_applicable("not-generated")
        } else if publication.label.as_ref().is_some_and(is_marked) {
            IM12.met()
        } else if waiver::defect(case, publication).is_none() {
            // The Labelling Measures implement this article, so that their exception is its own.
            IM12.citing(cite("LM", "9")).met()
        } else {
            IM12.require(Level::Mark, why(publication.label.as_ref())).measure(label("content"))
        });
    }
}

fn of_parts(parts: &[Part]) -> Finding {
    let reading = |part: &Part| part.media.as_ref().and_then(|media| media.label.clone());
    let mut found = IM12.met();
    // An event whose parts nobody listed may hold anything.
    let mut places: Vec<&'static str> = if parts.is_empty() { vec!["content"] } else { Vec::new() };
    let mut reason = "label-unchecked";
    for part in parts.iter().filter(|part| part.medium != "text") {
        let label = reading(part);
        if !label.as_ref().is_some_and(is_marked) {
            reason = why(label.as_ref());
            places.push(place(&part.medium));
        }
    }
    places.sort_unstable();
    places.dedup();
    if !places.is_empty() {
        found = IM12.require(Level::Mark, reason).measures(places.into_iter().map(label));
    }
    found
}

/// Found, well formed, and to be seen or heard.
fn is_marked(label: &LabelReading) -> bool {
    label.verdict == "compliant" && label.explicit == Some(true)
}

fn why(label: Option<&LabelReading>) -> &'static str {
    match label.map(|label| label.verdict.as_str()) {
        Some("compliant") => "label-not-visible",
        Some("non-compliant") => "label-non-compliant",
        Some("not-found") => "label-missing",
        _ => "label-unchecked",
    }
}

fn place(medium: &str) -> &'static str {
    match medium {
        "image" => "edge",
        "audio" | "video" | "virtual-scene" => "start",
        _ => "content",
    }
}

fn label(place: &'static str) -> Measure {
    Measure::new("label-explicit").id("text", "ai-generated").id("place", place)
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{MediaFacts, MediumFacts, PublicationFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::super::testing::{judged, one, usual};
    use super::*;

    fn reading(verdict: &str, explicit: Option<bool>) -> LabelReading {
        LabelReading { verdict: verdict.to_owned(), explicit, ..LabelReading::default() }
    }

    fn image(direction: Option<&str>, label: Option<LabelReading>) -> Vec<Finding> {
        let facts = MediaFacts { direction: direction.map(str::to_owned), ..MediaFacts::default() };
        let medium = MediumFacts { label, ..MediumFacts::default() };
        judged(usual(CaseBuilder::new("media").media(facts)).medium("image", medium))
    }

    #[test]
    fn a_visible_and_compliant_label_meets_the_duty() {
        let findings = image(Some("out"), Some(reading("compliant", Some(true))));
        assert_eq!(one(&findings, "im.art12.marking").case(), "met");
    }

    #[test]
    fn anything_less_asks_for_the_label() {
        for (label, reason) in [
            (None, "label-unchecked"),
            (Some(reading("inconclusive", Some(true))), "label-unchecked"),
            (Some(reading("not-found", None)), "label-missing"),
            (Some(reading("non-compliant", Some(true))), "label-non-compliant"),
            (Some(reading("compliant", None)), "label-not-visible"),
            (Some(reading("compliant", Some(false))), "label-not-visible"),
        ] {
            for direction in [Some("out"), None] {
                let findings = image(direction, label.clone());
                let finding = one(&findings, "im.art12.marking");
                assert_eq!((finding.level(), finding.reason()), (Some(Level::Mark), Some(reason)));
                assert!(finding.get_measure("label-explicit").is_some());
            }
        }
    }

    #[test]
    fn what_the_user_sent_is_not_generated() {
        assert_eq!(one(&image(Some("in"), None), "im.art12.marking").reason(), Some("incoming"));
    }

    #[test]
    fn a_publication_is_marked_unless_it_is_known_not_to_be_generated() {
        let found = |ai_made, label| {
            let facts = PublicationFacts { ai_made, label, ..PublicationFacts::default() };
            let findings = judged(usual(CaseBuilder::new("publication").publication(facts)));
            let finding = one(&findings, "im.art12.marking").clone();
            (finding.case(), finding.reason())
        };
        assert_eq!(found(Some(false), None), ("not-applicable", Some("not-generated")));
        assert_eq!(found(Some(true), Some(reading("compliant", Some(true)))), ("met", None));
        assert_eq!(found(Some(true), None), ("require", Some("label-unchecked")));
        assert_eq!(found(None, None), ("require", Some("label-unchecked")));
    }
}
