//! Vectors: a base, and rows that change single facts of it.

use specialis_bundle::{BundleError, parse_vectors};
use specialis_core::{Age, EventKind, Level};

use super::with;

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
expect = [{ duty = "d.open", case = "require", level = "warn", measures = ["advisory"] }]
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
        assert_eq!(error.to_string(), format!("vectors `F1.toml`: {reason}"));
    }
    for (from, to, reasons) in [
        ("\"under-14\"", "\"toddler\"", ["context: subject.age", "`toddler`"]),
        ("kind = \"output\"", "kind = \"outptu\"", ["row `as it is`: event: ", "outptu"]),
        ("rule = \"F1\"", "rules = \"F1\"", ["rules", "line 2"]),
        ("case = \"none\" }", "case = \"none\", levle = \"stop\" }", ["levle", "line"]),
    ] {
        let error = parse_vectors("F1.toml", &with(VECTORS, from, to)).expect_err("the vectors were read").to_string();
        assert!(reasons.iter().all(|reason| error.contains(reason)), "{error}");
    }
}
