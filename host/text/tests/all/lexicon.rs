//! Lexicon files.

use proptest::prelude::*;
use specialis_text::{ClauseKind, Column, IndexBuilder, Lane, Lexicon, LexiconError, Problem, Term};

use crate::oracle::lexicon_holds;

const FULL: &str = "# source: 公开资料, 整理\n# date: 2026-02-28\n# licence: CC0-1.0\n# 内部使用\n\
term,category,weight,flags,context\n\
赌博,a1.gambling,80,,near:下注|庄家@12; right-not-near:合法@4\n\
反赌博,*,,exception,\n\
\"a,b\",x.y-1,,word,\n";

type Checked = Result<(), Box<dyn std::error::Error>>;

#[test]
fn a_full_file_is_read() -> Checked {
    let lexicon = Lexicon::parse("general", FULL.as_bytes())?;
    assert_eq!(lexicon.name, "general");
    assert_eq!(lexicon.header.source.as_deref(), Some("公开资料, 整理"));
    assert_eq!(lexicon.header.date.as_deref(), Some("2026-02-28"));
    assert_eq!(lexicon.header.licence.as_deref(), Some("CC0-1.0"));
    assert_eq!(lexicon.header.notes, ["内部使用"]);
    let [gambling, exception, comma] = lexicon.terms.as_slice() else { return Err("three terms".into()) };
    assert_eq!((gambling.text.as_str(), gambling.category.as_str(), gambling.weight), ("赌博", "a1.gambling", 80));
    assert_eq!(gambling.context.clauses.len(), 2);
    assert_eq!(gambling.context.clauses[0].kind, ClauseKind::Near);
    assert_eq!(gambling.context.clauses[0].words, ["下注", "庄家"]);
    assert_eq!(gambling.context.clauses[0].within, 12);
    assert_eq!(gambling.keeps_back(), 4);
    assert!(exception.flags.is_exception && exception.category.as_str() == "*" && exception.keeps_back() == 0);
    assert_eq!((comma.text.as_str(), comma.weight, comma.keeps_back()), ("a,b", Term::DEFAULT_WEIGHT, 1));
    Ok(())
}

#[test]
fn files_round_trip_in_every_form_a_spreadsheet_saves() -> Checked {
    let lexicon = Lexicon::parse("general", FULL.as_bytes())?;
    let written = lexicon.to_csv();
    let crlf = written.replace('\n', "\r\n");
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&crlf);
    let padded = FULL.replace("2026-02-28", "2026-02-28,,,").replace("# 内部使用", "# 内部使用,,,,");
    for bytes in [
        written.as_bytes().to_vec(),
        crlf.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", crlf.as_bytes()].concat(),
        gb18030.into_owned(),
        padded.into_bytes(),
        format!("{written}\n,,,,\n  \n").into_bytes(),
    ] {
        assert_eq!(Lexicon::parse("general", &bytes)?, lexicon);
    }
    Ok(())
}

#[test]
fn file_without_a_term_is_told_from_its_first_rows() {
    for (file, is_without) in [
        (FULL, false),
        ("term,category\n", true),
        ("# date: 2026-02-28\n\n\"# note, more\",,\nterm,category\n ,\n\n", true),
        ("\u{feff}# note\r\nterm,category\r\n,\r\n甲乙,a.b\r\n", false),
        ("", true),
    ] {
        assert_eq!(Lexicon::is_without_terms(file.as_bytes()), is_without, "{file}");
        if let Ok(lexicon) = Lexicon::parse("x", file.as_bytes()) {
            assert_eq!(lexicon.terms.is_empty(), is_without, "{file}");
        }
    }
    assert!(!Lexicon::is_without_terms(&[0xff, 0xfe, 0x41, 0x00]), "no text, no answer");
}

#[test]
fn columns_come_in_any_order_and_three_may_be_missing() -> Checked {
    let lexicon = Lexicon::parse("x", "Category,Term\r\nc,词语\r\n".as_bytes())?;
    assert_eq!(lexicon.terms, [Term::new("词语", "c")]);
    Ok(())
}

