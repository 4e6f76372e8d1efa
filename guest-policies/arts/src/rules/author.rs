//! P10 and P11: attribution and integrity of works, and who is the author.

use specialis_policy::doubt::{said, surely};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::work::{is_schoolwork, published};

pub(super) const P10: Rule = Rule::new("P10", "arts.attribution", cite("COPYRIGHT", "10"));
pub(super) const P11: Rule = Rule::new("P11", "arts.author", cite("COPYRIGHT", "11"));

/// A request for the style of a living or protected author goes to a person; what is quoted or reworked names its author.
pub(super) fn p10(case: &Case) -> Vec<Finding> {
    if let Some(prompt) = case.prompt() {
        let free = case.texts("free-authors");
        return match prompt.style_of.as_deref() {
            _ if is_schoolwork(prompt) => Vec::new(),
            Some([]) => Vec::new(),
            Some(authors) if authors.iter().all(|author| free.contains(author)) => vec![P10.met()],
            Some(_) => vec![P10.require(Level::Review, "style-of-protected-author").measure(risk())],
            None => vec![P10.require(Level::Review, "style-unknown").measure(risk())],
        };
    }
    let Some(publication) = published(case) else { return Vec::new() };
    let is_reworked = said(publication.similar_to.as_deref()).is_some();
    let is_named = said(publication.original_author.as_deref()).is_some();
    match (publication.similar_to.is_some(), is_reworked, is_named) {
        (_, _, true) => vec![P10.met()],
        // The platform says that it is like nothing.
        (true, false, false) => Vec::new(),
        _ => vec![P10.citing(cite("COPYRIGHT", "24")).require(Level::Review, "source-not-named")],
    }
}

fn risk() -> Measure {
    Measure::new("notice").id("kind", "infringement-risk")
}

/// The author is a person: AI alone is credited nowhere, and its part is declared.
pub(super) fn p11(case: &Case) -> Vec<Finding> {
    let Some(publication) = published(case) else { return Vec::new() };
    if publication.ai_made == Some(false) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if !surely(publication.credited.as_deref(), &["person", "both"]) {
        findings.push(P11.require(Level::Review, "ai-as-author"));
    }
    if publication.declared_generated != Some(true) || publication.ai_share_permille.is_none() {
        let declare = Measure::new("remind").id("kind", "declare-generated");
        findings.push(P11.citing(cite("LM", "10")).require(Level::Mark, "share-not-declared").measure(declare));
    }
    if findings.is_empty() { vec![P11.met()] } else { findings }
}
