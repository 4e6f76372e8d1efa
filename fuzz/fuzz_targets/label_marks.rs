//! Marks and updates: whatever the page, the sound or the file, putting a mark on it ends, and its label stays what it was.
#![no_main]

#[path = "label_format.rs"]
mod label_format;

use std::io::Cursor;

use specialis_label::explicit::{Cue, Position, Wording, before_sound, in_html, in_markdown, in_text};
use specialis_label::{Case, Container, Propagation, read, update};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((container, file)) = label_format::choose(data) else { return };
    let wording = Wording::default();
    let position = if file.len() % 2 == 0 { Position::Start } else { Position::End };
    let page = String::from_utf8_lossy(file);
    assert!(in_text(&page, &wording, position).contains(wording.as_str()));
    for (container, marked) in
        [(Container::Html, in_html(&page, &wording)), (Container::Markdown, in_markdown(&page, &wording, position))]
    {
        assert!(marked.len() > page.len());
        if let (Ok(before), Ok(after)) =
            (read(&mut Cursor::new(page.as_bytes()), container), read(&mut Cursor::new(&marked), container))
        {
            assert_eq!(before.labels.len(), after.labels.len(), "{marked}");
        }
    }
    if container == Container::Wav
        && let Ok(edits) = before_sound(&mut Cursor::new(file), Cue::Both)
    {
        let mut out = Vec::new();
        let _ = edits.apply(&mut Cursor::new(file), &mut out);
    }
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
