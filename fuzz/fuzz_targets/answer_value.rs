//! Answers of a guest as one value: whatever the bytes are, they end in a decision that keeps its promises.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use specialis_tests::answers::Values;

static VALUES: LazyLock<Values> = LazyLock::new(Values::default);

fuzz_target!(|bytes: &[u8]| {
    VALUES.judge(bytes);
});
