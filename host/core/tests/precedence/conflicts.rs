//! Which measures of two policies conflict, at the edges of the table, and how many conflicts are listed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{
    Answer, Citation, Demand, Evaluation, EventKind, Finding, Level, Measure, Mode, Obligation, Origin, ParamValue,
    PolicyCard, PolicyEvaluation, PolicyId, Registry, Resolution, Trust, potential_conflicts,
};

use super::generate::World;

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

    [duties."d.one"]
    zh = "一"
    en = "One"
    class = "floor"
    addressee = "provider"
    instruments = ["IM"]

    [duties."d.two"]
    zh = "二"
    en = "Two"
    class = "floor"
    addressee = "provider"
    instruments = ["IM"]

    [instruments.IM]
    zh = "办法"
    en = "Measures"
    authority = "A"
    rank = "departmental-rule"
    binding = true
    from = "2023-08-15"
    verified = true

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

/// Resolves what one policy asks for on two duties.
fn resolve(one: Vec<Measure>, two: Vec<Measure>) -> Resolution {
    let finding = |duty: &str, measures: Vec<Measure>| Finding {
        duty: duty.into(),
        rule: "A".into(),
        answer: Answer::Require(
            Demand {
                level: Level::Mark,
                obligations: measures.into_iter().map(Obligation::Measure).collect(),
                spans: Vec::new(),
                more_spans: 0,
                citation: Citation { instrument: "IM".into(), article: "12".to_owned() },
                reason: "because".into(),
            }
            .into(),
        ),
        kinds: Vec::new(),
    };
    let card = PolicyCard {
        id: "general".into(),
        version: "1.0.0".into(),
        origin: Origin::General,
        signer: "general".into(),
        governs: BTreeSet::from(["d.one".into(), "d.two".into()]),
        displaces: BTreeSet::new(),
        kinds: BTreeSet::from([EventKind::Output]),
        mode: Mode::Enforce,
    };
    let findings = vec![finding("d.one", one), finding("d.two", two)];
    let evaluation = PolicyEvaluation { policy: Arc::new(card), evaluation: Evaluation::Evaluated(findings) };
    let world = World {
        registry: Arc::new(toml::from_str(MEASURES).unwrap()),
        trust: Trust::default(),
        sectors: BTreeMap::new().into(),
        as_of: "2026-11-02".parse().unwrap(),
        kind: EventKind::Output,
        evaluations: vec![evaluation],
    };
    world.resolve()
}

#[test]
fn conflicts_are_listed_up_to_a_bound_and_raise_the_verdict_all_the_same() {
    let keep = |n: i64| (0..n).map(|at| measure("keep", 3_000 - at % 600, None)).collect::<Vec<_>>();
    let delete = |n: i64| (0..n).map(|at| measure("delete", at % 600, None)).collect::<Vec<_>>();
    let both = resolve(keep(5_000), delete(5_000));
    assert_eq!((both.conflicts.len(), both.verdict), (64, Level::Review));
    assert!(both.conflicts.is_sorted());
    let alone = resolve([keep(5_000), delete(5_000)].concat(), Vec::new());
    assert_eq!((alone.conflicts.len(), alone.verdict), (0, Level::Review));
    assert_eq!(alone.duties.first().map(|duty| duty.conflicts.len()), Some(64));
    let neither = resolve(keep(5_000), keep(5_000));
    assert_eq!((neither.conflicts.len(), neither.verdict), (0, Level::Mark));
}

#[test]
fn the_same_demand_twice_is_one_side_of_a_conflict() {
    let resolved = resolve(vec![measure("keep", 60, None); 3], vec![measure("delete", 1, None); 5]);
    assert_eq!(resolved.conflicts.len(), 1);
}

#[test]
fn the_only_conflict_among_many_demands_is_found() {
    let named = |id: &str, days: i64, what: &str| measure(id, days, Some(what));
    let mut keep: Vec<Measure> = (0..300).map(|at| named("keep", 1_000 + at, "text")).collect();
    keep.push(named("keep", 999, "log"));
    let delete: Vec<Measure> = (0..300).map(|at| named("delete", at, "log")).collect();
    let resolved = resolve(keep, delete.into_iter().skip(299).collect());
    let found: Vec<_> = resolved.conflicts.iter().map(|one| (&one.first.obligation, &one.second.obligation)).collect();
    let expected = (&Obligation::Measure(named("keep", 999, "log")), &Obligation::Measure(named("delete", 299, "log")));
    assert_eq!(found, [expected]);
}
