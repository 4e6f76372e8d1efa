//! Indexes of policies: who signed one, and which of its lines count, under a trust policy on a day.

use std::collections::{BTreeMap, BTreeSet};

use specialis_bundle::{Envelope, EnvelopeError, IndexEntry, IndexError, KeyId, PolicyIndex, PublicKey};
use specialis_core::{Date, MaySign, SignerId, SigningRole, Trust};

use super::admission::{keys, rights};

/// Why an index is not looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListingError {
    /// Nobody signed it who may.
    #[error(
        "nobody whom the trust policy lets sign an index signed it; give its signer an entry under `signing` with \
         `roles = [\"indexer\"]`, or name another index"
    )]
    Unsigned,
    /// It is no index, or a signature on it does not fit.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// It has run out.
    #[error("the index `{name}` counted until {expires}, and that is past; ask its signer for a newer one")]
    Expired {
        /// What it is called.
        name: String,
        /// Until when it counted.
        expires: Date,
    },
}

impl From<EnvelopeError> for ListingError {
    fn from(error: EnvelopeError) -> Self {
        Self::Index(error.into())
    }
}

/// What of an index counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// What the index is called.
    pub name: String,
    /// Its number.
    pub number: u64,
    /// The last day on which it counts.
    pub expires: Date,
    /// Who signed it and may.
    pub signers: BTreeSet<SignerId>,
    /// The policies that these may list.
    pub policies: Vec<ListedPolicy>,
    /// How many others it lists.
    pub n_left_out: usize,
}

/// A policy of an index. Its signatures are verified when it is pulled, by [`inspect`](super::inspect).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPolicy {
    /// What the index says of it.
    pub entry: IndexEntry,
    /// Whose keys those are that are said to have signed it, as far as the trust policy names them.
    pub signers: BTreeMap<KeyId, SignerId>,
    /// The signer under which the trust policy has the digest of its file.
    pub pinned_by: Option<SignerId>,
}

impl Listing {
    /// Reads a signed index: its signatures first. A signer with the role `indexer` under `signing` of the trust policy may list
    /// policies of the origins and duties that the entry names; others are left out.
    ///
    /// ```
    /// use specialis::admission::{Listing, ListingError};
    /// use specialis::bundle::{Envelope, PolicyIndex, SecretKey};
    /// use specialis::core::Trust;
    ///
    /// let day = "2026-11-02".parse()?;
    /// let index = PolicyIndex { name: "kitchen".to_owned(), number: 1, expires: day, policies: Vec::new() };
    /// let envelope = Envelope::parse(&index.signed([&SecretKey::from_seed([1; 32])])?)?;
    /// let refused = Listing::read(&envelope, &Trust::default(), day);
    /// assert!(matches!(refused, Err(ListingError::Unsigned)), "nobody is trusted by default");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where nobody signed it who may, a signature does not fit, it is no index, or has run out.
    pub fn read(envelope: &Envelope, trust: &Trust, today: Date) -> Result<Self, ListingError> {
        let keys = keys(trust);
        let signed = envelope.signed_by(keys.iter().map(|(key, _)| key))?;
        let of_signer = |signer: &SignerId| rights(trust, signer, SigningRole::Indexer, today);
        let signers = keys.iter().filter(|(key, _)| signed.contains(&key)).map(|(_, signer)| (*signer).clone());
        let signers: BTreeSet<SignerId> = signers.filter(|signer| !of_signer(signer).is_empty()).collect();
        let rights: Vec<&MaySign> = signers.iter().flat_map(of_signer).collect();
        if rights.is_empty() {
            return Err(ListingError::Unsigned);
        }
        let PolicyIndex { name, number, expires, policies } = PolicyIndex::read(envelope)?;
        if expires < today {
            return Err(ListingError::Expired { name, expires });
        }
        let n_all = policies.len();
        let policies: Vec<ListedPolicy> = policies
            .into_iter()
            .filter(|entry| may_list(&rights, entry))
            .map(|entry| {
                let is_key =
                    |known: &PublicKey, key: &KeyId| known.id() == *key || known.sm2_id().as_ref() == Some(key);
                let of_key = |key: &KeyId| keys.iter().find(|(known, _)| is_key(known, key));
                let named =
                    entry.signatures.iter().filter_map(|one| Some((one.key.clone(), of_key(&one.key)?.1.clone())));
                let signers = named.collect();
                let pinned = trust.signers.iter().find(|(_, entries)| entries.contains(&entry.digest));
                ListedPolicy { signers, pinned_by: pinned.map(|(signer, _)| signer.clone()), entry }
            })
            .collect();
        let n_left_out = n_all.saturating_sub(policies.len());
        Ok(Self { name, number, expires, signers, policies, n_left_out })
    }
}

