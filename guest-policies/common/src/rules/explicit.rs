//! The label that people perceive, on content that may mislead the public.

use specialis_policy::facts::{MediaFacts, PublicationFacts};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite, scope, waiver};

use crate::measures::{label_explicit, notice};
use crate::reach;

/// What may mislead the public carries a prominent label; for the rest a labelling function is offered.
pub const DS17: Rule = Rule::new("DS17", "common.dsp17.label", cite("DSP", "17(1)"));

/// The explicit label stands where the medium asks for it, and in every file that leaves the service.
pub const LM4: Rule = Rule::new("LM4", "common.lm4.explicit", cite("LM", "4"));

/// Stands for every output of the session: dialogue and writing that imitate a natural person.
pub fn ds17_standing(case: &Case) -> Finding {
    standing(DS17, case)
}

/// Stands for every output of the session: a label in or around the text.
pub fn lm4_standing(case: &Case) -> Finding {
    standing(LM4, case)
}

fn standing(rule: Rule, case: &Case) -> Finding {
    if scope::only_propagates(case) {
        return rule.not_applicable("propagates-only").on(&["output"]);
    }
    let place = if case.flag("label-in-text") { "end" } else { "interface" };
    rule.require(Level::Mark, misled(case)).measure(label_explicit("ai-generated", place)).on(&["output"])
}

/// Whom content without a label may mislead: the public, or the one reader it is for.
fn misled(case: &Case) -> &'static str {
    if scope::may_reach_public(case) { "may-mislead" } else { "may-mislead-reader" }
}

/// Whether a medium may mislead the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mislead {
    Yes,
    No,
    Unknown,
}

fn mislead(media: &MediaFacts) -> Mislead {
    match (media.operation.as_deref(), media.imitates.as_deref()) {
        (Some("face-swap" | "voice-clone"), _) | (_, Some([_, ..])) => Mislead::Yes,
        (None, _) | (_, None) => Mislead::Unknown,
        (Some(_), Some([])) => Mislead::No,
    }
}

fn labels(case: &Case) -> Vec<Measure> {
    let mut places = Vec::new();
    for part in case.parts().iter().filter(|part| part.medium != "text") {
        let of_medium: &[&str] = match part.medium.as_str() {
            "image" => &["edge"],
            "audio" | "virtual-scene" => &["start"],
            "video" => &["start", "player"],
            _ => &["content"],
        };
        places.extend(of_medium.iter().copied().filter(|place| !places.contains(place)).collect::<Vec<_>>());
    }
    if places.is_empty() {
        places.push("content");
    }
    places.into_iter().map(|place| label_explicit("ai-generated", place)).collect()
}

fn is_labelled(case: &Case) -> bool {
    reach::media_labels(case).into_iter().all(reach::is_explicit)
}

/// Answers on media and on publications.
pub fn ds17(case: &Case) -> Vec<Finding> {
    if let Some(publication) = case.publication() {
        return vec![published(case, publication, DS17)];
    }
    let Some(media) = case.media() else { return Vec::new() };
    if scope::only_propagates(case) {
        return vec![DS17.not_applicable("propagates-only")];
    }
    if reach::comes_in(case) {
        return vec![DS17.not_applicable("incoming")];
    }
    if is_labelled(case) {
        return vec![DS17.met()];
    }
    let label = || DS17.require(Level::Mark, misled(case)).measures(labels(case));
    // Whoever need not label offers the function and says so.
    vec![match mislead(media) {
        Mislead::Yes => label(),
        Mislead::Unknown => label().measure(notice("label-function")),
        Mislead::No => {
            DS17.citing(cite("DSP", "17(2)")).require(Level::Pass, "not-misleading").measure(notice("label-function"))
        }
    }]
}

/// What leaves the service carries the label, or goes without it at the user's request.
fn published(case: &Case, publication: &PublicationFacts, rule: Rule) -> Finding {
    if scope::only_propagates(case) {
        rule.not_applicable("propagates-only")
    } else if !reach::is_released(publication) {
        rule.not_applicable("not-released")
    } else if publication.ai_made == Some(false) {
        rule.not_applicable("not-generated")
    } else if reach::is_explicit(publication.label.as_ref()) {
        rule.met()
    } else if waiver::defect(case, publication).is_none() {
        rule.citing(cite("LM", "9")).met()
    } else {
        rule.require(Level::Mark, "explicit-label-missing").measure(label_explicit("ai-generated", "file"))
    }
}

/// Answers on media and on publications.
pub fn lm4(case: &Case) -> Vec<Finding> {
    if let Some(publication) = case.publication() {
        return vec![published(case, publication, LM4)];
    }
    if let Some(media) = case.media() {
        return vec![if scope::only_propagates(case) {
            LM4.not_applicable("propagates-only")
        } else if reach::comes_in(case) {
            LM4.not_applicable("incoming")
        } else if is_labelled(case) {
            LM4.met()
        } else if mislead(media) == Mislead::No {
            LM4.not_applicable("not-misleading")
        } else {
            LM4.require(Level::Mark, misled(case)).measures(labels(case))
        }];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{LabelReading, MediumFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn medium(medium: &str, operation: Option<&str>, imitates: Option<&[&str]>, explicit: Option<bool>) -> Case {
        let facts = MediaFacts {
            direction: Some("out".into()),
            operation: operation.map(str::to_owned),
            imitates: imitates.map(|words| words.iter().map(|&word| word.to_owned()).collect()),
            ..MediaFacts::default()
        };
        let label = Some(LabelReading { verdict: "not-found".into(), explicit, ..LabelReading::default() });
        let part = MediumFacts { label, ..MediumFacts::default() };
        CaseBuilder::new("media").media(facts).medium(medium, part).build()
    }

    #[test]
    fn imitation_calls_for_the_label_and_doubt_calls_for_both() {
        let level_and_count = |operation, imitates| {
            let findings = ds17(&medium("image", operation, imitates, None));
            findings.first().and_then(Finding::demand).map(|demand| (demand.level, demand.obligations.len()))
        };
        assert_eq!(level_and_count(Some("generate"), Some(&["face"][..])), Some((Level::Mark, 1)));
        assert_eq!(level_and_count(Some("face-swap"), Some(&[][..])), Some((Level::Mark, 1)));
        assert_eq!(level_and_count(Some("generate"), None), Some((Level::Mark, 2)));
        assert_eq!(level_and_count(None, Some(&[][..])), Some((Level::Mark, 2)));
        assert_eq!(level_and_count(Some("generate"), Some(&[][..])), Some((Level::Pass, 1)));
    }

    #[test]
    fn each_medium_has_its_place() {
        for (name, expected) in [("image", 1), ("audio", 1), ("video", 2), ("document", 1)] {
            let findings = lm4(&medium(name, Some("voice-clone"), None, Some(false)));
            let n_labels = findings.first().and_then(Finding::demand).map(|demand| demand.obligations.len());
            assert_eq!(n_labels, Some(expected), "{name}");
        }
    }

    #[test]
    fn a_label_that_was_seen_will_do() {
        for rule in [ds17, lm4] {
            let case = |explicit| rule(&medium("video", Some("face-swap"), None, explicit));
            assert_eq!(case(Some(true)).first().map(Finding::case), Some("met"));
            assert_eq!(case(Some(false)).first().map(Finding::case), Some("require"));
            assert_eq!(case(None).first().map(Finding::case), Some("require"));
        }
    }
}
