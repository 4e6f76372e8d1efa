//! A text in chunks: wherever it is cut, the same is found at the same points, and nothing that a naive search finds is
//! missed.

#![no_main]

#[path = "../../host/text/tests/all/oracle.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod oracle;
#[path = "../../host/text/tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod support;

use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use specialis_text::{ExceptionScope, Index, IndexBuilder, Lexicon, Reader};

/// The index with a bit of everything, and the one of the naive search.
static INDEXES: LazyLock<(Arc<Index>, Arc<Index>)> = LazyLock::new(|| {
    let lexicon = Lexicon::parse("naive", oracle::naive_lexicon().as_bytes()).expect("the terms are a lexicon");
    let naive = IndexBuilder::new().inside_words(true).lexicon(&lexicon).build().expect("the terms are an index");
    (support::rich(ExceptionScope::Everything).expect("the terms are an index"), Arc::new(naive))
});

fuzz_target!(|bytes: &[u8]| {
    let [a, b, c, rest @ ..] = bytes else { return };
    let (rich, naive) = &*INDEXES;
    let text = support::text_of(rest);
    let chunks = support::cut(&text, &[*a, *b, *c].map(usize::from));
    let reader = Reader::new(rich.clone()).sentences().every(NonZeroU32::new(7).expect("seven is not zero"));
    oracle::cut_is_whole(rich, &reader, &text, &chunks);
    // The naive search grows with the cube of the text.
    if text.chars().count() <= 40 {
        let (points, _) = support::read(Reader::new(naive.clone()), &chunks);
        oracle::is_naive(&text, &support::hits(&points)).expect("nothing is missed");
    }
});
