//! The proof that one entry stands in a log, as a text of its own: C2SP `tlog-proof`.

use super::checkpoint::Checkpoint;
use super::merkle::{Hash, leaf_hash, root_of_inclusion};
use super::note::NoteKey;

/// The first line.
const HEADING: &str = "c2sp.org/tlog-proof@v1";
/// The most hashes of a proof: a tree has no more levels.
const MAX_HASHES: usize = 64;

/// The proof of one entry: its index, the hashes beside its way to the root, and a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub(crate) index: u64,
    pub(crate) hashes: Vec<Hash>,
    pub(crate) checkpoint: Checkpoint,
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text has another form.
    #[error("this is no proof; it begins with `c2sp.org/tlog-proof@v1` and ends with a checkpoint")]
    NoProof,
    /// No key that was given signed the checkpoint.
    #[error("the checkpoint is signed by none of the keys; get the key of its log from whoever runs it")]
    Unsigned,
    /// The hashes lead to another root.
    #[error("the entry does not stand in the log at this index; it was changed, or the proof is of another entry")]
    OtherRoot,
}

impl Proof {
    /// A proof from its text.
    ///
    /// # Errors
    /// Where it has another form. Nothing is verified here.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        Self::read(text).ok_or(ProofError::NoProof)
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(HEADING)?.strip_prefix('\n')?;
        let (proof, checkpoint) = rest.split_once("\n\n")?;
        let mut lines = proof.split('\n').filter(|line| !line.starts_with("extra "));
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let hashes: Vec<Hash> = lines.map(Hash::from_base64).collect::<Option<_>>()?;
        (hashes.len() <= MAX_HASHES).then_some(Self { index, hashes, checkpoint: Checkpoint::parse(checkpoint)? })
    }

    /// The index of the entry.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Whether the bytes of an entry stand in a log that one of these keys signed.
    ///
    /// # Errors
    /// Where no key signed the checkpoint, or the hashes lead to another root.
    pub fn verify(&self, entry: &[u8], keys: &[NoteKey]) -> Result<(), ProofError> {
        if !keys.iter().any(|key| self.checkpoint.is_signed_by(key)) {
            return Err(ProofError::Unsigned);
        }
        let head = self.checkpoint.head();
        let root = root_of_inclusion(leaf_hash(entry), self.index, head.size, &self.hashes);
        if root == Some(head.root) { Ok(()) } else { Err(ProofError::OtherRoot) }
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{HEADING}\nindex {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", hash.base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::format::checkpoint::Head;
    use crate::format::merkle::{Edge, node_hash};
    use crate::format::note::{Ed25519Signer, NoteSigner as _};

    #[test]
    fn proof_is_text_that_leads_back_and_holds_for_its_entry_alone() {
        let signer = Ed25519Signer::new("example.cn/a", SigningKey::from_bytes(&[7; 32]));
        let mut edge = Edge::default();
        for leaf in ["one", "two", "three"] {
            edge.push(leaf_hash(leaf.as_bytes()));
        }
        let head = Head { origin: "example.cn/a".to_owned(), size: 3, root: edge.root() };
        let hashes = vec![node_hash(&leaf_hash(b"one"), &leaf_hash(b"two"))];
        let checkpoint = Checkpoint::sign(head, &[&signer]).unwrap();
        let proof = Proof { index: 2, hashes, checkpoint };
        let read = Proof::parse(&proof.to_string()).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.verify(b"three", &[signer.verifier()]), Ok(()));
        assert_eq!(read.verify(b"four", &[signer.verifier()]), Err(ProofError::OtherRoot));
        assert_eq!(read.verify(b"three", &[]), Err(ProofError::Unsigned));
        let moved = Proof { index: 1, ..proof.clone() };
        assert_eq!(moved.verify(b"three", &[signer.verifier()]), Err(ProofError::OtherRoot));
        for cut in ["index 2\n", HEADING, "\n\n"] {
            assert_eq!(Proof::parse(&proof.to_string().replacen(cut, "", 1)), Err(ProofError::NoProof), "{cut:?}");
        }
    }
}
