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

/// The tiers of micro-dramas, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Other,
    Ordinary,
    Key,
}

impl Tier {
    pub(super) const ALL: [Self; 3] = [Self::Other, Self::Ordinary, Self::Key];

    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "other" => Some(Self::Other),
            "ordinary" => Some(Self::Ordinary),
            "key" => Some(Self::Key),
            _ => None,
        }
    }

    /// The filing of this tier, as the measure `require-filing` names it.
    pub(super) fn filing(self) -> &'static str {
        match self {
            Self::Other => "micro-drama-other",
            Self::Ordinary => "micro-drama-ordinary",
            Self::Key => "micro-drama-key",
        }
    }
}
