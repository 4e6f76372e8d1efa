//! Limits that need hosts of their own: wall clock, fuel over a session, slots.

use std::thread;
use std::time::Duration;

use specialis::{HostBuilder, Limits, SandboxError, StageCause};
use specialis_core::{Context, EvaluationState, Event, EventKind, FaultKind, Level};
use specialis_tests::{Guest, Manifest, Wire, events, hosts};
use wit_parser::Function;
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};

use super::{assert_faults, assert_same_thousand, assert_tightened, beside_witness};

/// A host with the hostile guest and its neighbor, about to be built.
fn builder(guest: &Guest) -> HostBuilder {
    hosts::builder(beside_witness(guest))
}

fn limited(guest: &Guest, limits: Limits) -> specialis::Host {
    hosts::build(builder(guest).limits(limits))
}

/// Limits under which nothing that is done adds fuel.
fn without_fuel() -> Limits {
    Limits { fuel_per_call: 0, fuel_per_char: 0, fuel_per_item: 0, ..Limits::default() }
}

#[test]
fn an_endless_loop_with_fuel_enough_meets_the_deadline() {
    let limits = || Limits { fuel_base: 1 << 60, deadline: Duration::from_millis(20), ..Limits::default() };
    let guest = Guest::from_file("endless-loop");
    let host = limited(&guest, limits());
    assert_faults(&host, FaultKind::Deadline);
    assert_same_thousand(&host, &limited(&guest, limits()));
}

#[test]
fn a_wall_clock_strike_is_marked_as_an_intervention() {
    let limits = Limits { fuel_base: 1 << 60, deadline: Duration::from_millis(20), ..Limits::default() };
    let host = limited(&Guest::from_file("endless-loop"), limits);
    assert!(hosts::decide(&host, "struck", &Context::default(), &events::with_phone()).intervened);
    assert!(!hosts::decide(&host, "ordinary", &Context::default(), &events::ordinary(0)).intervened);
}

#[test]
fn fuel_adds_up_over_a_session() {
    let limits = || Limits { fuel_base: 100_000, ..without_fuel() };
    let spender = || limited(&Guest::from_file("spends-most").with("turns", "12000"), limits());
    let host = spender();
    for session in ["first", "second"] {
        let mut session = host.open(session, Context::default());
        let first = session.submit(events::with_phone());
        let fuel = first.observation.fuel["hostile"];
        assert!((50_001..100_000).contains(&fuel), "the first call spent {fuel}");
        assert_eq!(first.decision.evaluations["hostile"].state, EvaluationState::Evaluated);
        let second = session.submit(events::with_phone());
        assert_tightened(&host, &second.decision, FaultKind::Fuel);
    }
    assert_same_thousand(&host, &spender());
}

#[test]
fn characters_judged_add_fuel() {
    let limits = Limits { fuel_base: 40_000, fuel_per_char: 1_000, ..without_fuel() };
    let host = limited(&Guest::from_file("spends-most").with("turns", "12000"), limits);
    let short = hosts::decide(
        &host,
        "short",
        &Context::default(),
        &specialis_core::Event::new(specialis_core::EventKind::Tool),
    );
    assert_eq!(short.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Fuel));
    let long = events::with_phone().with_text("请".repeat(60));
    assert_eq!(hosts::decide(&host, "long", &Context::default(), &long).evaluations["hostile"].fault, None);
}

#[test]
fn calls_and_hits_add_fuel() {
    let spender = |limits: Limits| {
        let host = limited(&Guest::from_file("spends-most").with("turns", "12000"), limits);
        let mut session = host.open("s", Context::default());
        let mut judge = || session.submit(events::with_phone()).decision.evaluations["hostile"].fault.clone();
        [judge(), judge(), judge()].map(|fault| fault.map(|fault| fault.kind))
    };
    let base = || Limits { fuel_base: 100_000, ..without_fuel() };
    assert_eq!(spender(base()), [None, Some(FaultKind::Fuel), Some(FaultKind::Fuel)]);
    assert_eq!(spender(Limits { fuel_per_call: 100_000, ..base() }), [None, None, None]);
}

