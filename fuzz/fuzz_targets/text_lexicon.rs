//! A lexicon file: any bytes are refused, or read, written and read as the same.

#![no_main]

#[path = "../../host/text/tests/all/oracle.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod oracle;
#[path = "../../host/text/tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod support;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    oracle::lexicon_holds(bytes);
    // Past the header, which a fuzzer takes long to find.
    oracle::lexicon_holds(&[b"term,category,weight,flags,context\n", bytes].concat());
});
