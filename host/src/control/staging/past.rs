//! What was live before, as far as it says what may come after.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use specialis_core::PolicyId;

use crate::control::error::StageCause;
use crate::runtime::{EditionContent, PolicyContent, Provenance};

/// The highest version of each policy that was ever live. Nothing in it goes down but by a rollback.
pub(crate) type VersionFloor = BTreeMap<PolicyId, Version>;

/// What the policies of a new edition are held against.
pub(crate) struct Past<'a> {
    pub(crate) floor: &'a VersionFloor,
    /// Digests of policies that were revoked.
    pub(crate) revoked: &'a BTreeSet<String>,
    /// What the edition before holds, where there is one.
    pub(crate) live: Option<&'a EditionContent>,
}

impl Past<'_> {
    /// Whether a policy may come after those that were live.
    pub(crate) fn check(&self, policy: &PolicyContent) -> Result<(), StageCause> {
        if let Some(digest) = policy.revoked_under(self.revoked) {
            return Err(StageCause::Revoked { digest });
        }
        let version = &policy.manifest().version;
        if let Some(seen) = self.floor.get(&policy.card.id)
            && version.cmp_precedence(seen).is_lt()
        {
            return Err(StageCause::Older { found: version.clone(), seen: seen.clone() });
        }
        let live = self.live.and_then(|live| live.policy(&policy.card.id));
        let is_same_version = |live: &&PolicyContent| {
            live.manifest().version.cmp_precedence(version).is_eq() && live.digest != policy.digest
        };
        if live.is_some_and(|live| is_same_version(&live)) && policy.provenance != Provenance::Unsigned {
            return Err(StageCause::SameVersion { version: version.clone() });
        }
        Ok(())
    }
}

/// Takes the versions of an edition that goes live. Where it goes live by a rollback they are the new height.
pub(crate) fn learn_versions(floor: &mut VersionFloor, content: &EditionContent, is_rollback: bool) {
    for policy in &content.policies {
        let version = &policy.manifest().version;
        let seen = floor.entry(policy.card.id.clone()).or_insert_with(|| version.clone());
        if is_rollback || version.cmp_precedence(seen).is_gt() {
            seen.clone_from(version);
        }
    }
}
