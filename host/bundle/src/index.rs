//! Indexes of policies: which policies there are, where each lies, and who signed it.
//!
//! An index is a signed statement, an [`Envelope`]. It lets nobody in: a policy that it lists is pulled by its digest and then held
//! against the trust policy like any other.

use std::collections::BTreeSet;

use semver::Version;
use serde::{Deserialize, Serialize};
use specialis_core::{Date, DutyId, IdError, Origin, PolicyId, SigningRole, check_id};

use crate::envelope::MOST_BYTES;
use crate::{Bundle, Envelope, EnvelopeError, KeyId, SecretKey, Words, digest_of, is_digest};

/// The type of the statement.
const KIND: &str = "application/vnd.specialis.policy-index.v1+json";
/// The most policies that one index lists.
const MOST_ENTRIES: usize = 4_096;
/// The most bytes of the name under which a policy can be pulled.
const MOST_NAME: usize = 512;
/// The most characters of a title.
const MOST_TITLE: usize = 256;

/// Why something is no index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// It is no signed statement, or a statement of another kind.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Its name is not one.
    #[error("an index has a name such as `kitchen`; name it otherwise")]
    Name {
        /// What is wrong with its name.
        #[source]
        source: IdError,
    },
    /// Its number is 0.
    #[error("indexes are counted from 1; build it again")]
    Number,
    /// It lists more than anybody looks through.
    #[error("it lists {n} policies, and at most {MOST_ENTRIES} fit; make two of it")]
    TooMany {
        /// How many it lists.
        n: usize,
    },
    /// One version of a policy stands twice.
    #[error("it lists `{policy}` twice; build it again")]
    Twice {
        /// The policy and its version.
        policy: String,
    },
    /// An entry cannot be used.
    #[error("its entry of `{policy}` {problem}; build it again")]
    Entry {
        /// The policy and its version.
        policy: String,
        /// What is wrong.
        problem: &'static str,
    },
}

/// A list of policies that can be pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyIndex {
    /// What it is called, such as `kitchen`. Indexes of one name replace each other.
    pub name: String,
    /// Its number: the newest index of a name has the highest.
    pub number: u64,
    /// The last day on which it counts.
    pub expires: Date,
    /// The policies, by id and version.
    pub policies: Vec<IndexEntry>,
}

/// One version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IndexEntry {
    /// Its id.
    pub id: PolicyId,
    /// Its version.
    pub version: Version,
    /// What it is called.
    pub title: Words,
    /// Whose law it carries.
    pub origin: Origin,
    /// The duties that it governs.
    pub duties: BTreeSet<DutyId>,
    /// The name under which it can be pulled, pinned by a digest: `registry.example/policies/news:1.4.0@sha256:…`.
    pub at: String,
    /// The digest of its file.
    pub digest: String,
    /// The bytes of its file.
    pub size: u64,
    /// What the signatures on it say of themselves. They are verified when it is pulled.
    pub signatures: Vec<IndexSignature>,
}

/// A signature that is said to stand on a policy's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IndexSignature {
    /// The key.
    pub key: KeyId,
    /// As what it signed.
    pub role: SigningRole,
    /// Until when it counts.
    pub expires: Date,
}

impl PolicyIndex {
    /// The most bytes of a signed index.
    pub const MOST_BYTES: usize = MOST_BYTES;

    /// The index that an envelope holds. It says nothing about who signed it.
    ///
    /// # Errors
    /// Where it holds something else, or what no index has.
    pub fn read(envelope: &Envelope) -> Result<Self, IndexError> {
        let index: Self = envelope.statement(KIND)?;
        index.check()?;
        Ok(index)
    }

    /// The index, signed, as JSON in one line.
    ///
    /// # Errors
    /// Where it has what no index has, or is too large.
    pub fn signed<'k>(&self, keys: impl IntoIterator<Item = &'k SecretKey>) -> Result<Vec<u8>, IndexError> {
        self.check()?;
        let mut envelope = Envelope::new(KIND, self)?;
        keys.into_iter().for_each(|key| envelope.sign(key));
        let json = envelope.to_json();
        Envelope::parse(&json)?;
        Ok(json)
    }

    fn check(&self) -> Result<(), IndexError> {
        check_id(&self.name).map_err(|source| IndexError::Name { source })?;
        if self.number == 0 {
            return Err(IndexError::Number);
        }
        let n = self.policies.len();
        if n > MOST_ENTRIES {
            return Err(IndexError::TooMany { n });
        }
        let mut names = BTreeSet::new();
        for entry in &self.policies {
            if !names.insert((&entry.id, &entry.version)) {
                return Err(IndexError::Twice { policy: entry.shown() });
            }
            if let Some(problem) = entry.problem() {
                return Err(IndexError::Entry { policy: entry.shown(), problem });
            }
        }
        Ok(())
    }
}

