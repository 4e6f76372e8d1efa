//! Folders of signed editions, with keys that tests know.

use std::fs;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use specialis::signed::{
    ActError, Applied, Approvers, EditionManifest, PublishedFolder, SignedAct, SignedDocument, SignedFolder, Statement,
    approvers_digest, files as names,
};
use specialis::{Candidate, CodeCache, Host, HostBuilder, StageError, StateFolder};
use specialis_bundle::{Bundle, PublicKey, SecretKey, digest_of};
use specialis_core::{Date, SigningRole};
use tempfile::TempDir;

use crate::{files, hosts};

/// The key of somebody: `root`, `alice` and `bob` (approvers of editions), or anybody else.
pub fn key(name: &str) -> SecretKey {
    let mut seed = [0; 32];
    for (to, from) in seed.iter_mut().zip(name.bytes().cycle()) {
        *to = from;
    }
    SecretKey::from_seed(seed)
}

/// A folder in which an edition is put together from the compiled policies and their tables, and the folder that it is
/// published into.
pub struct EditionFolder {
    draft: TempDir,
    published: TempDir,
}

/// What is about to be signed.
pub struct Proposal {
    /// The edition.
    pub manifest: EditionManifest,
    /// The statement that makes it live.
    pub statement: Statement,
}

impl EditionFolder {
    /// The built-in policies and tables; nothing is published yet, and `alice` and `bob` may approve.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn new() -> Self {
        let folder =
            Self { draft: tempfile::tempdir().expect("a folder"), published: tempfile::tempdir().expect("a folder") };
        fs::create_dir(folder.path().join("policies")).expect("a folder");
        for (name, bytes) in specialis_artifacts::POLICIES {
            folder.write(&format!("policies/{name}.wasm"), bytes);
        }
        folder.write("registry.toml", specialis_artifacts::REGISTRY.as_bytes());
        folder.write("trust.toml", specialis_artifacts::TRUST.as_bytes());
        folder.write("profile.toml", specialis_artifacts::PROFILE.as_bytes());
        folder.approvers(1, &["alice", "bob"]);
        folder
    }

    /// Writes a list of approvers, signed by the root key.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn approvers(&self, number: u64, names: &[&str]) {
        let approvers = names.iter().map(|name| ((*name).to_owned(), key(name).public())).collect();
        let list = Approvers { number, approvers, expires: day("2030-12-31") };
        self.write(names::APPROVERS, &signed(&list, &["root"]));
    }

    /// Where the edition is put together.
    pub fn path(&self) -> &Path {
        self.draft.path()
    }

    /// Where it is published.
    pub fn published(&self) -> &Path {
        self.published.path()
    }

    /// A handle on the folder in which the edition is put together.
    pub fn dir(&self) -> Dir {
        open(self.path())
    }

    /// A handle on the folder that it is published into.
    pub fn published_dir(&self) -> Dir {
        open(self.published())
    }

    /// Puts a file there.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).expect("it is written");
    }

    /// Changes a text that stands there.
    ///
    /// # Panics
    /// Where nothing changes, so that a test does not pass for that.
    pub fn edit(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let before = fs::read_to_string(self.path().join(name)).expect("it is read");
        let after = change(&before);
        assert_ne!(before, after, "nothing changed in `{name}`");
        self.write(name, after.as_bytes());
    }

    /// Replaces words in a text that stands there.
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        self.edit(name, |text| text.replacen(from, to, 1));
    }

    /// Describes what stands there, and has the next statement on it signed. It stands beside the edition then.
    ///
    /// # Panics
    /// Where it cannot be described.
    pub fn sign(&self, signers: &[&str], change: impl FnOnce(&mut Proposal)) {
        let published = PublishedFolder::new(self.published_dir()).expect("a folder");
        let newest = published.newest().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
        let number = newest.map_or(1, |(statement, _)| statement.number + 1);
        let manifest =
            EditionManifest::of_folder(&self.dir(), number).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
        let approvers = approvers_digest(&self.dir()).expect("a list");
        let statement =
            published.next(String::new(), approvers, hosts::today(), day("2027-12-31")).expect("a statement");
        let mut proposal = Proposal { manifest, statement };
        change(&mut proposal);
        let manifest = proposal.manifest.to_json().expect("it has a form");
        if proposal.statement.edition.is_empty() {
            proposal.statement.edition = digest_of(&manifest);
        }
        self.write(names::MANIFEST, &manifest);
        self.write(names::STATEMENT, &signed(&proposal.statement, signers));
    }

    /// The same, and publishes it.
    ///
    /// # Panics
    /// Where it cannot be published.
    pub fn publish(&self, signers: &[&str], change: impl FnOnce(&mut Proposal)) {
        self.sign(signers, change);
        let published = PublishedFolder::new(self.published_dir()).expect("a folder");
        published.publish(&self.dir()).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    }

    /// Publishes a statement that names no new edition.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn state(&self, signers: &[&str], change: impl FnOnce(&mut Statement)) {
        let published = PublishedFolder::new(self.published_dir()).expect("a folder");
        let (newest, _) = published.newest().expect("it is read").expect("there is a statement");
        let (edition, approvers) = (newest.edition, newest.approvers);
        let mut next = published.next(edition, approvers, hosts::today(), day("2027-12-31")).expect("a statement");
        change(&mut next);
        published.append(&next, &signed(&next, signers)).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    }

    /// The digest of the manifest of the edition that the newest statement names.
    ///
    /// # Panics
    /// Where there is none.
    pub fn newest_edition(&self) -> String {
        let published = PublishedFolder::new(self.published_dir()).expect("a folder");
        published.newest().expect("it is read").expect("there is a statement").0.edition
    }

    /// Reads the published folder as a host would.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn read(&self) -> Result<Candidate, StageError> {
        SignedFolder::new(self.published_dir(), root()).base(hosts::built_in_as_published()).candidate(hosts::today())
    }

    /// A host that takes what is signed and nothing else, started from the published folder.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn host(&self) -> Result<Host, StageError> {
        self.builder()?.build()
    }

    /// The same, not yet started.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn builder(&self) -> Result<HostBuilder, StageError> {
        Ok(hosts::builder(self.read()?))
    }

    /// The same on a host that remembers in a state folder.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn remembering(&self, state: &Path) -> Result<HostBuilder, StageError> {
        let folder = SignedFolder::new(self.published_dir(), root())
            .base(hosts::built_in_as_published())
            .state(state_folder(state));
        Ok(hosts::builder(folder.candidate(hosts::today())?))
    }

    /// Has a host carry out what the published folder says.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn apply(&self, host: &Host) -> Result<Applied, ActError> {
        host.apply(&SignedAct::in_folder(&self.published_dir())?)
    }

    /// Has a host stage the statement that was signed and is not published yet.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn check(&self, host: &Host) -> Result<(), ActError> {
        let act = SignedAct::in_draft(&self.dir(), Some(&self.published_dir()))?;
        host.check(&act).map(drop)
    }
}

