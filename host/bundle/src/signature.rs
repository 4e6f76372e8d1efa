//! The signatures of a policy's file: its last section, over all bytes before it.
//!
//! The section `specialis:signatures` holds a JSON list of [`Envelope`]s. Each states which bytes it is about, in which role
//! it was signed and until when it counts; one for each key and role.

use std::borrow::Cow;
use std::collections::BTreeSet;

use semver::Version;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use specialis_core::{Date, PolicyId, SigningRole};
use wasm_encoder::{ComponentSection, CustomSection};

use crate::error::SignatureProblem;
use crate::{Bundle, BundleError, Envelope, EnvelopeError, PublicKey, SecretKey};

/// The name of the section.
pub(crate) const SIGNATURES: &str = "specialis:signatures";
/// The type of the statements in it.
const KIND: &str = "application/vnd.specialis.policy-signature.v1+json";

/// What a signature on a policy states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyStatement {
    /// The policy.
    pub policy: PolicyId,
    /// Its version.
    pub version: Version,
    /// The digest of the bytes before the section, as `sha256:` and hex.
    pub digest: String,
    /// As what it was signed.
    pub role: SigningRole,
    /// The last day on which the signature counts.
    pub expires: Date,
}

/// The digest of bytes, as `sha256:` and hex.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)))
}

/// One signature that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsement {
    /// The key.
    pub key: PublicKey,
    /// As what it signed.
    pub role: SigningRole,
    /// Until when it counts.
    pub expires: Date,
}

impl Bundle {
    /// The signatures of `keys` on this file, all of them verified. Those of other keys count for nothing.
    ///
    /// # Errors
    /// Where a signature by one of `keys` does not fit, or fits another policy or other bytes.
    pub fn endorsements<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k PublicKey> + Clone,
    ) -> Result<Vec<Endorsement>, BundleError> {
        let mut found = Vec::new();
        for envelope in &self.signatures {
            let signed = envelope.signed_by(keys.clone()).map_err(refused)?;
            if signed.is_empty() {
                continue;
            }
            let statement: PolicyStatement = envelope.statement(KIND).map_err(refused)?;
            let manifest = &self.manifest;
            if statement.policy != manifest.id || statement.version != manifest.version {
                let signed = format!("{} {}", statement.policy, statement.version);
                let found = format!("{} {}", manifest.id, manifest.version);
                return Err(refused(SignatureProblem::OtherPolicy { signed, found }));
            }
            if statement.digest != digest_of(self.content()) {
                return Err(refused(SignatureProblem::OtherBytes));
            }
            let (role, expires) = (statement.role, statement.expires);
            found.extend(signed.into_iter().map(|key| Endorsement { key: key.clone(), role, expires }));
        }
        Ok(found)
    }

    /// The keys that are said to have signed this file.
    pub fn key_ids(&self) -> impl Iterator<Item = &crate::KeyId> {
        self.signatures.iter().flat_map(Envelope::key_ids)
    }

    /// What the signatures on this file say of themselves, by key. None of them is verified.
    pub(crate) fn stated(&self) -> Vec<(crate::KeyId, PolicyStatement)> {
        let mut stated = Vec::new();
        for envelope in &self.signatures {
            let Ok(statement) = envelope.statement::<PolicyStatement>(KIND) else { continue };
            stated.extend(envelope.key_ids().map(|key| (key.clone(), statement.clone())));
        }
        stated
    }

    /// The file with one more signature. A signature by the same key in the same role is replaced.
    ///
    /// # Errors
    /// Where the signed file could not be read back.
    pub fn sign(&self, key: &SecretKey, role: SigningRole, expires: Date) -> Result<Vec<u8>, BundleError> {
        let statement = PolicyStatement {
            policy: self.manifest.id.clone(),
            version: self.manifest.version.clone(),
            digest: digest_of(self.content()),
            role,
            expires,
        };
        let mut envelope = Envelope::new(KIND, &statement).map_err(refused)?;
        envelope.sign(key);
        let id = key.public().id();
        let is_replaced = |one: &Envelope| {
            one.key_ids().any(|key| *key == id)
                && one.statement::<PolicyStatement>(KIND).is_ok_and(|before| before.role == role)
        };
        let mut all: Vec<Envelope> = self.signatures.iter().filter(|one| !is_replaced(one)).cloned().collect();
        all.push(envelope);
        all.sort_by_key(Envelope::to_json);
        let mut bytes = self.content().to_vec();
        bytes.extend(section(&all));
        Self::parse(&bytes)?;
        Ok(bytes)
    }
}

/// The section as it stands in a file. There is one way to write it.
fn section(envelopes: &[Envelope]) -> Vec<u8> {
    // INVARIANT: envelopes have a JSON form.
    let data = serde_json::to_vec(envelopes).unwrap_or_default();
    let section = CustomSection { name: Cow::Borrowed(SIGNATURES), data: Cow::Owned(data) };
    let mut bytes = vec![ComponentSection::id(&section)];
    wasm_encoder::Encode::encode(&section, &mut bytes);
    bytes
}

/// Whether one key signed twice in one role.
fn is_signed_twice(envelopes: &[Envelope]) -> bool {
    let mut seen = BTreeSet::new();
    envelopes.iter().any(|envelope| {
        let role = envelope.statement::<PolicyStatement>(KIND).ok().map(|statement| statement.role.as_str());
        envelope.key_ids().any(|key| !seen.insert((key, role)))
    })
}

/// The envelopes of a section, and how many bytes of `file` come before it.
pub(crate) fn read(file: &[u8], data: &[u8]) -> Result<(Vec<Envelope>, usize), BundleError> {
    let unreadable = |source| refused(SignatureProblem::Unreadable { source });
    let envelopes: Vec<Envelope> = serde_json::from_slice(data).map_err(unreadable)?;
    envelopes.iter().try_for_each(Envelope::check).map_err(refused)?;
    let written = section(&envelopes);
    if is_signed_twice(&envelopes) {
        return Err(refused(EnvelopeError::SignedTwice));
    }
    let is_sorted = envelopes.is_sorted_by_key(Envelope::to_json);
    // One form alone, so that no byte of the file can change unseen, and the same signatures give the same file.
    match file.strip_suffix(written.as_slice()) {
        Some(content) if is_sorted => Ok((envelopes, content.len())),
        Some(_) | None => Err(refused(SignatureProblem::NotCanonical)),
    }
}

fn refused(problem: impl Into<SignatureProblem>) -> BundleError {
    BundleError::Signatures(problem.into())
}
