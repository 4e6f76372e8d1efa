//! Every detector by a table in `tests/detectors`: texts, with what it finds in them between `⟦` and `⟧`.

use std::path::Path;
use std::sync::Arc;

use specialis_text::{DetectorMode, IndexBuilder, IndexError, Reader, detectors};

use crate::support::{hits, read, singles};

type Checked = Result<(), Box<dyn std::error::Error>>;

/// A row of a table: the text, and the spans that are found in it.
struct Row {
    line: usize,
    text: String,
    spans: Vec<(usize, usize)>,
}

/// The rows of a detector's table: those before `# Near misses`, and those behind it.
fn table(detector: &str) -> Result<[Vec<Row>; 2], Box<dyn std::error::Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detectors").join(format!("{detector}.txt"));
    let file = std::fs::read_to_string(path)?;
    let (mut positive, mut negative) = (Vec::new(), Vec::new());
    let mut is_near_miss = false;
    for (line, row) in (1..).zip(file.lines()) {
        if row.starts_with("# ") {
            is_near_miss |= row.starts_with("# Near misses");
            continue;
        }
        let part = if is_near_miss { &mut negative } else { &mut positive };
        part.push(unmarked(line, &unescaped(row)?));
    }
    Ok([positive, negative])
}

/// A row with `\n`, `\u{…}` and `\\` as the characters they stand for.
fn unescaped(row: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    let mut chars = row.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => text.push('\n'),
            ('\\', Some('\\')) => text.push('\\'),
            ('\\', Some('u')) => {
                let code: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                text.push(char::from_u32(u32::from_str_radix(&code, 16)?).ok_or("no character")?);
            }
            ('\\', _) => return Err(format!("an escape in {row}").into()),
            (c, _) => text.push(c),
        }
    }
    Ok(text)
}

fn unmarked(line: usize, row: &str) -> Row {
    let (mut text, mut spans, mut start) = (String::new(), Vec::new(), 0);
    for c in row.chars() {
        match c {
            '⟦' => start = text.len(),
            '⟧' => spans.push((start, text.len())),
            c => text.push(c),
        }
    }
    Row { line, text, spans }
}

/// What differs from the table of a detector, whole and in single characters.
fn differing(detector: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut builder = IndexBuilder::new();
    builder.detector(detector)?;
    let index = Arc::new(builder.build()?);
    let mut wrong = Vec::new();
    let [positive, negative] = table(detector)?;
    for row in positive.iter().chain(&negative) {
        let found: Vec<_> = index.scan(&row.text).hits.iter().map(|hit| (hit.start, hit.end)).collect();
        let (points, _) = read(Reader::new(index.clone()), &singles(&row.text));
        let streamed: Vec<_> = hits(&points).iter().map(|hit| (hit.start, hit.end)).collect();
        if found != row.spans || streamed != found {
            let texts: Vec<_> = found.iter().filter_map(|&(start, end)| row.text.get(start..end)).collect();
            wrong.push(format!("{detector}.txt:{}: {:?} finds {texts:?}", row.line, row.text));
        }
    }
    let n_found = positive.iter().filter(|row| !row.spans.is_empty()).count();
    if positive.len() + negative.len() < 60 || n_found < 15 || negative.len() < 15 {
        wrong.push(format!("{detector}: {} rows, {n_found} of them with a find", positive.len() + negative.len()));
    }
    Ok(wrong)
}

#[test]
fn every_detector_finds_what_its_table_says() -> Checked {
    let mut wrong = Vec::new();
    for info in detectors() {
        wrong.extend(differing(info.name)?);
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn every_detector_has_its_name_and_category() -> Checked {
    let pairs: Vec<_> = detectors().iter().map(|info| (info.name, info.category)).collect();
    assert_eq!(
        pairs,
        [
            ("resident-id", "pi.resident-id"),
            ("mobile", "pi.mobile"),
            ("landline", "pi.landline"),
            ("bank-card", "pi.bank-card"),
            ("passport", "pi.passport"),
            ("credit-code", "pi.credit-code"),
            ("licence-plate", "pi.licence-plate"),
            ("e-mail", "pi.email"),
            ("ip", "pi.ip"),
            ("postal-address", "pi.address"),
            ("exam-paper", "exam.paper"),
            ("api-key", "secret.api-key"),
            ("obfuscation", "obfuscation"),
        ]
    );
    let mut builder = IndexBuilder::new();
    for info in detectors() {
        assert!(!info.title_en.is_empty() && !info.title_zh.is_ascii(), "{}", info.name);
        builder.detector(info.name)?;
        builder.detector(info.name)?;
    }
    assert_eq!(builder.build()?.detectors().count(), detectors().len());
    Ok(())
}

/// What is found in a text by these detectors, some of them in a mode that was set.
fn found<'t>(detectors: &[&str], set: &[(&str, DetectorMode)], text: &'t str) -> Result<Vec<&'t str>, IndexError> {
    let mut builder = IndexBuilder::new();
    for detector in detectors {
        builder.detector(detector)?;
    }
    for (detector, mode) in set {
        builder.detector_mode(detector, *mode)?;
    }
    let hits = builder.build()?.scan(text).hits;
    Ok(hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect())
}

