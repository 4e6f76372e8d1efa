//! Small editions, for tests that start very many hosts: one tiny policy, two duties, three editions that differ in one thing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use specialis::signed::{
    Approvers, EditionManifest, PolicyPin, SignedAct, SignedDocument, SignedFolder, Statement, files as names,
};
use specialis::{Host, PlatformProfile, StageError};
use specialis_bundle::{Bundle, Envelope, digest_of};
use specialis_core::{Mode, RankTest, Registry, Trust};
use specialis_tests::{Manifest, day, hosts, key, root, state_folder};

/// The editions. From `Plain` or `Worded` to `Lenient` loosens, the other way tightens; the words of a mask are neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Which {
    Plain,
    Worded,
    Lenient,
}

impl Which {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Worded, Self::Lenient];

    /// The number of its manifest.
    pub(super) fn number(self) -> u64 {
        1 + self as u64
    }
}

/// What a statement says, and who signs it.
#[derive(Clone, Debug)]
pub(super) struct Says {
    pub(super) edition: Which,
    /// The number of the list of approvers: 1 has `alice` and `bob`, 2 has `alice` and `carol`.
    pub(super) list: u64,
    pub(super) signers: Vec<&'static str>,
    pub(super) has_reason: bool,
    pub(super) revokes: bool,
}

impl Says {
    pub(super) fn new(edition: Which, list: u64, signers: &[&'static str]) -> Self {
        Self { edition, list, signers: signers.to_vec(), has_reason: true, revokes: false }
    }
}

/// Everything that may stand in a folder.
pub(super) struct Small {
    /// By digest.
    objects: BTreeMap<String, Vec<u8>>,
    editions: BTreeMap<Which, String>,
    lists: BTreeMap<u64, String>,
    /// The digest of the policy's file.
    pub(super) policy: String,
}

impl Small {
    pub(super) fn new() -> Self {
        let manifest = Manifest { may_require: Vec::new(), ..Manifest::witness() };
        let policy = super::answering("warn", manifest);
        let mut small = Self {
            policy: digest_of(&policy),
            objects: BTreeMap::new(),
            editions: BTreeMap::new(),
            lists: BTreeMap::new(),
        };
        small.put(policy.clone());
        let registry = small.put(toml::to_string(&registry()).unwrap().into_bytes());
        let profile = small.put(b"supports = \"everything\"\n".to_vec());
        for which in Which::ALL {
            let rank_test = if which == Which::Lenient { RankTest::Lenient } else { RankTest::Strict };
            let signers = [("tester".into(), vec![small.policy.clone()])].into();
            let trust =
                small.put(toml::to_string(&Trust { rank_test, signers, ..Trust::default() }).unwrap().into_bytes());
            let files = [("registry.toml", &registry), ("profile.toml", &profile), ("trust.toml", &trust)];
            let edition = EditionManifest {
                number: which.number(),
                policies: [("witness".into(), pin(&policy))].into(),
                files: files.map(|(name, digest)| (name.to_owned(), digest.clone())).into(),
                redaction: (which == Which::Worded).then(|| "[removed]".to_owned()),
            };
            let digest = small.put(edition.to_json().unwrap());
            small.editions.insert(which, digest);
        }
        for (number, approvers) in [(1, ["alice", "bob"]), (2, ["alice", "carol"])] {
            let approvers = approvers.map(|name| (name.to_owned(), key(name).public())).into();
            let list = Approvers { number, approvers, expires: day("2030-12-31") };
            let digest = small.put(specialis_tests::signed(&list, &["root"]));
            small.lists.insert(number, digest);
        }
        small
    }

    fn put(&mut self, bytes: Vec<u8>) -> String {
        let digest = digest_of(&bytes);
        self.objects.insert(digest.clone(), bytes);
        digest
    }

    /// The digest of the manifest of an edition.
    pub(super) fn edition(&self, which: Which) -> &str {
        &self.editions[&which]
    }

