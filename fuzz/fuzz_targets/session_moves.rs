//! A session in any order: text, scores, reviews, an abort and settlements come out alike however the text is cut.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use specialis::Host;
use specialis_tests::dice::Dice;
use specialis_tests::hosts;
use specialis_tests::moves::{moves, run};

static HOST: LazyLock<Host> = LazyLock::new(|| hosts::host(hosts::built_in()));

fuzz_target!(|bytes: &[u8]| {
    let moves = moves(&mut Dice::new(bytes));
    assert_eq!(run(&HOST, &moves, true), run(&HOST, &moves, false), "{moves:?}");
});
