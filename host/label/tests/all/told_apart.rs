//! What is a label and what is not: prompts that speak of labels, labels among other text, labels that cannot be taken apart.

use std::io::Cursor;

use specialis_label::{Case, Container, Label, LabelError, Propagation, Verdict};
use specialis_label::{check, read, replace, update, write};

use crate::as_found::CODE;
use crate::round_trip::label;
use crate::unusual::{chunk, jpeg, png, segment};

fn text_chunk(keyword: &str, text: &str) -> Vec<u8> {
    chunk(b"tEXt", format!("{keyword}\0{text}").as_bytes())
}

fn verdict(container: Container, file: &[u8]) -> (Verdict, Vec<&'static str>) {
    let report = check(&read(&mut Cursor::new(file), container).unwrap());
    (report.verdict, report.rule_ids())
}

fn has(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

const PROMPT: &str =
    r#"{"9":{"inputs":{"filename_prefix":"AIGC_out","text":"write \"AIGC\":{ on a wall"},"class_type":"SaveImage"}}"#;

#[test]
fn a_prompt_that_speaks_of_labels_is_none_and_is_never_removed() {
    let foreign = text_chunk("prompt", PROMPT);
    let file = png(std::slice::from_ref(&foreign), &[]);
    assert_eq!(verdict(Container::Png, &file).0, Verdict::NotFound);
    let mut once = Vec::new();
    write(&mut Cursor::new(&file), &mut once, Container::Png, &label()).unwrap();
    let mut twice = Vec::new();
    replace(&mut Cursor::new(&once), &mut twice, Container::Png, &label()).unwrap();
    assert!(has(&twice, &foreign));
}

#[test]
fn a_label_in_a_field_of_somebody_else_goes_and_the_field_stays() {
    let json = label().to_json();
    let workflow = format!("{{\"nodes\":[1,2],\"AIGC\":{json},\"seed\":7}}");
    let rest = b"{\"nodes\":[1,2],\"seed\":7}";
    let comment = format!("made in May. {{\"AIGC\":{json}}} by me");
    let files = [
        (Container::Png, png(&[text_chunk("workflow", &workflow)], &[]), rest.as_slice()),
        (Container::Jpeg, jpeg(&[segment(0xFE, comment.as_bytes())]), b"made in May.  by me"),
        (
            Container::Html,
            format!("<!-- made {{\"AIGC\":{json}}} in May --><p>x").into_bytes(),
            b"<!-- made  in May -->",
        ),
        (
            Container::Markdown,
            format!("# t\n<!-- made {{\"AIGC\":{json}}} in May -->\n").into_bytes(),
            b"<!-- made  in May -->",
        ),
    ];
    for (container, file, kept) in files {
        assert_eq!(verdict(container, &file).0, Verdict::Compliant, "{container}");
        let refused = write(&mut Cursor::new(&file), &mut Vec::new(), container, &label());
        assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })), "{container}: {refused:?}");
        let mut out = Vec::new();
        replace(&mut Cursor::new(&file), &mut out, container, &label()).unwrap();
        assert!(has(&out, kept), "{container}: {}", String::from_utf8_lossy(&out));
        assert_eq!(verdict(container, &out), (Verdict::Compliant, vec![]), "{container}");
    }
}

