//! Streams: what is found, where it resolves and what is kept back do not depend on how the text is cut.

use std::num::NonZeroU32;
use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{ExceptionScope, Index, IndexBuilder, Lexicon, Reader};

use crate::oracle::cut_is_whole;
use crate::support::{cut, n_chars, read, rich, singles, text};

type Checked = Result<(), Box<dyn std::error::Error>>;

fn index(rows: &str, detectors: &[&str]) -> Result<Arc<Index>, Box<dyn std::error::Error>> {
    let file = format!("term,category,weight,flags,context\n{rows}\n");
    let mut builder = IndexBuilder::new();
    builder.inside_words(true).lexicon(&Lexicon::parse("test", file.as_bytes())?);
    for detector in detectors {
        builder.detector(detector)?;
    }
    Ok(Arc::new(builder.build()?))
}

/// A reader that reports every kind of point.
fn reader(index: &Arc<Index>) -> Reader {
    let reader = Reader::new(index.clone()).sentences();
    NonZeroU32::new(7).map_or(reader.clone(), |n| reader.every(n).quiet_after(n))
}

/// Rows, detectors, a text, and how many characters are kept back after each of its characters.
fn kept(rows: &str, detectors: &[&str], text: &str) -> Result<String, Box<dyn std::error::Error>> {
    let (_, frontiers) = read(Reader::new(index(rows, detectors)?), &singles(text));
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let counts = ends.zip(frontiers).map(|(end, frontier)| n_chars(text.get(frontier..end)).to_string());
    Ok(counts.collect::<Vec<_>>().join(" "))
}

#[test]
fn what_is_kept_back_is_what_can_still_become_a_match() -> Checked {
    let table: &[(&str, &[&str], &str, &str)] = &[
        ("赌博,c,,,", &[], "我赌博了", "0 1 0 0"),
        ("赌博网站,c,,,\n赌博,c,,,", &[], "赌博网站了", "1 2 3 0 0"),
        ("赌博网站,c,,,\n博客,c,,,", &[], "赌博客", "1 2 0"),
        // The end of one term begins another.
        ("赌博,c,,,\n博客,c,,,", &[], "赌博了", "1 1 0"),
        ("赌博,c,,,", &[], "赌，，，，，博", "1 2 3 4 5 0 0"),
        ("赌博,c,,,", &[], "赌。博", "1 0 0"),
        ("make a bomb,c,,,", &[], "make up", "1 2 3 4 5 0 0"),
        // A word waits for what comes behind it, a context for its window, an exception for what it may cover.
        ("abc,c,,word,", &[], "abc d", "1 2 3 0 0"),
        // Inside a word no word begins, and nothing that is spelled letter by letter.
        ("abc,c,,word,", &[], "xabc", "0 0 0 0"),
        ("abc,c,,,", &[], "xab", "0 1 2"),
        ("abc,c,,,", &[], "a b", "1 2 3"),
        ("abc,c,,,", &[], "xa b", "0 1 0 0"),
        ("s级,c,,,", &[], "this (s", "0 0 0 1 0 0 1"),
        ("abc d,c,,word,\nc d e,c,,word,", &[], "xabc d", "0 0 0 0 0 0"),
        ("abcd,c,,word,\nabx,c,,,\nc e,c,,,", &[], "zabc e", "0 1 2 1 2 0"),
        ("冰,c,,,right-not-near:箱@2", &[], "冰和我们", "1 2 3 0"),
        ("冰,c,,,right-not-near:箱@2", &[], "冰和箱子", "1 2 0 0"),
        ("赌博,c,,,\n赌博罪,c,,exception,", &[], "赌博了", "1 2 0"),
        ("", &["mobile"], "于2024年13个", "0 0 0 0 0 0 1 2 0"),
        ("", &["mobile"], "打13800138000。", "0 1 2 3 4 5 6 7 8 9 10 11 0"),
        ("", &["e-mail"], "to me @ home", "1 2 3 1 2 3 4 5 6 7 8 9"),
        ("", &["licence-plate"], "新的京A1", "1 0 1 2 3"),
        ("", &["obfuscation"], "家\u{200D}人", "0 1 0"),
        // Evidence is not kept back; the words that speak for it are read as terms are.
        ("", &["exam-paper"], "1．选择题（5分）", "0 0 1 2 0 0 0 0 0"),
    ];
    for (rows, detectors, text, expected) in table {
        assert_eq!(kept(rows, detectors, text)?, *expected, "{rows} {detectors:?} in {text}");
    }
    Ok(())
}

#[test]
fn points_say_where_things_resolve() -> Checked {
    let index = index("冰,c,,,right-not-near:箱@2\n赌博,c,,,", &[])?;
    let points = |text: &str| {
        let (points, _) = read(Reader::new(index.clone()).sentences(), &singles(text));
        points.iter().map(|p| (p.at / 3, p.hits.len(), p.sentence_end.map(|end| end / 3))).collect::<Vec<_>>()
    };
    assert_eq!(points("赌博了"), [(2, 1, None)]);
    assert_eq!(points("冰和我们"), [(4, 1, None)]);
    assert_eq!(points("冰和"), [(2, 1, None)]);
    assert_eq!(points("好。\n好！？赌博"), [(2, 0, Some(2)), (4, 0, Some(4)), (7, 1, None)]);
    Ok(())
}

