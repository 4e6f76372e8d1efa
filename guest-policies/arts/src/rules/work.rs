//! What kind of work it is, and whether it comes before the public.

use specialis_policy::doubt::{may_be, surely};
use specialis_policy::facts::{PromptFacts, PublicationFacts};
use specialis_policy::{Case, Span};

/// What brings nothing before the public.
const PRIVATE_ACTIONS: [&str; 4] = ["export", "download", "copy", "list-application"];
/// Forms that other sectors' law governs.
const OTHER_FORMS: [&str; 6] = ["news", "commentary", "film", "drama", "micro-drama", "animation"];

/// A publication that may bring a work of literature or art before the public.
pub(super) fn published(case: &Case) -> Option<&PublicationFacts> {
    case.publication().filter(|publication| {
        !surely(publication.action.as_deref(), &PRIVATE_ACTIONS) && !surely(publication.form.as_deref(), &OTHER_FORMS)
    })
}

/// Whether it may be a publication in the narrow sense: a book, a novel, a text of a publisher.
pub(super) fn may_be_book(publication: &PublicationFacts) -> bool {
    may_be(publication.form.as_deref(), &["novel", "textbook", "text"])
}

/// Whether it is surely asked for in class or to try the model, where nothing is made for others.
pub(super) fn is_schoolwork(prompt: &PromptFacts) -> bool {
    surely(prompt.task.as_deref(), &["examination", "homework", "evaluation"])
}

/// Whether whoever publishes may be a publisher; a person on a platform is none.
pub(super) fn may_be_publisher(publication: &PublicationFacts) -> bool {
    may_be(publication.actor.as_deref(), &["publisher", "platform"])
}

/// The hits of some categories.
pub(super) fn spans(case: &Case, categories: &[&str]) -> Vec<Span> {
    case.hits().iter().filter(|hit| categories.contains(&hit.category.as_str())).map(|hit| hit.at).collect()
}

/// Whether a score of one of these categories reaches the operator's threshold.
pub(super) fn is_scored(case: &Case, categories: &[&str]) -> bool {
    let threshold = u32::try_from(case.number("content-permille")).unwrap_or(0);
    categories.iter().any(|category| case.signal_over(category, threshold).is_some())
}
