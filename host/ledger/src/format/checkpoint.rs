//! Checkpoints as C2SP `tlog-checkpoint` has them: origin, size and root of a log, as the text of a signed note.

use super::merkle::Hash;
use super::note::{Note, NoteKey, NoteSigner};

/// What a signed head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Head {
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let is_sound = number.to_string() == size && !origin.is_empty();
        is_sound.then_some(Self { origin: origin.to_owned(), size: number, root: Hash::from_base64(root)? })
    }
}

/// A head with the note that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    head: Head,
    note: Note,
}

impl Checkpoint {
    /// Signs a head with every key; nothing where one cannot sign.
    pub(crate) fn sign(head: Head, signers: &[&dyn NoteSigner]) -> Option<Self> {
        Some(Self { note: Note::sign(&head.text(), signers)?, head })
    }

    /// A checkpoint from its text, whether or not its signatures hold; nothing where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let note = Note::parse(text)?;
        Some(Self { head: Head::parse(&note.text)?, note })
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether a key signed it.
    pub fn is_signed_by(&self, key: &NoteKey) -> bool {
        self.note.is_signed_by(key)
    }

    /// Adds the cosignatures of another note over the same head. Whether it was over the same head.
    pub(crate) fn add(&mut self, other: &Self) -> bool {
        self.note.add(&other.note)
    }

    /// Under which names it is signed, whether or not the signatures hold.
    pub fn signer_names(&self) -> Vec<&str> {
        self.note.signer_names().collect()
    }
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::format::note::Ed25519Signer;

    #[test]
    fn checkpoint_is_text_that_leads_back() {
        let signer = Ed25519Signer::new("example.cn/a/2026", SigningKey::from_bytes(&[7; 32]));
        let head = Head { origin: "example.cn/a/2026".to_owned(), size: 12, root: Hash::of(b"root") };
        let checkpoint = Checkpoint::sign(head.clone(), &[&signer]).unwrap();
        let text = checkpoint.to_string();
        assert!(text.starts_with("example.cn/a/2026\n12\n"), "{text}");
        let read = Checkpoint::parse(&text).unwrap();
        assert_eq!((read.head(), read.is_signed_by(&signer.verifier())), (&head, true));
        let forged = Checkpoint::parse(&text.replace("\n12\n", "\n13\n")).unwrap();
        assert!(!forged.is_signed_by(&signer.verifier()));
        for (from, to) in [("\n12\n", "\n012\n"), ("\n12\n", "\n-1\n"), ("\n12\n", "\n")] {
            assert_eq!(Checkpoint::parse(&text.replace(from, to)), None, "{to:?}");
        }
    }
}
