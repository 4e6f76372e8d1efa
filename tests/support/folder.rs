//! Folders of signed editions, with keys that tests know.

use std::fs;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use specialis::{
    APPROVERS_FILE, Approvers, Candidate, CodeCache, EditionManifest, Host, HostBuilder, MANIFEST_FILE, Paper,
    StageError,
};
use specialis_bundle::{Bundle, PublicKey, SecretKey};
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

/// A folder with the five compiled policies and their tables, and what approvers make of it.
pub struct EditionFolder {
    temp: TempDir,
}

impl EditionFolder {
    /// The built-in policies and tables, not yet described by a manifest; `alice` and `bob` may approve.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn new() -> Self {
        let folder = Self { temp: tempfile::tempdir().expect("a folder") };
        fs::create_dir(folder.path().join("policies")).expect("a folder");
        for (name, bytes) in specialis_artifacts::POLICIES {
            folder.write(&format!("policies/{name}.wasm"), bytes);
        }
        folder.write("registry.toml", specialis_artifacts::REGISTRY.as_bytes());
        folder.write("trust.toml", specialis_artifacts::TRUST.as_bytes());
        folder.write("profile.toml", specialis_artifacts::PROFILE.as_bytes());
        let names = ["alice", "bob"];
        let approvers = names.into_iter().map(|name| (name.to_owned(), key(name).public())).collect();
        let mut envelope = Approvers { approvers, expires: day("2030-12-31") }.envelope().expect("it has a form");
        envelope.sign(&key("root"));
        folder.write(APPROVERS_FILE, &envelope.to_json());
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.temp.path()
    }

    /// A handle on it.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub fn dir(&self) -> Dir {
        Dir::open_ambient_dir(self.path(), ambient_authority()).expect("the folder is there")
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

    /// Describes what stands there and has it signed.
    ///
    /// # Panics
    /// Where it cannot be described.
    pub fn sign(&self, number: u64, signers: &[&str], change: impl FnOnce(&mut EditionManifest)) {
        let manifest = EditionManifest::of_folder(&self.dir(), number, hosts::today(), day("2027-12-31"));
        let mut manifest = manifest.unwrap_or_else(|e| panic!("{e}"));
        change(&mut manifest);
        self.sign_as(&manifest, signers);
    }

    /// Has a manifest signed, whatever it says.
    ///
    /// # Panics
    /// Where it has no form.
    pub fn sign_as(&self, paper: &impl Paper, signers: &[&str]) {
        self.write(MANIFEST_FILE, &signed(paper, signers));
    }

    /// Reads it as a host would.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn read(&self) -> Result<Candidate, StageError> {
        Candidate::read(&self.dir(), &root(), hosts::today())
    }

    /// A host that takes what is signed and nothing else, started from here.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn host(&self) -> Result<Host, StageError> {
        self.builder()?.start()
    }

    /// The same, not yet started.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn builder(&self) -> Result<HostBuilder, StageError> {
        let builder =
            Host::builder().threads(1).clock(hosts::Fixed(hosts::today())).root(root()).code_cache(code_cache());
        Ok(builder.candidate(self.read()?))
    }
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

/// A paper with signatures.
///
/// # Panics
/// Where it has no form.
pub fn signed(paper: &impl Paper, signers: &[&str]) -> Vec<u8> {
    let mut envelope = paper.envelope().expect("it has a form");
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