impl IndexEntry {
    /// The entry of a policy's file that can be pulled as `at`.
    pub fn of(bundle: &Bundle, at: String) -> Self {
        let manifest = &bundle.manifest;
        let signed = bundle.stated().into_iter();
        Self {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            title: manifest.title.clone(),
            origin: manifest.origin.clone(),
            duties: manifest.governs.clone(),
            at,
            digest: digest_of(&bundle.bytes),
            size: u64::try_from(bundle.bytes.len()).unwrap_or(u64::MAX),
            signatures: signed
                .map(|(key, statement)| IndexSignature { key, role: statement.role, expires: statement.expires })
                .collect(),
        }
    }

    /// Its id and version.
    fn shown(&self) -> String {
        format!("{} {}", self.id, self.version)
    }

    fn problem(&self) -> Option<&'static str> {
        let is_pinned = self.at.rsplit_once('@').is_some_and(|(_, digest)| is_digest(digest));
        // Somebody copies it into a command line.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@[]".contains(&byte);
        let is_name = self.at.len() <= MOST_NAME && !self.at.starts_with('-') && self.at.bytes().all(fits);
        let is_title = |title: &str| title.chars().count() <= MOST_TITLE;
        if !is_pinned || !is_name {
            return Some("names no place that is pinned by a digest");
        }
        if !is_digest(&self.digest) {
            return Some("has a digest that is none");
        }
        // Who may list policies is bound to duties, and every policy governs one.
        if self.duties.is_empty() {
            return Some("names no duty");
        }
        let titles = [&self.title.zh, &self.title.en];
        titles.iter().any(|title| !is_title(title)).then_some("has a title that is too long")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> PolicyIndex {
        let digest = digest_of(b"policy");
        let entry = IndexEntry {
            id: "recipes".into(),
            version: Version::new(1, 0, 0),
            title: Words { zh: "食谱".to_owned(), en: "Recipes".to_owned() },
            origin: Origin::Sector("recipes".into()),
            duties: BTreeSet::from(["recipes.method".into()]),
            at: format!("registry.example/recipes:1.0.0@{digest}"),
            digest,
            size: 6,
            signatures: Vec::new(),
        };
        let expires = "2027-06-30".parse().unwrap();
        PolicyIndex { name: "kitchen".to_owned(), number: 1, expires, policies: vec![entry] }
    }

    #[test]
    fn what_was_signed_is_read_back_with_its_signature() {
        let key = SecretKey::from_seed([1; 32]);
        let envelope = Envelope::parse(&index().signed([&key]).unwrap()).unwrap();
        assert_eq!(PolicyIndex::read(&envelope).unwrap(), index());
        assert_eq!(envelope.signed_by([&key.public()]).unwrap(), [&key.public()]);
    }

    #[test]
    fn statement_of_another_kind_is_no_index() {
        let envelope = Envelope::new("application/x-test", &index()).unwrap();
        assert!(matches!(PolicyIndex::read(&envelope), Err(IndexError::Envelope(EnvelopeError::OtherKind { .. }))));
        let envelope = Envelope::new(KIND, &("kitchen", 1)).unwrap();
        assert!(matches!(PolicyIndex::read(&envelope), Err(IndexError::Envelope(EnvelopeError::Unreadable { .. }))));
    }

    #[test]
    fn what_no_index_has_is_refused_when_it_is_written_and_when_it_is_read() {
        type Change = (&'static str, fn(&mut PolicyIndex));
        let changes: [Change; 12] = [
            ("name", |index| index.name = "the kitchen".to_owned()),
            ("counted from 1", |index| index.number = 0),
            ("twice", |index| index.policies.extend(index.policies.clone())),
            ("4096 fit", |index| index.policies = vec![index.policies[0].clone(); MOST_ENTRIES + 1]),
            ("pinned", |index| index.policies[0].at = "registry.example/recipes:1.0.0".to_owned()),
            ("pinned", |index| index.policies[0].at = format!("registry.example/re cipes@{}", digest_of(b""))),
            ("pinned", |index| index.policies[0].at = format!("{}@{}", "x".repeat(MOST_NAME), digest_of(b""))),
            ("pinned", |index| index.policies[0].at = format!("registry.example/x;y@{}", digest_of(b""))),
            ("pinned", |index| index.policies[0].at = format!("--output=x@{}", digest_of(b""))),
            ("digest", |index| index.policies[0].digest = "sha256:../../etc".to_owned()),
            ("no duty", |index| index.policies[0].duties.clear()),
            ("title", |index| index.policies[0].title.zh = "谱".repeat(MOST_TITLE + 1)),
        ];
        for (says, change) in changes {
            let mut other = index();
            change(&mut other);
            let error = other.signed([]).unwrap_err().to_string();
            assert!(error.contains(says), "{says}: {error}");
            let envelope = Envelope::new(KIND, &other).unwrap();
            assert_eq!(PolicyIndex::read(&envelope).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn index_that_is_too_large_is_not_written() {
        let mut large = index();
        let entry = &mut large.policies[0];
        entry.duties = (0..60_000).map(|n| DutyId::from(format!("recipes.{n:080}"))).collect();
        assert!(matches!(large.signed([]), Err(IndexError::Envelope(EnvelopeError::TooLarge))));
    }
}
