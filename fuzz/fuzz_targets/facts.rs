//! Contexts, events and decisions: any text is refused, or read, written and read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use specialis_tests::facts::assert_read_again;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_read_again(text);
    }
});