#[test]
fn a_mode_says_when_the_form_is_enough() -> Checked {
    use DetectorMode::{Cue, Form, Off};
    let (bare, told) = ("13912345678，E12345678", "电话13912345678，护照E12345678");
    let both = ["13912345678", "E12345678"];
    assert_eq!(found(&["mobile", "passport"], &[], bare)?, ["13912345678"]);
    assert_eq!(found(&["mobile", "passport"], &[], told)?, both);
    assert_eq!(found(&["mobile", "passport:form"], &[], bare)?, both);
    assert_eq!(found(&["passport:form", "passport:cue", "passport"], &[], bare)?, ["E12345678"]);
    assert_eq!(found(&["mobile:cue", "passport"], &[], bare)?, [""; 0]);
    assert_eq!(found(&["mobile:cue", "passport"], &[], told)?, both);
    // The setting of the operator goes before what policies ask for, and switches nothing on.
    assert_eq!(found(&["mobile", "passport"], &[("passport", Form), ("mobile", Cue)], bare)?, ["E12345678"]);
    assert_eq!(found(&["mobile", "passport"], &[("mobile", Off)], told)?, ["E12345678"]);
    assert_eq!(found(&["mobile"], &[("passport", Form)], bare)?, ["13912345678"]);
    let error = found(&["mobile:strict"], &[], "").map_err(|error| error.to_string());
    assert_eq!(error, Err("unknown mode `strict` of the detector `mobile`, use form, cue or off".to_owned()));
    Ok(())
}

#[test]
fn every_mode_of_every_detector_asks_for_a_cue_where_it_should() -> Checked {
    // What a number says by itself, and behind the word that announces it.
    let table = [
        ("resident-id", "身份证", "110105199003071239"),
        ("mobile", "电话", "13912345678"),
        ("landline", "电话", "010-62345678"),
        ("bank-card", "卡号", "6222021000112233449"),
        ("passport", "护照", "E12345678"),
        ("credit-code", "税号", "91110000100000001W"),
        ("licence-plate", "车牌", "京A12345"),
        ("e-mail", "邮箱", "zhang@example.com"),
        ("ip", "服务器", "203.0.113.7"),
        ("ip", "服务器", "2001:db8::1"),
    ];
    for (detector, cue, number) in table {
        let text = format!("{cue}{number}");
        assert_eq!(found(&[&format!("{detector}:form")], &[], number)?, [number], "{detector}");
        assert_eq!(found(&[&format!("{detector}:cue")], &[], number)?, [""; 0], "{detector}");
        assert_eq!(found(&[&format!("{detector}:cue")], &[], &text)?, [number], "{detector}");
    }
    Ok(())
}

#[test]
fn a_mask_takes_the_whole_of_what_is_written() -> Checked {
    let keys: String = "13912345678".chars().flat_map(|c| [c, '\u{FE0F}', '\u{20E3}']).collect();
    for text in [keys.as_str(), "+8613912345678", "(+86)13912345678", "(010)62345678", "１３９１２３４５６７８\u{336}"]
    {
        assert_eq!(found(&["mobile", "landline"], &[], text)?, [text], "{text}");
    }
    Ok(())
}

#[test]
fn several_detectors_read_one_text() -> Checked {
    let mut builder = IndexBuilder::new();
    for info in detectors() {
        builder.detector(info.name)?;
    }
    let text = "姓名张三，身份证33010619900101000X，手机138-0013-8000，邮箱z3@example.com，车牌京A12345，卡号6222021000112233449。";
    let hits = builder.build()?.scan(text).hits;
    let categories: Vec<_> = hits.iter().map(|hit| hit.category.as_str()).collect();
    assert_eq!(categories, ["pi.resident-id", "pi.mobile", "pi.email", "pi.licence-plate", "pi.bank-card"]);
    Ok(())
}

#[test]
fn of_two_hundred_lines_with_personal_information_nearly_all_are_masked() -> Checked {
    let mut builder = IndexBuilder::new();
    for name in ["resident-id", "mobile", "landline", "bank-card", "passport", "licence-plate", "e-mail"] {
        builder.detector(name)?;
    }
    let index = builder.build()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/personal.txt");
    let file = std::fs::read_to_string(path)?;
    let mut missed = Vec::new();
    let mut n_lines = 0_usize;
    for (line, row) in (1..).zip(file.lines()).filter(|(_, row)| !row.starts_with("# ")) {
        let row = unmarked(line, &unescaped(row)?);
        let hits = index.scan(&row.text).hits;
        let is_masked = |&(start, end): &(usize, usize)| hits.iter().any(|hit| hit.start <= start && end <= hit.end);
        n_lines += 1;
        if !row.spans.iter().all(is_masked) {
            missed.push(format!("{line}: {}", row.text));
        }
    }
    assert!(n_lines >= 200, "{n_lines} lines");
    assert!(missed.len() * 100 <= n_lines * 3, "{} of {n_lines} missed\n{}", missed.len(), missed.join("\n"));
    Ok(())
}
