//! Typed and as one value, the same is read and the same is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{Context, Event, EventFacts, SectorValue, Span, kinds};
use specialis_policy::__private::{answer_of, case_of};
use specialis_policy::{Fact, Level, Measure, Rule, cite};
use specialis_tests::arbitrary::any;
use specialis_tests::dice::{Dice, bytes_of};
use specialis_text::{Act, HitOrigin, Speech};

use super::lower::{Lower, more};
use super::{read, shown};
use crate::runtime::abi::value::{Writer, finding, split};
use crate::runtime::abi::{CallPoint, CallState, Input, PartHit, Sections};
use crate::runtime::limits::{Limits, ReadMeter, ResourceGuard};

/// A call that sees a context and an event.
fn call(context: Context, event: Event, hits: Vec<PartHit>, stretch: Option<Span>) -> CallState {
    let reads: BTreeSet<_> = event.signals.iter().map(|signal| signal.category.clone()).collect();
    let (n_parts, n_hits) = (event.parts.len(), hits.len());
    let as_of = "2026-11-02".parse().unwrap();
    let input = Input {
        event: Some(Arc::new(event)),
        hits,
        n_parts,
        listed: 0..n_parts,
        ..Input::without_event(Arc::new(context), as_of)
    };
    CallState {
        guard: ResourceGuard::default(),
        meter: ReadMeter::new(u64::MAX),
        limits: Arc::new(Limits::default()),
        policy: "p".into(),
        sector: Some("medical".into()),
        input: Arc::new(input),
        hits: (0..n_hits).collect(),
        point: CallPoint::Text,
        stretch,
        settings: Arc::new(BTreeMap::new()),
        data: Arc::default(),
        reads: Arc::new(reads),
        log: None,
        log_lines: 0,
        answer: None,
    }
}

/// The fields that said something where they were compared, as `Record.field`.
#[derive(Default)]
struct Compared(BTreeSet<String>);

