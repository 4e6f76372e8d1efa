//! Growth: doubling an input at most doubles what judging it costs. Cost is counted, never timed: allocations and their bytes, the
//! fuel of the policies, and the bytes of the decisions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use specialis::{Candidate, EventLimits, Host, Judged, Limits, Step};
use specialis_core::{Bound, Decision, Event, EventKind, Level, Part, Signal, Status};
use specialis_tests::{Guest, Manifest, events, hosts};

/// By how much the cost may grow where an input doubles.
const MOST: f64 = 2.3;

/// What judging took.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    allocations: u64,
    bytes: u64,
    fuel: u64,
    decided: u64,
}

impl Cost {
    fn add(&mut self, judged: &Judged) {
        self.fuel += judged.observation.fuel.values().sum::<u64>();
        self.decide(&judged.decision);
    }

    fn decide(&mut self, decision: &Decision) {
        self.decided += u64::try_from(hosts::json(decision).len()).unwrap();
    }
}

/// Counts what a run takes, once everything that is made only once was made.
fn counted(mut run: impl FnMut(&mut Cost)) -> Cost {
    run(&mut Cost::default());
    let mut cost = Cost::default();
    let allocated = allocation_counter::measure(|| run(&mut cost));
    Cost { allocations: allocated.count_total, bytes: allocated.bytes_total, ..cost }
}

/// Fails where doubling `n` more than doubles some cost.
fn assert_linear(what: &str, n: usize, cost: impl Fn(usize) -> Cost) {
    let (one, two) = (cost(n), cost(2 * n));
    let pairs = [
        ("allocations", one.allocations, two.allocations),
        ("bytes", one.bytes, two.bytes),
        ("fuel", one.fuel, two.fuel),
        ("bytes of decisions", one.decided, two.decided),
    ];
    for (name, one, two) in pairs {
        assert!(two as f64 <= MOST * one as f64, "{what}: {name} grow from {one} to {two} where {n} become {}", 2 * n);
    }
}

fn rows(n: usize) -> String {
    (0..n).fold(String::new(), |mut text, row| {
        writeln!(text, "客户{row},139{:08},北京", row * 7_919 % 100_000_000).unwrap();
        text
    })
}

/// Judges an event that is whole.
fn whole(host: &Host, event: &Event) -> Cost {
    counted(|cost| cost.add(&host.open("s", events::context()).submit(event.clone())))
}

/// Streams pieces into choices.
fn streamed<'a>(host: &Host, pieces: impl Fn() -> Vec<(u32, Option<&'a str>, String)>) -> Cost {
    counted(|cost| {
        let mut session = host.open("s", events::context());
        let mut stream = session.stream(Event::new(EventKind::Output));
        for (choice, channel, text) in pieces() {
            for step in stream.push(choice, channel, &text) {
                if let Step::Decision(decision) = step {
                    cost.decide(&decision);
                }
            }
        }
        let judged = stream.end();
        cost.add(&judged);
    })
}

fn output(text: String) -> Event {
    Event::new(EventKind::Output).with_text(text)
}

fn with_parts(parts: impl IntoIterator<Item = Part>) -> Event {
    let mut event = Event::new(EventKind::Output);
    event.parts = parts.into_iter().collect();
    event
}

/// A guest that answers one thing to every hit of a category.
fn reading(id: &str, category: &str, lexicon: &str, answer: &str) -> Guest {
    let wakes = format!("hits = [\"output\"]\ncategories = [\"{category}\"]");
    let manifest = Manifest::hostile().called(id).on(&[]).waking(&wakes);
    let guest = Guest::from_file("answers").with("answer", answer).under(manifest);
    guest.with_lexicon(&format!("terms-of-{id}"), lexicon)
}

const NOTHING: &str = r#"{"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": "12"}}}]}"#;

