//! Errors with causes: each message says its own part, and the cause stays its source.

use specialis_bundle::{Bundle, Envelope, EnvelopeError, SecretKey, Sources, pack};
use specialis_core::{Date, SigningRole};

use super::file::sources;
use super::{chain, with};

#[test]
fn key_file_that_is_none_names_what_the_decoder_says() {
    let error = SecretKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap_err();
    assert_eq!(error.to_string(), "it holds no Ed25519 secret key; `key new` makes one");
    // The decoder's own errors repeat their causes; ours does not repeat the decoder's.
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(cause.contains("ASN.1"), "{cause}");
}

#[test]
fn envelope_that_is_none_names_the_place_in_the_json() {
    let said = chain(&Envelope::parse(b"{\"payloadType\": 5}").unwrap_err());
    assert!(said.starts_with("it is no signed statement; sign it again: invalid type: integer `5`"), "{said}");
    let large = vec![b' '; (4 << 20) + 1];
    assert!(matches!(Envelope::parse(&large), Err(EnvelopeError::TooLarge)));
}

#[test]
fn signature_on_other_bytes_is_named_once() {
    let bundle = Bundle::parse(&pack(sources()).unwrap()).unwrap();
    let key = SecretKey::from_seed([1; 32]);
    let expires = Date::new(2099, 12, 31).unwrap();
    let signed = bundle.sign(&key, SigningRole::Author, expires).unwrap();
    let section = &signed[bundle.content().len()..];
    let changed = Sources { manifest: with(&bundle.manifest_text, "a rule", "a rule of theirs"), ..sources() };
    let forged = [pack(changed).unwrap().as_slice(), section].concat();
    let error = Bundle::parse(&forged).unwrap().endorsements([&key.public()]).unwrap_err();
    assert_eq!(chain(&error), "a signature stands on other bytes than these; something was changed after signing");
}

#[cfg(feature = "authoring")]
#[test]
fn folder_without_a_manifest_names_the_file_and_what_the_system_says() {
    let folder = std::path::Path::new("no-such-folder");
    let said = chain(&Sources::of_folder(folder, Vec::new()).unwrap_err());
    let manifest = folder.join("policy.toml");
    assert!(said.starts_with(&format!("`{}` cannot be read; check the folder", manifest.display())), "{said}");
    let said = chain(&specialis_bundle::component(b"not wasm".to_vec()).unwrap_err());
    assert!(said.starts_with("the module does not become a component; build it for"), "{said}");
}

#[cfg(all(feature = "authoring", unix))]
#[test]
fn pipe_or_giant_in_the_folder_of_a_policy_is_refused_and_nobody_waits_for_it() {
    let folder = std::env::temp_dir().join(format!("specialis-bundle-{}", std::process::id()));
    let vectors = folder.join("vectors");
    std::fs::create_dir_all(&vectors).unwrap();
    let pipe = |at: &std::path::Path| {
        assert!(std::process::Command::new("mkfifo").arg(at).status().expect("mkfifo runs").success());
    };
    let refused = || chain(&Sources::of_folder(&folder, Vec::new()).unwrap_err());
    pipe(&folder.join("policy.toml"));
    assert!(refused().contains("no regular file"), "{}", refused());
    std::fs::remove_file(folder.join("policy.toml")).unwrap();
    std::fs::write(folder.join("policy.toml"), "").unwrap();
    pipe(&vectors.join("odd.toml"));
    assert!(refused().contains("no regular file"), "{}", refused());
    std::fs::remove_file(vectors.join("odd.toml")).unwrap();
    std::fs::File::create(vectors.join("odd.toml")).unwrap().set_len(1 << 40).unwrap();
    assert!(refused().contains("more than 64 MiB"), "{}", refused());
    std::fs::remove_dir_all(&folder).unwrap();
}
