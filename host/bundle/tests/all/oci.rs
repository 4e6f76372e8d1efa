//! Manifests of artifacts: what is written can be read, and nothing else.

use serde_json::{Value, json};
use specialis_bundle::{
    Bundle, IndexEntry, OciArtifact, OciError, PolicyIndex, SecretKey, digest_of, is_digest, oci_index_layer,
    oci_layer, pack,
};
use specialis_core::SigningRole;

use super::chain;
use super::file::sources;

fn manifest() -> (Vec<u8>, Value) {
    let bytes = pack(sources()).unwrap();
    let manifest = OciArtifact::of(&Bundle::parse(&bytes).unwrap()).manifest;
    (bytes, serde_json::from_slice(&manifest).unwrap())
}

#[test]
fn manifest_leads_to_the_file_it_was_made_for() {
    let (bytes, manifest) = manifest();
    let layer = oci_layer(manifest.to_string().as_bytes(), 1 << 20).unwrap();
    assert_eq!((layer.digest(), layer.size()), (digest_of(&bytes).as_str(), bytes.len() as u64));
}

#[test]
fn digest_that_is_none_never_enters_a_path() {
    let hex = "0a".repeat(32);
    assert!(is_digest(&format!("sha256:{hex}")));
    let texts = ["", "sha256:", "../../etc", "sha256:../..", "sha512:00", "sha256:0A", &format!("sha256:{hex}/../x")];
    let upper = format!("sha256:{}", "0A".repeat(32));
    let longer = format!("sha256:{hex}0");
    for text in texts.into_iter().chain([upper.as_str(), longer.as_str(), hex.as_str()]) {
        assert!(!is_digest(text), "{text}");
        let (_, mut other) = manifest();
        other["layers"][0]["digest"] = json!(text);
        let error = oci_layer(other.to_string().as_bytes(), 1 << 20).unwrap_err();
        assert!(matches!(error, OciError::Unreadable { .. }), "{text}: {error:?}");
        assert!(chain(&error).contains("is no digest"), "{error}");
    }
}

#[test]
fn what_is_no_policy_is_refused_by_what_it_is() {
    let change = |at: &str, value: Value| {
        let (_, mut other) = manifest();
        *other.pointer_mut(at).unwrap() = value;
        oci_layer(other.to_string().as_bytes(), 1 << 20).unwrap_err()
    };
    assert!(matches!(change("/config/mediaType", json!("x")), OciError::OtherArtifact { .. }));
    assert!(matches!(change("/layers", json!([])), OciError::Layers { n: 0 }));
    assert!(
        matches!(change("/layers/0/mediaType", json!("a\u{202e}b")), OciError::OtherLayer { found, .. } if found == "a\\u{202e}b")
    );
    assert!(matches!(change("/layers/0/size", json!(u64::MAX)), OciError::TooLarge { .. }));
    assert!(matches!(change("/layers/0/size", json!(-1)), OciError::Unreadable { .. }));
    let (_, one) = manifest();
    let twice = json!([one["layers"][0], one["layers"][0]]);
    assert!(matches!(change("/layers", twice), OciError::Layers { n: 2 }));
    assert!(matches!(oci_layer(b"{}", 1).unwrap_err(), OciError::Unreadable { .. }));
}

#[test]
fn index_says_of_a_policy_what_stands_in_its_file_and_is_no_policy_itself() {
    let key = SecretKey::from_seed([1; 32]);
    let expires = "2027-06-30".parse().unwrap();
    let bundle = Bundle::parse(&pack(sources()).unwrap()).unwrap();
    let bundle = Bundle::parse(&bundle.sign(&key, SigningRole::Author, expires).unwrap()).unwrap();
    let at = format!("registry.example/film:1.0.0@{}", digest_of(b"manifest"));
    let entry = IndexEntry::of(&bundle, at.clone());
    assert_eq!((entry.id.as_str(), entry.version.to_string().as_str(), &entry.at), ("film", "1.0.0", &at));
    assert_eq!((&entry.digest, entry.duties.len()), (&digest_of(&bundle.bytes), 1));
    let signed = &entry.signatures[0];
    assert_eq!((&signed.key, signed.role, signed.expires), (&key.public().id(), SigningRole::Author, expires));

    let index = PolicyIndex { name: "kitchen".to_owned(), number: 3, expires, policies: vec![entry] };
    let file = index.signed([&key]).unwrap();
    let manifest = OciArtifact::of_index(&index, &file).manifest;
    let layer = oci_index_layer(&manifest, 1 << 20).unwrap();
    assert_eq!((layer.digest(), layer.size()), (digest_of(&file).as_str(), file.len() as u64));
    assert!(matches!(oci_index_layer(&manifest, 1).unwrap_err(), OciError::TooLarge { most: 1, .. }));
    assert!(matches!(oci_layer(&manifest, 1 << 20).unwrap_err(), OciError::OtherArtifact { .. }));
    let policy = OciArtifact::of(&bundle).manifest;
    assert!(matches!(oci_index_layer(&policy, 1 << 20).unwrap_err(), OciError::OtherArtifact { .. }));
}
