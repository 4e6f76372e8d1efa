//! What kind of work it is, and whether it goes online.

use specialis_policy::doubt::{may_be, surely};
use specialis_policy::facts::PublicationFacts;

/// What brings nothing before the public.
const PRIVATE_ACTIONS: [&str; 4] = ["export", "download", "copy", "list-application"];

/// Whether the publication may bring a work before the public.
pub(super) fn may_go_online(publication: &PublicationFacts) -> bool {
    !surely(publication.action.as_deref(), &PRIVATE_ACTIONS)
}

/// Whether the work may be of one of these forms.
pub(super) fn may_have_form(publication: &PublicationFacts, forms: &[&str]) -> bool {
    may_be(publication.form.as_deref(), forms)
}
