//! The vectors that each rule of each built-in policy has: which classes of them there are follows from the rows themselves.
//!
//! Of every fact that a rule reads, the tests of the facts judge each of these vectors with the fact unknown, by the word of
//! nobody with a warrant, and with each other value it has anywhere; the policies' tests of strictness show that making a fact
//! of their tables unknown never loosens. Here it is about what is written down: an answer for each class, to be read and argued about.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use specialis_bundle::{Bundle, Expected, Vector, parse_vectors};

use crate::facts::contract;

/// What no vector shows, and why none can.
const EXEMPT: [(&str, &str, &str); 3] = [
    ("AI2", "companions.scope: asks", "it says whether the measures apply, and asks for nothing"),
    ("IM2", "asks", "it says whether the Measures apply, and asks for nothing"),
    (
        "IM2",
        "asks for nothing",
        "its silence takes the place of whatever another rule says, on every duty in the same way",
    ),
];

/// A vector as its facts, each by its path; `@` before the path of a fact is who asserts it.
struct Row {
    facts: BTreeMap<String, Value>,
    expect: Vec<Expected>,
}

impl Row {
    fn of(mut vector: Vector) -> Self {
        // A vector with several events is about what a policy remembers; what it says of facts, its first event says.
        let first = vector.events.remove(0);
        let mut facts = BTreeMap::new();
        let mut note = |path: String, value: &Value| {
            if !value.is_null() {
                facts.insert(path, value.clone());
            }
        };
        let context = serde_json::to_value(&vector.context).unwrap();
        for (group, fields) in context.as_object().unwrap() {
            match fields.as_object() {
                Some(fields) => {
                    let prefix = if group == "sources" { "@".to_owned() } else { format!("{group}.") };
                    fields.iter().for_each(|(field, value)| note(format!("{prefix}{field}"), value));
                }
                None => note(group.clone(), fields),
            }
        }
        let event = serde_json::to_value(&first.event).unwrap();
        let kind = first.event.kind();
        for (key, value) in event.as_object().unwrap() {
            match (key.as_str(), value.as_object()) {
                ("facts", Some(fields)) => {
                    fields.iter().for_each(|(field, value)| note(format!("{}.{field}", kind.as_str()), value));
                }
                ("sources", Some(fields)) => {
                    fields.iter().for_each(|(field, value)| note(format!("@{}.{field}", kind.as_str()), value));
                }
                _ => note(format!("event {key}"), value),
            }
        }
        note("as-of".to_owned(), &Value::from(vector.as_of.to_string()));
        note("at open".to_owned(), &Value::from(vector.at_open));
        note("settings".to_owned(), &Value::Object(vector.settings));
        Self { facts, expect: first.expect }
    }

    /// The one thing in which this differs from another row, where it is one.
    fn only_difference<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        let paths: BTreeSet<&String> = self.facts.keys().chain(other.facts.keys()).collect();
        let mut differing = paths.into_iter().filter(|path| self.facts.get(*path) != other.facts.get(*path));
        differing.next().filter(|_| differing.next().is_none()).map(String::as_str)
    }
}

