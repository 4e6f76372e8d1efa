//! Reading a signed statement: any bytes are read or refused, and nothing but what was signed counts as signed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use specialis_bundle::{Envelope, SecretKey};

fuzz_target!(|bytes: &[u8]| {
    let key = SecretKey::from_seed([1; 32]).public();
    if let Ok(envelope) = Envelope::parse(bytes) {
        let _ = envelope.statement::<serde_json::Value>("application/x-test");
        if let Ok(keys) = envelope.signed_by([&key]) {
            assert!(keys.is_empty(), "nobody who has the key signed this");
        }
        let again = Envelope::parse(&envelope.to_json()).expect("what was read can be read again");
        assert_eq!(again, envelope);
    }
});
