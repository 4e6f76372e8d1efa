//! The signed papers of an edition: what it consists of, who may approve, and the acts on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specialis_bundle::{Envelope, EnvelopeError, PublicKey};
use specialis_core::{Date, Mode, PolicyId};

/// The name of the manifest in an edition's folder.
pub const MANIFEST_FILE: &str = "edition.json";
/// The name of the list of approvers in an edition's folder.
pub const APPROVERS_FILE: &str = "approvers.json";

/// One policy of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyPin {
    /// Its file, from the folder.
    pub file: String,
    /// Its version.
    pub version: String,
    /// The digest of its file, as `sha256:` and hex.
    pub digest: String,
    /// Whether its findings count.
    pub mode: Mode,
    /// The digests of its lexicons, by name.
    #[serde(default)]
    pub lexicons: BTreeMap<String, String>,
}

/// What an edition consists of, to the byte. Approvers sign it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EditionManifest {
    /// Its number: every edition has a higher one than those before.
    pub number: u64,
    /// The day it was made.
    pub made: Date,
    /// The last day on which it can be staged.
    pub expires: Date,
    /// Its policies.
    pub policies: BTreeMap<PolicyId, PolicyPin>,
    /// The digests of its other files, by name: `registry.toml`, `trust.toml`, `profile.toml`, `settings.toml`, and those
    /// under `vectors`.
    pub files: BTreeMap<String, String>,
    /// Why it loosens, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether live sessions move to it at once. Only for one that nowhere loosens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// Whether policies may go back to earlier versions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolls_back: bool,
    /// Digests of policy files that must not be loaded again, and end in live sessions at once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub revoked: BTreeSet<String>,
    /// The text that stands in place of what is masked, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<String>,
}

/// Who may approve editions. The root key signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approvers {
    /// Their names and keys.
    pub approvers: BTreeMap<String, PublicKey>,
    /// The last day on which the list counts.
    pub expires: Date,
}

/// Going back to an earlier edition. Approvers sign it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RollbackAct {
    /// The edition that is live.
    pub from: String,
    /// The edition to go back to.
    pub to: String,
    /// Why.
    pub reason: String,
    /// The last day on which the act counts.
    pub expires: Date,
}

/// Taking policies out of service, live sessions included. Approvers sign it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RevocationAct {
    /// The digests of the policies' files.
    pub digests: BTreeSet<String>,
    /// Why.
    pub reason: String,
    /// The last day on which the act counts.
    pub expires: Date,
}

/// A paper that is signed, with the type it is signed under.
pub trait Paper: Serialize + for<'de> Deserialize<'de> {
    /// The type.
    const KIND: &'static str;
    /// The last day on which it counts.
    fn expires(&self) -> Date;

    /// The paper in an envelope without signatures.
    ///
    /// # Errors
    /// Where it has no JSON form.
    fn envelope(&self) -> Result<Envelope, EnvelopeError> {
        Envelope::new(Self::KIND, self)
    }
}

macro_rules! papers {
    ($($name:ident = $kind:literal),+ $(,)?) => {$(
        impl Paper for $name {
            const KIND: &'static str = concat!("application/vnd.specialis.", $kind, ".v1+json");
            fn expires(&self) -> Date {
                self.expires
            }
        }
    )+};
}

papers! {
    EditionManifest = "edition",
    Approvers = "approvers",
    RollbackAct = "rollback",
    RevocationAct = "revocation",
}

/// Why a paper does not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// It cannot be read, or a signature does not fit.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The root key did not sign the list of approvers.
    #[error("the root key did not sign it; sign it with the key that the host was given")]
    NotByRoot,
    /// No approver signed it.
    #[error("no approver of the list signed it; have one of {} sign it", names.join(", "))]
    NotApproved {
        /// Who could.
        names: Vec<String>,
    },
    /// It has run out.
    #[error("it counted until {expires}, and that is past; make a new one")]
    Expired {
        /// Until when.
        expires: Date,
    },
}

impl Approvers {
    /// Reads the list, if the root key signed it and it has not run out.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn read(bytes: &[u8], root: &PublicKey, today: Date) -> Result<Self, PaperError> {
        let envelope = Envelope::parse(bytes)?;
        if envelope.signed_by([root])?.is_empty() {
            return Err(PaperError::NotByRoot);
        }
        current(envelope.statement(Self::KIND)?, today)
    }

    /// Reads a paper that approvers signed, with the names of those who did.
    ///
    /// # Errors
    /// Where it does not count.
    pub fn open<P: Paper>(&self, bytes: &[u8], today: Date) -> Result<(P, Vec<String>), PaperError> {
        let envelope = Envelope::parse(bytes)?;
        let keys = envelope.signed_by(self.approvers.values())?;
        // A key under two names is one approver.
        let mut names: Vec<String> = Vec::new();
        for key in keys {
            let name = self.approvers.iter().find(|(_, one)| *one == key).map(|(name, _)| name.clone());
            names.extend(name.filter(|name| !names.contains(name)));
        }
        if names.is_empty() {
            return Err(PaperError::NotApproved { names: self.approvers.keys().cloned().collect() });
        }
        Ok((current(envelope.statement(P::KIND)?, today)?, names))
    }
}

fn current<P: Paper>(paper: P, today: Date) -> Result<P, PaperError> {
    let expires = paper.expires();
    if expires < today { Err(PaperError::Expired { expires }) } else { Ok(paper) }
}
