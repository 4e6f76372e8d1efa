//! A watched folder that changes between looks: nothing goes live but what approvers published, and nothing older again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use specialis_tests::looks::assert_only_what_was_published_goes_live;

fuzz_target!(|bytes: &[u8]| {
    assert_only_what_was_published_goes_live(bytes.get(..64).unwrap_or(bytes));
});