#[test]
fn punctuation_of_flags_and_clauses_may_be_full_width() -> Checked {
    let file = "term,category,flags,context\nabc,c,word；exception,near：词｜字＠９\n";
    let error = Lexicon::parse("x", file.as_bytes());
    assert!(error.is_err(), "the number itself is plain");
    let lexicon = Lexicon::parse("x", file.replace('９', "9").as_bytes())?;
    let term = &lexicon.terms[0];
    assert!(term.flags.is_word && term.flags.is_exception);
    assert_eq!(term.context.clauses[0].words, ["词", "字"]);
    assert_eq!(Lexicon::parse("x", lexicon.to_csv().as_bytes())?, lexicon);
    Ok(())
}

#[test]
fn problems_name_row_and_column() {
    let long = "长".repeat(65);
    let rows = [
        ("词,,,,", Column::Category, Problem::EmptyCell),
        (",c,,,", Column::Term, Problem::EmptyCell),
        ("词,A1,,,", Column::Category, Problem::BadCategory("A1".into())),
        ("词,*,,,", Column::Category, Problem::AnyWithoutException),
        ("词,c,0,,", Column::Weight, Problem::BadWeight("0".into())),
        ("词,c,101,,", Column::Weight, Problem::BadWeight("101".into())),
        ("词,c,很重,,", Column::Weight, Problem::BadWeight("很重".into())),
        ("词,c,,words,", Column::Flags, Problem::UnknownFlag("words".into())),
        ("词,c,,,beside:x@3", Column::Context, Problem::BadClause("beside:x@3".into())),
        ("词,c,,,near:", Column::Context, Problem::BadClause("near:".into())),
        ("词,c,,,near:x|", Column::Context, Problem::BadClause("near:x|".into())),
        ("词,c,,,near:x@0", Column::Context, Problem::BadDistance("0".into())),
        ("词,c,,,near:x@33", Column::Context, Problem::BadDistance("33".into())),
        ("词,c,,,near:！", Column::Context, Problem::EmptyView("！".into())),
        ("！？,c,,,", Column::Term, Problem::EmptyView("！？".into())),
        ("\u{200B},c,,,", Column::Term, Problem::EmptyView("\u{200B}".into())),
        (&format!("{long},c,,,"), Column::Term, Problem::TooLong(long.clone())),
        ("词,c,,,,多", Column::Context, Problem::ExtraCell("多".into())),
    ];
    for (row, column, problem) in rows {
        let file = format!("# source: x\n\nterm,category,weight,flags,context\n好,c,,,\n{row}\n");
        match Lexicon::parse("x", file.as_bytes()) {
            Err(LexiconError::Row(error)) => {
                assert_eq!((error.row(), error.column(), error.problem()), (5, column, &problem), "{row}");
                let message = error.to_string();
                assert!(message.contains("row 5") && message.contains("第 5 行"), "{message}");
                // A character that shows nothing is shown by its number.
                let said = problem.zh().replace('\u{200b}', "\\u{200b}");
                assert!(!message.contains('\n') && message.contains(&said), "{message}");
            }
            other => panic!("{row}: {other:?}"),
        }
    }
}

