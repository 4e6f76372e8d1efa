//! The manifest of an artifact: any bytes are refused, or lead to one file by a digest that can stand in a path.

#![no_main]

use libfuzzer_sys::fuzz_target;
use specialis_bundle::{is_digest, oci_layer};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(layer) = oci_layer(bytes, 1 << 26) {
        assert!(is_digest(layer.digest()) && layer.size() <= 1 << 26);
        assert!(layer.digest().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':'));
    }
});
