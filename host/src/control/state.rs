//! What a host remembers between starts: which statement was live, the highest versions, what was revoked.

use std::collections::BTreeSet;
use std::io;

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

use super::error::{StageCause, StateProblem};
use super::signed::ChainPosition;
use super::staging::VersionFloor;
use crate::runtime::Edition;

/// What is remembered. Nothing in it goes down, but for versions by a rollback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct HostState {
    /// The signed statement that was live last, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<ChainPosition>,
    /// The highest version of each policy that was live.
    pub(crate) versions: VersionFloor,
    /// Digests of policies that were revoked.
    pub(crate) revoked: BTreeSet<String>,
}

impl HostState {
    /// Takes the versions of an edition that goes live. Where it goes live by a rollback they are the new height.
    pub(crate) fn learn_versions(&mut self, edition: &Edition, is_rollback: bool) {
        for policy in &edition.policies {
            let version = &policy.content.manifest().version;
            let seen = self.versions.entry(policy.content.card.id.clone()).or_insert_with(|| version.clone());
            if is_rollback || version.cmp_precedence(seen).is_gt() {
                seen.clone_from(version);
            }
        }
    }
}

/// A folder of the host's own, in which its state is kept. The key authenticates what stands there.
pub(crate) struct StateDir {
    pub(crate) dir: Dir,
    pub(crate) key: [u8; 32],
}

const FILE: &str = "state.json";

impl StateDir {
    /// What was remembered; nothing at the first start.
    pub(crate) fn load(&self) -> Result<HostState, StageCause> {
        let refused = |problem| StageCause::State { file: FILE, problem };
        let bytes = match self.dir.read(FILE) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HostState::default()),
            Err(error) => return Err(refused(StateProblem::Unreadable(error))),
        };
        let text = String::from_utf8_lossy(&bytes);
        let (mac, json) = text.split_once('\n').unwrap_or_default();
        let is_ours = blake3::Hash::from_hex(mac).is_ok_and(|mac| mac == self.mac(json));
        let state = is_ours.then(|| serde_json::from_str(json).ok()).flatten();
        state.ok_or_else(|| refused(StateProblem::Damaged))
    }

    /// Writes the state whole or not at all, and waits until it is on the disk.
    pub(crate) fn save(&self, state: &HostState) -> Result<(), StageCause> {
        let write = || {
            let json = serde_json::to_string(state).map_err(io::Error::other)?;
            let partial = format!("{FILE}.part");
            let mut file = self.dir.create(&partial)?;
            io::Write::write_all(&mut file, format!("{}\n{json}", self.mac(&json).to_hex()).as_bytes())?;
            file.sync_all()?;
            self.dir.rename(&partial, &self.dir, FILE)?;
            sync_folder(&self.dir)
        };
        write().map_err(|e: io::Error| StageCause::State { file: FILE, problem: StateProblem::Unwritable(e) })
    }

    fn mac(&self, json: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, json.as_bytes())
    }
}

/// Waits until a folder's entries are on the disk. Systems that cannot open a folder as a file need no such step.
fn sync_folder(dir: &Dir) -> io::Result<()> {
    if cfg!(unix) { dir.open(".")?.sync_all() } else { Ok(()) }
}
