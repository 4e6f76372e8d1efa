//! Scanning with lexicons: lanes, gaps, words, contexts, exceptions.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{ExceptionScope, HitOrigin, Index, IndexBuilder, IndexError, Lexicon, Reader, Term, view};

use crate::{oracle, support};

type Checked = Result<(), Box<dyn std::error::Error>>;

/// An index over the rows of one lexicon.
fn index(rows: &str) -> Result<Index, Box<dyn std::error::Error>> {
    let file = format!("term,category,weight,flags,context\n{rows}\n");
    Ok(IndexBuilder::new().inside_words(true).lexicon(&Lexicon::parse("test", file.as_bytes())?).build()?)
}

/// What is found, as the original text.
fn found<'t>(index: &Index, text: &'t str) -> Vec<&'t str> {
    index.scan(text).hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect()
}

/// Rows of a lexicon, a text, what is found in it.
fn check(cases: &[(&str, &str, &[&str])]) -> Checked {
    for (rows, text, expected) in cases {
        assert_eq!(found(&index(rows)?, text), *expected, "{rows} in {text:?}");
    }
    Ok(())
}

#[test]
fn terms_match_whatever_the_spelling() -> Checked {
    check(&[
        ("赌博,c,,,", "网上赌博", &["赌博"]),
        ("赌博,c,,,", "網上賭博", &["賭博"]),
        ("賭博,c,,,", "网上赌博", &["赌博"]),
        ("赌博,c,,,", "赌\u{200B}博", &["赌\u{200B}博"]),
        ("赌博,c,,,", "赌\u{336}博\u{336}", &["赌\u{336}博"]),
        ("drug,c,,,", "ＤＲＵＧ", &["ＤＲＵＧ"]),
        ("drug,c,,,", "drüg", &["drüg"]),
        ("drug,c,,,", "ԁrug", &["ԁrug"]),
        ("BTC,c,,,", "ВТС", &["ВТС"]),
        ("strasse,c,,,", "STRAẞE", &["STRAẞE"]),
        ("株,c,,,", "㈱式", &["㈱"]),
        ("QQ群,c,,,", "加qq群", &["qq群"]),
        ("QQ群,c,,,", "加 QQ 群", &["QQ 群"]),
        ("QQ 群,c,,,", "加QQ群", &["QQ群"]),
        ("AV 女优 片,c,,,", "av女优片", &[]),
        // More gaps than a mixed term has count at the edges of words alone.
        ("s级,c,,,", "Class级", &["s级"]),
        ("s级,c,,,", "the S 级", &["S 级"]),
        ("s级,c,,,", "Class (级)", &[]),
        ("iPhone 破解,c,,,", "MyiPhone 破解", &["iPhone 破解"]),
        ("iPhone 破解,c,,,", "MyiPhone破解", &["iPhone破解"]),
        ("が,c,,,", "か\u{3099}", &["か\u{3099}"]),
        ("か,c,,,", "が", &["が"]),
    ])
}

#[test]
fn the_tight_lane_skips_narrow_gaps_alone() -> Checked {
    check(&[
        ("三字词,c,,,", "三 字-词", &["三 字-词"]),
        ("三字词,c,,,", "三....字", &[]),
        ("三字词,c,,,", "三....字····词", &["三....字····词"]),
        ("三字词,c,,,", "三.....字词", &[]),
        ("三字词,c,,,", "三……字词", &["三……字词"]),
        ("三字词,c,,,", "三😀字🎉词", &["三😀字🎉词"]),
        ("三字词,c,,,", "三\n字\n词", &["三\n字\n词"]),
        ("三字词,c,,,", "三\r\n字词", &["三\r\n字词"]),
        ("三字词,c,,,", "三\n\n字词", &[]),
        ("三字词,c,,,", "三\n \r\n字词", &[]),
        ("三字词,c,,,", "三。字词", &[]),
        ("三字词,c,,,", "三！字词", &[]),
        ("三字词,c,,,", "三?字词", &[]),
        ("三字词,c,,,", "三x字词", &[]),
        ("三字词,c,,,", "三2字词", &[]),
        ("三·字·词,c,,,", "三字词", &["三字词"]),
        ("《三字词》,c,,,", "读三字词", &["三字词"]),
        ("三字词！,c,,,", "三 字 词", &["三 字 词"]),
        // A term that the tight lane could never see is read in the plain one.
        ("好。坏,c,,,", "好。坏", &["好。坏"]),
        ("好。坏,c,,,", "好坏", &[]),
    ])
}

