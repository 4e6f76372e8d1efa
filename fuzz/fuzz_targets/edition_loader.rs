//! Reading a policy's file: any bytes are read or refused, and what is read can be asked who signed it and be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use specialis_bundle::{Bundle, Manifest, SecretKey, parse_cases, parse_vectors};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bundle) = Bundle::parse(bytes) {
        let key = SecretKey::from_seed([1; 32]).public();
        let _ = bundle.endorsements([&key]);
        assert!(bytes.starts_with(bundle.content()));
    }
    // The parts that stand inside, so that the fuzzer need not find its way through the component to them.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Manifest::parse(text);
        let _ = parse_vectors("fuzz", text);
        let _ = parse_cases("fuzz", text);
    }
});