/// The state folder at a path, under a key that tests know.
pub fn state_folder(path: &Path) -> StateFolder {
    StateFolder::new(open(path), [9; 32])
}

fn open(path: &Path) -> Dir {
    Dir::open_ambient_dir(path, ambient_authority()).expect("the folder is there")
}

impl Default for EditionFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// Compiled code that all tests share, so that what they load is compiled once for all of them.
///
/// # Panics
/// Where the folder cannot be made.
pub fn code_cache() -> CodeCache {
    let folder = files::repository().join("target/tmp/code");
    fs::create_dir_all(&folder).expect("a folder");
    CodeCache::new(Dir::open_ambient_dir(&folder, ambient_authority()).expect("the folder is there"), [0x5c; 32])
}

/// A document with signatures.
///
/// # Panics
/// Where it has no form.
pub fn signed(document: &impl SignedDocument, signers: &[&str]) -> Vec<u8> {
    let mut envelope = document.envelope().expect("it has a form");
    for name in signers {
        envelope.sign(&key(name));
    }
    envelope.to_json()
}

/// The public half of the root key.
pub fn root() -> PublicKey {
    key("root").public()
}

/// A policy file with signatures: who, as what.
///
/// # Panics
/// Where it is no policy.
pub fn endorsed(bytes: &[u8], by: &[(&str, SigningRole)]) -> Vec<u8> {
    by.iter().fold(bytes.to_vec(), |bytes, (name, role)| {
        let bundle = Bundle::parse(&bytes).expect("a policy");
        bundle.sign(&key(name), *role, day("2027-12-31")).expect("it is signed")
    })
}

/// A day.
///
/// # Panics
/// Where it is none.
pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}
