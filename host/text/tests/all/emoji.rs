//! Emoji that may be read as letters: they part no term, and are letters still.

use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{Index, IndexBuilder, Lexicon, Reader};

use crate::support::{cut, hits, read, singles};

type Checked = Result<(), Box<dyn std::error::Error>>;

fn index() -> Result<Arc<Index>, Box<dyn std::error::Error>> {
    let file = "term,category\n赌博,c\n三字词,c\ndrug,c\n禁药,c\n加QQ群,c\nab,c\n";
    Ok(Arc::new(IndexBuilder::new().inside_words(true).lexicon(&Lexicon::parse("test", file.as_bytes())?).build()?))
}

#[test]
fn they_part_no_term_and_may_be_letters_of_one() -> Checked {
    let index = index()?;
    let table: &[(&str, &[&str])] = &[
        ("赌🇨🇳博", &["赌🇨🇳博"]),
        ("赌™\u{FE0F}博", &["赌™\u{FE0F}博"]),
        ("赌ℹ博", &["赌ℹ博"]),
        ("赌🅰博", &["赌🅰博"]),
        ("赌🈲博", &["赌🈲博"]),
        ("赌㊙博", &["赌㊙博"]),
        ("赌🈲🅰🈚ℹ博", &["赌🈲🅰🈚ℹ博"]),
        ("三🅰字🈲词", &["三🅰字🈲词"]),
        ("三🅰字ℹ\n词", &["三🅰字ℹ\n词"]),
        ("加🅱QQ🅱群", &["加🅱QQ🅱群"]),
        // As letters.
        ("🈲药", &["🈲药"]),
        ("🅰🅱", &["🅰🅱"]),
        ("🅳🆁🆄🅶", &["🅳🆁🆄🅶"]),
        ("d🇷🇺g", &["d🇷🇺g"]),
        // More than a gap may have.
        ("赌🈲🈲🈲🈲🈲博", &[]),
        ("赌🈲。博", &[]),
        ("赌x🈲博", &[]),
    ];
    for (text, expected) in table {
        let found: Vec<_> = index.scan(text).hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect();
        assert_eq!(found, *expected, "{text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_cut_changes_what_is_found(
        letters in proptest::collection::vec(
            proptest::sample::select(&["赌", "博", "三", "字", "词", "🈲", "🅰", "🇨", "ℹ", "药", "d", "r", "u", "g", "a", "b", " ", "。", "Q"][..]),
            0..30,
        ),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let text = letters.concat();
        let index = index().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let whole = index.scan(&text).hits;
        let (points, _) = read(Reader::new(index.clone()), &cut(&text, &cuts));
        prop_assert_eq!(&hits(&points), &whole);
        let (points, _) = read(Reader::new(index.clone()), &singles(&text));
        prop_assert_eq!(&hits(&points), &whole);
        // An emoji hides nothing that a sign in its place does not hide.
        let signed: String = text.chars().map(|c| if "🈲🅰🇨ℹ".contains(c) { '·' } else { c }).collect();
        let n_signed = index.scan(&signed).hits.len();
        prop_assert!(whole.len() >= n_signed, "{} finds less than {}", text, signed);
    }
}