#[test]
fn the_plain_lane_folds_gaps_to_one_space() -> Checked {
    check(&[
        ("make a bomb,c,,,", "Make  a\nBOMB!", &["Make  a\nBOMB"]),
        ("make a bomb,c,,,", "make-a-bomb", &["make-a-bomb"]),
        ("make a bomb,c,,,", "make abomb", &[]),
        ("make a bomb,c,,,", "make a\n\nbomb", &[]),
        ("make a bomb,c,,,", &format!("make a{}bomb", ".".repeat(16)), &[&format!("make a{}bomb", ".".repeat(16))]),
        ("make a bomb,c,,,", &format!("make a{}bomb", ".".repeat(17)), &[]),
        ("c++,c,,word,", "用c++写", &["c"]),
        // Spelled letter by letter, a term stands for itself; two letters are initials.
        ("drug,c,,,", "a d-r-u-g, d r u g", &["d-r-u-g", "d r u g"]),
        ("drug,c,,,", "good r u g", &[]),
        ("drug,c,,,", "d r u go", &[]),
        ("drug,c,,,", "d-ru-g", &[]),
        ("make a bomb,c,,,", "m a k e a b o m b", &["m a k e a b o m b"]),
        ("av,c,,,", "A. V.", &[]),
        ("8964,c,,,", "8 9 6 4", &[]),
        ("加Q聊,c,,,", "加-Q聊 加q-聊", &["加-Q聊", "加q-聊"]),
        ("QQ红包群,c,,,", "QQ红-包群 Q·Q·红包 群", &["QQ红-包群", "Q·Q·红包 群"]),
        ("死,c,,,", "去死吧", &["死"]),
        ("64,c,,word,", "８９６４ 64", &["64"]),
    ])
}

#[test]
fn runs_of_what_shows_nothing_hide_no_match_and_are_found() -> Checked {
    let eight = format!("赌{}博", "\u{200B}".repeat(8));
    let nine = format!("赌{}博", "\u{200B}".repeat(9));
    let mut builder = IndexBuilder::new();
    builder.lexicon(&Lexicon::parse("test", "term,category\n赌博,c\nab,c\n".as_bytes())?);
    let without = builder.build()?;
    builder.detector("obfuscation")?;
    let with = builder.build()?;
    assert_eq!(found(&with, &eight), [eight.as_str()]);
    assert_eq!(found(&with, &nine), [nine.as_str(), &"\u{200B}".repeat(9)]);
    assert_eq!(found(&without, &nine), [nine.as_str()]);
    let many = format!("赌{}博", "\u{200B}".repeat(5_000));
    assert_eq!(found(&without, &many), [many.as_str()]);
    let zalgo = format!("a{}b", "\u{335}".repeat(20));
    let hits = with.scan(&zalgo).hits;
    assert_eq!(hits.iter().map(|hit| (hit.start, hit.end)).collect::<Vec<_>>(), [(0, 42), (1, 41)]);
    assert_eq!(hits[1].origin, HitOrigin::Detector("obfuscation"));
    assert_eq!(found(&with, &"\u{AD}".repeat(9)), ["\u{AD}".repeat(9)]);
    assert_eq!(found(&with, "家庭👨\u{200D}👩\u{200D}👧\u{200D}👦"), [""; 0]);
    Ok(())
}

#[test]
fn overlapping_and_nested_terms_are_all_found() -> Checked {
    check(&[
        ("赌博,c,,,\n赌博网站,c,,,\n网站,c,,,\n博网,c,,,", "赌博网站", &["赌博", "赌博网站", "博网", "网站"]),
        ("aa,c,,,", "aaaa", &["aa", "aa", "aa"]),
        ("a,c,,,\nab,c,,,\nb,c,,,", "ab", &["a", "ab", "b"]),
    ])
}

#[test]
fn terms_with_equal_views_are_hits_of_each_owner() -> Checked {
    let mut builder = IndexBuilder::new();
    builder.lexicon(&Lexicon::parse("b", "term,category,weight\n赌博,c,10\n賭博,d,20\n".as_bytes())?);
    builder.lexicon(&Lexicon::parse("a", "term,category,weight\n赌-博,c,30\n".as_bytes())?);
    let index = builder.build()?;
    assert_eq!(index.n_terms(), 3);
    let hits = index.scan("x赌博").hits;
    let seen: Vec<_> = hits.iter().map(|hit| (hit.category.as_str(), hit.origin.clone(), hit.weight)).collect();
    let origin = |lexicon: &str, term| HitOrigin::Lexicon { lexicon: lexicon.into(), term };
    assert_eq!(seen, [("c", origin("a", 0), 30), ("c", origin("b", 0), 10), ("d", origin("b", 1), 20)]);
    Ok(())
}