#[test]
fn hits_and_what_is_found_on_them() {
    let host = hosts::host(hosts::built_in());
    assert_linear("hits in a prompt", 400, |n| {
        whole(&host, &Event::new(EventKind::Prompt).with_text("血腥".repeat(n)))
    });
    assert_linear("rows of an output", 200, |n| whole(&host, &output(rows(n))));
    assert_linear("rows of a stream in single characters", 300, |n| {
        streamed(&host, || rows(n).chars().map(|c| (0, None, c.to_string())).collect())
    });
}

#[test]
fn choices_channels_and_parts() {
    let host = hosts::host(hosts::built_in());
    let text = || "手机13912345678。".to_owned();
    let n = |n: usize| u32::try_from(n).unwrap();
    assert_linear("choices", 300, |count| streamed(&host, || (0..n(count)).map(|at| (at, None, text())).collect()));
    let names: Vec<String> = (0..600).map(|at| format!("channel-{at}")).collect();
    assert_linear("channels", 300, |count| {
        streamed(&host, || names.iter().take(count).map(|name| (0, Some(name.as_str()), text())).collect())
    });
    assert_linear("parts", 300, |count| whole(&host, &with_parts((0..count).map(|_| Part::text(text())))));
}

#[test]
fn sentences() {
    let text = "[wakes.text]\nkinds = [\"output\"]\nsentences = true\nkeeps = \"text\"";
    let manifest = Manifest::hostile().on(&[]).waking(text);
    let guest = Guest::from_file("answers").with("answer", NOTHING).under(manifest);
    let host = hosts::host(hosts::candidate().policy("sentences", guest.pack()));
    assert_linear("sentences of an output", 200, |n| whole(&host, &output("今天天气不错。".repeat(n))));
    assert_linear("sentences of a stream", 200, |n| {
        streamed(&host, || (0..n).map(|_| (0, None, "今天天气不错。".to_owned())).collect())
    });
}

/// A guest that asks for two obligations of each sentence. Those of any two sentences cannot stand together.
fn asking_at_each_place() -> Candidate {
    let text = "[wakes.text]\nkinds = [\"output\"]\nsentences = true\nkeeps = \"text\"";
    let manifest = Manifest { may_require: vec!["record".to_owned(), "delete".to_owned()], ..Manifest::hostile() };
    let guest = Guest::from_file("asks-at-each-place").under(manifest.on(&[]).waking(text));
    hosts::candidate().policy("asking", guest.pack())
}

#[test]
fn obligations() {
    let host = hosts::host(asking_at_each_place());
    assert_linear("obligations", 60, |n| whole(&host, &output("今天天气不错。".repeat(n))));
    let judged = host.open("s", events::context()).submit(output("今天天气不错。".repeat(120)));
    let duty = judged.decision.duty("im.art12.marking").unwrap();
    assert_eq!((duty.conflicts.len(), duty.level), (64, Level::Review));
}

#[test]
fn too_many_obligations_are_reviewed_also_where_each_answer_is_known() {
    let limits = EventLimits { obligations: 4, ..EventLimits::default() };
    let host =
        hosts::build(hosts::builder(asking_at_each_place()).limits(Limits { event: limits, ..Limits::default() }));
    let judge = |n: usize| host.open("s", events::context()).submit(output("今天天气不错。".repeat(n)));
    for _ in 0..2 {
        assert!(judge(2).decision.exceeded.is_empty());
        assert_reviewed(&judge(3), Bound::Obligations);
    }
}

#[test]
fn categories_of_one_term() {
    let known = hosts::registry().categories.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert!(known.len() >= 16);
    assert_linear("categories", 8, |n| {
        let categories: Vec<String> = known.iter().take(n).map(|category| format!("{category:?}")).collect();
        let terms = known.iter().take(n).fold("term,category\n".to_owned(), |mut terms, category| {
            writeln!(terms, "样例甲,{category}").unwrap();
            terms
        });
        let wakes = format!("hits = [\"output\"]\ncategories = [{}]", categories.join(", "));
        let manifest = Manifest::hostile().on(&[]).waking(&wakes);
        let guest = Guest::from_file("answers").with("answer", NOTHING).under(manifest).with_lexicon("terms", &terms);
        let host = hosts::host(hosts::candidate().policy("many", guest.pack()));
        whole(&host, &output("样例甲，".repeat(100)))
    });
}