#[test]
fn sentences_end_where_a_reader_would_say() -> Checked {
    let index = index("", &[])?;
    let ends = |text: &str| -> Vec<usize> {
        let (points, _) = read(Reader::new(index.clone()).sentences(), &singles(text));
        points.iter().filter_map(|point| point.sentence_end).collect()
    };
    assert_eq!(ends("Hi. You"), [3]);
    assert_eq!(ends("pi is 3.14 or so."), [0; 0]);
    assert_eq!(ends("Hi!You?"), [3, 7]);
    assert_eq!(ends("a\n\n——\nb\n"), [2, 12]);
    assert_eq!(ends("e. .\u{200B} x"), [2]);
    Ok(())
}

#[test]
fn points_come_every_so_many_characters() -> Checked {
    let reader = Reader::new(index("", &[])?).every(NonZeroU32::new(3).ok_or("not zero")?);
    let (points, _) = read(reader, &["一二", "三四五六七"]);
    let counts: Vec<_> = points.iter().map(|point| (point.n_chars, point.at, point.is_interval)).collect();
    assert_eq!(counts, [(3, 9, true), (6, 18, true)]);
    Ok(())
}

#[test]
fn a_point_comes_where_a_run_of_hits_ends() -> Checked {
    let reader = Reader::new(index("甲,c,,,", &[])?).quiet_after(NonZeroU32::new(3).ok_or("not zero")?);
    let (points, _) = read(reader, &singles("一甲二甲三四五六七八甲九"));
    let found: Vec<_> = points.iter().map(|point| (point.n_chars, point.hits.len(), point.is_quiet)).collect();
    assert_eq!(found, [(2, 1, false), (4, 1, false), (7, 0, true), (11, 1, false)]);
    Ok(())
}

#[test]
fn too_much_kept_back_is_said_once_and_stays_kept_back() -> Checked {
    let reader = Reader::new(index("冰,c,,,right-near:箱@32", &[])?).max_kept_back(12);
    let text = "好冰一二三四五六七";
    let (points, frontiers) = read(reader, &singles(text));
    let full: Vec<_> = points.iter().map(|point| (point.at, point.is_full)).collect();
    assert_eq!(full, [(3 * 6, true)]);
    assert_eq!(frontiers.last(), Some(&3));
    Ok(())
}

#[test]
fn hidden_characters_keep_text_back_until_one_that_shows_or_the_limit() -> Checked {
    let index = index("abc,c,,word,\n冰,c,,,right-near:箱@2\n赌博,c,,,", &["obfuscation"])?;
    for begin in ["abc", "冰", "赌"] {
        let text = format!("{begin}{}。好", "\u{200B}".repeat(1_000));
        let (points, frontiers) = read(Reader::new(index.clone()).max_kept_back(1_500), &singles(&text));
        assert_eq!(points.iter().filter(|point| point.is_full).count(), 1, "{begin}");
        assert_eq!(frontiers.last(), Some(&text.len()), "{begin}");
    }
    Ok(())
}

#[test]
fn a_reader_moves_between_threads_and_begins_anew() -> Checked {
    fn is_sent<T: Send + 'static>() {}
    is_sent::<Reader>();
    let mut reader = Reader::new(index("赌博,c,,,", &[])?);
    reader.push("赌");
    assert!(reader.finish().is_empty());
    assert!(reader.push("博").points.is_empty());
    assert!(reader.finish().is_empty());
    assert_eq!(reader.push("赌博").points.len(), 1);
    Ok(())
}

#[test]
fn an_idle_reader_is_small() -> Checked {
    let mut reader = Reader::new(rich(ExceptionScope::Everything)?);
    for _ in 0..50 {
        reader.push("今天天气很好，13800138000，赌博网站，hello world, ");
        reader.push("我们去");
    }
    assert!(reader.n_bytes() <= 4_608, "{}", reader.n_bytes());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_cut_gives_the_same_points(text in text(), cuts in proptest::collection::vec(any::<usize>(), 0..8), all: bool) {
        let scope = if all { ExceptionScope::Everything } else { ExceptionScope::OwnLexicon };
        let index = rich(scope).map_err(|error| TestCaseError::fail(error.to_string()))?;
        cut_is_whole(&index, &reader(&index), &text, &cut(&text, &cuts));
    }

    #[test]
    fn any_text_can_be_cut_anywhere(text: String, cuts in proptest::collection::vec(any::<usize>(), 0..8)) {
        let index = rich(ExceptionScope::OwnLexicon).map_err(|error| TestCaseError::fail(error.to_string()))?;
        cut_is_whole(&index, &reader(&index), &text, &cut(&text, &cuts));
    }
}
