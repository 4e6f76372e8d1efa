//! Marks on whatever bytes: setting one comes to an end, a second time changes nothing, and what people read can be looked through.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use specialis_label::Container;
use specialis_label::explicit::{
    Cue, Position, Wording, around_mp3, before_sound, has_rhythm, in_html, in_markdown, in_office, in_text, marks_in,
    readable_text,
};

fuzz_target!(|data: &[u8]| {
    let Some((kind, file)) = data.split_first() else { return };
    let wording = Wording::default();
    let mut out = Vec::new();
    match kind % 4 {
        0 => {
            let text = String::from_utf8_lossy(file);
            for position in [Position::Start, Position::End] {
                for mark in [in_text, in_markdown] {
                    let once = mark(&text, &wording, position);
                    assert_eq!(mark(&once, &wording, position), once);
                }
            }
            let once = in_html(&text, &wording);
            assert_eq!(in_html(&once, &wording), once);
            let _ = marks_in(&text);
        }
        1 => {
            let Ok(Some(edits)) = around_mp3(&mut Cursor::new(file), Cue::Start, false) else { return };
            edits.apply(&mut Cursor::new(file), &mut out).expect("memory is written");
            assert!(around_mp3(&mut Cursor::new(&out), Cue::Start, false).expect("it was read before").is_none());
        }
        2 => {
            let Ok(edits) = before_sound(&mut Cursor::new(file), Cue::Start) else { return };
            edits.apply(&mut Cursor::new(file), &mut out).expect("memory is written");
            assert!(has_rhythm(&mut Cursor::new(&out), Cue::Start).unwrap_or(true));
        }
        _ => {
            let _ = in_office(&mut Cursor::new(file), &wording, &[Position::Start, Position::End]);
            for container in Container::ALL {
                let _ = readable_text(&mut Cursor::new(file), *container);
            }
        }
    }
});