    /// A statement after `before`.
    pub(super) fn statement(&self, before: Option<&[u8]>, says: &Says) -> Vec<u8> {
        self.changed(before, says, |_| {})
    }

    /// The same with a change that nobody would make by accident.
    pub(super) fn changed(&self, before: Option<&[u8]>, says: &Says, change: impl FnOnce(&mut Statement)) -> Vec<u8> {
        let (edition, approvers) = (self.edition(says.edition).to_owned(), self.lists[&says.list].clone());
        let (made, expires) = (hosts::today(), day("2027-12-31"));
        let mut statement = match before.map(|bytes| Envelope::parse(bytes).unwrap()) {
            None => Statement::first(edition, approvers, made, expires),
            Some(envelope) => {
                let before: Statement = envelope.statement(Statement::KIND).unwrap();
                before.next(envelope.digest(), edition, approvers, made, expires)
            }
        };
        statement.reason = says.has_reason.then(|| "a test".to_owned());
        statement.revoked = says.revokes.then(|| self.policy.clone()).into_iter().collect();
        change(&mut statement);
        specialis_tests::signed(&statement, &says.signers)
    }

    /// Puts a chain into a folder, in place of what stands there.
    pub(super) fn write(&self, folder: &Path, chain: &[Vec<u8>]) {
        let _ = fs::remove_dir_all(folder.join(names::STATEMENTS));
        fs::create_dir_all(folder.join(names::STATEMENTS)).unwrap();
        for (bytes, number) in chain.iter().zip(1..) {
            fs::write(folder.join(names::statement(number)), bytes).unwrap();
        }
        if !folder.join(names::OBJECTS).exists() {
            fs::create_dir(folder.join(names::OBJECTS)).unwrap();
            for (digest, bytes) in &self.objects {
                fs::write(folder.join(names::object(digest)), bytes).unwrap();
            }
        }
    }
}

fn pin(policy: &[u8]) -> PolicyPin {
    let version = Bundle::parse(policy).unwrap().manifest.version;
    let (file, digest) = ("policies/witness.wasm".to_owned(), digest_of(policy));
    PolicyPin { file, version, digest, mode: Mode::Enforce, lexicons: BTreeMap::new() }
}

/// As much of the registries as the policy needs.
fn registry() -> Registry {
    let mut registry = hosts::registry();
    registry.duties.retain(|id, _| ["im.art4.violence.screen", "im.art12.marking"].contains(&id.as_str()));
    for duty in registry.duties.values_mut() {
        duty.categories.clear();
    }
    let cited: Vec<_> = registry.duties.values().flat_map(|duty| duty.instruments.clone()).collect();
    registry.instruments.retain(|id, _| id.as_str() == "IM" || cited.contains(id));
    for instrument in registry.instruments.values_mut() {
        instrument.yields_to = specialis_core::YieldsTo::default();
        instrument.implements.clear();
        instrument.earlier = None;
    }
    registry.citations.clear();
    registry.measures.clear();
    registry.words.clear();
    registry.categories.clear();
    assert!(PlatformProfile::everything(&registry).supports.is_empty());
    registry
}

/// Starts a host on a folder, with or without a state folder.
pub(super) fn start(folder: &Path, state: Option<&Path>) -> Result<Host, StageError> {
    let signed = SignedFolder::new(open(folder), root());
    let signed = match state {
        Some(state) => signed.state(state_folder(state)),
        None => signed,
    };
    hosts::builder(signed.candidate(hosts::today())?).build()
}

/// What a running host makes of a folder.
pub(super) fn look(host: &Host, folder: &Path) -> Result<specialis::signed::Applied, specialis::signed::ActError> {
    host.apply(&SignedAct::in_folder(&open(folder))?)
}

/// The number of the live statement.
pub(super) fn live(host: &Host) -> u64 {
    host.status().statement.expect("the folder is signed")
}

fn open(path: &Path) -> cap_std::fs::Dir {
    cap_std::fs::Dir::open_ambient_dir(path, cap_std::ambient_authority()).expect("the folder is there")
}

/// Copies a folder with everything in it.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
