//! The encryption of a PDF whose user password is empty, as every viewer opens it: the standard security handler of ISO 32000,
//! revisions 2 to 6.
//!
//! Such a document asks readers to allow some things and not others; it hides nothing from anybody. Strings and streams are
//! encrypted each with a key that follows from the number of their object.

use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use aes::{Aes128, Aes256};
use cbc::{Decryptor, Encryptor};
use md5::{Digest as _, Md5};
use rc4::{KeyInit as _, Rc4, StreamCipher as _};
use sha2::{Sha256, Sha384, Sha512};

use super::object::{self, Dict, Reference};

/// What fills up a password, so all of an empty one.
const FILLING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E, 0x2E, 0x00,
    0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];
/// The block of AES.
const BLOCK: usize = 16;

/// How strings or streams are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// Not at all.
    Identity,
    Rc4,
    Aes128,
    Aes256,
}

/// The key of a document, and how it is used.
pub(super) struct Cipher {
    key: Vec<u8>,
    strings: Method,
    streams: Method,
    /// Whether the XMP packet of the document is encrypted as well.
    pub(super) has_encrypted_metadata: bool,
}

impl Cipher {
    /// The cipher of a document that opens without a password; nothing for any other.
    pub(super) fn of(dict: &Dict, id: &[u8]) -> Option<Self> {
        if object::name(dict.get("Filter")?)? != "Standard" {
            return None;
        }
        let (version, revision) = (dict.integer("V").unwrap_or(0), dict.integer("R")?);
        let has_encrypted_metadata = dict.get("EncryptMetadata") != Some(b"false");
        let (strings, streams) = match version {
            1 | 2 => (Method::Rc4, Method::Rc4),
            4 | 5 => (method(dict, "StrF")?, method(dict, "StmF")?),
            _ => return None,
        };
        let key = match revision {
            2..=4 => old_key(dict, id, revision, has_encrypted_metadata)?,
            5 | 6 => new_key(dict, revision)?,
            _ => return None,
        };
        Some(Self { key, strings, streams, has_encrypted_metadata })
    }

    pub(super) fn decrypt_string(&self, own: Reference, bytes: &[u8]) -> Option<Vec<u8>> {
        self.decrypt(self.strings, own, bytes)
    }

    pub(super) fn decrypt_stream(&self, own: Reference, bytes: &[u8]) -> Option<Vec<u8>> {
        self.decrypt(self.streams, own, bytes)
    }

    pub(super) fn encrypt_string(&self, own: Reference, bytes: &[u8]) -> Option<Vec<u8>> {
        self.encrypt(self.strings, own, bytes)
    }

    pub(super) fn encrypt_stream(&self, own: Reference, bytes: &[u8]) -> Option<Vec<u8>> {
        self.encrypt(self.streams, own, bytes)
    }

    fn decrypt(&self, method: Method, own: Reference, bytes: &[u8]) -> Option<Vec<u8>> {
        let key = self.object_key(method, own);
        match method {
            Method::Identity => Some(bytes.to_vec()),
            Method::Rc4 => rc4(&key, bytes),
            Method::Aes128 | Method::Aes256 => {
                let (first, rest) = bytes.split_at_checked(BLOCK)?;
                if method == Method::Aes128 {
                    Decryptor::<Aes128>::new_from_slices(&key, first).ok()?.decrypt_padded_vec::<Pkcs7>(rest).ok()
                } else {
                    Decryptor::<Aes256>::new_from_slices(&key, first).ok()?.decrypt_padded_vec::<Pkcs7>(rest).ok()
                }
            }
        }
    }

    fn encrypt(&self, method: Method, own: Reference, bytes: &[u8]) -> Option<Vec<u8>> {
        let key = self.object_key(method, own);
        // The first block differs from one content to the next and needs no more; so the same file gives the same bytes.
        let mut hash = Sha256::new();
        for part in [self.key.as_slice(), &own.number.to_le_bytes(), bytes] {
            hash.update(part);
        }
        let first = hash.finalize();
        let first = first.get(..BLOCK)?;
        let rest = match method {
            Method::Identity => return Some(bytes.to_vec()),
            Method::Rc4 => return rc4(&key, bytes),
            Method::Aes128 => {
                Encryptor::<Aes128>::new_from_slices(&key, first).ok()?.encrypt_padded_vec::<Pkcs7>(bytes)
            }
            Method::Aes256 => {
                Encryptor::<Aes256>::new_from_slices(&key, first).ok()?.encrypt_padded_vec::<Pkcs7>(bytes)
            }
        };
        Some([first, &rest].concat())
    }

    /// The key for the strings and the stream of one object.
    fn object_key(&self, method: Method, own: Reference) -> Vec<u8> {
        if method == Method::Aes256 {
            return self.key.clone();
        }
        let mut hash = Md5::new();
        hash.update(&self.key);
        hash.update(own.number.to_le_bytes().get(..3).unwrap_or_default());
        hash.update(own.generation.to_le_bytes().get(..2).unwrap_or_default());
        if method == Method::Aes128 {
            hash.update(b"sAlT");
        }
        let len = self.key.len().saturating_add(5).min(BLOCK);
        hash.finalize().iter().copied().take(len).collect()
    }
}

