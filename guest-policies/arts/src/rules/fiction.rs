//! P14: to show is not to promote. In a work of fiction a violent term goes out with an advisory; satire and history have their
//! context looked at.

use specialis_policy::doubt::surely;
use specialis_policy::{Case, Finding, Level, Measure, Rule, Span, cite};

use super::work::{is_scored, published, spans};

pub(super) const P14: Rule = Rule::new("P14", "im.art4.violence.screen", cite("PUBLISH", "25"));
const VIOLENCE: [&str; 1] = ["a1.violence"];
/// Forms of literature and art.
const FORMS: [&str; 5] = ["novel", "text", "textbook", "image", "audio"];
/// What a work may not promote, whatever it shows.
const PROMOTED: [&str; 2] = ["film.violence-glorified", "film.crime-method"];

pub(super) fn p14(case: &Case) -> Vec<Finding> {
    let found: Vec<Span> = spans(case, &VIOLENCE);
    let is_ours = case.output().is_some() || published(case).is_some();
    if !is_ours || found.is_empty() {
        return Vec::new();
    }
    let promotes = !spans(case, &PROMOTED).is_empty() || is_scored(case, &VIOLENCE);
    // Only a publication says whether it is fiction; what is still being written goes by the sector of the session.
    let is_fiction = published(case).is_none_or(|publication| {
        publication.fiction == Some(true) && publication.action.is_some() && surely(publication.form.as_deref(), &FORMS)
    });
    let advisory = Measure::new("advisory").id("kind", "fiction");
    let finding = if promotes {
        P14.require(Level::Review, "may-promote")
    } else if is_fiction {
        P14.instead_of(Level::Warn, "shown-not-promoted")
    } else {
        P14.require(Level::Review, "fiction-not-established")
    };
    vec![finding.measure(advisory).at_all(found)]
}
