//! What is wrong with a registry or a trust policy is refused before anything is decided by it, with what to do.

#![cfg(test)]

use specialis_core::{Registry, RegistryError, Trust};

/// A registry without a mistake: two duties, two instruments, a category, a measure.
const SOUND: &str = r#"
[duties."d.floor"]
zh = "底线"
en = "Floor"
class = "floor"
fail = "review"
addressee = "provider"
categories = ["violence"]
instruments = ["MEASURES"]
[duties."d.open"]
zh = "可放宽"
en = "Derogable"
class = "derogable"
fail = "mark"
addressee = "provider"
instruments = ["MEASURES"]
[instruments.MEASURES]
zh = "办法"
en = "Measures"
authority = "A"
rank = "departmental-rule"
binding = true
from = "2023-08-15"
earlier = "DRAFT"
implements = ["DRAFT"]
[instruments.DRAFT]
zh = "征求意见稿"
en = "Draft"
authority = "A"
rank = "guideline"
binding = false
from = "2023-04-11"
until = "2023-08-14"
[categories.violence]
zh = "暴力"
en = "Violence"
[measures.record]
zh = "留存"
en = "Keep"
when = "afterwards"
phase = "record"
params.keep-days = { type = "number", join = "max", conflict = "keep-at-least" }
"#;

/// A trust policy without a mistake.
const TRUSTED: &str = r#"
[[grants]]
id = "film#1"
signer = "studio"
sector = "film"
duty = "d.open"
instrument = "MEASURES"
article = "2"
ground = "named"
[[defeats]]
label = "film-over-news"
sector = "film"
over = "news"
duty = "d.open"
[[measures]]
signer = "studio"
measures = ["record", "replace"]
[[warrants]]
fact = "subject.age"
sources = ["platform"]
[[warrants]]
fact = "sectors.film"
sources = ["platform"]
[[warrants]]
fact = "subject.*"
sources = ["platform"]
[[warrants]]
fact = "*"
sources = ["platform"]
"#;

/// A text with one place changed.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` does not stand once in the text");
    text.replace(from, to)
}

fn sound() -> Registry {
    toml::from_str(SOUND).unwrap()
}

fn messages(checked: Result<(), Vec<RegistryError>>) -> Vec<String> {
    checked.err().into_iter().flatten().map(|error| error.to_string()).collect()
}

/// What is wrong with the registry in which `from` is `to`.
fn in_registry(from: &str, to: &str) -> Vec<String> {
    messages(toml::from_str::<Registry>(&with(SOUND, from, to)).unwrap().check())
}

/// What is wrong with the trust policy in which `from` is `to`.
fn in_trust(from: &str, to: &str) -> Vec<String> {
    messages(toml::from_str::<Trust>(&with(TRUSTED, from, to)).unwrap().check(&sound()))
}

#[test]
fn what_is_sound_is_accepted() {
    assert_eq!(messages(sound().check()), [""; 0]);
    assert_eq!(in_trust("studio\"\nsector", "studio\"\nsector"), [""; 0]);
}

#[test]
fn the_built_in_tables_contradict_nothing() {
    let table = |name: &str| std::fs::read_to_string(format!("../../guest-policies/registry/{name}.toml")).unwrap();
    let tables = ["duties", "instruments", "citations", "categories", "measures", "words"];
    let tables = tables.map(|name| (name.to_owned(), toml::Value::Table(table(name).parse().unwrap())));
    let registry: Registry = toml::Table::from_iter(tables).try_into().unwrap();
    assert_eq!(messages(registry.check()), [""; 0]);
    let params = registry.measures.values().flat_map(|measure| &measure.params);
    let ids = params.flat_map(|(name, param)| std::iter::once(name).chain(&param.ids));
    let named = |id: &str| registry.words.contains_key(id) || registry.categories.contains_key(id);
    let unnamed: Vec<_> = ids.filter(|id| !named(id) && *id != "other").collect();
    assert!(unnamed.is_empty(), "`words.toml` does not name {unnamed:?}");
    let trust: Trust = toml::from_str(&table("trust")).unwrap();
    assert!(!trust.grants.is_empty());
    assert_eq!(messages(trust.check(&registry)), [""; 0]);
}

