//! The security fields: a signature over the producer's fields (practice guide TC260-PG-202511A), SM3 with SM2.
//!
//! The key stands in the label beside its signature. So a valid signature says that the producer's fields are those that were
//! signed, and not who signed them: for that the key has to be known from elsewhere.

use data_encoding::{HEXUPPER, HEXUPPER_PERMISSIVE};
use serde::Serialize;
use serde_json::Value;
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _};
use sm2::{PublicKey, SecretKey};

use crate::label::Label;
use crate::raw::RawLabel;

/// SM3 with SM2, as the guide names it.
const SM3_WITH_SM2: &str = "1.2.156.10197.1.501";
/// What is signed: the producer's fields. The guide and a large service spell it differently.
const LABEL_DATA: [&str; 2] = ["LabelMataData", "Md"];
/// The identity that goes into a signature where none was agreed on (GB/T 35276).
const IDENTITY: &str = "1234567812345678";
/// How many entries of one field are looked at.
const MAX_ENTRIES: usize = 64;

/// What a security field says of the producer's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureStatus {
    /// It is signed with the key that stands in it.
    Valid,
    /// There is a signature, and it is of something else.
    Invalid,
    /// It is signed in another way, over something else, or without a key in it.
    Unsupported,
}

/// The signature in the security field of the producer; nothing where there is none.
pub fn signature(label: &RawLabel) -> Option<SignatureStatus> {
    let field: Value = serde_json::from_str(label.get("ReservedCode1")?).ok()?;
    let data = field.get("SecurityData")?;
    let entries = data.get("PubSD").or_else(|| data.get("PubSd"))?.as_array()?;
    let entries: Vec<&Value> = entries.iter().take(MAX_ENTRIES).collect();
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of_kind = |kind: &'static str| entries.iter().copied().filter(move |entry| text(entry, "Type") == kind);
    let keys: Vec<VerifyingKey> = of_kind("PubKey").flat_map(|entry| keys(&text(entry, "KeyValue"))).collect();
    let message = message(|key| label.get(key).unwrap_or_default());
    let mut status = None;
    for entry in of_kind("DS") {
        let over = entry.get("TBSData").map(|data| text(data, "Type")).unwrap_or_default();
        let own = if text(entry, "AlgID") != SM3_WITH_SM2 || !LABEL_DATA.contains(&over.as_str()) || keys.is_empty() {
            SignatureStatus::Unsupported
        } else if verifies(&keys, &message, &text(entry, "Signature")) {
            SignatureStatus::Valid
        } else {
            SignatureStatus::Invalid
        };
        // One that holds is enough; one that does not hold counts before one that nobody can read.
        status = match (status, own) {
            (Some(SignatureStatus::Valid), _) | (_, SignatureStatus::Valid) => Some(SignatureStatus::Valid),
            (Some(SignatureStatus::Invalid), _) | (_, SignatureStatus::Invalid) => Some(SignatureStatus::Invalid),
            (_, SignatureStatus::Unsupported) => Some(SignatureStatus::Unsupported),
        };
    }
    status
}

fn verifies(keys: &[VerifyingKey], message: &str, signature: &str) -> bool {
    let Ok(bytes) = HEXUPPER_PERMISSIVE.decode(signature.as_bytes()) else { return false };
    let signature = Signature::from_der(&bytes).or_else(|_| Signature::from_slice(&bytes));
    signature.is_ok_and(|signature| keys.iter().any(|key| key.verify(message.as_bytes(), &signature).is_ok()))
}

/// The keys that a value may mean: a whole key, a point with or without its mark, or one number of it, which two points have.
fn keys(value: &str) -> Vec<VerifyingKey> {
    let Ok(bytes) = HEXUPPER_PERMISSIVE.decode(value.as_bytes()) else { return Vec::new() };
    let points: Vec<Vec<u8>> = match (bytes.len(), bytes.split_first()) {
        (64, _) => vec![[&[4], bytes.as_slice()].concat()],
        (33, Some((0, x))) => [2, 3].map(|mark| [&[mark], x].concat()).to_vec(),
        (32, _) => [2, 3].map(|mark| [&[mark], bytes.as_slice()].concat()).to_vec(),
        _ => vec![bytes.clone()],
    };
    let whole = PublicKey::from_public_key_der(&bytes).ok();
    let found = points.iter().filter_map(|point| PublicKey::from_sec1_bytes(point).ok());
    found.chain(whole).filter_map(|key| VerifyingKey::new(IDENTITY, key).ok()).collect()
}

/// What is signed: the producer's fields as they stand in the label.
fn message<'a>(get: impl Fn(&str) -> &'a str) -> String {
    let fields = ["Label", "ContentProducer", "ProduceID"];
    fields.map(|key| format!("\"{key}\":{}", Value::from(get(key)))).join(",")
}

/// A key to sign labels with.
#[derive(Clone)]
pub struct LabelKey {
    key: SigningKey,
    /// The public part, as the field carries it.
    public: String,
}

impl std::fmt::Debug for LabelKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabelKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no private key for SM2 in PEM; make one with `openssl genpkey -algorithm SM2`")]
pub struct LabelKeyError;

