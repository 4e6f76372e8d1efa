//! The match view, over all of Unicode.

use proptest::prelude::*;
use specialis_text::{Class, view};

use crate::oracle::{is_sum, offsets_round_trip};
use crate::support;

fn all_chars() -> impl Iterator<Item = char> {
    (0..=0x10_FFFF).filter_map(char::from_u32)
}

fn text_of(c: char) -> String {
    view(&c.to_string()).as_str().to_owned()
}

#[test]
fn every_character_keeps_its_image_beside_every_kind_of_neighbor() {
    // What composes, folds, joins or reorders in other normal forms.
    let neighbors = [
        'a', '\u{301}', '\u{345}', 'か', '\u{3099}', '\u{1100}', '\u{1161}', '\u{11A8}', 'Σ', 'ß', '\u{200D}', '習',
        '\u{FE0F}',
    ];
    let views = neighbors.map(|c| (c, view(&c.to_string())));
    for c in all_chars() {
        let own = view(&c.to_string());
        for (neighbor, theirs) in &views {
            let after: String = [c, *neighbor].iter().collect();
            let before: String = [*neighbor, c].iter().collect();
            assert!(is_sum(&view(&after), &own, theirs, c.len_utf8()), "{c:?} before {neighbor:?}");
            assert!(is_sum(&view(&before), theirs, &own, neighbor.len_utf8()), "{neighbor:?} before {c:?}");
        }
    }
}

#[test]
fn every_image_is_a_fixed_point() {
    for c in all_chars() {
        let once = text_of(c);
        assert_eq!(view(&once).as_str(), once, "U+{:04X}", u32::from(c));
    }
}

#[test]
fn case_pairs_have_equal_images() {
    // Capitals of scripts whose letters are decomposed differently are few; each is named here.
    let exceptions = ['\u{130}', '\u{1E9E}'];
    for c in all_chars().filter(|c| !exceptions.contains(c)) {
        let lower: String = c.to_lowercase().collect();
        assert_eq!(view(&lower).as_str(), text_of(c), "U+{:04X}", u32::from(c));
    }
}

#[test]
fn images_are_as_the_design_says() {
    let table = [
        ("ＡＢＣ１２３", "abc123"),
        ("賭場發財", "赌场发财"),
        ("気", "气"),
        ("裡裏", "里里"),
        ("①②❸", "123"),
        ("🅰🄱ⓒ", "abc"),
        ("ｶﾞ", "カ\u{3099}"),
        ("が", "か\u{3099}"),
        ("é", "e"),
        ("e\u{301}", "e"),
        ("ﬁ", "fi"),
        ("ß", "ss"),
        ("ſ", "s"),
        ("Ａсе", "ace"),
        ("ВТС", "btc"),
        ("ΟΝ", "ov"),
        ("ɑᴅᴜʟᴛ", "adult"),
        ("𝒑𝓸𝔯𝕟", "porn"),
        ("pørn", "porn"),
        ("a\u{200B}b\u{FEFF}c\u{AD}", "abc"),
        ("a\r\nb", "a\nb"),
        ("–—−", "---"),
        ("\u{3000}", " "),
        ("！？｡", "!?。"),
        ("㈱", "(株)"),
        ("⼀", "一"),
        ("नि", "नि"),
        ("كِتاب", "كِتاب"),
        ("1l0O", "1l0o"),
        ("", ""),
    ];
    for (text, expected) in table {
        assert_eq!(view(text).as_str(), expected, "{text}");
    }
}

#[test]
fn classes_say_what_the_lanes_need() {
    let table = [
        ('中', Class::Cjk),
        ('々', Class::Cjk),
        ('ー', Class::Cjk),
        ('㐀', Class::Cjk),
        ('𠀀', Class::Cjk),
        ('〇', Class::Cjk),
        ('7', Class::Digit),
        ('７', Class::Digit),
        ('Q', Class::Ascii),
        ('þ', Class::Ascii),
        ('ж', Class::Letter),
        ('ค', Class::Letter),
        (' ', Class::Space),
        ('\n', Class::Newline),
        ('。', Class::Stop),
        ('！', Class::Stop),
        ('，', Class::Separator),
        ('😀', Class::Separator),
    ];
    for (c, class) in table {
        let classes: Vec<_> = view(&c.to_string()).chars().iter().map(|c| c.class).collect();
        assert_eq!(classes, [class], "{c}");
    }
}

#[test]
fn the_origin_of_a_view_range_is_whole_original_characters() {
    let seen = view("㈱é中");
    assert_eq!(seen.as_str(), "(株)e中");
    assert_eq!(seen.origin(1..4), Some(0..3));
    assert_eq!(seen.origin(5..9), Some(3..8));
    assert_eq!(seen.origin(0..9), Some(0..8));
    assert_eq!(seen.origin(2..4), None, "inside a character");
    assert_eq!(seen.origin(3..3), None, "empty");
    assert_eq!(seen.origin(6..12), None, "past the end");
}

proptest! {
    #[test]
    fn views_of_any_two_texts_add_up(a: String, b: String) {
        let whole = format!("{a}{b}");
        prop_assert!(is_sum(&view(&whole), &view(&a), &view(&b), a.len()));
    }

    #[test]
    fn views_of_random_characters_add_up(a in proptest::collection::vec(any::<char>(), 0..8), b: char) {
        let a: String = a.into_iter().collect();
        let whole = format!("{a}{b}");
        prop_assert!(is_sum(&view(&whole), &view(&a), &view(&b.to_string()), a.len()));
    }

    #[test]
    fn offsets_lead_there_and_back(text: String, first: usize, last: usize) {
        offsets_round_trip(&text, first, last);
    }

    #[test]
    fn offsets_lead_there_and_back_where_much_happens(bytes: Vec<u8>, first: usize, last: usize) {
        offsets_round_trip(&support::text_of(&bytes), first, last);
    }
}