#[test]
fn whole_words_are_asked_of_latin_ends_alone() -> Checked {
    check(&[
        ("ass,c,,word,", "class", &[]),
        ("ass,c,,word,", "an ass.", &["ass"]),
        ("ass,c,,word,", "蠢ass蠢", &["ass"]),
        ("ass,c,,word,", "asses", &[]),
        ("ass,c,,word,", "ass1", &[]),
        ("ass,c,,word,", "a\u{200B}ss\u{200B}y", &[]),
        ("ass,c,,word,", "жass", &[]),
        ("ass,c,,,", "class", &["ass"]),
        ("K粉,c,,word,", "ok粉丝 k粉丝", &["k粉"]),
        ("粉K,c,,word,", "粉kk 粉k。", &["粉k"]),
    ])
}

#[test]
fn contexts_look_to_the_left_and_to_the_right() -> Checked {
    let row = |context: &str| format!("冰,c,,,{context}");
    let cases: &[(&str, &str, bool)] = &[
        ("near:吸|毒@3", "吸毒和冰", true),
        ("near:吸@3", "吸一二三冰", true),
        ("near:吸@3", "吸一二三四冰", false),
        ("near:吸@3", "吸一\u{200B}\u{200B}二三冰", true),
        ("near:A类@5", "A 类和冰", true),
        ("near:A类@5", "CA 类和冰", true),
        ("near:吸@3", "冰吸", false),
        ("near:吸@3", "吸。冰", false),
        ("near:吸毒", "吸-毒，冰", true),
        ("near:冰@3", "冰", false),
        ("near:冰@3", "冰冰", true),
        ("not-near:吃@2", "吃冰", false),
        ("not-near:吃@2", "吃一二三冰", true),
        ("not-near:吃@2", "冰吃", true),
        ("only-after:吸@4", "吸一点冰", true),
        ("only-after:吸@4", "吸。冰", false),
        ("only-after:吸@4", "吸\n冰", false),
        ("right-near:毒@3", "冰一二毒", true),
        ("right-near:毒@3", "冰一二三四毒", false),
        ("right-near:毒@3", "毒冰", false),
        ("right-not-near:淇淋|箱@2", "冰淇淋", false),
        ("right-not-near:淇淋|箱@2", "冰和箱", false),
        ("right-not-near:淇淋|箱@2", "冰的大小箱", true),
        ("near:吸@3;right-not-near:箱@2", "吸冰", true),
        ("near:吸@3;right-not-near:箱@2", "吸冰箱", false),
        ("near:ICE@9", "ice，冰", true),
    ];
    for (context, text, stands) in cases {
        // The nearest 冰 to what the context asks is what counts; each text says it once but for one.
        let hits = found(&index(&row(context))?, text);
        assert_eq!(!hits.is_empty(), *stands, "{context} in {text}");
    }
    Ok(())
}

#[test]
fn exceptions_cover_hits_of_their_category_inside_them() -> Checked {
    check(&[
        ("赌博,c,,,\n反赌博,c,,exception,", "反赌博宣传，赌博有害", &["赌博"]),
        ("赌博,c,,,\n反赌博,d,,exception,", "反赌博", &["赌博"]),
        ("赌博,c,,,\n反赌博,*,,exception,", "反賭 博", &[]),
        ("赌博,c,,,\n博弈,c,,,\n反赌博,c,,exception,", "反赌博弈", &["博弈"]),
        ("赌博,c,,,\n反赌博,c,,exception,near:公安@4", "公安反赌博 家庭反赌博", &["赌博"]),
        ("k,c,,,\nok,c,,exception;word,", "ok book k", &["k", "k"]),
        ("赌博,c,,,\n反赌,c,,exception,\n反赌博,c,,exception,\n赌博罪,c,,exception,", "反赌博。赌博罪", &[]),
    ])
}

#[test]
fn exceptions_cover_their_own_lexicon_unless_told_otherwise() -> Checked {
    let general = Lexicon::parse("general", "term,category\n赌博,c\n".as_bytes())?;
    let sector = Lexicon::parse(
        "sector",
        "term,category,flags\n赌博,c,\n反赌博,*,exception\n13800138000,pi.mobile,exception\n".as_bytes(),
    )?;
    let mut builder = IndexBuilder::new();
    builder.lexicon(&general).lexicon(&sector).detector("mobile")?;
    let text = "反赌博热线13800138000";
    assert_eq!(found(&builder.build()?, text), ["赌博", "13800138000"]);
    builder.exceptions(ExceptionScope::Everything);
    assert_eq!(found(&builder.build()?, text), [""; 0]);
    Ok(())
}

