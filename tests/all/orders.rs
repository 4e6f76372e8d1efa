//! What fuzz targets do for hours, for a few seeds: sessions in any order, any answer of a guest, any facts, and a folder that
//! a stranger changes between looks.

use specialis_tests::answers::{Answers, BothForms, Values};
use specialis_tests::dice::{Dice, bytes_of};
use specialis_tests::facts::assert_read_again;
use specialis_tests::looks::assert_only_what_was_published_goes_live;
use specialis_tests::moves::{moves, run};
use specialis_tests::{files, hosts};

#[test]
fn session_in_any_order_comes_out_alike_however_its_text_is_cut() {
    let host = hosts::host(hosts::built_in());
    for seed in 0..150 {
        let moves = moves(&mut Dice::new(&bytes_of(seed, 96)));
        let whole = run(&host, &moves, false);
        assert_eq!(run(&host, &moves, false), whole, "seed {seed}, the same again: {moves:?}");
        assert_eq!(run(&host, &moves, true), whole, "seed {seed}, in characters: {moves:?}");
    }
}

#[test]
fn any_answer_of_a_guest_ends_in_a_decision_that_keeps_its_promises() {
    let answers = Answers::default();
    let (mut n_answers, mut n_faults) = (0, 0);
    for seed in 0..2_000 {
        match &answers.judge(&bytes_of(seed, 300)).evaluations["hostile"].fault {
            Some(_) => n_faults += 1,
            None => n_answers += 1,
        }
    }
    assert!(n_answers > 50 && n_faults > 50, "{n_answers} answers, {n_faults} faults");
}

#[test]
fn any_answer_as_one_value_ends_in_a_decision_that_keeps_its_promises() {
    let values = Values::default();
    let (mut n_answers, mut n_faults) = (0, 0);
    for seed in 0..2_000 {
        let mut bytes = bytes_of(seed, 300);
        bytes[0] = if seed % 4 == 0 { bytes[0] } else { 0 };
        match &values.judge(&bytes).evaluations["hostile"].fault {
            Some(_) => n_faults += 1,
            None => n_answers += 1,
        }
    }
    assert!(n_answers > 50 && n_faults > 50, "{n_answers} answers, {n_faults} faults");
}

#[test]
fn any_answer_is_decided_on_alike_typed_and_as_one_value() {
    let n_events = std::env::var("RANDOM_EVENTS").map_or(1_000, |n| n.parse().expect("a number"));
    let both = BothForms::default();
    let (mut n_answers, mut n_faults) = (0, 0);
    for seed in 0..n_events {
        let [typed, by_value] = both.judge(&bytes_of(seed, 300));
        assert_eq!(hosts::json(&typed), hosts::json(&by_value), "seed {seed}");
        match typed.evaluations["hostile"].fault {
            Some(_) => n_faults += 1,
            None => n_answers += 1,
        }
    }
    assert!(n_answers > 50 && n_faults > 50, "{n_answers} answers, {n_faults} faults");
}

#[test]
fn facts_are_refused_or_read_and_written_as_the_same() {
    for line in files::read("examples/events.jsonl").lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line");
        for piece in [&line["event"], &line["context"]] {
            let text = piece.to_string();
            assert_read_again(&text);
            for seed in 0..20 {
                let bytes = bytes_of(seed, 8);
                let mut dice = Dice::new(&bytes);
                let mut changed = text.clone().into_bytes();
                for _ in 0..=dice.below(3) {
                    let at = usize::from(dice.byte()) * changed.len() / 256;
                    changed[at] = *dice.one_of(b"\"{}[]:,0a-\\");
                }
                assert_read_again(&String::from_utf8_lossy(&changed));
            }
        }
    }
}

#[test]
fn stranger_who_writes_a_watched_folder_makes_nothing_live() {
    for seed in 0..6 {
        assert_only_what_was_published_goes_live(&bytes_of(seed, 60));
    }
}
