//! Keys with an SM2 half: editions that have a second signature, and what OpenSSL says of it.

use std::fs;
use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};

use crate::publish::Desk;
use crate::run::Ran;

/// A desk on which the root and alice sign by SM2 too.
fn desk() -> Desk {
    let desk = Desk::new();
    for name in ["root", "alice"] {
        fs::remove_file(desk.path(&format!("{name}.pem"))).unwrap();
        let key = desk.run(&["key", "new", &format!("{name}.pem"), "--sm2"]).ok();
        fs::write(desk.path(&format!("{name}.pub")), key.trim()).unwrap();
    }
    desk.edition();
    desk
}

fn check(desk: &Desk) -> Ran {
    desk.run(&["edition", "check", "next", "--root", &desk.public("root")])
}

#[test]
fn edition_under_keys_with_an_sm2_half_needs_both_signatures() {
    let desk = desk();
    assert!(check(&desk).ok().contains("can be published; approved by alice"));
    let shown = desk.run(&["key", "show", "alice.pem"]).ok();
    assert!(shown.contains(",sm2:") && shown.contains("key id of SM2 "), "{shown}");

    // The Ed25519 half alone, as whoever has only that could sign.
    let both = fs::read_to_string(desk.path("alice.pem")).unwrap();
    let end = "-----END PRIVATE KEY-----\n";
    let (first, _) = both.split_once(end).unwrap();
    fs::write(desk.path("half.pem"), format!("{first}{end}")).unwrap();
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31"]).ok();
    desk.run(&["edition", "sign", "next", "--key", "half.pem"]).ok();
    let said = check(&desk).refused();
    assert!(said.contains("signed it without its SM2 half"), "{said}");
    desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    assert!(check(&desk).ok().contains("approved by alice"));
}

#[test]
fn openssl_verifies_the_second_signature_of_an_edition() {
    let has_sm2 = Command::new("openssl").args(["genpkey", "-algorithm", "SM2"]).output();
    if !has_sm2.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: there is no openssl with SM2");
        return;
    }
    let desk = desk();
    let text = fs::read_to_string(format!("{}/statement.json", desk.path("next"))).unwrap();
    let envelope: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kind = envelope["payloadType"].as_str().unwrap();
    let payload = BASE64.decode(envelope["payload"].as_str().unwrap().as_bytes()).unwrap();
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    fs::write(desk.path("message"), [head.as_bytes(), &payload].concat()).unwrap();

    let point = BASE64.decode(desk.public("alice").split_once(",sm2:").unwrap().1.as_bytes()).unwrap();
    // An elliptic-curve key on the curve of SM2.
    let before = HEXLOWER.decode(b"3059301306072a8648ce3d020106082a811ccf5501822d034200").unwrap();
    fs::write(desk.path("key.der"), [before, point].concat()).unwrap();
    let shown = desk.run(&["key", "show", "alice.pem"]).ok();
    let id = shown.lines().find_map(|line| line.strip_prefix("key id of SM2 ")).unwrap();
    let signatures = envelope["signatures"].as_array().unwrap();
    let second = signatures.iter().find(|one| one["keyid"] == id).unwrap();
    let numbers = BASE64.decode(second["sig"].as_str().unwrap().as_bytes()).unwrap();
    let verifies = |numbers: &[u8]| {
        fs::write(desk.path("signature.der"), der(numbers)).unwrap();
        let (key, message, signature) = (desk.path("key.der"), desk.path("message"), desk.path("signature.der"));
        let verified = Command::new("openssl")
            .args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", &key, "-rawin", "-in", &message])
            .args(["-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-sigfile", &signature])
            .output();
        verified.unwrap().status.success()
    };
    assert!(verifies(&numbers));
    let mut changed = numbers.clone();
    changed[40] ^= 1;
    assert!(!verifies(&changed));
}

/// Two numbers of 32 bytes as OpenSSL takes them.
fn der(numbers: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        // A leading bit would make it negative.
        let sign: &[u8] = if digits.first().is_some_and(|byte| *byte > 0x7f) { &[0] } else { &[] };
        [&[2, u8::try_from(sign.len() + digits.len()).unwrap()], sign, digits.as_slice()].concat()
    };
    let both = [number(&numbers[..32]), number(&numbers[32..])].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()], both.as_slice()].concat()
}
