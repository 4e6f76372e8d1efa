//! The documents that people sign.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize};
use specialis_bundle::{Envelope, EnvelopeError, PublicKey};
use specialis_core::{Date, Mode, PolicyId};

/// One policy of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyPin {
    /// Its file, from the folder in which the edition is put together.
    pub file: String,
    /// Its version.
    pub version: Version,
    /// The digest of its file, as `sha256:` and hex.
    pub digest: String,
    /// Whether its findings count.
    pub mode: Mode,
    /// The digests of its lexicons, by name.
    #[serde(default, deserialize_with = "specialis_core::unique_map")]
    pub lexicons: BTreeMap<String, String>,
}

/// What an edition consists of, to the byte. A statement names it by its digest; nobody signs it itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EditionManifest {
    /// Its number: every edition has a higher one than those before.
    pub number: u64,
    /// Its policies.
    #[serde(deserialize_with = "specialis_core::unique_map")]
    pub policies: BTreeMap<PolicyId, PolicyPin>,
    /// The digests of its other files, by name: `registry.toml`, `trust.toml`, `profile.toml`, `settings.toml`, and those
    /// under `vectors`.
    #[serde(deserialize_with = "specialis_core::unique_map")]
    pub files: BTreeMap<String, String>,
    /// The text that stands in place of what is masked, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<String>,
}

/// One link of the chain that says which edition is live. Approvers sign it, or the root key.
///
/// Publishing, rolling back, revoking and changing the approvers are all the next statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    /// Its number: 1, and one more than the statement before.
    pub number: u64,
    /// The digest of the statement before; none in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The digest of the manifest of the edition that is live from here on.
    pub edition: String,
    /// The digest of the list of approvers that counts for the next statement.
    pub approvers: String,
    /// Digests of policies that must not judge any more: of their files, or of what signatures on them stand on. What was
    /// revoked once stays revoked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub revoked: BTreeSet<String>,
    /// Why, where it loosens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether live sessions move to the edition at once. Only for one that nowhere loosens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// The day it was made.
    pub made: Date,
    /// The last day on which it counts as the newest.
    pub expires: Date,
}

/// Who may approve. The root key signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approvers {
    /// Its number: every list has a higher one than those before.
    pub number: u64,
    /// Their names and keys.
    #[serde(deserialize_with = "specialis_core::unique_map")]
    pub approvers: BTreeMap<String, PublicKey>,
    /// The last day on which the list counts.
    pub expires: Date,
}

/// A document that is signed, with the type it is signed under.
pub trait SignedDocument: Serialize + for<'de> Deserialize<'de> {
    /// The type.
    const KIND: &'static str;

    /// The document in an envelope without signatures.
    ///
    /// # Errors
    /// Where it has no JSON form.
    fn envelope(&self) -> Result<Envelope, EnvelopeError> {
        Envelope::new(Self::KIND, self)
    }
}

impl SignedDocument for Statement {
    const KIND: &'static str = "application/vnd.specialis.statement.v1+json";
}

impl SignedDocument for Approvers {
    const KIND: &'static str = "application/vnd.specialis.approvers.v1+json";
}

/// Why a document does not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It cannot be read, or a signature does not fit.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It is no JSON document of its type.
    #[error("it is not a {what}; write it again")]
    Form {
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The root key did not sign the list of approvers.
    #[error("the root key did not sign it; sign it with the key that the host was given")]
    NotByRoot,
    /// No approver signed it.
    #[error("no approver of the list signed it; have one of {} sign it", names.join(", "))]
    NotApproved {
        /// Who could.
        names: Vec<String>,
    },
    /// It expired.
    #[error("it counted until {expires}, and that is past; make a new one")]
    Expired {
        /// Until when.
        expires: Date,
    },
}

impl EditionManifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        serde_json::from_slice(bytes).map_err(|source| DocumentError::Form { what: "manifest of an edition", source })
    }

    /// The manifest as it is written and digested: JSON in one line, and a line end.
    ///
    /// # Errors
    /// Where it has no JSON form.
    pub fn to_json(&self) -> Result<Vec<u8>, DocumentError> {
        let json = serde_json::to_vec(self);
        let mut json = json.map_err(|source| DocumentError::Form { what: "manifest of an edition", source })?;
        json.push(b'\n');
        Ok(json)
    }
}

impl EditionManifest {
    /// The digests of everything it names.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &String> {
        self.policies.values().map(|pin| &pin.digest).chain(self.files.values())
    }
}

impl Statement {
    /// Whether it still counts as the newest on a day.
    pub(super) fn check_day(&self, day: Date) -> Result<(), DocumentError> {
        if self.expires < day { Err(DocumentError::Expired { expires: self.expires }) } else { Ok(()) }
    }

    /// The first statement of a chain, by the digests of the manifest and of the list of approvers. Nobody has signed it.
    pub fn first(edition: String, approvers: String, made: Date, expires: Date) -> Self {
        let (previous, revoked, reason, urgent) = (None, BTreeSet::new(), None, false);
        Self { number: 1, previous, edition, approvers, revoked, reason, urgent, made, expires }
    }

    /// The statement that follows this one, whose digest is `previous`, and makes an edition live. What was revoked stays so.
    pub fn next(&self, previous: String, edition: String, approvers: String, made: Date, expires: Date) -> Self {
        let (number, revoked) = (self.number.saturating_add(1), self.revoked.clone());
        Self { number, previous: Some(previous), revoked, ..Self::first(edition, approvers, made, expires) }
    }
}

impl Approvers {
    /// Reads the list, if the root key signed it.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn read(bytes: &[u8], root: &PublicKey) -> Result<Self, DocumentError> {
        let envelope = Envelope::parse(bytes)?;
        if envelope.signed_by([root])?.is_empty() {
            return Err(DocumentError::NotByRoot);
        }
        Ok(envelope.statement(Self::KIND)?)
    }

    /// The names of those on the list who signed a statement. A key under two names is one approver, whatever SM2 half stands
    /// beside it.
    ///
    /// # Errors
    /// Where a signature under a key of the list does not fit, or the one by its SM2 half is missing.
    pub fn signers_of(&self, envelope: &Envelope) -> Result<Vec<String>, DocumentError> {
        let keys = envelope.signed_by(self.approvers.values())?;
        let mut names: Vec<String> = Vec::new();
        for key in keys {
            let name = self.approvers.iter().find(|(_, one)| one.id() == key.id()).map(|(name, _)| name.clone());
            names.extend(name.filter(|name| !names.contains(name)));
        }
        Ok(names)
    }
}
