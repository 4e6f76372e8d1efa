//! The way back from the view: it leads to whole original characters, and from there to the view again.

#![no_main]

#[path = "../../host/text/tests/all/oracle.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod oracle;
#[path = "../../host/text/tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod support;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [first, last, rest @ ..] = bytes else { return };
    for text in [support::text_of(rest).as_str(), &String::from_utf8_lossy(rest)] {
        oracle::offsets_round_trip(text, usize::from(*first), usize::from(*last));
    }
});