#[test]
fn a_label_that_cannot_be_taken_apart_is_not_carried_on() {
    let spread = Propagation::new(Case::Confirmed, "platform", "p-9").unwrap();
    let python = format!("{{'Label': '1', 'ContentProducer': '{CODE}', 'ProduceID': 'c-1'}}");
    for (name, text) in [
        ("single quotation marks", python.as_str()),
        ("fields of its own", r#"{"AIGC":{"ServiceProvider":"p","ServiceType":"x"}}"#),
        ("no producer", r#"{"Label":"1","ProduceID":"c-1"}"#),
        ("an empty producer", r#"{"Label":"1","ContentProducer":"","ProduceID":"c-1"}"#),
        ("no attribute", r#"{"ContentProducer":"p","ProduceID":"c-1"}"#),
        ("broken off", r#"{"Label":"1","ContentProducer":"p","ProduceID":"c-1""#),
    ] {
        let file = png(&[text_chunk("AIGC", text)], &[]);
        let mut out = Vec::new();
        let done = update(&mut Cursor::new(&file), &mut out, Container::Png, &spread.clone().insisted());
        assert!(matches!(done, Err(LabelError::NotCarried { .. })), "{name}: {done:?}");
        assert!(out.is_empty(), "{name}");
    }
}

#[test]
fn nothing_is_written_that_a_check_rejects_unless_the_user_insists() {
    let page = b"# title\n";
    let short = "001191110000MAAAAAAA02liux";
    for (producer, id, rule) in [
        (CODE, "0000000000", "id-not-unique"),
        ("flow", "flow", "id-not-unique"),
        (short, "c-1", "provider-code-malformed"),
        (CODE, "undefined", "placeholder-value"),
    ] {
        let bad = Label::generated(producer, id).unwrap();
        let mut out = Vec::new();
        let said = write(&mut Cursor::new(page), &mut out, Container::Markdown, &bad).unwrap_err();
        assert!(matches!(&said, LabelError::Rejected { finding } if finding.rule.id() == rule), "{said}");
        assert!(said.to_string().contains(rule) && out.is_empty(), "{said}");
        write(&mut Cursor::new(page), &mut out, Container::Markdown, &bad.insisted()).unwrap();
        assert_eq!(verdict(Container::Markdown, &out).0, Verdict::NonCompliant);
    }
    // The same where a platform's own number is none, or the producer's code is none.
    let mut file = Vec::new();
    write(&mut Cursor::new(page), &mut file, Container::Markdown, &Label::generated(short, "c-1").unwrap().insisted())
        .unwrap();
    let spread = Propagation::new(Case::Confirmed, "platform", "p-9").unwrap();
    let said = update(&mut Cursor::new(&file), &mut Vec::new(), Container::Markdown, &spread).unwrap_err();
    assert!(said.to_string().contains("provider-code-malformed"), "{said}");
    update(&mut Cursor::new(&file), &mut Vec::new(), Container::Markdown, &spread.insisted()).unwrap();
}

#[test]
fn fields_without_a_key_around_them_are_never_compliant() {
    let json = label().to_json();
    for (keyword, text, rules) in [
        ("Comment", json.clone(), vec!["wrapper-name"]),
        ("parameters", format!("{{\"meta\":{json}}}"), vec!["wrapper-name"]),
        ("Comment", format!("{{\"AIGC\":{json}}}"), vec![]),
        ("VendorAIGC", json.clone(), vec![]),
    ] {
        assert_eq!(verdict(Container::Png, &png(&[text_chunk(keyword, &text)], &[])).1, rules, "{keyword}: {text}");
    }
    assert_eq!(verdict(Container::Side, json.as_bytes()).1, ["wrapper-name"]);
}

#[test]
fn half_a_picture_is_inconclusive() {
    let whole = jpeg(&[segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")]);
    assert_eq!(verdict(Container::Jpeg, &whole).0, Verdict::NotFound);
    for cut in 1..12 {
        assert_eq!(verdict(Container::Jpeg, &whole[..whole.len() - cut]).0, Verdict::Inconclusive, "{cut} bytes less");
    }
    let mut labelled = Vec::new();
    write(&mut Cursor::new(&whole), &mut labelled, Container::Jpeg, &label()).unwrap();
    assert_eq!(verdict(Container::Jpeg, &labelled[..labelled.len() - 2]).0, Verdict::Inconclusive);
    let refused = write(&mut Cursor::new(&whole[..whole.len() - 2]), &mut Vec::new(), Container::Jpeg, &label());
    assert!(refused.unwrap_err().to_string().contains("fetch the whole file again"));
}

#[test]
fn empty_fields_of_the_propagator_are_a_breach_only_where_nobody_else_is_named() {
    let side = |label: &str, producer: &str| {
        format!(
            "{{\"AIGC\":{{\"Label\":\"{label}\",\"ContentProducer\":\"{producer}\",\"ProduceID\":\"c-1\",\"ReservedCode1\":\"\",\
             \"ContentPropagator\":\"\",\"PropagateID\":\"\",\"ReservedCode2\":\"\"}}}}"
        )
    };
    assert_eq!(verdict(Container::Side, side("1", CODE).as_bytes()), (Verdict::Compliant, vec![]));
    for label in ["2", "3"] {
        let said = verdict(Container::Side, side(label, "").as_bytes());
        assert_eq!(said, (Verdict::NonCompliant, vec!["propagator-empty"]), "{label}");
    }
}
