//! Timestamps, with OpenSSL as the authority.

use std::path::Path;
use std::process::Command;

use specialis_ledger::{LedgerError, StampError, StampRequest};

use crate::support::{Place, append, breach, lawful};

/// What the authority is set up with.
const SETTINGS: &str = "\
[req]
distinguished_name = name
prompt = no
x509_extensions = usage
[name]
CN = artificial authority
[usage]
extendedKeyUsage = critical,timeStamping
[authority]
serial = serial
signer_cert = cert.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
";

/// An authority in a folder.
struct Authority<'a>(&'a Path);

impl Authority<'_> {
    /// Sets one up; nothing, with a word on why, where there is no openssl.
    fn in_folder(folder: &Path) -> Option<Authority<'_>> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("skipped: there is no openssl to stamp with");
            return None;
        }
        std::fs::write(folder.join("tsa.cnf"), SETTINGS).unwrap();
        std::fs::write(folder.join("serial"), "01\n").unwrap();
        let key = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"];
        assert!(Authority(folder).openssl(&[&key[..], &["-days", "2", "-config", "tsa.cnf"]].concat()));
        Some(Authority(folder))
    }

    fn openssl(&self, args: &[&str]) -> bool {
        Command::new("openssl").args(args).current_dir(self.0).output().unwrap().status.success()
    }

    /// What it answers to a request.
    fn stamp(&self, request: &StampRequest) -> Vec<u8> {
        std::fs::write(self.0.join("now.tsq"), request.to_der()).unwrap();
        let reply = ["ts", "-reply", "-config", "tsa.cnf", "-section", "authority", "-queryfile", "now.tsq"];
        assert!(self.openssl(&[&reply[..], &["-out", "now.tsr"]].concat()));
        std::fs::read(self.0.join("now.tsr")).unwrap()
    }

    /// Whether it vouches for a response over some bytes.
    fn vouches(&self, stamped: &[u8], response: &[u8]) -> bool {
        std::fs::write(self.0.join("stamped"), stamped).unwrap();
        std::fs::write(self.0.join("kept.tsr"), response).unwrap();
        self.openssl(&["ts", "-verify", "-in", "kept.tsr", "-data", "stamped", "-CAfile", "cert.pem"])
    }
}

#[test]
fn checkpoint_that_openssl_stamped_is_kept_with_its_stamp() {
    let place = Place::new();
    std::fs::create_dir(place.temp.path().join("tsa")).unwrap();
    let folder = place.temp.path().join("tsa");
    let Some(authority) = Authority::in_folder(&folder) else { return };
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    ledger.sign().unwrap();
    let mut reader = ledger.reader().unwrap();
    assert_eq!(reader.stamps().unwrap(), []);
    let first = reader.request_stamp().unwrap();
    let second = reader.request_stamp().unwrap();
    let late = authority.stamp(&first);
    let refused = reader.add_stamp(&late);
    assert!(matches!(refused, Err(LedgerError::BadStamp { source: StampError::OtherNonce })), "{refused:?}");
    let response = authority.stamp(&second);
    let kept = reader.add_stamp(&response).unwrap();
    assert_eq!((kept.size, &kept.response), (2, &response));
    assert!(authority.vouches(&kept.checkpoint, &kept.response));
    assert!(!authority.vouches(b"something else", &kept.response), "openssl sees what differs");
    // The log goes on, and the stamp still is on an earlier state of it.
    append(&ledger, breach("d-2"), None);
    ledger.append_decision(lawful("d-3"), None).unwrap().wait().unwrap();
    ledger.close().unwrap();
    let stamps = place.reader().stamps().unwrap();
    assert_eq!(stamps, [kept]);

    let path = place.temp.path().join("log/stamp/2.checkpoint");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\n2\n", "\n3\n", 1)).unwrap();
    assert!(place.reader().stamps().is_err(), "what was stamped was changed");
}

#[test]
fn response_to_no_request_is_refused() {
    let place = Place::new();
    let ledger = place.open();
    ledger.sign().unwrap();
    let reader = ledger.reader().unwrap();
    assert!(matches!(reader.add_stamp(b"0"), Err(LedgerError::BadStamp { .. })));
    reader.request_stamp().unwrap();
    assert!(matches!(reader.add_stamp(b"0"), Err(LedgerError::BadStamp { source: StampError::Unreadable })));
}
