//! Restricted records: kept and used for nothing else. Their content is shown for a reason alone, which is recorded with the look.

use clap::Args;

use super::LedgerFolder;
use crate::output;

/// The longest reason, in characters.
const MAX_REASON: usize = 200;

/// Whether restricted records are shown, and why.
#[derive(Args, Clone, Debug)]
pub(crate) struct Restricted {
    /// Show restricted records too, for this reason, such as the number of an authority's letter; it is recorded with the look
    #[arg(long, value_name = "REASON", value_parser = reason)]
    with_restricted: Option<String>,
}

impl Restricted {
    /// Why restricted records are shown; nothing where they are not.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.with_restricted.as_deref()
    }

    /// What stands of it in the note of a look.
    pub(crate) fn words(&self) -> String {
        self.reason().map(|reason| format!(" with-restricted={reason}")).unwrap_or_default()
    }

    /// Whether the content of a record is withheld. One of which nobody can say whether it is restricted counts as restricted.
    pub(crate) fn withholds(&self, folder: &LedgerFolder, index: u64) -> bool {
        self.with_restricted.is_none()
            && folder.is_restricted(index).unwrap_or_else(|error| {
                output::note_error("whether the record is restricted is not known", &error);
                true
            })
    }
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= MAX_REASON && !text.contains(char::is_control);
    let none = "give a reason of at most 200 characters in one line, such as the number of the authority's letter";
    if fits { Ok(text.to_owned()) } else { Err(none.to_owned()) }
}