/// The days that stand in a value, by their places.
fn days(value: Option<&Value>) -> BTreeMap<String, String> {
    fn walk(value: &Value, at: &str, days: &mut BTreeMap<String, String>) {
        match value {
            Value::String(text) if text.parse::<specialis_core::Date>().is_ok() => {
                days.insert(at.to_owned(), text.clone());
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| walk(item, &format!("{at}.{n}"), days))
            }
            Value::Object(fields) => fields.iter().for_each(|(key, item)| walk(item, &format!("{at}.{key}"), days)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut days = BTreeMap::new();
    value.into_iter().for_each(|value| walk(value, "", &mut days));
    days
}

/// The same without its days.
fn undated(value: Option<&Value>) -> Value {
    match value {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(text)) if text.parse::<specialis_core::Date>().is_ok() => Value::Null,
        Some(Value::Array(items)) => items.iter().map(|item| undated(Some(item))).collect(),
        Some(Value::Object(fields)) => fields.iter().map(|(key, item)| (key.clone(), undated(Some(item)))).collect(),
        Some(other) => other.clone(),
    }
}

/// The classes that a rule with these duties, which reads these facts, has no vector of.
fn lacking(duties: &[String], reads: &BTreeSet<&str>, rows: &[Row]) -> BTreeSet<String> {
    let mut lacking = BTreeSet::new();
    let is_quiet = |one: &Expected| one.is_quiet() || one.case == "met";
    for duty in duties {
        let expected = rows.iter().flat_map(|row| &row.expect).filter(|one| one.duty.as_str() == duty);
        let (quiet, asking): (Vec<_>, Vec<_>) = expected.partition(|one| is_quiet(one));
        for (class, of_class) in [("asks", asking), ("asks for nothing", quiet)] {
            if of_class.is_empty() {
                lacking.insert(format!("{duty}: {class}"));
            }
        }
    }
    let pairs = || {
        let each = rows.iter().flat_map(|one| rows.iter().map(move |other| (one, other)));
        each.filter_map(|(one, other)| Some((one.only_difference(other)?, one, other)))
    };
    let tells = |one: &Row, other: &Row| one.expect != other.expect;
    let edge = pairs().any(|(_, one, other)| tells(one, other));
    let missing = pairs().any(|(path, one, other)| {
        reads.contains(path) && one.facts.contains_key(path) && !other.facts.contains_key(path)
    });
    let unwarranted = rows
        .iter()
        .flat_map(|row| row.facts.keys())
        .any(|path| path.strip_prefix('@').is_some_and(|fact| reads.contains(fact)));
    let stale = pairs().any(|(path, one, other)| {
        let (now, then) = (one.facts.get(path), other.facts.get(path));
        tells(one, other) && !days(now).is_empty() && days(now) != days(then) && undated(now) == undated(then)
    });
    let dated = rows.iter().any(|row| reads.iter().any(|fact| !days(row.facts.get(*fact)).is_empty()));
    for (class, is_due, has) in [
        ("one difference that tells", true, edge),
        ("missing", !reads.is_empty(), missing),
        ("unwarranted", !reads.is_empty(), unwarranted),
        ("stale", dated, stale),
    ] {
        if is_due && !has {
            lacking.insert(class.to_owned());
        }
    }
    lacking
}

#[test]
fn every_rule_has_a_vector_of_each_class_that_makes_sense() {
    let contract = contract();
    let mut wrong = Vec::new();
    let mut unused: BTreeSet<(&str, &str)> = EXEMPT.iter().map(|(rule, what, _)| (*rule, *what)).collect();
    for (policy, bytes) in specialis_artifacts::POLICIES {
        let bundle = Bundle::parse(bytes).unwrap();
        let mut vectors: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for section in &bundle.vectors {
            for vector in parse_vectors(&section.name, std::str::from_utf8(&section.data).unwrap()).unwrap() {
                vectors.entry(vector.rule.to_string()).or_default().push(Row::of(vector));
            }
        }
        for (rule, declared) in &bundle.manifest.rules {
            let rule = rule.as_str();
            let Some(rows) = vectors.get(rule) else {
                wrong.push(format!("{rule} of `{policy}` has no vector"));
                continue;
            };
            // Facts of a medium stand on a part, and have no source of their own.
            let reads = contract.iter().filter(|(fact, rules)| !fact.starts_with("medium.") && rules.contains(rule));
            let reads: BTreeSet<&str> = reads.map(|(fact, _)| fact.as_str()).collect();
            let duties: Vec<String> = declared.duties.iter().map(ToString::to_string).collect();
            for class in lacking(&duties, &reads, rows) {
                let is_exempt = |(of, what, _): &&(&str, &str, &str)| {
                    *of == rule && (*what == class || class.ends_with(&format!(": {what}")))
                };
                match EXEMPT.iter().find(is_exempt) {
                    Some((of, what, _)) => _ = unused.remove(&(*of, *what)),
                    None => wrong.push(format!("{rule} of `{policy}` has no vector `{class}`")),
                }
            }
        }
    }
    wrong.extend(unused.iter().map(|(rule, what)| format!("{rule} is exempt from `{what}` and need not be")));
    assert!(wrong.is_empty(), "{} classes of vectors to add:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_class_that_is_left_out_is_noticed() {
    let rows = |text: &str| -> Vec<Row> {
        const HEAD: &str = r#"
            rule = "R"
            as-of = "2026-11-02"
            [context.subject]
            age = "adult"
            [context.agreement]
            accepted-on = "2026-11-02"
            [event]
            kind = "prompt"
            [[vector]]
            name = "as it is"
            expect = [{ duty = "d", case = "met" }]
        "#;
        parse_vectors("r.toml", &format!("{HEAD}{text}")).unwrap().into_iter().map(Row::of).collect()
    };
    let reads = BTreeSet::from(["subject.age", "agreement.accepted-on"]);
    let lack = |text: &str| lacking(&["d".to_owned()], &reads, &rows(text));
    let asks = r#"expect = [{ duty = "d", case = "require", level = "stop", reason = "no-agreement" }]"#;
    let row = |change: &str| format!("[[vector]]\nname = \"another\"\n{change}\n{asks}\n");
    let all = ["d: asks", "missing", "one difference that tells", "stale", "unwarranted"];
    assert_eq!(lack("").into_iter().collect::<Vec<_>>(), all);
    let steps = [
        r#"set = { "context.subject.age" = "14-17" }"#,
        r#"forget = ["context.subject.age"]"#,
        r#"set = { "context.agreement.accepted-on" = "2026-11-03" }"#,
        r#"set = { "context.sources" = { "subject.age" = "stranger" } }"#,
    ];
    let mut text = String::new();
    let mut left: BTreeSet<String> = lack("");
    for change in steps {
        text.push_str(&row(change));
        let now = lack(&text);
        assert!(now.len() < left.len() && now.is_subset(&left), "{change} adds a class: {now:?}");
        left = now;
    }
    assert!(left.is_empty(), "{left:?}");
}
