//! Signed notes as C2SP `signed-note` has them: a text, a blank line, and a line for each signature.

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// What stands before a name in a line of a signature.
const DASH: &str = "\u{2014} ";
/// The type of an Ed25519 signature.
const ED25519: u8 = 1;
/// The most bytes of a note that is read.
pub(crate) const MAX_NOTE_BYTES: u64 = 65_536;
/// The most signatures of a note that are looked at.
const MAX_SIGNATURES: usize = 64;

/// A key that signs notes. Called on the thread that signs checkpoints, about once a second.
pub trait NoteSigner: Send + Sync {
    /// The key that verifies.
    fn verifier(&self) -> NoteKey;

    /// The signature of a text; nothing where the key cannot sign, which stops the ledger.
    fn sign(&self, text: &[u8]) -> Option<Vec<u8>>;
}

/// The algorithm of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Algorithm {
    Ed25519(VerifyingKey),
    #[cfg(feature = "sm2")]
    Sm2(super::sm2::Verifier),
}

/// A key that verifies notes: a name and a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    algorithm: Algorithm,
}

impl NoteKey {
    /// A key of Ed25519 under a name.
    pub fn ed25519(name: &str, key: VerifyingKey) -> Self {
        Self { name: name.to_owned(), algorithm: Algorithm::Ed25519(key) }
    }

    #[cfg(feature = "sm2")]
    pub(crate) fn sm2(name: &str, key: super::sm2::Verifier) -> Self {
        Self { name: name.to_owned(), algorithm: Algorithm::Sm2(key) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A key from its text form, `name+1a2b3c4d+base64`; nothing where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pieces = text.trim().splitn(3, '+');
        let (name, id, key) = (pieces.next()?, pieces.next()?, pieces.next()?);
        let bytes = BASE64.decode(key.as_bytes()).ok()?;
        let key = match bytes.split_first()? {
            (&ED25519, key) => Self::ed25519(name, VerifyingKey::from_bytes(key.try_into().ok()?).ok()?),
            #[cfg(feature = "sm2")]
            (&super::sm2::OTHER, key) => super::sm2::key_of(name, key)?,
            _ => return None,
        };
        (HEXLOWER.encode(&key.id()) == id).then_some(key)
    }

    /// The uncompressed point of a key of SM2.
    pub(crate) fn sm2_point(&self) -> Option<Vec<u8>> {
        match &self.algorithm {
            Algorithm::Ed25519(_) => None,
            #[cfg(feature = "sm2")]
            Algorithm::Sm2(key) => Some(key.point()),
        }
    }

    /// The type byte and the public key, as the text form and the id have them.
    fn tagged(&self) -> Vec<u8> {
        match &self.algorithm {
            Algorithm::Ed25519(key) => [&[ED25519], key.as_bytes().as_slice()].concat(),
            #[cfg(feature = "sm2")]
            Algorithm::Sm2(key) => key.tagged(),
        }
    }

    /// The first four bytes of the hash of name and key: which key a line is for.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update(b"\n").chain_update(self.tagged()).finalize();
        let mut id = [0; 4];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        id
    }

    fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.algorithm {
            Algorithm::Ed25519(key) => {
                Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(text, &signature).is_ok())
            }
            #[cfg(feature = "sm2")]
            Algorithm::Sm2(key) => key.verifies(text, signature),
        }
    }
}

impl std::fmt::Display for NoteKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}+{}+{}", self.name, HEXLOWER.encode(&self.id()), BASE64.encode(&self.tagged()))
    }
}

/// An Ed25519 key that signs notes under a name.
pub struct Ed25519Signer {
    name: String,
    key: SigningKey,
}

impl Ed25519Signer {
    /// A signer under a name. The name of a log's key is its origin.
    pub fn new(name: &str, key: SigningKey) -> Self {
        Self { name: name.to_owned(), key }
    }
}

impl NoteSigner for Ed25519Signer {
    fn verifier(&self) -> NoteKey {
        NoteKey::ed25519(&self.name, self.key.verifying_key())
    }

    fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        Some(self.key.sign(text).to_bytes().to_vec())
    }
}

/// Whether a text can be the name of a key.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A note: text and signatures, as they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The text, with its last line end.
    pub(crate) text: String,
    lines: Vec<(String, [u8; 4], Vec<u8>)>,
}

