//! Signatures in security fields, made here and verified by OpenSSL, and the other way round.

use std::fs;
use std::io::Cursor;

use specialis_label::{Container, Label, LabelKey, SignatureStatus, Verdict, check, read, write};
use tempfile::TempDir;

use crate::as_found::CODE;
use crate::round_trip::whole_cycle;
use crate::tools::{run, says};

const IDENTITY: &str = "distid:1234567812345678";

fn message(id: &str) -> String {
    format!("\"Label\":\"1\",\"ContentProducer\":\"{CODE}\",\"ProduceID\":\"{id}\"")
}

/// A value that stands in hexadecimal behind a key of the field.
fn hexadecimal(field: &str, key: &str) -> Vec<u8> {
    let from = field.find(&format!("\"{key}\":\"")).unwrap() + key.len() + 4;
    let digits = field.get(from..).unwrap().split('"').next().unwrap();
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn signed(folder: &TempDir) -> Option<(String, Label)> {
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = run("openssl", &["genpkey", "-algorithm", "SM2", "-out", &path("key.pem")])?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = LabelKey::from_pem(&fs::read_to_string(path("key.pem")).unwrap()).unwrap();
    let label = Label::generated(CODE, "c-1").unwrap().signed(&key);
    let field = label.fields()[3].1.to_owned();
    Some((field, label))
}

#[test]
fn openssl_verifies_what_was_signed_here() {
    let folder = TempDir::new().unwrap();
    let Some((field, _)) = signed(&folder) else { return };
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("message"), message("c-1")).unwrap();
    fs::write(path("signature"), hexadecimal(&field, "Signature")).unwrap();
    fs::write(path("public.der"), hexadecimal(&field, "KeyValue")).unwrap();
    says("openssl", &["pkey", "-pubin", "-inform", "DER", "-in", &path("public.der"), "-out", &path("public.pem")]);
    let verified = says(
        "openssl",
        &[
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            &path("public.pem"),
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            IDENTITY,
            "-in",
            &path("message"),
            "-sigfile",
            &path("signature"),
        ],
    );
    assert!(verified.unwrap().contains("Verified Successfully"));
}

#[test]
fn what_openssl_signed_is_verified_here_in_every_format() {
    let folder = TempDir::new().unwrap();
    let Some((field, _)) = signed(&folder) else { return };
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("message"), message("c-1")).unwrap();
    says(
        "openssl",
        &[
            "pkeyutl",
            "-sign",
            "-inkey",
            &path("key.pem"),
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            IDENTITY,
            "-in",
            &path("message"),
            "-out",
            &path("signature"),
        ],
    );
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let own = digits(&hexadecimal(&field, "Signature"));
    let field = field.replace(&own, &digits(&fs::read(path("signature")).unwrap()));
    let label = Label::generated(CODE, "c-1").unwrap().with_reserved_1(&field).unwrap();
    let other = Label::generated(CODE, "c-2").unwrap().with_reserved_1(&field).unwrap();
    for (container, file) in [
        (Container::Markdown, b"# title\n".to_vec()),
        (Container::Html, b"<html><head></head><body></body></html>".to_vec()),
        (Container::Png, crate::unusual::png(&[], &[])),
        (Container::Jpeg, crate::unusual::jpeg(&[])),
        (Container::Pdf, crate::manifests::pdf("", &[])),
        (Container::Side, Vec::new()),
    ] {
        let status = |label: &Label| {
            let mut out = Vec::new();
            write(&mut Cursor::new(&file), &mut out, container, label).unwrap();
            let report = check(&read(&mut Cursor::new(out), container).unwrap());
            assert_eq!(report.verdict, Verdict::Compliant, "{container}: {report:?}");
            let is_noted = report.findings.iter().any(|finding| finding.rule.id() == "signature-unverified");
            assert_eq!(is_noted, report.signature != Some(SignatureStatus::Valid), "{container}");
            report.signature
        };
        assert_eq!(status(&label), Some(SignatureStatus::Valid), "{container}");
        assert_eq!(status(&other), Some(SignatureStatus::Invalid), "{container}");
    }
    whole_cycle(Container::Markdown, b"");
}
