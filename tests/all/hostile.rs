//! Hostile guests: every limit and every broken promise is a fault with a name, tightens what the policy governs, gives nothing
//! away and leaves no trace on what is decided afterwards.

mod about;
mod by_value;
mod compile;
mod leaks;
mod limits;
mod load;
mod memory;
mod sectors;

use specialis::{Candidate, Host};
use specialis_core::{Context, Decision, EvaluationState, Failure, FaultKind, Level, Precedence};
use specialis_tests::{Guest, Manifest, PHONE, captured, events, files, hosts};

const ADVERT: [&str; 2] = ["限时特惠", "limited offer"];

/// The hostile guest and its well-behaved neighbor.
fn beside_witness(guest: &Guest) -> Candidate {
    let witness = Guest::from_file("witness").under(Manifest::witness());
    hosts::candidate().policy("hostile", guest.pack()).policy("witness", witness.pack())
}

/// Fails where a text holds the phone number, however it is broken up, or the advert.
fn assert_clean(what: &str, text: &str) {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    assert!(!bare.contains(PHONE), "the phone number stands in the {what}: {text}");
    for words in ADVERT {
        assert!(!text.contains(words), "the advert stands in the {what}: {text}");
    }
}

/// Strikes once, then judges a thousand ordinary events: the fault has the right name, every governed duty is at its failure
/// level to the session's end, nothing is given away, and the events are decided as on a host that was never struck.
fn assert_contained(guest: &Guest, fault: FaultKind) {
    let struck = hosts::host(beside_witness(guest));
    assert_faults(&struck, fault);
    let fresh = hosts::host(beside_witness(guest));
    assert_same_thousand(&struck, &fresh);
}

fn assert_faults(host: &Host, fault: FaultKind) {
    let mut session = host.open("struck", Context::default());
    for event in [events::with_phone(), events::ordinary(0), events::with_phone()] {
        let (judged, log) = captured(|| session.submit(event));
        let decision = &judged.decision;
        assert_tightened(host, decision, fault);
        for duty in &Manifest::hostile().governs {
            let resolved = decision.duty(duty).unwrap_or_else(|| panic!("nothing on `{duty}`"));
            assert_eq!(resolved.findings.iter().filter(|found| found.policy.as_str() == "hostile").count(), 0);
        }
        assert!(judged.release.parts.iter().all(|(_, text)| text.is_none()), "something was released");
        assert_clean("decision", &hosts::json(decision));
        assert_clean("log", &log);
    }
}

/// Fails unless the guest has this fault and every duty it governs is at its failure level or above, by R6.
fn assert_tightened(host: &Host, decision: &Decision, fault: FaultKind) {
    let evaluation = &decision.evaluations["hostile"];
    assert_eq!(evaluation.state, EvaluationState::Unavailable, "{}", hosts::json(decision));
    assert_eq!(evaluation.fault.as_ref().map(|fault| fault.kind), Some(fault));
    for duty in &Manifest::hostile().governs {
        let fail = host.edition().registry().duties[duty.as_str()].fail;
        let resolved = decision.duty(duty).unwrap_or_else(|| panic!("nothing on `{duty}`"));
        assert!(resolved.level >= fail, "`{duty}` is at {:?}, below {fail:?}", resolved.level);
        assert!(resolved.rules.contains(&Precedence::R6), "`{duty}` does not name R6");
        assert!(matches!(resolved.failed["hostile"], Failure::Fault(_)));
    }
    assert!(decision.verdict >= Level::Review);
}

/// Judges a thousand ordinary events on both hosts: the same decisions, and the ones the witness asks for.
fn assert_same_thousand(struck: &Host, fresh: &Host) {
    assert_same_thousand_at(struck, fresh, Level::Pass);
}

/// The same where something else keeps every event at `least`.
fn assert_same_thousand_at(struck: &Host, fresh: &Host, least: Level) {
    for n in 0..1_000 {
        let session = format!("ordinary-{n}");
        let judge = |host: &Host| host.open(session.as_str(), Context::default()).submit(events::ordinary(n));
        let (one, other) = (judge(struck), judge(fresh));
        assert_eq!(hosts::json(&one.decision), hosts::json(&other.decision));
        assert_eq!(one.release, other.release);
        let expected = [Level::Pass, Level::Mark, Level::Redact, Level::Review][n % 4].max(least);
        assert_eq!(one.decision.verdict, expected, "{}", hosts::json(&one.decision));
    }
}

macro_rules! hostile {
    ($($sentence:ident: $file:literal is $fault:ident;)+) => {
        /// Guests that strike whenever they are called, each with the fault that it comes to.
        pub(crate) const STRIKES: &[(&str, FaultKind)] = &[$(($file, FaultKind::$fault)),+];

        $(
            #[test]
            fn $sentence() {
                assert_contained(&Guest::from_file($file), FaultKind::$fault);
            }
        )+
    };
}