impl LabelKey {
    /// Takes a private key for SM2 as OpenSSL writes it: PKCS #8 in PEM.
    ///
    /// # Errors
    ///
    /// If the text is none, or is encrypted.
    pub fn from_pem(pem: &str) -> Result<Self, LabelKeyError> {
        let secret = SecretKey::from_pkcs8_pem(pem).map_err(|_| LabelKeyError)?;
        let public = secret.public_key().to_public_key_der().map_err(|_| LabelKeyError)?;
        let key = SigningKey::new(IDENTITY, &secret).map_err(|_| LabelKeyError)?;
        Ok(Self { key, public: HEXUPPER.encode(public.as_bytes()) })
    }

    /// The value of the security field for a label: a signature over the producer's fields, and the key. The same label and key give
    /// the same value.
    pub(crate) fn field(&self, label: &Label) -> String {
        let fields = label.fields();
        let get =
            |key: &str| fields.iter().find(|(known, _)| *known == key).map(|(_, value)| *value).unwrap_or_default();
        let signature: Signature = self.key.sign(message(get).as_bytes());
        let signature = HEXUPPER.encode(signature.to_der().as_bytes());
        format!(
            "{{\"SecurityData\":{{\"Type\":\"TC260PG\",\"Version\":1,\"PubSD\":[{{\"Type\":\"DS\",\"AlgID\":\"{SM3_WITH_SM2}\",\
             \"TBSData\":{{\"Type\":\"LabelMataData\"}},\"Signature\":\"{signature}\"}},{{\"Type\":\"PubKey\",\
             \"AlgID\":\"{SM3_WITH_SM2}\",\"KeyValue\":\"{}\"}}]}}}}",
            self.public
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for these tests with OpenSSL 3, and the signature over the label below with it.
    const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgsAxrfFxqgjzOohjU
sC3w7ndFshCnyMnHv++pYWELm6KhRANCAAQZbMZZZ+AdefKzbdPG7EMBMdUBjinp
nM1vocmUbXT6Lr2UO1BVbI72VnTgkSUoctCK9TlpCt0WlKjTDmbq1J8b
-----END PRIVATE KEY-----
";
    const POINT: &str = "196cc65967e01d79f2b36dd3c6ec430131d5018e29e99ccd6fa1c9946d74fa2ebd943b50556c8ef65674e091252872d08af539690add1694a8d30e66ead49f1b";
    const HEAD: &str = "3059301306072a8648ce3d020106082a811ccf5501822d034200";
    const SIGNATURE: &str = "3044022016e8ae778f00f78b8256e9bd0c974201ff1014adffba8d68b96a689b4d34178f02207f6f02b2876489bc495cfdb561c7732626bde257998da59931ff955875c437d8";

    fn label(id: &str) -> Label {
        Label::generated("001191110000MAAAAAAA0210001", id).unwrap()
    }

    fn status(label: Label, field: &str) -> Option<SignatureStatus> {
        signature(&RawLabel::from(&label.with_reserved_1(field).unwrap()))
    }

    fn field(kind: &str, key: &str) -> String {
        format!(
            "{{\"SecurityData\":{{\"Type\":\"TC260PG\",\"Version\":1,\"PubSD\":[{{\"Type\":\"DS\",\"AlgID\":\"{SM3_WITH_SM2}\",\
             \"TBSData\":{{\"Type\":\"{kind}\"}},\"Signature\":\"{SIGNATURE}\"}},{{\"Type\":\"PubKey\",\
             \"AlgID\":\"{SM3_WITH_SM2}\",\"KeyValue\":\"{key}\"}}]}}}}"
        )
    }

    #[test]
    fn a_signature_of_openssl_is_verified_whichever_way_its_key_is_written() {
        let (x, _) = POINT.split_at(64);
        for key in [
            format!("{HEAD}04{POINT}"),
            format!("04{POINT}"),
            POINT.to_owned(),
            format!("03{x}"),
            x.to_owned(),
            format!("00{x}"),
        ] {
            for kind in LABEL_DATA {
                assert_eq!(status(label("c-1"), &field(kind, &key)), Some(SignatureStatus::Valid), "{key}");
                assert_eq!(status(label("c-2"), &field(kind, &key)), Some(SignatureStatus::Invalid), "{key}");
            }
            assert_eq!(status(label("c-1"), &field("Bindings", &key)), Some(SignatureStatus::Unsupported));
        }
        assert_eq!(status(label("c-1"), &field("Md", "")), Some(SignatureStatus::Unsupported));
        for none in ["", "aGFzaA==", "{\"SecurityData\":{}}", "{\"SecurityData\":{\"PubSD\":[]}}"] {
            assert_eq!(status(label("c-1"), none), None, "{none}");
        }
    }

    #[test]
    fn what_is_signed_here_is_valid_and_always_the_same() {
        let key = LabelKey::from_pem(KEY).unwrap();
        let signed = label("c-1").signed(&key);
        assert_eq!(signed, label("c-1").signed(&key));
        let raw = RawLabel::parse(&signed.to_wrapped_json());
        assert_eq!((raw.damage.as_ref(), signature(&raw)), (None, Some(SignatureStatus::Valid)), "{}", raw.text);
        assert!(
            signed.to_json().contains(r#""ReservedCode1":"{\"SecurityData\":{\"Type\":\"TC260PG\",\"Version\":1,"#)
        );
        assert!(LabelKey::from_pem("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----").is_err());
    }
}
