//! Whatever the bytes, a file that could be written carries exactly one label, which is the one that was written.
#![no_main]

#[path = "label_format.rs"]
mod label_format;

use std::io::Cursor;

use specialis_label::{Label, read, replace};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((container, file)) = label_format::choose(data) else { return };
    let Ok(label) = Label::generated("p", "fuzz-1") else { return };
    let mut out = Vec::new();
    if replace(&mut Cursor::new(file), &mut out, container, &label).is_err() {
        return;
    }
    let reading = read(&mut Cursor::new(&out), container).expect("memory is read");
    assert!(reading.trouble.is_none(), "{:?}", reading.trouble);
    assert_eq!(reading.labels.len(), 1, "{:?}", reading.labels);
    assert_eq!(reading.labels[0].label.get("ProduceID"), Some("fuzz-1"));
});