#[test]
fn reading_from_the_host_takes_fuel_by_the_byte() {
    let fuel = |read: &str| {
        let guest = Guest::from_file("reads-so-much").with("read", "by-slice").with("end", read);
        let host = limited(&guest, Limits::default());
        host.open("s", Context::default()).submit(events::with_phone()).observation.fuel["hostile"]
    };
    assert_eq!(fuel("29") - fuel("8"), 2 * 21);
}

/// A function that a policy may import.
struct Import {
    module: String,
    name: String,
    signature: WasmSignature,
}

impl Import {
    fn all() -> Vec<Self> {
        let wire = Wire::read();
        let resolve = wire.resolve();
        let of = |(id, interface): (_, &wit_parser::Interface)| {
            let module = resolve.id_of(id).unwrap();
            let import = |function: &Function| Self {
                module: module.clone(),
                name: function.name.clone(),
                signature: resolve.wasm_signature(AbiVariant::GuestImport, function),
            };
            interface.functions.values().map(import).collect::<Vec<_>>()
        };
        resolve.interfaces.iter().flat_map(of).collect()
    }
}

/// A guest that calls a function once, or not at all. Texts that it passes have so many bytes, other parameters are zero.
fn calling(import: &Import, length: usize, is_called: bool) -> Guest {
    let Import { module, name, signature } = import;
    let word = |ty: &WasmType| match ty {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::F32 | WasmType::F64 => panic!("the contract has no such numbers"),
    };
    let words = |all: &[WasmType]| all.iter().map(word).collect::<Vec<_>>().join(" ");
    // What it returns lies on the second page, above everything else.
    let last = signature.params.len().saturating_sub(1);
    let argument = |(n, ty): (usize, &WasmType)| match ty {
        WasmType::Pointer if signature.retptr && n == last => "(i32.const 120000)".to_owned(),
        WasmType::Pointer => "(i32.const 80000)".to_owned(),
        WasmType::Length => format!("(i32.const {length})"),
        other => format!("({}.const 0)", word(other)),
    };
    let arguments = signature.params.iter().enumerate().map(argument).collect::<Vec<_>>().join(" ");
    let drops = "(drop)".repeat(signature.results.len());
    let call = if is_called { format!("(call $it {arguments}) {drops}") } else { String::new() };
    let (params, results) = (words(&signature.params), words(&signature.results));
    let text = format!(
        r#"(module (import "{module}" "{name}" (func $it (param {params}) (result {results})))
  {{{{runtime}}}}
  (func (export "judge") (param i32 i32) (result i32) {call} (i32.const {{{{outcome {{}}}}}})))"#
    );
    Guest::from_text(name, &text)
}

/// The fuel that a call of a function takes beyond what its policy takes without it.
fn fuel_of_call(import: &Import, length: usize, context: &Context, event: &Event) -> u64 {
    let manifest = || {
        let wakes = "hits = [\"output\"]\ncategories = [\"a1.violence\"]";
        Manifest::hostile().on(&["tool", "publication", "training-intake"]).waking(wakes)
    };
    let fuel = |is_called| {
        let guest = calling(import, length, is_called).under(manifest());
        let guest = guest.with_lexicon("terms", "term,category\n样例甲,a1.violence\n");
        let judged = limited(&guest, Limits::default()).open("s", context.clone()).submit(event.clone());
        judged.observation.fuel["hostile"]
    };
    fuel(true) - fuel(false)
}

#[test]
fn every_import_takes_fuel() {
    for import in Import::all() {
        let fuel = fuel_of_call(&import, 0, &Context::default(), &events::with_phone());
        assert!(fuel >= 100, "{} of {} takes {fuel}", import.name, import.module);
    }
}