hostile! {
    an_endless_loop_runs_out_of_fuel: "endless-loop" is Fuel;
    a_memory_bomb_is_stopped_at_the_limit: "memory-bomb" is Memory;
    a_growing_table_is_stopped_at_the_limit: "table-growth" is Table;
    deep_recursion_exhausts_the_guests_stack: "deep-recursion" is Stack;
    a_trap_is_a_fault: "trap" is Trap;
    an_oversize_answer_is_a_fault: "oversize-output" is OutputSize;
    a_list_that_claims_more_than_memory_is_a_fault: "oversize-list" is Trap;
    too_many_findings_are_a_fault: "too-many-findings" is FindingCount;
    an_oversize_state_is_a_fault: "oversize-state" is StateSize;
    a_span_past_the_end_is_a_fault: "span-past-end" is SpanRange;
    a_span_in_a_missing_part_is_a_fault: "span-of-no-part" is SpanRange;
    an_empty_span_is_a_fault: "span-empty" is SpanRange;
    a_reversed_span_is_a_fault: "span-reversed" is SpanRange;
    a_span_inside_a_character_is_a_fault: "span-inside-character" is SpanCharacter;
    a_span_that_nobody_reported_is_a_fault: "span-unreported" is SpanUnreported;
    a_measure_that_is_asked_for_twice_is_a_fault: "asks-twice" is ObligationCount;
    a_duty_it_does_not_govern_is_a_fault: "ungoverned-duty" is UngovernedDuty;
    a_rule_answers_on_its_own_duties_alone: "rule-of-another-duty" is UndeclaredDuty;
    an_undeclared_rule_is_a_fault: "undeclared-rule" is UndeclaredRule;
    an_undeclared_reason_is_a_fault: "undeclared-reason" is UndeclaredReason;
    an_undeclared_text_is_a_fault: "undeclared-text" is UndeclaredText;
    an_undeclared_measure_is_a_fault: "undeclared-measure" is UndeclaredMeasure;
    an_unregistered_measure_is_a_fault: "unregistered-measure" is UndeclaredMeasure;
    an_unregistered_parameter_is_a_fault: "unregistered-parameter" is UnregisteredParameter;
    a_double_parameter_is_a_fault: "double-parameter" is UnregisteredParameter;
    a_day_that_is_none_is_a_fault: "no-such-day" is UnregisteredValue;
    terminating_the_user_without_a_grant_is_a_fault: "terminates-user" is UngrantedMeasure;
    appending_an_advert_without_a_grant_is_a_fault: "appends-advert" is UngrantedMeasure;
    replacing_the_answer_without_a_grant_is_a_fault: "replaces-answer" is UngrantedMeasure;
    an_empty_citation_is_a_fault: "empty-citation" is BadCitation;
    a_blank_citation_is_a_fault: "blank-citation" is BadCitation;
    an_undeclared_instrument_is_a_fault: "undeclared-instrument" is BadCitation;
    an_extra_entry_of_a_finding_is_a_fault: "extra-of-finding" is UnknownExtra;
    an_extra_entry_of_an_outcome_is_a_fault: "extra-of-outcome" is UnknownExtra;
    an_unknown_kind_is_a_fault: "unknown-kind" is UnknownKind;
    one_bad_finding_spoils_the_answer: "one-bad-of-many" is UndeclaredReason;
    an_answer_outside_memory_is_a_fault: "dangling-answer" is Trap;
    a_string_that_is_not_text_is_a_fault: "not-text" is Trap;
    an_allocator_that_lies_is_a_fault: "lying-allocator" is Trap;
    reading_past_the_end_is_a_fault: "reads-past-end" is BadRead;
    reading_inside_a_character_is_a_fault: "reads-inside-character" is BadRead;
    reading_in_a_missing_part_is_a_fault: "reads-no-part" is BadRead;
    reading_all_of_it_without_end_runs_out_of_fuel: "reads-all" is Fuel;
    a_log_flood_is_a_fault: "log-flood" is LogFlood;
    a_long_log_line_is_a_fault: "long-log-line" is LogFlood;
}

#[test]
fn every_guest_says_what_it_proves_and_is_used() {
    let sources: String = ["all", "support"]
        .into_iter()
        .flat_map(|folder| files::below(folder).into_iter().map(move |file| format!("{folder}/{}", file.display())))
        .map(files::read)
        .collect();
    for file in files::below("guests") {
        let name = file.file_stem().expect("a guest has a name").to_string_lossy();
        assert!(sources.contains(&format!("\"{name}\"")), "no test uses the guest `{name}`");
        let file = file.display();
        let text = files::read(format!("guests/{file}"));
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with(";; Proves "), "`{file}` does not say what it proves in its first line");
    }
}