/// Whether a policy is of an origin that somebody may list, with all its duties.
fn may_list(rights: &[&MaySign], entry: &IndexEntry) -> bool {
    let of_origin: Vec<&&MaySign> = rights.iter().filter(|right| right.origins.contains(&entry.origin)).collect();
    !of_origin.is_empty() && entry.duties.iter().all(|duty| of_origin.iter().any(|right| right.covers(duty)))
}

#[cfg(test)]
mod tests {
    use specialis_bundle::{IndexSignature, SecretKey, Words, digest_of};
    use specialis_core::{DutyId, Origin};

    use super::*;

    fn key() -> SecretKey {
        SecretKey::from_seed([1; 32])
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn entry(sector: &str, duty: &str) -> IndexEntry {
        let digest = digest_of(sector.as_bytes());
        IndexEntry {
            id: sector.into(),
            version: "1.0.0".parse().unwrap(),
            title: Words { zh: sector.to_owned(), en: sector.to_owned() },
            origin: Origin::Sector(sector.into()),
            duties: BTreeSet::from([DutyId::from(duty)]),
            at: format!("registry.example/{sector}:1.0.0@{digest}"),
            digest,
            size: 1,
            signatures: [key(), SecretKey::from_seed([2; 32])]
                .map(|key| IndexSignature {
                    key: key.public().id(),
                    role: SigningRole::Author,
                    expires: day("2027-01-01"),
                })
                .to_vec(),
        }
    }

    fn envelope(policies: Vec<IndexEntry>) -> Envelope {
        let index = PolicyIndex { name: "kitchen".to_owned(), number: 1, expires: day("2026-12-31"), policies };
        Envelope::parse(&index.signed([&key()]).unwrap()).unwrap()
    }

    fn trust(role: SigningRole, until: &str) -> Trust {
        let right = MaySign {
            signer: "kitchen".into(),
            roles: vec![role],
            origins: vec![Origin::Sector("recipes".into())],
            duties: vec!["recipes.*".to_owned()],
            approvals: 1,
            until: Some(day(until)),
        };
        let mut trust = Trust { signing: vec![right], ..Trust::default() };
        trust.signers.insert("kitchen".into(), vec![key().public().to_string()]);
        trust.signers.insert("pins".into(), vec![digest_of(b"recipes")]);
        trust
    }

    #[test]
    fn signer_lists_policies_within_its_rights_alone() {
        let all = envelope(vec![
            entry("recipes", "recipes.method"),
            entry("film", "recipes.method"),
            IndexEntry { id: "other".into(), ..entry("recipes", "im.art4.violence") },
        ]);
        let listing = Listing::read(&all, &trust(SigningRole::Indexer, "2027-01-01"), day("2026-11-02")).unwrap();
        assert_eq!((listing.policies.len(), listing.n_left_out), (1, 2));
        let [recipes] = listing.policies.as_slice() else { panic!("one policy") };
        assert_eq!((recipes.entry.id.as_str(), recipes.pinned_by.as_ref()), ("recipes", Some(&"pins".into())));
        let known = BTreeMap::from([(key().public().id(), SignerId::from("kitchen"))]);
        assert_eq!(recipes.signers, known, "the other key is nobody's");
        assert_eq!(listing.signers, BTreeSet::from(["kitchen".into()]));
    }

    #[test]
    fn who_may_sign_policies_may_not_list_them_and_rights_run_out() {
        let all = envelope(vec![entry("recipes", "recipes.method")]);
        let read = |trust: &Trust, on: &str| Listing::read(&all, trust, day(on));
        for role in [SigningRole::Author, SigningRole::Approver] {
            assert!(matches!(read(&trust(role, "2027-01-01"), "2026-11-02"), Err(ListingError::Unsigned)));
        }
        let until = trust(SigningRole::Indexer, "2026-11-02");
        assert!(read(&until, "2026-11-02").is_ok());
        assert!(matches!(read(&until, "2026-11-03"), Err(ListingError::Unsigned)));
        let later = trust(SigningRole::Indexer, "2027-01-01");
        assert!(matches!(read(&later, "2027-01-01"), Err(ListingError::Expired { .. })));
        let mut nobody = later;
        nobody.signers.clear();
        assert!(matches!(read(&nobody, "2026-11-02"), Err(ListingError::Unsigned)));
    }

    #[test]
    fn changed_index_is_refused_before_it_is_read() {
        let json = String::from_utf8(envelope(vec![entry("recipes", "recipes.method")]).to_json()).unwrap();
        let other = String::from_utf8(envelope(Vec::new()).to_json()).unwrap();
        let part = |json: &str| json.split('"').nth(7).unwrap().to_owned();
        let forged = json.replace(&part(&json), &part(&other));
        assert_ne!(forged, json);
        let forged = Envelope::parse(forged.as_bytes()).unwrap();
        let refused = Listing::read(&forged, &trust(SigningRole::Indexer, "2027-01-01"), day("2026-11-02"));
        let forged_by = matches!(refused, Err(ListingError::Index(IndexError::Envelope(EnvelopeError::Forged { .. }))));
        assert!(forged_by);
    }
}