#[test]
fn an_index_refuses_what_it_cannot_build() -> Checked {
    let lexicon = Lexicon::parse("x", "term,category\n词,c\n".as_bytes())?;
    let repeated = IndexBuilder::new().lexicon(&lexicon).lexicon(&lexicon).build();
    assert_eq!(repeated.err(), Some(IndexError::RepeatedLexicon { name: "x".into() }));
    for bad in ["", "！", "\u{200B}"] {
        let mut lexicon = lexicon.clone();
        lexicon.terms.push(Term::new(bad, "c"));
        let error = IndexBuilder::new().lexicon(&lexicon).build().err();
        assert!(matches!(error, Some(IndexError::BadTerm { term: 1, .. })), "{bad}: {error:?}");
    }
    let mut builder = IndexBuilder::new();
    let near = builder.detector("mobil").map_err(|error| error.to_string());
    assert_eq!(near, Err("unknown detector `mobil`, did you mean `mobile`?".into()));
    let far = builder.detector("zzz").map_err(|error| error.to_string());
    assert!(far.is_err_and(|message| message.contains("use one of resident-id, mobile")));
    Ok(())
}

#[test]
fn an_empty_index_and_an_empty_text_find_nothing() -> Checked {
    assert_eq!(IndexBuilder::new().build()?.scan("什么都没有").hits, []);
    assert_eq!(index("词,c,,,")?.scan("").hits, []);
    Ok(())
}

#[test]
fn an_index_is_shared_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Index>();
}

#[test]
fn thousands_of_terms_are_all_found_where_a_plain_search_finds_them() -> Checked {
    // A linear congruential generator (Knuth, 3.3.4): the same terms and text in every run.
    let mut state = 1_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_u32(0x4E00 + u32::try_from(state >> 33).unwrap_or(0) % 40).unwrap_or('一')
    };
    let terms: BTreeSet<String> = (0..3_000).map(|n| (0..2 + n % 4).map(|_| letter()).collect()).collect();
    let text: String = (0..4_000).map(|_| letter()).collect();
    let mut lexicon = Lexicon::parse("test", b"term,category\n")?;
    lexicon.terms = terms.iter().map(|term| Term::new(term, "c")).collect();
    let hits = IndexBuilder::new().inside_words(true).lexicon(&lexicon).build()?.scan(&text).hits;
    let hits: BTreeSet<_> = hits.iter().map(|hit| (hit.start, hit.end)).collect();
    // The view may fold a letter into another that is in the terms too, so the search is on the view of both.
    let seen = view(&text);
    let mut expected = BTreeSet::new();
    for term in &terms {
        let term = view(term);
        let starts =
            (0..text.len()).filter(|&at| seen.as_str().get(at..).is_some_and(|rest| rest.starts_with(term.as_str())));
        expected.extend(
            starts.filter_map(|at| seen.origin(at..at + term.as_str().len())).map(|span| (span.start, span.end)),
        );
    }
    assert!(expected.len() > 1_000);
    assert_eq!(hits, expected);
    Ok(())
}

/// Letters that make many overlaps, gaps and breaks from few characters.
const ALPHABET: &[char] =
    &['赌', '賭', '博', '站', 'a', 'Ａ', 'b', '1', ' ', '.', '\n', '\u{2028}', '。', '?', '\u{200B}', '㈱', 'é'];

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(ALPHABET), 0..40).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_missed_against_a_naive_search_however_the_text_is_cut(
        text in text(),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let lexicon = Lexicon::parse("naive", oracle::naive_lexicon().as_bytes());
        let index = lexicon.map(|lexicon| IndexBuilder::new().inside_words(true).lexicon(&lexicon).build());
        let Ok(Ok(index)) = index else { return Err(TestCaseError::fail("the terms are an index")) };
        prop_assert_eq!(oracle::is_naive(&text, &index.scan(&text).hits), Ok(()));
        let (points, _) = support::read(Reader::new(Arc::new(index)), &support::cut(&text, &cuts));
        prop_assert_eq!(oracle::is_naive(&text, &support::hits(&points)), Ok(()));
    }

    #[test]
    fn hits_are_ordered_once_and_on_character_boundaries(text: String) {
        let index = index("e,c,,,\na,d,,,\n的,c,,,").map_err(|error| TestCaseError::fail(error.to_string()))?;
        let hits = index.scan(&text).hits;
        prop_assert!(hits.is_sorted());
        prop_assert!(hits.windows(2).all(|pair| pair[0] != pair[1]));
        prop_assert!(hits.iter().all(|hit| text.get(hit.start..hit.end).is_some_and(|own| !own.is_empty())));
    }
}