/// The method that a filter of the document names.
fn method(dict: &Dict, filter: &str) -> Option<Method> {
    let name = match dict.get(filter) {
        Some(name) => object::name(name)?,
        None => return Some(Method::Identity),
    };
    if name == "Identity" {
        return Some(Method::Identity);
    }
    let (filters, _) = Dict::parse(dict.get("CF")?, 0)?;
    let (filter, _) = Dict::parse(filters.get(&name)?, 0)?;
    match object::name(filter.get("CFM")?)?.as_str() {
        "None" => Some(Method::Identity),
        "V2" => Some(Method::Rc4),
        "AESV2" => Some(Method::Aes128),
        "AESV3" => Some(Method::Aes256),
        _ => None,
    }
}

fn rc4(key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    Rc4::new_from_slice(key).ok()?.apply_keystream(&mut out);
    Some(out)
}

fn md5(bytes: &[u8]) -> Vec<u8> {
    Md5::digest(bytes).to_vec()
}

/// A number that may be negative, as permissions are: the low 32 bits of it.
fn bits(value: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let number: i64 = text.parse().ok()?;
    let [a, b, c, d, ..] = number.to_le_bytes();
    Some(u32::from_le_bytes([a, b, c, d]))
}

/// The key of revisions 2 to 4, where the empty password fits.
fn old_key(dict: &Dict, id: &[u8], revision: u64, has_encrypted_metadata: bool) -> Option<Vec<u8>> {
    let owner = object::string_bytes(dict.get("O")?)?;
    let user = object::string_bytes(dict.get("U")?)?;
    let n_bits =
        if revision == 2 { 40 } else { dict.integer("Length").unwrap_or(if revision == 4 { 128 } else { 40 }) };
    let len = usize::try_from(n_bits / 8).ok().filter(|len| (5..=BLOCK).contains(len))?;
    let mut hash = Md5::new();
    hash.update(FILLING);
    hash.update(owner.get(..32)?);
    hash.update(bits(dict.get("P")?)?.to_le_bytes());
    hash.update(id);
    if revision >= 4 && !has_encrypted_metadata {
        hash.update([0xFF; 4]);
    }
    let mut key = hash.finalize().to_vec();
    if revision >= 3 {
        for _ in 0..50 {
            key = md5(key.get(..len)?);
        }
    }
    key.truncate(len);
    let expected = if revision == 2 {
        rc4(&key, &FILLING)?
    } else {
        let mut check = md5(&[FILLING.as_slice(), id].concat());
        for round in 0..20_u8 {
            let turned: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            check = rc4(&turned, &check)?;
        }
        check
    };
    user.starts_with(&expected).then_some(key)
}

/// The key of revisions 5 and 6, where the empty password fits.
fn new_key(dict: &Dict, revision: u64) -> Option<Vec<u8>> {
    let user = object::string_bytes(dict.get("U")?)?;
    let (check, salts) = user.split_at_checked(32)?;
    let (salt, key_salt) = (salts.get(..8)?, salts.get(8..16)?);
    let hash = |salt: &[u8]| if revision == 5 { Some(Sha256::digest(salt).to_vec()) } else { long_hash(salt) };
    if hash(salt)? != check {
        return None;
    }
    let packed = object::string_bytes(dict.get("UE")?)?;
    let key = Decryptor::<Aes256>::new_from_slices(&hash(key_salt)?, &[0; BLOCK]).ok()?;
    key.decrypt_padded_vec::<NoPadding>(packed.get(..32)?).ok()
}

/// The hash of revision 6 (ISO 32000-2, algorithm 2.B) for an empty password: at least 64 rounds of hashes of different length, chosen
/// by what came before.
fn long_hash(salt: &[u8]) -> Option<Vec<u8>> {
    let mut key = Sha256::digest(salt).to_vec();
    let mut round = 0_u32;
    loop {
        let repeated = key.repeat(64);
        let encryptor = Encryptor::<Aes128>::new_from_slices(key.get(..16)?, key.get(16..32)?).ok()?;
        let packed = encryptor.encrypt_padded_vec::<NoPadding>(&repeated);
        let choice = packed.iter().take(16).fold(0_u32, |sum, byte| sum.saturating_add(u32::from(*byte))) % 3;
        key = match choice {
            0 => Sha256::digest(&packed).to_vec(),
            1 => Sha384::digest(&packed).to_vec(),
            _ => Sha512::digest(&packed).to_vec(),
        };
        round = round.saturating_add(1);
        let last = packed.last().copied().unwrap_or_default();
        if round >= 64 && u32::from(last) <= round.saturating_sub(32) {
            key.truncate(32);
            return Some(key);
        }
    }
}
