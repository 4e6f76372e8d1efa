//! Whatever JSON comes as a message of the Model Context Protocol, the texts that are judged stand where they are put back. The
//! first byte chooses who sends it.
#![no_main]

use specialis_server::{Sender, texts_fit_back};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [first, bytes @ ..] = data else { return };
    let sender = if first & 1 == 0 { Sender::Client } else { Sender::Server };
    let Ok(message) = serde_json::from_slice(bytes) else { return };
    assert!(texts_fit_back(sender, &message));
});
