//! Texts that are written with escapes: what is found in them, where, and that a mask leaves them what they are.

use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{Form, Index, IndexBuilder, Lexicon, Masking, Speaker};

use crate::oracle::{cut_is_whole_as, string_is_what_it_says};
use crate::support::cut;

type Checked = Result<(), Box<dyn std::error::Error>>;

fn index() -> Result<Arc<Index>, Box<dyn std::error::Error>> {
    let mut builder = IndexBuilder::new();
    builder.lexicon(&Lexicon::parse("test", "term,category\n赌博,c\nabc,c\n𠀀草,c\n".as_bytes())?);
    for detector in ["mobile", "resident-id", "bank-card", "e-mail"] {
        builder.detector(detector)?;
    }
    Ok(Arc::new(builder.build()?))
}

/// What is found in a text of a form, as it is written.
fn found<'t>(index: &Index, text: &'t str, form: Form) -> Vec<&'t str> {
    let hits = index.scan_as(text, Speaker::Unknown, form).hits;
    hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect()
}

#[test]
fn strings_of_json_are_read_through_their_escapes() -> Checked {
    let index = index()?;
    let table: &[(&str, &[&str])] = &[
        (r#"{"a":"赌博"}"#, &["赌博"]),
        (r#"{"a":"\u8d4c\u535A"}"#, &[r"\u8d4c\u535A"]),
        (r#"{"a":"赌\u535a"}"#, &[r"赌\u535a"]),
        (r#"{"a":"赌\n博"}"#, &[r"赌\n博"]),
        (r#"{"a":"赌\u200b博"}"#, &[r"赌\u200b博"]),
        (r#"{"a":"\ud840\udc00草"}"#, &[r"\ud840\udc00草"]),
        (r#"{"note":"行1\n13912345678\n行2"}"#, &["13912345678"]),
        (r#"{"note":"\u7535\u8bdd13912345678"}"#, &["13912345678"]),
        (r#"{"mail":"zhang\u0040example.com"}"#, &[r"zhang\u0040example.com"]),
        (r#"{"phone":13912345678}"#, &["13912345678"]),
        (r#"{"phone":-13912345678}"#, &["-13912345678"]),
        (r#"{"手机": 13912345678, "b": 1}"#, &["13912345678"]),
        (r#"{"phone" : "13912345678"}"#, &["13912345678"]),
        // A term does not go on from one string into the next, nor from a name into its value.
        (r#"["赌","博"]"#, &[]),
        (r#"{"赌":"博"}"#, &[]),
        (r#"["赌" , "博"]"#, &[]),
        // What cannot be read is no letter, and hides none before it.
        (r#"{"a":"赌博\uD840"}"#, &["赌博"]),
        (r#"{"a":"赌博\u12"}"#, &["赌博"]),
        // A part of a stream.
        (r#"博\u8d4c\u535a",  "x"#, &[]),
        (r#""博\u8d4c\u535a",  "x"#, &[r"\u8d4c\u535a"]),
        // A number that is an order is no phone, by the name of its value.
        (r#"{"订单号":"13912345678"}"#, &[]),
    ];
    for (text, expected) in table {
        assert_eq!(found(&index, text, Form::Json), *expected, "{text}");
    }
    Ok(())
}

#[test]
fn references_and_tags_of_html_are_read_through() -> Checked {
    let index = index()?;
    let table: &[(&str, &[&str])] = &[
        ("&#36172;&#21338;", &["&#36172;&#21338;"]),
        ("&#x8D4C;博", &["&#x8D4C;博"]),
        ("赌<b>博</b>", &["赌<b>博"]),
        ("赌<!-- x > y -->博", &["赌<!-- x > y -->博"]),
        ("赌&zwnj;博", &["赌&zwnj;博"]),
        ("赌</p><p>博", &[]),
        ("a&lt;b 赌博", &["赌博"]),
        ("AT&T 赌博 & 其他", &["赌博"]),
        ("3 < 5 赌博", &["赌博"]),
        ("139<i>1234</i>5678", &["139<i>1234</i>5678"]),
        ("zhang&#64;example&period;com", &["zhang&#64;example&period;com"]),
        ("<a title=\"赌博\">链接</a>", &[]),
        ("&#99999999;赌博", &["赌博"]),
        ("&nosuch;赌博", &["赌博"]),
        ("赌&", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(found(&index, text, Form::Html), *expected, "{text}");
    }
    Ok(())
}

#[test]
fn percent_codes_are_read_through() -> Checked {
    let index = index()?;
    let table: &[(&str, &[&str])] = &[
        ("q=%E8%B5%8C%E5%8D%9A", &["%E8%B5%8C%E5%8D%9A"]),
        ("q=%e8%b5%8c博", &["%e8%b5%8c博"]),
        ("tel=139%2D1234%2D5678", &["139%2D1234%2D5678"]),
        ("m=zhang%40example.com", &["zhang%40example.com"]),
        ("100%赌博", &["赌博"]),
        ("%E8%B5赌博", &["赌博"]),
        ("%zz赌博", &["赌博"]),
        ("赌+博", &["赌+博"]),
    ];
    for (text, expected) in table {
        assert_eq!(found(&index, text, Form::Percent), *expected, "{text}");
    }
    Ok(())
}

#[test]
fn a_mask_leaves_json_valid() -> Checked {
    let index = index()?;
    let texts = [
        r#"{"phone":13912345678,"name":"张"}"#,
        r#"{"phone":-13912345678}"#,
        r#"{"a":"\u8d4c\u535a","b":["赌博",13912345678]}"#,
        r#"{"a":"电话13912345678\n"}"#,
        r#"[{"id":"110105199003071239"},6222021000112233449]"#,
    ];
    for text in texts {
        let hits = index.scan_as(text, Speaker::Unknown, Form::Json).hits;
        assert!(!hits.is_empty(), "{text}");
        let spans: Vec<_> = hits.iter().map(|hit| (hit.start, hit.end)).collect();
        let masked = masked(text, &spans, Form::Json, "\"已\\隐去\"\n");
        let valid: Result<serde_json::Value, _> = serde_json::from_str(&masked);
        assert!(valid.is_ok(), "{masked}");
        assert_eq!(found(&index, &masked, Form::Json), [""; 0], "{masked}");
    }
    Ok(())
}

/// A text with stretches masked, in order.
fn masked(text: &str, spans: &[(usize, usize)], form: Form, mask: &str) -> String {
    let mut masking = Masking::new(form);
    let mut out = String::new();
    let mut at = 0;
    for &(start, end) in spans {
        let kept = text.get(at..start).unwrap_or_default();
        masking.pass(kept);
        out.push_str(kept);
        out.push_str(&masking.mask(text.get(start..end).unwrap_or_default(), mask));
        at = end;
    }
    out + text.get(at..).unwrap_or_default()
}

#[test]
fn a_stretch_over_strings_numbers_and_tags_leaves_what_holds_them() {
    let whole = |text: &str, form, mask| masked(text, &[(0, text.len())], form, mask);
    assert_eq!(
        whole(r#"{"a": ["x\"y", 12, true], "b": -1.5e3}"#, Form::Json, "*"),
        r#"{"*": ["*", "*", true], "*": "*"}"#
    );
    assert_eq!(whole("139<i>1234</i>5678", Form::Html, "<b>&"), "&lt;b&gt;&amp;<i></i>");
    assert_eq!(whole("3 < 5 and 7 > 6", Form::Html, "*"), "*");
    assert_eq!(whole("139%2D1234", Form::Percent, "隐 去"), "%E9%9A%90%20%E5%8E%BB");
    assert_eq!(whole("139-1234", Form::Plain, "***"), "***");
    // Stretches that touch are masked as one, and so are the pieces of one.
    assert_eq!(masked("abcd", &[(0, 1), (1, 3)], Form::Plain, "*"), "*d");
    assert_eq!(masked(r#"["abcd"]"#, &[(2, 3), (3, 5)], Form::Json, "*"), r#"["*d"]"#);
    assert_eq!(masked("[1234]", &[(1, 2), (2, 5)], Form::Json, "*"), r#"["*"]"#);
}

/// Pieces with what is found, what is near it, and what has to be escaped.
const PIECES: &[&str] = &[
    "赌", "博", "赌博", "abc", "a", "b", "c", "139", "12345678", "13912345678", "电话", "\"", "\\", "\n", "𠀀", "草",
    " ", "，", "u8d4c", "zhang@example", ".com", "6222021000112233449", "\u{200B}", "{", "}", ":", ",", "[",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_found_in_a_string_is_what_is_found_in_what_it_says(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..20),
        escapes in proptest::collection::vec(any::<bool>(), 1..8),
    ) {
        let text = pieces.concat();
        let index = index().map_err(|error| TestCaseError::fail(error.to_string()))?;
        string_is_what_it_says(&index, &text, &escapes);
    }

    #[test]
    fn no_cut_and_no_form_changes_what_is_found_and_no_escape_is_let_go_in_part(
        pieces in proptest::collection::vec(proptest::sample::select(&[
            "\"", "\\u8d4c", "\\u535a", "\\ud840", "\\udc00", "赌", "博", "\\", "\\n", "13912345678", ":", ",", "{", "}", "-1",
            "&#36172;", "&amp", ";", "<b>", "<", "</p>", "%E8", "%B5%8C", "%", "abc", "<!--", "-->",
        ][..]), 0..24),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
        form in proptest::sample::select(&[Form::Json, Form::Html, Form::Percent][..]),
    ) {
        let text = pieces.concat();
        let index = index().map_err(|error| TestCaseError::fail(error.to_string()))?;
        cut_is_whole_as(&index, &text, &cut(&text, &cuts), (Speaker::Unknown, form));
    }
}
