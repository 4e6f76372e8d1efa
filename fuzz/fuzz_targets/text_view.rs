//! The match view: of any two texts it is the one behind the other, and it is its own view.

#![no_main]

#[path = "../../host/text/tests/all/oracle.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod oracle;
#[path = "../../host/text/tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod support;

use libfuzzer_sys::fuzz_target;
use specialis_text::view;

fuzz_target!(|bytes: &[u8]| {
    let (Some((&first, rest)), lossy) = (bytes.split_first(), String::from_utf8_lossy(bytes)) else { return };
    for text in [support::text_of(rest).as_str(), &lossy] {
        let whole = view(text);
        assert_eq!(view(whole.as_str()).as_str(), whole.as_str(), "the view of {text:?} is none of itself");
        let chunks = support::cut(text, &[usize::from(first)]);
        let (a, b) = (chunks.first().copied().unwrap_or(""), chunks.get(1).copied().unwrap_or(""));
        assert!(oracle::is_sum(&whole, &view(a), &view(b), a.len()), "{a:?} and {b:?}");
    }
});