#[test]
fn policies_and_lexicons() {
    assert_linear("policies", 4, |n| {
        let candidate = (0..n).fold(hosts::candidate(), |candidate: Candidate, at| {
            let guest = reading(&format!("p{at}"), "a1.violence", "term,category\n样例甲,a1.violence\n", NOTHING);
            candidate.policy(format!("p{at}"), guest.pack())
        });
        whole(&hosts::host(candidate), &output("样例甲，".repeat(100)))
    });
}

#[test]
fn sessions_and_events() {
    let host = hosts::host(hosts::built_in());
    assert_linear("sessions", 20, |n| {
        counted(|cost| {
            for at in 0..n {
                cost.add(&host.open(format!("s{at}"), events::context()).submit(output(rows(3))));
            }
        })
    });
    assert_linear("events of a session", 20, |n| {
        counted(|cost| {
            let mut session = host.open("s", events::context());
            (0..n).for_each(|_| cost.add(&session.submit(output(rows(3)))));
        })
    });
}

#[test]
fn facts_that_are_refused_again_and_again() {
    let host = hosts::host(hosts::built_in());
    assert_linear("refused facts", 400, |n| {
        counted(|cost| {
            let mut session = host.open("s", events::context());
            for _ in 0..n {
                session.set_sector("film".into(), Status::Yes, "user".into());
                cost.add(&session.submit(Event::new(EventKind::Prompt)));
            }
        })
    });
}

#[test]
fn signals() {
    let host = hosts::host(hosts::built_in());
    assert_linear("signals", 200, |n| {
        let signal = |at: usize| Signal {
            category: "a1.violence".into(),
            score_permille: u32::try_from(at % 300).unwrap(),
            part: None,
            source: None,
        };
        let mut event = output("今天天气不错。".to_owned());
        event.signals = (0..n).map(signal).collect();
        whole(&host, &event)
    });
}

#[test]
fn a_stream_is_decided_as_the_whole_text_is() {
    let host = hosts::host(hosts::built_in());
    let text = rows(120);
    let judged = host.open("s", events::context()).submit(output(text.clone()));
    let mut session = host.open("s", events::context());
    let mut stream = session.stream(Event::new(EventKind::Output));
    let (mut out, mut masked) = (String::new(), 0);
    for c in text.chars() {
        for step in stream.push(0, None, &c.to_string()) {
            match step {
                Step::Text { text, .. } => out.push_str(&text),
                Step::Decision(decision) => {
                    masked += decision.obligations.iter().filter(|due| due.obligation.word() == "redact").count();
                    assert!(hosts::json(&decision).len() < 64 << 10, "a decision between carries what is new");
                }
                Step::Closed { .. } => {}
            }
        }
    }
    let ended = stream.end();
    out.push_str(ended.release.text(0).unwrap_or_default());
    let alike = |decision: &Decision| {
        (decision.verdict, decision.duties.clone(), decision.obligations.clone(), decision.utf16.clone())
    };
    assert_eq!(alike(&ended.decision), alike(&judged.decision));
    assert_eq!(Some(out.as_str()), judged.release.text(0));
    let all = judged.decision.obligations.iter().filter(|due| due.obligation.word() == "redact").count();
    assert_eq!((masked, all >= 120), (all, true), "each mask was told once");
    let demands = judged.decision.duties.iter().flat_map(|duty| &duty.findings).filter_map(|one| one.answer.demand());
    let spans: BTreeMap<usize, u32> = demands.map(|demand| (demand.spans.len(), demand.more_spans)).collect();
    assert!(spans.keys().all(|n| *n <= 64) && spans.get(&64).is_some_and(|more| *more > 0), "{spans:?}");
}

fn bounded(event: EventLimits) -> Host {
    hosts::build(hosts::builder(hosts::built_in()).limits(Limits { event, ..Limits::default() }))
}

