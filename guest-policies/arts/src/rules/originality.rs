//! P8, P9, P13: how much AI wrote, how like other works it is, and characters whose owners gave notice.

use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::work::{is_schoolwork, may_be_book, published};

const P8: Rule = Rule::new("P8", "arts.ai-share", cite("PLATFORM-WRITING", "1"));
const P9: Rule = Rule::new("P9", "arts.similarity", cite("ANTI-PLAGIARISM", "1"));
const P13: Rule = Rule::new("P13", "arts.characters", cite("COPYRIGHT", "10"));

/// A platform's contract: AI proofreads, proposes elements and outlines; beyond it harms originality. No law says so.
pub(super) fn p8(case: &Case) -> Vec<Finding> {
    let Some(publication) = published(case).filter(|publication| may_be_book(publication)) else { return Vec::new() };
    if publication.ai_made == Some(false) || !case.flag("contract-on-ai-share") {
        return Vec::new();
    }
    let within =
        publication.ai_share_permille.is_some_and(|share| i64::from(share) <= case.number("ai-share-permille"));
    vec![if within { P8.met() } else { P8.require(Level::Warn, "beyond-contract") }]
}

/// A convention of platforms: a work too like another is warned of, and so is one that nobody measured.
pub(super) fn p9(case: &Case) -> Vec<Finding> {
    let likeness = match (case.output(), published(case)) {
        (Some(output), _) => output.similarity_permille,
        (None, Some(publication)) => publication.similarity_permille,
        (None, None) => return Vec::new(),
    };
    let limit = case.number("similarity-permille");
    match likeness {
        Some(likeness) if i64::from(likeness) < limit => vec![P9.met()],
        Some(_) => vec![P9.require(Level::Warn, "too-similar").measure(verify())],
        None => vec![P9.require(Level::Warn, "similarity-not-measured").measure(verify())],
    }
}

fn verify() -> Measure {
    Measure::new("remind").id("kind", "own-work")
}

/// A character whose owner gave notice is not generated on request, and users hear of the risk.
pub(super) fn p13(case: &Case) -> Vec<Finding> {
    let Some(prompt) = case.prompt() else { return Vec::new() };
    match prompt.protected_matches.as_deref() {
        _ if is_schoolwork(prompt) => Vec::new(),
        Some([]) => vec![P13.met()],
        Some(_) => vec![P13.require(Level::Stop, "protected-character").measure(risk())],
        // Where the platform compares nothing with its list, the duty cannot be kept.
        None => vec![P13.require(Level::Stop, "characters-not-compared").measure(risk())],
    }
}

fn risk() -> Measure {
    Measure::new("notice").id("kind", "infringement-risk")
}