impl Compared {
    /// Notes the fields of all records in a value, as it is shown for debugging, but for those that are absent, empty or zero: a
    /// forgotten field reads like these.
    fn note(&mut self, shown: &str) {
        let word_before = |at: usize| {
            let before = shown.get(..at).unwrap_or_default().trim_end();
            before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default()
        };
        let mut records = Vec::new();
        for (at, c) in shown.char_indices() {
            match c {
                '{' => records.push(word_before(at)),
                '}' => _ = records.pop(),
                ':' => {
                    let value = shown.get(at + 1..).unwrap_or_default().trim_start();
                    let value = value.split([',', ' ', '}']).next().unwrap_or_default();
                    if !["None", "[]", "0", "false", "\"\""].contains(&value) {
                        self.0.insert(format!("{}.{}", records.last().copied().unwrap_or_default(), word_before(at)));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Compares two values of types that are generated from one contract, and notes which fields were.
macro_rules! same {
    ($compared:ident, $typed:expr, $by_value:expr) => {{
        let typed = format!("{:?}", $typed);
        assert_eq!(typed, format!("{:?}", $by_value), stringify!($by_value));
        $compared.note(&typed);
    }};
}

fn compare_groups_of_the_context(compared: &mut Compared) {
    for seed in 0..200 {
        let bytes = bytes_of(seed, 4_000);
        let context: Context = any(&mut Dice::new(&bytes));
        let state = call(context, Event::new(specialis_core::EventKind::Tool), Vec::new(), None);
        let (case, context) = (case_of(read::all(&state)), &state.input.context);
        same!(compared, context.service.lower(), case.service());
        same!(compared, context.model.lower(), case.model());
        same!(compared, context.provider.lower(), case.provider());
        same!(compared, context.tenant.lower(), case.tenant());
        same!(compared, context.subject.lower(), case.subject());
        same!(compared, context.agreement.lower(), case.agreement());
        same!(compared, context.standing.lower(), case.standing());
        same!(compared, context.general.lower(), case.general());
        same!(compared, more::<_, super::context::MoreServiceFacts>(&context.service), case.more_service());
        same!(compared, more::<_, super::context::MoreProviderFacts>(&context.provider), case.more_provider());
        same!(compared, more::<_, super::context::MoreSubjectFacts>(&context.subject), case.more_subject());
        same!(compared, shown::brief(&state), case.brief());
    }
}

#[test]
fn every_group_of_the_context_reads_the_same() {
    compare_groups_of_the_context(&mut Compared::default());
}

macro_rules! kinds {
    ($($variant:ident, $of:ident => $record:ident $($more:ident, $more_record:ident)?;)+) => {
        fn compare_facts_of_events(compared: &mut Compared) {
            for seed in 0..100 {
                let bytes = bytes_of(seed, 4_000);
                $({
                    let facts: kinds::$record = any(&mut Dice::new(&bytes));
                    let state = call(Context::default(), Event::from(EventFacts::$variant(facts.into())), Vec::new(), None);
                    let case = case_of(read::all(&state));
                    let event = state.input.event.clone().unwrap();
                    let EventFacts::$variant(facts) = &event.facts else { unreachable!("it is of this kind") };
                    same!(compared, facts.lower(), case.$of().unwrap());
                    $(same!(compared, more::<_, super::facts::$more_record>(facts), case.$more());)?
                })+
            }
        }
    };
}

kinds! {
    Prompt, prompt => Prompt;
    Output, output => Output;
    Retrieved, retrieved => Retrieved;
    Tool, tool => Tool;
    Media, media => Media;
    Publication, publication => Publication more_publication, MorePublicationFacts;
    TrainingIntake, training_intake => TrainingIntake more_training_intake, MoreTrainingIntakeFacts;
    AnnotationBatch, annotation_batch => AnnotationBatch more_annotation_batch, MoreAnnotationBatchFacts;
    DataHandling, data_handling => DataHandling more_data_handling, MoreDataHandlingFacts;
    Account, account => Account more_account, MoreAccountFacts;
    ServiceChange, service_change => ServiceChange;
    Signal, late_signal => LateSignal;
    Review, review => Review;
    Abort, abort => Abort;
}

#[test]
fn the_facts_of_every_kind_of_event_read_the_same() {
    compare_facts_of_events(&mut Compared::default());
}

#[test]
fn a_fact_by_name_is_the_one_of_the_record() {
    let mut n_known = 0;
    for seed in 0..100 {
        let bytes = bytes_of(seed, 4_000);
        let mut dice = Dice::new(&bytes);
        let (context, facts): (Context, kinds::Publication) = (any(&mut dice), any(&mut dice));
        let (context_json, facts_json) =
            (serde_json::to_value(&context).unwrap(), serde_json::to_value(&facts).unwrap());
        let state = call(context, Event::from(EventFacts::Publication(facts.into())), Vec::new(), None);
        let case = case_of(read::all(&state));
        let groups = ["service", "model", "provider", "tenant", "subject", "agreement", "standing", "general"];
        let of_groups = groups.iter().flat_map(|group| {
            let fields = context_json[group].as_object().cloned().unwrap_or_default();
            fields.into_iter().map(move |(name, value)| (format!("{group}.{name}"), value))
        });
        let of_event = facts_json.as_object().cloned().unwrap_or_default().into_iter();
        let of_event = of_event.map(|(name, value)| (format!("event.{name}"), value));
        for (path, value) in of_groups.chain(of_event) {
            let Some(fact) = case.fact(&path) else { panic!("{path} is not there: {value}") };
            n_known += 1;
            assert_eq!(without_empty_lists(as_json(&fact)), without_empty_lists(value), "{path}");
        }
        assert_eq!(case.fact("event.no-such-fact"), None);
    }
    assert!(n_known > 1_000, "{n_known}");
}

/// A value as facts hold it: an empty list inside a record is not there.
fn without_empty_lists(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(all) => all.into_iter().map(without_empty_lists).collect(),
        serde_json::Value::Object(mut fields) => {
            fields.retain(|_, value| value.as_array().is_none_or(|all| !all.is_empty()));
            fields
                .into_iter()
                .map(|(name, value)| (name, without_empty_lists(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        other @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_)) => other,
    }
}

fn as_json(fact: &Fact) -> serde_json::Value {
    match fact {
        Fact::Flag(flag) => (*flag).into(),
        Fact::Number(number) => (*number).into(),
        Fact::Text(text) => text.clone().into(),
        Fact::Date(day) => format!("{:04}-{:02}-{:02}", day.year, day.month, day.day).into(),
        Fact::List(all) => all.iter().map(as_json).collect(),
        Fact::Record(fields) => fields
            .iter()
            .map(|(name, fact)| (name.replace('_', "-"), as_json(fact)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn compare_what_a_call_is_shown(compared: &mut Compared) {
    for seed in 0..200 {
        let bytes = bytes_of(seed, 4_000);
        let mut dice = Dice::new(&bytes);
        let mut event = Event::new(specialis_core::EventKind::Output);
        event.parts = (0..dice.below(4)).map(|_| any(&mut dice)).collect();
        event.signals = (0..dice.below(4)).map(|_| any(&mut dice)).collect();
        let said = [Speech::default(), Speech { act: Act::Offer, is_mention: true, ..Speech::default() }];
        let lexicon = HitOrigin::Lexicon { lexicon: "general#violence".into(), term: 7 };
        let origins = [HitOrigin::Detector("mobile"), HitOrigin::Pattern("odd".into()), lexicon];
        let hits = (0..u32::from(dice.byte() % 5)).map(|start| PartHit {
            span: Span { part: 0, start, end: start + 3 },
            category: (*dice.one_of(&["a1.violence", "pi.mobile"])).into(),
            weight: dice.byte(),
            origin: dice.one_of(&origins).clone(),
            speech: *dice.one_of(&said),
        });
        let stretch = (seed % 2 == 0).then_some(Span { part: 1, start: 2, end: 300 });
        let hits = hits.collect();
        let state = call(Context::default(), event, hits, stretch);
        let case = case_of(read::all(&state));
        same!(compared, shown::brief(&state), case.brief());
        same!(compared, shown::parts(&state), case.parts());
        same!(compared, shown::hits(&state), case.hits());
        same!(compared, shown::signals(&state), case.signals());
        same!(compared, shown::stretch(&state), case.stretch());
        let spoken: Vec<_> = case.hits().iter().filter_map(|hit| case.speech(hit)).collect();
        let first_of = |hit: u32| {
            let typed = shown::hits(&state);
            let hit = usize::try_from(hit).unwrap();
            typed.iter().position(|one| format!("{one:?}") == format!("{:?}", typed[hit])) == Some(hit)
        };
        let typed: Vec<_> = shown::speeches(&state).into_iter().filter(|speech| first_of(speech.hit)).collect();
        assert!(typed.iter().all(|one| spoken.iter().any(|other| format!("{one:?}") == format!("{other:?}"))));
    }
    // Reading a text makes frames, and nothing else does.
    let at = super::types::Span { part: 1, start: 2, end: 3 };
    let hit = super::text::Hit { at, category: "c".to_owned(), weight: 9, lexicon: None, detector: None };
    let (frames, act) = (vec!["fiction".to_owned(), "question".to_owned()], Some("offer".to_owned()));
    let spoken = super::text::Speech { hit: 1, act, frames, is_mention: true };
    let other = super::text::Hit { weight: 8, ..hit.clone() };
    let mut sections = Sections::default();
    sections.add(15, &vec![other, hit]);
    sections.add(16, &vec![spoken.clone()]);
    let case = case_of(Sections::joined(&[&sections]));
    let read = case.hits().iter().find_map(|hit| case.speech(hit)).expect("the second hit is spoken of");
    same!(compared, spoken, read);
}

#[test]
fn what_a_call_is_shown_reads_the_same() {
    compare_what_a_call_is_shown(&mut Compared::default());
}

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/since-v0.1.0/records.rs"));

/// Every field of every record of the contract, as `Record.field`.
macro_rules! fields {
    ($($interface:ident $record:ident { $($field:ident),+ $(,)? })+) => {
        [$($(concat!(stringify!($record), ".", stringify!($field))),+),+]
    };
}

/// What a policy writes, and what it reads by name alone.
const NOT_READ: [&str; 8] =
    ["Citation.", "Demand.", "Extra.", "Finding.", "Measure.", "Outcome.", "Param.", "SectorFact."];

#[test]
fn no_field_of_a_record_is_left_uncompared() {
    let mut compared = Compared::default();
    compare_groups_of_the_context(&mut compared);
    compare_facts_of_events(&mut compared);
    compare_what_a_call_is_shown(&mut compared);
    let all = contract_records!(fields);
    let read = all.iter().filter(|field| !NOT_READ.iter().any(|record| field.starts_with(record)));
    let missing: Vec<_> = read.filter(|field| !compared.0.contains(&field.replace('_', "-"))).collect();
    assert!(all.len() > 200 && missing.is_empty(), "never compared, or always absent: {missing:?}");
}

#[test]
fn a_field_that_says_nothing_is_not_counted_as_compared() {
    let mut compared = Compared::default();
    compared.note(
        "Outer { a: None, b-c: Some(Inner { d: 0, e: Some(0), f: [] }), g: [Inner { h: \"x\" }], i: false, j: true }",
    );
    let noted: Vec<&str> = compared.0.iter().map(String::as_str).collect();
    assert_eq!(noted, ["Inner.e", "Inner.h", "Outer.b-c", "Outer.g", "Outer.j"]);
}

#[test]
fn typed_findings_are_read_as_those_of_the_sdk() {
    use super::types::{
        Answer, Citation, Date, Demand, Finding, Level as Typed, Measure as Asked, Obligation, Param, ParamValue, Span,
    };
    const RULE: Rule = Rule::new("R1", "im.art9", cite("IM", "9"));
    let cite_of = || Citation { instrument: "IM".to_owned(), article: "9".to_owned() };
    let at = || Span { part: 1, start: 4, end: 70_000 };
    let param = |name: &str, value| Param { name: name.to_owned(), value };
    let params = vec![
        param("keep-days", ParamValue::Number(-5)),
        param("on", ParamValue::Date(Date { year: 2026, month: 11, day: 2 })),
        param("within", ParamValue::Seconds(u64::MAX)),
        param("by", ParamValue::Id("a1".to_owned())),
    ];
    let actions = vec![
        Obligation::Stop,
        Obligation::Replace("t".to_owned()),
        Obligation::Append("u".to_owned()),
        Obligation::Redact(at()),
        Obligation::Measure(Asked { id: "record".to_owned(), params }),
    ];
    let demand = |level, reason: &str| Demand {
        level,
        obligations: actions.clone(),
        spans: vec![at()],
        cite: cite_of(),
        reason: reason.to_owned(),
    };
    let (duty, rule) = (|| "im.art9".to_owned(), || "R1".to_owned());
    let typed: Vec<Finding> = [
        Answer::NotApplicable("none".to_owned()),
        Answer::Met(cite_of()),
        Answer::Require(demand(Typed::Stop, "because")),
        Answer::InsteadOf(demand(Typed::Mark, "other")),
        Answer::Unknown("dark".to_owned()),
    ]
    .into_iter()
    .map(|answer| Finding { duty: duty(), rule: rule(), answer, kinds: vec!["output".to_owned()], extra: Vec::new() })
    .collect();
    let at = specialis_policy::Span { part: 1, start: 4, end: 70_000 };
    let record = || {
        let record = Measure::new("record").number("keep-days", -5).date("on", specialis_policy::Date::of(2026, 11, 2));
        record.seconds("within", u64::MAX).id("by", "a1")
    };
    let asking = |finding: specialis_policy::Finding| {
        finding.stop().replace("t").append("u").redact(at).measure(record()).at(at).on(&["output"])
    };
    let by_sdk = [
        RULE.not_applicable("none").on(&["output"]),
        RULE.met().on(&["output"]),
        asking(RULE.require(Level::Stop, "because")),
        asking(RULE.instead_of(Level::Mark, "other")),
        RULE.unknown("dark").on(&["output"]),
    ];
    let read =
        |bytes: &[u8]| -> Vec<_> { split(bytes, 9).unwrap().into_iter().map(|one| finding(one).unwrap()).collect() };
    let written = Writer::bytes_of(&typed);
    assert_eq!(read(&written), read(&answer_of(&by_sdk)));
}

#[test]
fn a_policy_sees_the_facts_of_its_own_sector_typed_and_by_value() {
    let day = "2026-11-02".parse().unwrap();
    let mut context = Context::default();
    let mut event = Event::new(specialis_core::EventKind::Output);
    for (name, value) in [("approved-on", SectorValue::Day(day)), ("note", SectorValue::Text("2026-11-02".to_owned()))]
    {
        context.sector_facts.insert("medical".into(), name, value);
    }
    let routes = SectorValue::Texts(vec!["oral".to_owned(), "topical".to_owned()]);
    for (name, value) in
        [("dose-mg", SectorValue::Number(-5)), ("routes", routes), ("prescribed", SectorValue::Flag(true))]
    {
        event.sector_facts.insert("medical".into(), name, value);
    }
    for facts in [&mut context.sector_facts, &mut event.sector_facts] {
        facts.insert("film".into(), "tier", SectorValue::Text("key".to_owned()));
    }
    let mut state = call(context, event, Vec::new(), None);
    let case = case_of(read::all(&state));
    let of = |name: &str| case.sector_fact(name);
    assert_eq!(of("approved-on"), Some(Fact::Date(specialis_policy::Date::of(2026, 11, 2))));
    assert_eq!(of("note"), Some(Fact::Text("2026-11-02".to_owned())));
    assert_eq!((of("dose-mg"), of("prescribed")), (Some(Fact::Number(-5)), Some(Fact::Flag(true))));
    assert!(of("routes").is_some_and(|routes| routes.has("topical") && !routes.has("nasal")));
    assert_eq!((of("tier"), of("dose"), case.fact("sector.dose-mg")), (None, None, Some(Fact::Number(-5))));

    let names =
        |facts: Vec<super::types::SectorFact>| -> Vec<String> { facts.into_iter().map(|one| one.name).collect() };
    assert_eq!(names(super::context::Host::sector_facts(&mut state).unwrap()), ["approved-on", "note"]);
    assert_eq!(names(super::facts::Host::sector_facts(&mut state).unwrap()), ["dose-mg", "prescribed", "routes"]);
    let source = |state: &mut CallState, path: &str| super::event::Host::source(state, path.to_owned()).unwrap();
    assert_eq!(source(&mut state, "sector-facts.medical.dose-mg").as_deref(), Some("platform"));
    assert_eq!(source(&mut state, "sector-facts.film.tier"), None, "of another sector");
    // What carries no sector's law has no such facts.
    state.sector = None;
    assert_eq!(case_of(read::all(&state)).sector_fact("note"), None);
    assert!(super::context::Host::sector_facts(&mut state).unwrap().is_empty());
}

#[test]
fn findings_come_back_as_they_were_handed_over() {
    const RULE: Rule = Rule::new("R1", "im.art9", cite("IM", "9"));
    let at = specialis_policy::Span { part: 1, start: 4, end: 70_000 };
    let record = Measure::new("record").number("keep-days", -5).date("on", specialis_policy::Date::of(2026, 11, 2));
    let findings = [
        RULE.not_applicable("none"),
        RULE.met(),
        RULE.unknown("dark"),
        RULE.require(Level::Stop, "because").stop().replace("t").append("u").redact(at).at(at).on(&["output"]),
        RULE.instead_of(Level::Mark, "other").measure(record.seconds("within", u64::MAX).id("by", "a1")),
    ];
    let bytes = answer_of(&findings);
    let read: Vec<_> = split(&bytes, 9).unwrap().into_iter().map(|one| finding(one).unwrap()).collect();
    let json = serde_json::to_string(&read).unwrap();
    let expected = concat!(
        r#"[{"duty":"im.art9","rule":"R1","answer":{"not-applicable":"none"}},"#,
        r#"{"duty":"im.art9","rule":"R1","answer":{"met":{"instrument":"IM","article":"9"}}},"#,
        r#"{"duty":"im.art9","rule":"R1","answer":{"unknown":"dark"}},"#,
        r#"{"duty":"im.art9","rule":"R1","answer":{"require":{"level":"stop","obligations":["stop",{"replace":"t"},{"append":"u"},"#,
        r#"{"redact":{"part":1,"start":4,"end":70000}}],"spans":[{"part":1,"start":4,"end":70000}],"#,
        r#""citation":{"instrument":"IM","article":"9"},"reason":"because"}},"kinds":["output"]},"#,
        r#"{"duty":"im.art9","rule":"R1","answer":{"instead-of":{"level":"mark","obligations":[{"measure":{"id":"record","params":"#,
        r#"{"by":{"id":"a1"},"keep-days":{"number":-5},"on":{"date":"2026-11-02"},"within":{"seconds":18446744073709551615}}}}],"#,
        r#""spans":[],"citation":{"instrument":"IM","article":"9"},"reason":"other"}}}]"#,
    );
    assert_eq!(json, expected);
}
