//! Answers of a guest: whatever it writes into its memory, it ends in a decision that keeps its promises.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use specialis_tests::answers::Answers;

static ANSWERS: LazyLock<Answers> = LazyLock::new(Answers::default);

fuzz_target!(|bytes: &[u8]| {
    ANSWERS.judge(bytes);
});
