//! Regular expressions of policies.

use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{ExpressionProblem, HitOrigin, Index, IndexBuilder, IndexError, Reader, view};

use crate::support::{n_chars, read, singles};

type Checked = Result<(), Box<dyn std::error::Error>>;

fn index(regex: &str, max_chars: usize) -> Result<Arc<Index>, IndexError> {
    let mut builder = IndexBuilder::new();
    builder.pattern("own", "p.own", regex, max_chars)?;
    Ok(Arc::new(builder.build()?))
}

/// Expression, longest match, text, what is found.
fn check(cases: &[(&str, usize, &str, &[&str])]) -> Checked {
    for (regex, max_chars, text, expected) in cases {
        let hits = index(regex, *max_chars)?.scan(text).hits;
        let found: Vec<_> = hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect();
        assert_eq!(found, *expected, "{regex} in {text}");
        assert!(hits.iter().all(|hit| hit.origin == HitOrigin::Pattern("own".into()) && hit.weight == 100));
    }
    Ok(())
}

#[test]
fn expressions_read_the_view() -> Checked {
    check(&[
        (r"\d{6}", 6, "订单123456号", &["123456"]),
        (r"\d{6}", 6, "订单１２３４５６号", &["１２３４５６"]),
        (r"\d{6}", 6, "1①2②3③4", &["1①2②3③"]),
        (r"ORD-\d{4}", 8, "单号ord-2024、ORD—2025", &["ord-2024", "ORD—2025"]),
        (r"訂單\d{2,4}", 6, "订单20245，訂單1", &["订单2024"]),
        (r"订\u{5355}", 2, "訂單", &["訂單"]),
        (r"第[一二三四五六七八九十]{1,3}条", 5, "依第二十三條和第四条", &["第二十三條", "第四条"]),
        (r"\p{Han}{2}路", 3, "在学院路走", &["学院路"]),
        (r"a.c", 3, "a\u{200B}b\u{200B}c", &["a\u{200B}b\u{200B}c"]),
        (r"（\d）", 3, "见(3)和（４）", &["(3)", "（４）"]),
        // The leftmost first, and none that overlaps it.
        (r"ab|abcd", 4, "abcd", &["ab"]),
        (r"abcd|ab", 4, "abcd abc", &["abcd", "ab"]),
        (r"a{2,3}", 3, "aaaaaaa", &["aaa", "aaa"]),
        (r"(a|b){1,3}c", 4, "ababababc", &["babc"]),
        (r"ab{0,9}", 10, "abbbabb", &["abbb", "abb"]),
    ])
}

/// The message of an error, then that of its cause, one line each.
fn messages(error: IndexError) -> Vec<String> {
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    let messages: Vec<String> = [error.to_string()].into_iter().chain(cause).collect();
    assert!(messages.iter().all(|message| !message.contains('\n')), "{messages:?}");
    messages
}

#[test]
fn what_cannot_run_in_a_stream_is_refused_with_the_reason() {
    use ExpressionProblem as P;
    let table = [
        (r"\d+", 20, P::Unbounded),
        (r"a{3,}", 20, P::Unbounded),
        (r"\d{10}", 9, P::TooLong { longest: 10, declared: 9 }),
        (r"(中文|ab){4}", 7, P::TooLong { longest: 8, declared: 7 }),
        (r"a?", 1, P::MatchesEmpty),
        (r"", 1, P::MatchesEmpty),
        (r"^a", 1, P::LookAround),
        (r"a\b", 1, P::LookAround),
        ("a", 0, P::BadLength(0)),
        ("a", 257, P::BadLength(257)),
        ("㈱", 3, P::NoView('㈱')),
        (r"(\w{20}\pL{20}){6}", 256, P::TooLarge),
    ];
    for (regex, max_chars, problem) in table {
        let message = problem.to_string();
        let error = index(regex, max_chars).err();
        assert_eq!(error, Some(IndexError::BadPattern { name: "own".into(), problem }), "{regex}");
        assert_eq!(error.map(messages), Some(vec!["the pattern `own` cannot be used".to_owned(), message]));
    }
    let invalid = index("a(b", 3).err().map(messages).unwrap_or_default();
    assert_eq!(invalid, ["the pattern `own` cannot be used", "the expression is not valid: unclosed group"]);
    let mut builder = IndexBuilder::new();
    assert!(builder.pattern("own", "c", "a", 1).is_ok());
    assert_eq!(builder.pattern("own", "c", "b", 1), Err(IndexError::RepeatedPattern { name: "own".into() }));
}

#[test]
fn only_what_has_begun_is_kept_back() -> Checked {
    let table = [
        (r"第[一二三]{1,3}条", 5, "依第二的第二条好", "0 1 2 0 1 2 0 0"),
        (r"a.{0,3}b", 5, "xaxxxxxaxb", "0 1 2 3 4 0 0 1 2 3"),
        (r"\d{2,3}", 3, "一1二12三1234", "0 1 0 1 2 0 1 2 0 1"),
    ];
    for (regex, max_chars, text, expected) in table {
        let (_, frontiers) = read(Reader::new(index(regex, max_chars)?), &singles(text));
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let counts: Vec<_> = ends.zip(frontiers).map(|(end, from)| n_chars(text.get(from..end)).to_string()).collect();
        assert_eq!(counts.join(" "), expected, "{regex} in {text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn matches_are_those_of_a_search_over_the_whole_view(
        text in "[abc１中]{0,24}",
        regex in proptest::sample::select(&[
            "ab", "a{1,3}b", "(ab|a)c{0,2}", "a.{0,4}a", "[^a]{2}c", "(a|b){2,5}c", "中(a|中){0,2}", "(abc|b|ca){1,2}", "1.?1",
        ][..]),
    ) {
        let index = index(regex, 16).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let seen = view(&text);
        let oracle = regex::Regex::new(regex).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let expected: Vec<_> = oracle.find_iter(seen.as_str()).filter_map(|found| seen.origin(found.range())).collect();
        let (points, _) = read(Reader::new(index), &singles(&text));
        let found: Vec<_> = points.iter().flat_map(|point| &point.hits).map(|hit| hit.start..hit.end).collect();
        prop_assert_eq!(found, expected, "{} in {}", regex, text);
    }
}