impl Note {
    /// Signs a text with every key; nothing where one cannot sign.
    pub(crate) fn sign(text: &str, signers: &[&dyn NoteSigner]) -> Option<Self> {
        let mut lines = Vec::with_capacity(signers.len());
        for signer in signers {
            let key = signer.verifier();
            lines.push((key.name.clone(), key.id(), signer.sign(text.as_bytes())?));
        }
        Some(Self { text: text.to_owned(), lines })
    }

    /// A note from its text form; nothing where it is none.
    pub(crate) fn parse(note: &str) -> Option<Self> {
        let (text, signatures) = note.rsplit_once("\n\n")?;
        let mut lines = Vec::new();
        for line in signatures.strip_suffix('\n')?.split('\n') {
            let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = BASE64.decode(base64.as_bytes()).ok()?;
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            lines.push((name.to_owned(), *id, signature.to_vec()));
        }
        let is_sound = !lines.is_empty() && lines.len() <= MAX_SIGNATURES;
        is_sound.then(|| Self { text: format!("{text}\n"), lines })
    }

    /// Whether the note bears a signature of a key that holds. One of it that does not hold makes it false.
    pub(crate) fn is_signed_by(&self, key: &NoteKey) -> bool {
        let mut own = self.lines.iter().filter(|(name, id, _)| *name == key.name && *id == key.id()).peekable();
        own.peek().is_some() && own.all(|(_, _, signature)| key.verifies(self.text.as_bytes(), signature))
    }

    /// Adds the signatures of another note over the same text that this one has not. Whether it was over the same text.
    pub(crate) fn add(&mut self, other: &Self) -> bool {
        if self.text != other.text {
            return false;
        }
        for line in &other.lines {
            if !self.lines.contains(line) && self.lines.len() < MAX_SIGNATURES {
                self.lines.push(line.clone());
            }
        }
        true
    }

    /// The names under which it is signed, whether or not the signatures hold.
    pub(crate) fn signer_names(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|(name, _, _)| name.as_str())
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        for (name, id, signature) in &self.lines {
            writeln!(f, "{DASH}{name} {}", BASE64.encode(&[id.as_slice(), signature].concat()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification of notes in Go's documentation: key and note by another implementation.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signer(name: &str, seed: u8) -> Ed25519Signer {
        Ed25519Signer::new(name, SigningKey::from_bytes(&[seed; 32]))
    }

    #[test]
    fn note_of_another_implementation_verifies() {
        let key = NoteKey::parse(KEY).unwrap();
        assert_eq!(key.to_string(), KEY);
        let note = Note::parse(NOTE).unwrap();
        assert!(note.is_signed_by(&key));
        assert_eq!(note.to_string(), NOTE);
        let other = Note::parse(&NOTE.replace("the answer", "an answer")).unwrap();
        assert!(!other.is_signed_by(&key));
    }

    #[test]
    fn note_verifies_under_its_own_keys_and_under_no_other() {
        let (one, two, three) = (signer("example.cn/a", 1), signer("example.cn/w", 2), signer("example.cn/a", 3));
        let note = Note::sign("first\nsecond\n", &[&one, &two]).unwrap();
        let read = Note::parse(&note.to_string()).unwrap();
        assert_eq!(read, note);
        assert!(read.is_signed_by(&one.verifier()) && read.is_signed_by(&two.verifier()));
        assert!(!read.is_signed_by(&three.verifier()));
        assert_eq!(read.signer_names().collect::<Vec<_>>(), ["example.cn/a", "example.cn/w"]);
    }

    #[test]
    fn signatures_of_the_same_text_are_joined() {
        let (one, two) = (signer("a", 1), signer("b", 2));
        let mut note = Note::sign("text\n", &[&one]).unwrap();
        assert!(note.add(&Note::sign("text\n", &[&two, &one]).unwrap()));
        assert!(note.is_signed_by(&two.verifier()));
        assert_eq!(note.lines.len(), 2);
        assert!(!note.add(&Note::sign("other\n", &[&two]).unwrap()));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in
            ["", "text\n", "text\n\n", "text\n\n\u{2014} a AAAA", "text\n\n- a AAAAAAAA\n", "text\n\n\u{2014} a !\n"]
        {
            assert_eq!(Note::parse(text), None, "{text:?}");
        }
        for text in ["", "a+b", "a+00000000+AAAA", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
        {
            assert_eq!(NoteKey::parse(text), None, "{text:?}");
        }
        assert!(is_name("example.cn/a/2026") && !is_name("a b") && !is_name("a+b") && !is_name(""));
    }
}
