//! A session in any order: text, scores, reviews, an abort and settlements come out alike however the text is cut.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use specialis::{Host, Limits};
use specialis_tests::dice::Dice;
use specialis_tests::hosts;
use specialis_tests::moves::{moves, run};

/// A host with time enough: on a machine that does other things too, the clock would decide in one run and not in the other.
static HOST: LazyLock<Host> = LazyLock::new(|| {
    let limits = Limits { deadline: Duration::from_secs(600), ..Limits::default() };
    hosts::build(hosts::builder(hosts::built_in()).limits(limits))
});

fuzz_target!(|bytes: &[u8]| {
    let moves = moves(&mut Dice::new(bytes));
    assert_eq!(run(&HOST, &moves, true), run(&HOST, &moves, false), "{moves:?}");
});
