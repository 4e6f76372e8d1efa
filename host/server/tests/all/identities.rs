//! Who calls by a certificate, and who by a token of an identity provider whose keys stand behind an address.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use specialis_server::Running;

use crate::measures::wait_for;
use crate::support::{Answer, HARMLESS, Script, Upstream, call, server, server_of};

/// Makes an authority, and certificates of it for the server and two clients. False, said aloud, where openssl is missing.
fn make_certificates(folder: &Path) -> bool {
    let openssl = |arguments: &[&str]| Command::new("openssl").args(arguments).current_dir(folder).output();
    if openssl(&["version"]).is_err() {
        eprintln!("skipped: openssl is not installed");
        return false;
    }
    let run = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let done = openssl(&arguments).unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650";
    run(&format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=tests -addext keyUsage=critical,keyCertSign"));
    for (name, alternative) in
        [("server", "localhost"), ("shop", "gateway.shop.internal"), ("stranger", "other.internal")]
    {
        run(&format!("req -new {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        std::fs::write(folder.join("names"), format!("subjectAltName=DNS:{alternative}\nbasicConstraints=CA:FALSE\n"))
            .unwrap();
        run(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out {name}.pem"
        ));
    }
    true
}

/// Asks over TLS, with a certificate where one is named; none where the server does not talk.
fn ask(folder: &Path, address: SocketAddr, certificate: Option<&str>) -> Option<String> {
    let certificates = |name: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(folder.join(format!("{name}.pem"))).unwrap().map(Result::unwrap).collect()
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates("ca"));
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match certificate {
        Some(name) => {
            let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
            config.with_client_auth_cert(certificates(name), key).unwrap()
        }
        None => config.with_no_client_auth(),
    };
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(address).unwrap());
    let body = json!({ "event": { "kind": "output", "text": HARMLESS } }).to_string();
    let length = body.len();
    let head =
        format!("POST /v1/decide HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = Vec::new();
    // A server that closes without a word of TLS about it has said everything all the same.
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (!answer.is_empty()).then_some(answer)
}

fn encrypted(folder: &Path, more: &str) -> Running {
    let at = folder.display();
    server_of(&format!(
        "listen = \"127.0.0.1:0\"\n[tls]\ncertificates = \"{at}/server.pem\"\nkey = \"{at}/server.key\"\n\
         client-authorities = \"{at}/ca.pem\"\n{more}\n[[certificates]]\nname = \"gateway.shop.internal\"\ntenant = \"shop\"\n\
         areas = [\"native\"]\n[tenants.shop]\nrequests = 5\n"
    ))
}

#[test]
fn a_certificate_leads_to_its_tenant_and_another_one_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    if !make_certificates(folder.path()) {
        return;
    }
    let strict = encrypted(folder.path(), "");
    let answer = ask(folder.path(), strict.address(), Some("shop")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"verdict\""), "{answer}");
    let answer = ask(folder.path(), strict.address(), Some("stranger")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "of the same authority, and nobody's: {answer}");
    assert_eq!(ask(folder.path(), strict.address(), None), None);
    let open = encrypted(folder.path(), "clients-without = true");
    let answer = ask(folder.path(), open.address(), None).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let answer = ask(folder.path(), open.address(), Some("shop")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn keys_of_an_identity_provider_are_fetched_and_its_tokens_count() {
    let pair = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap();
    let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x }] });
    let provider = Upstream::of(Script::json(200, &keys));
    let server = server(&format!(
        "[[jwt]]\nissuer = \"https://id.example\"\naudience = \"specialis\"\nkeys-url = \"http://{}/keys\"\n\
         tenant = \"t\"\nclaims = {{ \"subject.age\" = \"age\" }}\n",
        provider.address()
    ));
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let claims = json!({ "iss": "https://id.example", "aud": "specialis", "exp": 4_102_444_800_u64, "age": "14-17" });
    let signed = format!("{}.{}", encode(&json!({ "alg": "EdDSA", "kid": "k1" })), encode(&claims));
    let token = format!("Bearer {signed}.{}", BASE64URL_NOPAD.encode(pair.sign(signed.as_bytes()).as_ref()));
    let ask = |token: &str| -> Answer {
        let body = json!({ "event": { "kind": "prompt", "text": HARMLESS } }).to_string();
        call(server.address(), ("POST", "/v1/decide"), &[("authorization", token)], body.as_bytes())
    };
    wait_for(|| ask(&token).status == 200);
    assert_eq!(ask(&token.replace(&encode(&claims), &encode(&json!({ "age": "adult" })))).status, 401);
}
