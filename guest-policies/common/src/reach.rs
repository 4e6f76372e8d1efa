//! What an event shows, to whom, and how strongly the host's findings speak.

use specialis_policy::facts::{Hit, LabelReading, PublicationFacts, Signal};
use specialis_policy::{Case, Span};

/// Whether the event gives generated or published content to somebody. A medium of unknown direction does.
pub(crate) fn goes_out(case: &Case) -> bool {
    match case.kind() {
        "output" | "publication" => true,
        "media" => !comes_in(case),
        _ => false,
    }
}

/// Whether the event is a medium that certainly comes from the user.
pub(crate) fn comes_in(case: &Case) -> bool {
    case.media().is_some_and(|media| media.direction.as_deref() == Some("in"))
}

/// Whether a part is shown to the user. A part nobody knows of counts as shown.
pub(crate) fn is_shown(case: &Case, part: u32) -> bool {
    case.parts().iter().find(|known| known.index == part).is_none_or(|known| known.shown)
}

/// The hits that pass a test and stand in shown text.
pub(crate) fn shown_hits<'a>(case: &'a Case, test: impl Fn(&Hit) -> bool + 'a) -> impl Iterator<Item = &'a Hit> {
    case.hits().iter().filter(move |hit| test(hit) && is_shown(case, hit.at.part))
}

/// The highest score, in thousandths, of the signals that pass a test and are about shown parts or the whole event.
pub(crate) fn shown_score(case: &Case, test: impl Fn(&Signal) -> bool) -> Option<u32> {
    let about_shown = |signal: &&Signal| signal.part.is_none_or(|part| is_shown(case, part));
    case.signals().iter().filter(|signal| test(signal)).filter(about_shown).map(|signal| signal.score_permille).max()
}

/// The stretches of hits.
pub(crate) fn spans<'a>(hits: impl IntoIterator<Item = &'a Hit>) -> Vec<Span> {
    hits.into_iter().map(|hit| hit.at).collect()
}

/// Whether a hit is heavy enough to count.
pub(crate) fn counts(case: &Case, hit: &Hit) -> bool {
    i64::from(hit.weight) >= case.number("hit-weight")
}

/// Whether a score reaches a setting in thousandths.
pub(crate) fn reaches(case: &Case, score: u32, setting: &str) -> bool {
    i64::from(score) >= case.number(setting)
}

/// Whether the user may be a minor: anybody not known to be an adult.
pub(crate) fn may_be_minor(case: &Case) -> bool {
    case.age() != Some("adult")
}

/// The readings of labels on the media of the event; one that nobody made where there is no medium.
pub(crate) fn media_labels(case: &Case) -> Vec<Option<&LabelReading>> {
    let media = case.parts().iter().filter(|part| part.medium != "text");
    let labels: Vec<_> = media.map(|part| part.media.as_ref().and_then(|facts| facts.label.as_ref())).collect();
    if labels.is_empty() { vec![None] } else { labels }
}

/// Whether a compliant implicit label was read.
pub(crate) fn is_compliant(label: Option<&LabelReading>) -> bool {
    label.is_some_and(|label| label.verdict == "compliant")
}

/// Whether a label that people can perceive was seen.
pub(crate) fn is_explicit(label: Option<&LabelReading>) -> bool {
    label.and_then(|label| label.explicit) == Some(true)
}

/// Whether content leaves the service for the first time: published, exported, downloaded or copied. An action nobody
/// knows of counts.
pub(crate) fn is_released(publication: &PublicationFacts) -> bool {
    !matches!(publication.action.as_deref(), Some("repost" | "list-application"))
}