#[test]
fn imports_take_fuel_by_the_byte_of_what_goes_in_and_out() {
    let long = || "甲".repeat(400);
    let mut context = Context { locale: Some(long()), ..Context::default() };
    context.service.report_authority = Some(long());
    let mut event = events::with_phone();
    event.parts[0].channel = Some(long());
    let (none, usual) = (Context::default(), events::with_phone());
    for import in Import::all() {
        let fuel = |length, context: &Context, event: &Event| fuel_of_call(&import, length, context, event);
        let (less, more) = match (import.module.split(['/', '@']).nth(1).unwrap(), import.name.as_str()) {
            ("context", "more-service") | ("event", "brief") => (fuel(0, &none, &usual), fuel(0, &context, &usual)),
            ("event", "parts") => (fuel(0, &none, &usual), fuel(0, &none, &event)),
            ("event", "read") => (fuel(0, &none, &usual), fuel(0, &context, &event)),
            ("settings", _) | ("context", "source" | "sector") | ("event", "source" | "answer") | ("log", _) => {
                (fuel(0, &none, &usual), fuel(400, &none, &usual))
            }
            ("text", "hits" | "speeches") => {
                let said = |n: usize| Event::new(EventKind::Output).with_text("样例甲，".repeat(n));
                (fuel(0, &none, &said(1)), fuel(0, &none, &said(20)))
            }
            _ => continue,
        };
        assert!(more >= less + 2 * 380, "{} of {} takes {less}, then {more}", import.name, import.module);
    }
}

#[test]
fn one_reading_of_text_is_bounded() {
    let limits = Limits { slice: 10, ..Limits::default() };
    for read in ["by-slice", "by-around"] {
        for (end, fault) in [("10", None), ("11", Some(FaultKind::BadRead)), ("4000000000", Some(FaultKind::BadRead))] {
            let guest = Guest::from_file("reads-so-much").with("read", read).with("end", end);
            let host = limited(&guest, limits.clone());
            let decision = hosts::decide(&host, "reads", &Context::default(), &events::with_phone());
            match fault {
                Some(fault) => assert_tightened(&host, &decision, fault),
                None => assert_eq!(decision.evaluations["hostile"].fault, None, "{read} to {end}"),
            }
        }
    }
}

#[test]
fn a_full_pool_makes_threads_wait_and_never_fail() {
    let host = hosts::build(builder(&Guest::from_file("remembers")).threads(1));
    let alone: Vec<String> =
        (0..400).map(|n| hosts::json(&hosts::decide(&host, "s", &Context::default(), &events::ordinary(n)))).collect();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for (n, alone) in alone.iter().enumerate() {
                    let decision = hosts::decide(&host, "s", &Context::default(), &events::ordinary(n));
                    assert!(decision.evaluations.values().all(|evaluation| evaluation.fault.is_none()));
                    assert_eq!(hosts::json(&decision), *alone);
                }
            });
        }
    });
}

#[test]
fn two_threads_decide_as_one() {
    let guest = Guest::from_file("remembers");
    let one = hosts::build(builder(&guest).threads(1));
    let two = hosts::build(builder(&guest).threads(2));
    let judge = |host: &specialis::Host, n: usize| {
        let mut session = host.open(format!("s-{n}"), Context::default());
        let events = [events::with_phone(), events::ordinary(n), events::with_phone()];
        events.map(|event| hosts::json(&session.submit(event).decision))
    };
    let alone: Vec<_> = (0..500).map(|n| judge(&one, n)).collect();
    thread::scope(|scope| {
        for half in 0..2 {
            let (two, alone, judge) = (&two, &alone, &judge);
            scope.spawn(move || {
                for n in (half..500).step_by(2) {
                    assert_eq!(judge(two, n), alone[n]);
                }
            });
        }
    });
}

#[test]
fn fewer_slots_than_threads_are_refused() {
    let error = builder(&Guest::from_file("trap")).threads(4).slots(3).build().err().expect("it is refused");
    let is_too_small =
        matches!(error.cause(), StageCause::Sandbox(SandboxError::PoolTooSmall { slots: 3, threads: 4 }));
    assert!(is_too_small, "{}", hosts::chain(&error));
}

#[test]
fn many_sessions_stay_open_on_one_slot() {
    let host = hosts::build(builder(&Guest::from_file("remembers")).threads(1));
    let mut sessions: Vec<_> = (0..2_000).map(|n| host.open(format!("s-{n}"), Context::default())).collect();
    for round in 0..2 {
        for session in &mut sessions {
            let verdict = session.submit(events::with_phone()).decision.verdict;
            assert_eq!(verdict, if round == 0 { Level::Pass } else { Level::Mark });
        }
    }
}