/// Fails unless nothing of an event goes out, and its decision names the bound.
fn assert_reviewed(judged: &Judged, bound: Bound) {
    let decision = &judged.decision;
    assert!(decision.exceeded.contains(&bound), "{}", hosts::json(decision));
    assert!(decision.verdict >= Level::Review);
    assert!(judged.release.parts.iter().all(|(_, text)| text.is_none()), "{:?}", judged.release);
    assert!(decision.evaluations.values().all(|one| one.fault.is_none()));
}

#[test]
fn what_exceeds_a_bound_is_reviewed_and_the_next_event_is_not() {
    let usual = EventLimits::default;
    let signal = Signal { category: "a1.violence".into(), score_permille: 1, part: None, source: None };
    let mut scored = output("今天天气不错。".to_owned());
    scored.signals = vec![signal; 3];
    let cases = [
        (EventLimits { hits: 4, ..usual() }, output(rows(5)), Bound::Hits),
        (EventLimits { text: 40, ..usual() }, output("今天天气不错。".repeat(3)), Bound::Text),
        (EventLimits { parts: 2, ..usual() }, with_parts((0..3).map(|_| Part::text("今天天气不错。"))), Bound::Parts),
        (EventLimits { signals: 2, ..usual() }, scored, Bound::Signals),
        (EventLimits { findings: 1, ..usual() }, output(format!("血腥，赌博网站，{}", rows(1))), Bound::Findings),
    ];
    for (limits, event, bound) in cases {
        let host = bounded(limits);
        let mut session = host.open("s", events::context());
        assert_reviewed(&session.submit(event), bound);
        let next = session.submit(Event::new(EventKind::Prompt));
        assert!(next.decision.exceeded.is_empty(), "{bound:?}");
    }
}

#[test]
fn a_stream_that_exceeds_a_bound_closes_at_the_same_place_however_it_is_cut() {
    for limits in
        [EventLimits { hits: 4, ..EventLimits::default() }, EventLimits { text: 101, ..EventLimits::default() }]
    {
        let host = bounded(limits);
        let judge = |pieces: Vec<String>| {
            let mut session = host.open("s", events::context());
            let mut stream = session.stream(Event::new(EventKind::Output));
            let (mut out, mut closed) = (String::new(), Vec::new());
            for step in pieces.iter().flat_map(|piece| stream.push(0, None, piece)).collect::<Vec<_>>() {
                match step {
                    Step::Text { text, .. } => out.push_str(&text),
                    Step::Closed { level, .. } => closed.push(level),
                    Step::Decision(_) => {}
                }
            }
            let judged = stream.end();
            out.push_str(judged.release.text(0).unwrap_or_default());
            (out, closed, hosts::json(&judged.decision))
        };
        let text = rows(12);
        let (out, closed, decision) = judge(vec![text.clone()]);
        assert_eq!(closed, [Level::Review]);
        assert!(out.len() < text.len() && decision.contains("\"exceeded\""), "{decision}");
        assert_eq!(judge(text.chars().map(String::from).collect()), (out, closed, decision));
    }
}

#[test]
fn a_session_that_floods_is_closed_alone() {
    let host = bounded(EventLimits { session_hits: 10, ..EventLimits::default() });
    let (mut flooding, mut other) = (host.open("flood", events::context()), host.open("other", events::context()));
    let n_open = (0..20).take_while(|_| flooding.submit(output(rows(3))).decision.exceeded.is_empty()).count();
    assert!((1..10).contains(&n_open), "{n_open}");
    let closed = flooding.submit(output("今天天气不错。".to_owned()));
    assert_reviewed(&closed, Bound::SessionHits);
    assert!(closed.observation.fuel.is_empty(), "no policy is called");
    assert!(other.submit(output("今天天气不错。".to_owned())).decision.exceeded.is_empty());
    let host = bounded(EventLimits { session_events: 2, ..EventLimits::default() });
    let mut session = host.open("long", events::context());
    for n in 0..4 {
        let decision = session.submit(Event::new(EventKind::Prompt)).decision;
        assert_eq!(decision.exceeded.contains(&Bound::Events), n >= 2, "{n}");
    }
}
