//! What a host remembers between starts: which statement was live, the highest versions, what was revoked, the last day.

mod copy;
mod folder;
mod note;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use specialis_core::Date;

pub(crate) use copy::ChainCopy;
pub use folder::StateFolder;
pub use note::StateNote;

use super::signed::{ChainHead, ChainPosition};
use super::staging::VersionFloor;
use crate::runtime::PolicyContent;

/// What is remembered. Nothing in it goes down, but for versions by a rollback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct HostState {
    /// The signed statement that was live last, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<ChainState>,
    /// The highest version of each policy that was live.
    pub(crate) versions: VersionFloor,
    /// Digests of policies that were revoked: of their files, and of what signatures on them stand on.
    pub(crate) revoked: BTreeSet<String>,
    /// The last day on which the host looked at what it is to serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_day: Option<Date>,
}

/// What is remembered of a chain of statements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ChainState {
    /// The statement that was live.
    pub(crate) position: ChainPosition,
    /// The digest of the manifest of the edition that was live.
    pub(crate) edition: String,
    /// The highest number of an edition in the chain.
    pub(crate) highest_edition: u64,
    /// The number of the list of approvers that counts.
    pub(crate) approvers: u64,
}

impl HostState {
    /// Takes a signed statement as the newest one.
    pub(crate) fn learn_head(&mut self, head: &ChainHead) {
        self.revoked.extend(head.revoked.iter().cloned());
        self.versions.clone_from(&head.versions);
        self.chain = Some(ChainState {
            position: head.position(),
            edition: head.statement.edition.clone(),
            highest_edition: head.highest_edition,
            approvers: head.approvers.number,
        });
    }

    /// The day that counts: the clock's, or the last day seen where the clock is behind it.
    pub(crate) fn day(&self, clock: Date) -> Date {
        self.last_day.map_or(clock, |last| last.max(clock))
    }
}

/// Adds, to digests of files that were revoked, what signatures on those files stand on: a file that is signed again is revoked
/// too.
pub(crate) fn revoke_content<'p>(
    revoked: &mut BTreeSet<String>,
    policies: impl IntoIterator<Item = &'p Arc<PolicyContent>>,
) {
    for policy in policies {
        if revoked.contains(&policy.digest) {
            revoked.insert(policy.bundle.content_digest());
        }
    }
}
