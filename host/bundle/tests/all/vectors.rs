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
    assert_eq!((base.events[0].event.kind(), base.events[0].event.parts.len()), (EventKind::Output, 1));
    assert_eq!((base.events[0].expect[0].level, base.events[0].expect[0].is_quiet()), (Some(Level::Warn), false));
    assert_eq!((child.as_of.to_string(), child.context.subject.age), ("2025-11-02".to_owned(), Some(Age::Under14)));
    assert_eq!(
        (child.at_open, child.events[0].event.parts.len(), child.events[0].expect[0].is_quiet()),
        (true, 0, true)
    );
}

#[test]
fn dates_of_toml_are_the_same_as_strings() {
    let written = |quote: &str| {
        let day = |day: &str| format!("{quote}{day}{quote}");
        format!(
            "rule = \"R\"\nas-of = {}\n[settings]\nfrom = {}\n[context.agreement]\naccepted-on = {}\n\
             [context.sector-facts.s]\nsince = {}\n[event]\nkind = \"output\"\n[[vector]]\nname = \"n\"\nas-of = {}\n\
             set = {{ \"context.service.licences\" = [{{ number = \"1\", category = \"c\", holder = \"h\", expires = {} }}] }}\n\
             expect = [{{ duty = \"d\", case = \"none\" }}]\n",
            day("2026-11-02"),
            day("2026-01-01"),
            day("2026-10-01"),
            day("2026-09-01"),
            day("2026-11-03"),
            day("2027-01-31")
        )
    };
    let vectors = parse_vectors("R.toml", &written("")).unwrap();
    assert_eq!(vectors, parse_vectors("R.toml", &written("\"")).unwrap());
    let [vector] = vectors.as_slice() else { panic!("{vectors:?}") };
    assert_eq!(
        (vector.as_of.to_string(), vector.settings["from"].as_str()),
        ("2026-11-03".to_owned(), Some("2026-01-01"))
    );
    assert_eq!(vector.context.agreement.accepted_on.map(|day| day.to_string()).as_deref(), Some("2026-10-01"));
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
    assert_eq!(vectors[0].events[0].expect[0].kinds, Some(vec![EventKind::Prompt]));
    assert_eq!(vectors[1].events[0].expect[0].kinds, None);
}

const SESSION: &str = r#"
rule = "C1"
as-of = "2026-11-02"
[event]
kind = "output"
text = "第一句。第二句。"
[[vector]]
name = "three turns"
set = { "settings.limit" = 2, "event.facts.task" = "chat" }
[[vector.events]]
event = { kind = "prompt", text = "你好" }
[[vector.events]]
cuts = [3, 5]
expect = [{ duty = "d", case = "none" }]
[[vector.events]]
set = { "event.text" = "第三句。" }
forget = ["event.facts.task"]
expect = [{ duty = "d", case = "met" }]
"#;

#[test]
fn a_session_has_events_of_its_own_and_the_one_of_the_file_with_changes() {
    let vectors = parse_vectors("C1.toml", SESSION).unwrap();
    let [vector] = vectors.as_slice() else { panic!("{vectors:?}") };
    let [hello, first, last] = vector.events.as_slice() else { panic!("{vector:?}") };
    assert_eq!((hello.event.kind(), hello.expect.len(), hello.pieces()), (EventKind::Prompt, 0, None));
    assert_eq!(first.pieces(), Some(vec!["第一句", "。第", "二句。"]));
    assert_eq!(first.event.facts.record().known(), ["task"]);
    assert_eq!((last.event.facts.record().known().len(), last.event.parts[0].text.as_deref()), (0, Some("第三句。")));
    assert_eq!((vector.settings["limit"].as_i64(), vector.expected().count()), (Some(2), 2));
}

#[test]
fn a_session_that_cannot_be_is_refused_by_its_event() {
    for (from, to, reason) in [
        ("name = \"three turns\"", "name = \"three turns\"\npoint = \"open\"", "it has `events`; give `cuts`"),
        ("\"event.text\" = \"第三句。\"", "\"context.locale\" = \"zh\"", "event 3: `context.locale` is the same for"),
        ("[3, 5]", "[5, 3]", "event 2: `cuts` must rise and lie inside the text, which has 8 characters"),
        ("[3, 5]", "[0]", "event 2: `cuts` must rise"),
        ("[3, 5]", "[8]", "event 2: `cuts` must rise"),
        ("kind = \"prompt\"", "kind = \"promt\"", "event 1: event: unknown event kind `promt`"),
    ] {
        let error = chain(&parse_vectors("C1.toml", &with(SESSION, from, to)).expect_err("the vectors were read"));
        assert!(error.contains(reason), "{error}");
    }
    let silent = with(
        &with(SESSION, r#"expect = [{ duty = "d", case = "none" }]"#, ""),
        r#"expect = [{ duty = "d", case = "met" }]"#,
        "",
    );
    let error = chain(&parse_vectors("C1.toml", &silent).expect_err("the vectors were read"));
    assert!(error.contains("it expects nothing"), "{error}");
}
