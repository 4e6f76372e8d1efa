//! Which measures of two policies conflict, at the edges of the table.

use specialis_core::{Measure, ParamValue, PolicyId, Registry, potential_conflicts};

/// A measure that keeps and one that deletes, each about a thing that may be named.
const MEASURES: &str = r#"
    [measures.keep]
    zh = "保存"
    en = "Keep"
    when = "afterwards"
    phase = "record"
    params.days = { type = "number", min = 0, max = 3650, join = "max", conflict = "keep-at-least" }
    params.what = { type = "id", ids = ["text", "log"] }

    [measures.delete]
    zh = "删除"
    en = "Delete"
    when = "afterwards"
    phase = "record"
    params.days = { type = "number", min = 0, max = 3650, join = "min", conflict = "delete-within" }
    params.what = { type = "id", ids = ["text", "log"] }

    [duties]
    [instruments]
    [categories]
    [words]
"#;

fn measure(id: &str, days: i64, what: Option<&str>) -> Measure {
    let days = ("days".to_owned(), ParamValue::Number(days));
    let what = what.map(|what| ("what".to_owned(), ParamValue::Id(what.to_owned())));
    Measure { id: id.into(), params: [days].into_iter().chain(what).collect() }
}

fn n_conflicts(first: Measure, second: Measure) -> usize {
    let registry: Registry = toml::from_str(MEASURES).unwrap();
    let policy = |name: &str| PolicyId::from(name);
    potential_conflicts(&[(policy("one"), first), (policy("two"), second)], &registry).len()
}

#[test]
fn deletion_conflicts_only_before_the_time_to_keep_has_passed() {
    for (keep, delete, n) in [(60, 59, 1), (60, 60, 0), (60, 61, 0), (0, 0, 0)] {
        assert_eq!(n_conflicts(measure("keep", keep, None), measure("delete", delete, None)), n, "{keep}, {delete}");
        assert_eq!(n_conflicts(measure("delete", delete, None), measure("keep", keep, None)), n, "{keep}, {delete}");
    }
}

#[test]
fn measures_about_different_things_do_not_conflict() {
    let named =
        |one: Option<&str>, other: Option<&str>| n_conflicts(measure("keep", 60, one), measure("delete", 1, other));
    assert_eq!(named(Some("text"), Some("log")), 0);
    assert_eq!(named(Some("text"), Some("text")), 1);
    assert_eq!(named(Some("text"), None), 1, "what names nothing may be about anything");
}
