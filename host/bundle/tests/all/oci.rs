//! Manifests of artifacts: what is written can be read, and nothing else.

use serde_json::{Value, json};
use specialis_bundle::{Bundle, OciArtifact, OciError, digest_of, is_digest, oci_layer, pack};

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
        matches!(change("/layers/0/mediaType", json!("a\u{202e}b")), OciError::OtherLayer { found } if found == "a\\u{202e}b")
    );
    assert!(matches!(change("/layers/0/size", json!(u64::MAX)), OciError::TooLarge { .. }));
    assert!(matches!(change("/layers/0/size", json!(-1)), OciError::Unreadable { .. }));
    let (_, one) = manifest();
    let twice = json!([one["layers"][0], one["layers"][0]]);
    assert!(matches!(change("/layers", twice), OciError::Layers { n: 2 }));
    assert!(matches!(oci_layer(b"{}", 1).unwrap_err(), OciError::Unreadable { .. }));
}