#[test]
fn problems_of_header_and_file_are_named() {
    let columns = "term,category\n";
    let headers = [
        (format!("# date: 2026-02-29\n{columns}"), 1, Problem::BadDate("2026-02-29".into())),
        (format!("# date: 26-2-2\n{columns}"), 1, Problem::BadDate("26-2-2".into())),
        (format!("# source: a\n# source: b\n{columns}"), 2, Problem::RepeatedHeader("source")),
        (format!("# licence:\n{columns}"), 1, Problem::EmptyCell),
        ("term,kind\n".into(), 1, Problem::UnknownColumn("kind".into())),
        ("term,weight\n".into(), 1, Problem::MissingColumn(Column::Category)),
        ("term,term\n".into(), 1, Problem::RepeatedColumn(Column::Term)),
    ];
    for (file, row, problem) in headers {
        match Lexicon::parse("x", file.as_bytes()) {
            Err(LexiconError::Row(error)) => assert_eq!((error.row(), error.problem()), (row, &problem), "{file}"),
            other => panic!("{file}: {other:?}"),
        }
    }
    let files = [
        (b"# source: x\n".as_slice(), Problem::NoColumns),
        (b"", Problem::NoColumns),
        (b"\xFF\xFEt\0", Problem::Utf16),
        (b"term,category\n\xFF\xFF\n", Problem::Encoding),
    ];
    for (file, problem) in files {
        match Lexicon::parse("x", file) {
            Err(LexiconError::File(error)) => assert_eq!(error.problem(), &problem),
            other => panic!("{file:?}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        lexicon_holds(&bytes);
    }

    #[test]
    fn what_is_read_round_trips(cells in proptest::collection::vec((".{0,6}", ".{0,12}"), 0..6)) {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(["term", "category", "context"])?;
        for (term, context) in &cells {
            file.write_record([term.as_str(), "c", context.as_str()])?;
        }
        lexicon_holds(&file.into_inner()?);
    }
}

#[test]
fn a_term_says_in_which_lane_it_is_looked_for() {
    let lane = |text: &str| Term::new(text, "c").lane();
    for text in ["赌博", "賭 博", "黄-色-小-说"] {
        assert_eq!(lane(text), Some(Lane::Tight), "{text}");
    }
    for text in ["赌", "pirated copy", "加V信"] {
        assert_eq!(lane(text), Some(Lane::Plain), "{text}");
    }
    assert_eq!(lane("。"), None);
}

#[test]
fn an_index_says_which_terms_keep_back_text_behind_them() -> Checked {
    let file = "term,category,weight,flags,context\n\
冰,c,,,right-not-near:箱@2;right-near:毒@7\n赌博,c,,,near:下注@12\nabc,c,,word,\nQQ群,c,,word,\n赌博罪,c,,exception,right-near:判@3\n";
    let lexicon = Lexicon::parse("own", file.as_bytes())?;
    let index =
        IndexBuilder::new().lexicon(&Lexicon::parse("other", b"term,category\nx,c\n")?).lexicon(&lexicon).build()?;
    let kept: Vec<_> = index.keeps_back().collect();
    assert!(kept.iter().all(|kept| *kept.lexicon == *"own"));
    assert_eq!(kept.iter().map(|kept| (kept.term, kept.n_chars)).collect::<Vec<_>>(), [(0, 7), (2, 1), (4, 3)]);
    let own = kept.iter().map(|kept| lexicon.terms.get(usize::try_from(kept.term).ok()?).map(Term::keeps_back));
    assert_eq!(own.collect::<Vec<_>>(), [Some(7), Some(1), Some(3)], "a term says the same");
    Ok(())
}

#[test]
fn a_row_has_the_number_that_a_spreadsheet_shows() {
    let rows = ["# source: ours", "term,category,weight", "词语,c,50", "", "\"两\n行\",c,50", "错误,c,500"];
    for ending in ["\n", "\r\n", "\r"] {
        let Err(LexiconError::Row(error)) = Lexicon::parse("x", rows.join(ending).as_bytes()) else {
            panic!("a weight of 500 is refused")
        };
        assert_eq!((error.row(), error.column()), (7, Column::Weight), "{ending:?}");
    }
}

#[test]
fn every_problem_of_a_file_is_said_at_once() {
    let file = "# date: yesterday\nterm,category,weight\n词,c,500\n好,c,5\n,c,\n语,Bad,1\n";
    let problems = Lexicon::parse_all("x", file.as_bytes()).unwrap_err();
    let rows: Vec<_> = problems
        .iter()
        .map(|problem| {
            let LexiconError::Row(error) = problem else { panic!("{problem}") };
            (error.row(), error.column())
        })
        .collect();
    assert_eq!(rows, [(1, Column::Header), (3, Column::Weight), (5, Column::Term), (6, Column::Category)]);
    assert_eq!(Lexicon::parse("x", file.as_bytes()).unwrap_err(), problems[0]);
}

#[test]
fn another_separator_is_named() {
    for (separator, named) in [(";", "`;`"), ("\t", "a tab"), ("，", "`，`")] {
        let file = format!("# date: 2026-11-02{separator}\nterm{separator}category\n词语{separator}c\n");
        let said = Lexicon::parse("x", file.as_bytes()).unwrap_err().to_string();
        assert!(said.contains(&format!("row 2, column `header`: the cells are separated by {named}")), "{said}");
    }
}
