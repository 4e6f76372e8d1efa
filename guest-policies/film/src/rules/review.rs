//! F9, F10, F14: a new review of what was changed, reviews before broadcast, and the labels of a video.

use specialis_policy::doubt::{approved, may_be, surely};
use specialis_policy::facts::PublicationFacts;
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite, scope, waiver};

use super::work::{may_go_online, may_have_form};

const F9: Rule = Rule::new("F9", "film.re-review", cite("FILM", "19"));
const F10: Rule = Rule::new("F10", "film.broadcast", cite("AVP", "review"));
/// The regulations that bind radio and television stations.
const STATIONS: Cite = cite("RTV", "33");
const F14: Rule = Rule::new("F14", "film.label", cite("LM", "4"));

/// Whether an approval of this kind was given after the last change. A day of change that nobody knows is today's, after it all.
fn is_current(case: &Case, publication: &PublicationFacts, kind: &str) -> bool {
    publication
        .changed_on
        .is_some_and(|changed| approved(publication.approvals.as_deref(), kind, Some(changed), case.as_of()))
}

fn approval(kind: &'static str) -> Measure {
    Measure::new("require-approval").id("kind", kind)
}

/// Whether a station surely broadcasts it.
pub(super) fn is_by_station(case: &Case) -> bool {
    surely(case.more_publication().outlet.as_deref(), &["broadcast"])
}

/// A film that was changed after its licence is reviewed again.
pub(super) fn f9(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    if !may_go_online(publication) || !may_have_form(publication, &["film"]) {
        return Vec::new();
    }
    vec![if is_current(case, publication, "release") || is_current(case, publication, "re-review") {
        F9.met()
    } else {
        F9.require(Level::Stop, "changed-after-review").measure(approval("re-review"))
    }]
}

/// Dramas and animation are reviewed before they reach their audience, and anew before a rerun. What a station broadcasts is held
/// to the regulations on stations, what goes online to the provisions on programs there.
pub(super) fn f10(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    if !may_go_online(publication) || !may_have_form(publication, &["drama", "animation"]) {
        return Vec::new();
    }
    let rule = if is_by_station(case) { F10.citing(STATIONS) } else { F10 };
    let action = publication.action.as_deref();
    let first = (!surely(action, &["repost"])).then_some("pre-broadcast-review");
    let again = may_be(action, &["repost"]).then_some("re-review");
    let missing = [first, again].into_iter().flatten().filter(|kind| !is_current(case, publication, kind));
    let missing: Vec<Measure> = missing.map(approval).collect();
    vec![if missing.is_empty() {
        rule.met()
    } else {
        rule.require(Level::Stop, "not-reviewed-before-broadcast").measures(missing)
    }]
}

/// A video that AI made is labelled at its start, around the player and in its metadata.
pub(super) fn f14(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    let is_video = may_have_form(publication, &["film", "drama", "micro-drama", "animation"]);
    let is_ours = is_video && publication.ai_made != Some(false) && !scope::only_propagates(case);
    if !may_go_online(publication) || !is_ours {
        return Vec::new();
    }
    let label = publication.label.as_ref();
    // The Labelling Measures let the explicit label go where its own conditions hold.
    let is_waived = waiver::defect(case, publication).is_none();
    let is_explicit = is_waived || label.is_some_and(|label| label.explicit == Some(true));
    let is_implicit = label.is_some_and(|label| label.verdict == "compliant");
    if is_explicit && is_implicit {
        return vec![F14.met()];
    }
    let place = |place| Measure::new("label-explicit").id("text", "ai-generated").id("place", place);
    let explicit = (!is_explicit).then(|| [place("start"), place("player")]).into_iter().flatten();
    let implicit = (!is_implicit).then(|| Measure::new("label-implicit").id("attribute", "1"));
    vec![F14.require(Level::Mark, "video-not-labelled").measures(explicit).measures(implicit)]
}
