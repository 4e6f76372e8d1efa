//! Whatever the bytes, a file whose label could be carried on has exactly one label, with the propagator that was given.
#![no_main]

#[path = "label_format.rs"]
mod label_format;

use std::io::Cursor;

use specialis_label::{Case, Propagation, read, update};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((container, file)) = label_format::choose(data) else { return };
    for case in [Case::Confirmed, Case::Possible, Case::Suspected] {
        let Ok(propagation) = Propagation::new(case, "p", "fuzz-2") else { return };
        let mut out = Vec::new();
        if update(&mut Cursor::new(file), &mut out, container, &propagation).is_ok() {
            let reading = read(&mut Cursor::new(&out), container).expect("memory is read");
            assert!(reading.trouble.is_none(), "{:?}", reading.trouble);
            assert_eq!(reading.labels.len(), 1, "{:?}", reading.labels);
            assert_eq!(reading.labels[0].label.get("PropagateID"), Some("fuzz-2"));
        }
    }
});
