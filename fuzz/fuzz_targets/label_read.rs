//! Whatever the bytes, reading ends, and a verdict comes out. `LABEL_FORMAT` (such as `png`) keeps to one format; without it the
//! first byte chooses.
#![no_main]

#[path = "label_format.rs"]
mod label_format;

use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((container, file)) = label_format::choose(data) else { return };
    let Ok(reading) = specialis_label::read(&mut Cursor::new(file), container) else { return };
    let _ = specialis_label::check(&reading);
});
