//! An expression of a policy: any text is refused, or compiled, and found in a text wherever that is cut.

#![no_main]

#[path = "../../host/text/tests/all/oracle.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod oracle;
#[path = "../../host/text/tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod support;

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use specialis_text::{IndexBuilder, Reader};

fuzz_target!(|bytes: &[u8]| {
    let [n, max, a, b, rest @ ..] = bytes else { return };
    let (expression, text) = rest.split_at(usize::from(*n).min(rest.len()));
    let mut builder = IndexBuilder::new();
    let expression = String::from_utf8_lossy(expression);
    if builder.pattern("fuzz", "a1.violence", &expression, usize::from(*max)).is_err() {
        return;
    }
    let Ok(index) = builder.build() else { return };
    let index = Arc::new(index);
    // Half of the texts are the expression's own characters, which it matches more often.
    let text = if a % 2 == 0 { support::text_of(text) } else { format!("{expression}{expression}") };
    let chunks = support::cut(&text, &[*a, *b].map(usize::from));
    oracle::cut_is_whole(&index, &Reader::new(index.clone()), &text, &chunks);
});