#[test]
fn a_duty_that_fails_too_leniently_is_refused() {
    assert_eq!(
        in_registry("fail = \"review\"", "fail = \"redact\""),
        ["duty `d.floor` has `fail = \"redact\"`; write `review` or more, because it is a floor"]
    );
    assert_eq!(
        in_registry("fail = \"mark\"", "fail = \"pass\""),
        ["duty `d.open` has `fail = \"pass\"`; write `mark` or more, because nothing fails open"]
    );
    assert_eq!(in_registry("fail = \"review\"", "fail = \"stop\""), [""; 0]);
}

#[test]
fn instruments_that_lead_back_to_themselves_are_refused() {
    let circle = |relation: &str, first: &str, second: &str| {
        let each = [first, second].map(|id| {
            format!("instrument `{id}` leads back to itself by `{relation}`; remove one of the entries on the way")
        });
        each.to_vec()
    };
    assert_eq!(in_registry("until = \"2023-08-14\"", "earlier = \"MEASURES\""), circle("earlier", "DRAFT", "MEASURES"));
    assert_eq!(
        in_registry("until = \"2023-08-14\"", "implements = [\"MEASURES\"]"),
        circle("implements", "DRAFT", "MEASURES")
    );
    assert_eq!(in_registry("earlier = \"DRAFT\"", "earlier = \"MEASURES\"").len(), 1, "one alone is a circle too");
}

#[test]
fn an_instrument_that_ends_before_it_begins_is_refused() {
    assert_eq!(
        in_registry("until = \"2023-08-14\"", "until = \"2023-04-10\""),
        ["instrument `DRAFT` ends on 2023-04-10, before it begins on 2023-04-11; correct one of the dates"]
    );
    assert_eq!(in_registry("until = \"2023-08-14\"", "until = \"2023-04-11\""), [""; 0], "one day is a time in force");
}

#[test]
fn a_parameter_that_does_not_fit_its_type_is_refused() {
    let place = "{ type = \"number\", join = \"max\", conflict = \"keep-at-least\" }";
    for (param, ty, with) in [
        ("{ type = \"id\", ids = [\"a\"], join = \"max\" }", "id", "`join = \"max\"`"),
        ("{ type = \"number\", conflict = \"exclusive-label\" }", "number", "`conflict = \"exclusive-label\"`"),
        ("{ type = \"id\", ids = [\"a\"], conflict = \"keep-at-least\" }", "id", "`conflict = \"keep-at-least\"`"),
        ("{ type = \"date\", conflict = \"delete-within\" }", "date", "`conflict = \"delete-within\"`"),
        ("{ type = \"number\", conflict = \"keep-verbatim\" }", "number", "`conflict = \"keep-verbatim\"`"),
    ] {
        let message =
            format!("parameter `keep-days` of measure `record` has type `{ty}`, which does not go with {with}");
        assert_eq!(in_registry(place, param), [message]);
    }
    assert_eq!(in_registry(place, "{ type = \"seconds\", join = \"min\", conflict = \"delete-within\" }"), [""; 0]);
}

