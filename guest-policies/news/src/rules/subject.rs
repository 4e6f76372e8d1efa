//! What is news: reports and comment on public affairs and on social emergencies, and the wish to make them.

use specialis_policy::Case;
use specialis_policy::doubt::{may_be, may_hold, surely};
use specialis_policy::facts::PublicationFacts;

/// Subjects of news information.
const THEMES: [&str; 12] = [
    "politics", "economy", "military", "foreign-affairs", "public-affairs", "social-emergency", "public-policy",
    "national-security", "united-front", "ethnic", "religious", "judicial",
];
/// Forms that are no news whatever their subject.
const OTHER_FORMS: [&str; 6] = ["film", "drama", "micro-drama", "animation", "novel", "textbook"];
/// What brings nothing before the public.
const PRIVATE_ACTIONS: [&str; 4] = ["export", "download", "copy", "list-application"];

/// Whether the publication may bring news before the public.
pub(super) fn may_be_news(publication: &PublicationFacts) -> bool {
    let form = publication.form.as_deref();
    let is_public = !surely(publication.action.as_deref(), &PRIVATE_ACTIONS);
    let by_form = may_be(form, &["news", "commentary"]);
    let by_theme = may_hold(publication.themes.as_deref(), &THEMES)
        || may_hold(publication.themes.as_deref(), &["public-security"]);
    is_public && !surely(form, &OTHER_FORMS) && (by_form || by_theme)
}

/// Whether the publication may be a repost.
pub(super) fn may_be_repost(publication: &PublicationFacts) -> bool {
    may_be(publication.action.as_deref(), &["repost"])
}

/// Whether the prompt or output may be about writing news: by its declared task, or by its words.
pub(super) fn may_write_news(case: &Case, task: Option<&str>) -> bool {
    let tasks = case.texts("news-tasks");
    task.is_none_or(|task| tasks.iter().any(|news| news == task))
        || case.hits_in("news.current-affairs").next().is_some()
}

/// Whether what is written may be meant for the public.
pub(super) fn may_go_public(case: &Case) -> bool {
    !surely(case.purpose(), &["private"])
}
