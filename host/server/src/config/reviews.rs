//! Where content waits that a person has to see first.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use specialis::core::words::ReviewRole;
use specialis::core::{Decision, Obligation, ParamValue};

/// The queue of content that a person has to see first. Without it a decision of `review` keeps its text back, and nobody is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReviewsConfig {
    /// The folder in which content waits, encrypted.
    pub folder: PathBuf,
    /// A file with the key that encrypts it: 24 bytes or more, as they are or in Base64 behind `whsec_`. Under another key, what
    /// waits there cannot be opened any more.
    pub key_file: PathBuf,
    /// Seconds until content is deleted, whatever became of it.
    #[serde(default = "expires")]
    pub expires: u32,
    /// How many decisions may wait at once.
    #[serde(default = "waiting")]
    pub waiting: usize,
    /// How many bytes the content may have that waits.
    #[serde(default = "bytes")]
    pub bytes: usize,
    /// Who decides, by the duty that asks, such as `"common.heroes" = "editor-in-chief"`. For any other duty it is whose approval the
    /// decision asks for by `require-approval`, or else a content reviewer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, ReviewRole>,
}

fn expires() -> u32 {
    86_400
}

fn waiting() -> usize {
    1_000
}

fn bytes() -> usize {
    256 << 20
}

impl ReviewsConfig {
    /// Who has to decide on what a decision asks, of which these duties ask for a person.
    pub(crate) fn role_for(&self, decision: &Decision, duties: &[String]) -> ReviewRole {
        let decisive = decision.decisive.as_ref().map(|decisive| decisive.duty.to_string());
        let mut asked = decisive.iter().chain(duties).filter_map(|duty| self.roles.get(duty));
        asked.next().copied().or_else(|| approver(decision)).unwrap_or(ReviewRole::ContentReviewer)
    }
}

/// Whose approval a decision asks for, where that is a role of reviewers.
fn approver(decision: &Decision) -> Option<ReviewRole> {
    decision.obligations.iter().find_map(|due| {
        let Obligation::Measure(measure) = &due.obligation else { return None };
        let Some(ParamValue::Id(kind)) = measure.params.get("kind") else { return None };
        let is_approval = measure.id.as_str() == "require-approval";
        ReviewRole::ALL.iter().copied().find(|role| is_approval && role.as_str() == kind)
    })
}