#[test]
fn an_id_that_nothing_defines_is_refused_with_the_nearest() {
    for (from, to, message) in [
        (
            "[\"violence\"]",
            "[\"violense\"]",
            "duty `d.floor` names the unknown category `violense`; nearest is `violence`",
        ),
        (
            "fail = \"mark\"\naddressee = \"provider\"\ninstruments = [\"MEASURES\"]",
            "addressee = \"provider\"\ninstruments = [\"MEASURE\"]",
            "duty `d.open` names the unknown instrument `MEASURE`; nearest is `MEASURES`",
        ),
        (
            "earlier = \"DRAFT\"",
            "earlier = \"DRAFTS\"",
            "instrument `MEASURES` names the unknown instrument `DRAFTS`; nearest is `DRAFT`",
        ),
        (
            "implements = [\"DRAFT\"]",
            "implements = [\"DRAUGHT\"]",
            "instrument `MEASURES` names the unknown instrument `DRAUGHT`; nearest is `DRAFT`",
        ),
    ] {
        assert_eq!(in_registry(from, to), [message]);
    }
    for (from, to, message) in [
        (
            "duty = \"d.open\"\ninstrument",
            "duty = \"d.opens\"\ninstrument",
            "grant `film#1` names the unknown duty `d.opens`; nearest is `d.open`",
        ),
        (
            "instrument = \"MEASURES\"",
            "instrument = \"MEASURE\"",
            "grant `film#1` names the unknown instrument `MEASURE`; nearest is `MEASURES`",
        ),
        (
            "over = \"news\"\nduty = \"d.open\"",
            "over = \"news\"\nduty = \"d.opens\"",
            "edge `film-over-news` names the unknown duty `d.opens`; nearest is `d.open`",
        ),
        (
            "[\"record\", \"replace\"]",
            "[\"recort\", \"append\"]",
            "the measures of `studio` names the unknown measure `recort`; nearest is `record`",
        ),
        (
            "fact = \"subject.age\"",
            "fact = \"subject.ages\"",
            "a warrant names the unknown fact `subject.ages`; nearest is `subject.age`",
        ),
    ] {
        assert_eq!(in_trust(from, to), [message]);
    }
}

#[test]
fn a_name_for_a_kind_that_a_measure_does_not_have_is_refused() {
    let kinds = "params.keep-days = { type = \"number\", join = \"max\", conflict = \"keep-at-least\" }";
    let named = |kind: &str| {
        format!(
            "{kinds}\nparams.kind = {{ type = \"id\", ids = [\"log\", \"copy\"] }}\nnames.{kind} = {{ zh = \"留存日志\", en = \"Keep the log\" }}"
        )
    };
    assert_eq!(in_registry(kinds, &named("log")), [""; 0]);
    assert_eq!(
        in_registry(kinds, &named("logs")),
        ["measure `record` names the unknown kind `logs`; nearest is `log`"]
    );
}

#[test]
fn an_id_with_nothing_like_it_says_to_register_it() {
    let mut registry = sound();
    registry.categories.clear();
    assert_eq!(messages(registry.check()), ["duty `d.floor` names the unknown category `violence`; register it first"]);
}

#[test]
fn a_grant_on_a_floor_duty_is_refused() {
    assert_eq!(
        in_trust("duty = \"d.open\"\ninstrument", "duty = \"d.floor\"\ninstrument"),
        ["grant `film#1` is on the floor duty `d.floor`, which nothing displaces; remove the grant"]
    );
}

#[test]
fn two_grants_of_one_name_are_refused() {
    let mut trust: Trust = toml::from_str(TRUSTED).unwrap();
    trust.grants.push(trust.grants[0].clone());
    assert_eq!(
        messages(trust.check(&sound())),
        ["there are two grants named `film#1`; give one another name, because traces print it"]
    );
}

#[test]
fn a_sector_that_prevails_and_gives_way_on_one_duty_is_refused() {
    let mut trust: Trust = toml::from_str(TRUSTED).unwrap();
    let mut edge = trust.defeats[0].clone();
    (edge.label, edge.sector, edge.over) = ("news-over-arts".to_owned(), "news".into(), "arts".into());
    trust.defeats.push(edge);
    assert_eq!(
        messages(trust.check(&sound())),
        [
            "sector `news` both prevails and gives way on duty `d.open`; an edge from it would have no effect, remove one"
        ]
    );
    trust.defeats[1].duty = "d.floor".into();
    assert_eq!(messages(trust.check(&sound())), [""; 0], "on another duty it may");
}

#[test]
fn every_mistake_is_named_in_a_fixed_order() {
    let text = with(&with(SOUND, "fail = \"review\"", "fail = \"mark\""), "[\"violence\"]", "[\"violense\"]");
    let found = messages(toml::from_str::<Registry>(&text).unwrap().check());
    assert_eq!(
        found,
        [
            "duty `d.floor` names the unknown category `violense`; nearest is `violence`",
            "duty `d.floor` has `fail = \"mark\"`; write `review` or more, because it is a floor",
        ]
    );
}
