//! Vectors: a base, and rows that change single facts of it.

use specialis_bundle::{BundleError, parse_vectors};
use specialis_core::{Age, EventKind, Level};

use super::{chain, with};

const VECTORS: &str = r#"
rule = "F1"
as-of = "2026-11-02"
[context]
subject = { age = "adult" }
[event]
kind = "output"
text = "两位少年修好了一艘旧船。"
[[vector]]
name = "as it is"
expect = [{ duty = "d.open", case = "require", level = "warn", reason = "scenes", measures = ["advisory"] }]
[[vector]]
name = "a child, at open, a year before"
as-of = "2025-11-02"
point = "open"
set = { "context.subject.age" = "under-14" }
forget = ["event.text"]
expect = [{ duty = "d.open", case = "none" }]
"#;

#[test]
fn each_row_is_the_base_with_its_changes() {
    let vectors = parse_vectors("F1.toml", VECTORS).unwrap();
    let [base, child] = vectors.as_slice() else { panic!("{vectors:?}") };
    assert_eq!((base.rule.as_str(), base.name.as_str(), base.at_open), ("F1", "as it is", false));
    assert_eq!((base.as_of.to_string(), base.context.subject.age), ("2026-11-02".to_owned(), Some(Age::Adult)));
    assert_eq!((base.event.kind(), base.event.parts.len()), (EventKind::Output, 1));
    assert_eq!((base.expect[0].level, base.expect[0].is_quiet()), (Some(Level::Warn), false));
    assert_eq!((child.as_of.to_string(), child.context.subject.age), ("2025-11-02".to_owned(), Some(Age::Under14)));
    assert_eq!((child.at_open, child.event.parts.len(), child.expect[0].is_quiet()), (true, 0, true));
}

#[test]
fn a_row_that_cannot_be_is_refused_by_its_name() {
    let row = "row `a child, at open, a year before`";
    for (from, to, reason) in [
        ("\"context.subject.age\" = ", "\"event.kind.age\" = ", format!("{row}: `event.kind.age` cannot be set")),
        ("[\"event.text\"]", "[\"event.texts\"]", format!("{row}: `event.texts` is not there to forget")),
        (
            "[\"event.text\"]",
            "[\"event.facts.audience\"]",
            format!("{row}: `event.facts.audience` is not there to forget"),
        ),
        ("point = \"open\"", "point = \"end\"", format!("{row}: `point` is `end`; give `open` or `event`")),
    ] {
        let error = parse_vectors("F1.toml", &with(VECTORS, from, to)).expect_err("the vectors were read");
        assert!(matches!(error, BundleError::Vectors { .. }), "{error:?}");
        assert_eq!(chain(&error), format!("the vectors `F1.toml` cannot be read: {reason}"));
    }
    for (from, to, reasons) in [
        ("\"under-14\"", "\"toddler\"", ["context: subject.age", "`toddler`"]),
        ("kind = \"output\"", "kind = \"outptu\"", ["row `as it is`: event: ", "outptu"]),
        ("rule = \"F1\"", "rules = \"F1\"", ["rules", "line 2"]),
        ("case = \"none\" }", "case = \"none\", levle = \"stop\" }", ["levle", "line"]),
    ] {
        let error = chain(&parse_vectors("F1.toml", &with(VECTORS, from, to)).expect_err("the vectors were read"));
        assert!(reasons.iter().all(|reason| error.contains(reason)), "{error}");
    }
}

#[test]
fn what_cannot_be_expected_is_refused() {
    let asks = r#"case = "require", level = "warn", reason = "scenes", measures = ["advisory"]"#;
    for (row, reason) in [
        (
            r#"case = "require", reason = "scenes""#,
            "on `d.open` the case `require` asks for something; give its `level`",
        ),
        (
            r#"case = "require", level = "warn""#,
            "on `d.open` the case `require` is answered with a reason; give it as `reason`",
        ),
        (r#"case = "not-applicable""#, "on `d.open` the case `not-applicable` is answered with a reason"),
        (r#"case = "met", level = "warn""#, "on `d.open` the case `met` asks for nothing"),
        (r#"case = "none", at-least = true"#, "on `d.open` the case `none` is no answer at all"),
        (r#"case = "silent""#, "on `d.open` the case `silent` is no case; give `require`"),
        (r#"case = "none" }, { duty = "d.open", case = "met""#, "on `d.open` the rule both answers and does not"),
    ] {
        let error = chain(&parse_vectors("F1.toml", &with(VECTORS, asks, row)).expect_err("the vectors were read"));
        let expected = format!("the vectors `F1.toml` cannot be read: row `as it is`: {reason}");
        assert!(error.starts_with(&expected), "{error}");
    }
    let nothing = with(VECTORS, r#"[{ duty = "d.open", case = "none" }]"#, "[]");
    let error = chain(&parse_vectors("F1.toml", &nothing).expect_err("the vectors were read"));
    assert!(error.contains("it expects nothing; give each duty"), "{error}");
}

#[test]
fn the_kinds_of_a_file_stand_for_rows_that_name_none() {
    let all = with(VECTORS, "rule = \"F1\"", "rule = \"F1\"\nkinds = [\"output\"]");
    let one = with(&all, "reason = \"scenes\",", "reason = \"scenes\", kinds = [\"prompt\"],");
    let vectors = parse_vectors("F1.toml", &one).unwrap();
    assert_eq!(vectors[0].kinds, [EventKind::Output]);
    assert_eq!(vectors[0].expect[0].kinds, Some(vec![EventKind::Prompt]));
    assert_eq!(vectors[1].expect[0].kinds, None);
}
