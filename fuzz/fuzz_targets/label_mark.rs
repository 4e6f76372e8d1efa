//! Marks on whatever bytes: setting one comes to an end, a second time changes nothing, the labels stay what they were, and what people
//! read can be looked through.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use specialis_label::explicit::{
    Corner, Cue, PictureMark, Position, Wording, around_mp3, before_sound, has_rhythm, in_gif, in_html, in_markdown,
    in_office, in_pdf, in_text, in_webp, marks_in, readable_text,
};
use specialis_label::{Container, Edits, read};

fuzz_target!(|data: &[u8]| {
    let Some((kind, file)) = data.split_first() else { return };
    let wording = Wording::default();
    match kind % 6 {
        0 => on_text(&String::from_utf8_lossy(file), &wording),
        1 => {
            let Ok(Some(edits)) = around_mp3(&mut Cursor::new(file), Cue::Start, false) else { return };
            let out = applied(&edits, file);
            assert!(around_mp3(&mut Cursor::new(&out), Cue::Start, false).expect("it was read before").is_none());
        }
        2 => {
            for cue in [Cue::Start, Cue::Both] {
                let Ok(edits) = before_sound(&mut Cursor::new(file), cue) else { return };
                assert!(has_rhythm(&mut Cursor::new(applied(&edits, file)), cue).unwrap_or(true));
            }
        }
        3 => {
            let places = [Position::Start, Position::End];
            for edits in [
                in_office(&mut Cursor::new(file), &wording, &places, false).ok(),
                in_pdf(&mut Cursor::new(file), &wording, &places, false).ok(),
            ] {
                let _ = edits.flatten().map(|edits| applied(&edits, file));
            }
        }
        4 => {
            let mark = PictureMark { wording: &wording, corner: Corner::TopLeft, again: false, lossy: None };
            let edits =
                [in_gif(&mut Cursor::new(file), &wording, mark.corner, false), in_webp(&mut Cursor::new(file), mark)];
            let _ = edits.map(|edits| edits.map(|edits| applied(&edits, file)));
        }
        _ => Container::ALL.iter().for_each(|container| {
            let _ = readable_text(&mut Cursor::new(file), *container);
        }),
    }
});

fn applied(edits: &Edits, file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    edits.apply(&mut Cursor::new(file), &mut out).expect("memory is written");
    out
}

fn on_text(text: &str, wording: &Wording) {
    for position in [Position::Start, Position::End] {
        for mark in [in_text, in_markdown] {
            let once = mark(text, wording, position);
            assert_eq!(mark(&once, wording, position), once);
        }
        keeps_labels(Container::Markdown, text, &in_markdown(text, wording, position));
    }
    let once = in_html(text, wording);
    assert_eq!(in_html(&once, wording), once);
    keeps_labels(Container::Html, text, &once);
    let _ = marks_in(text);
}

fn keeps_labels(container: Container, before: &str, after: &str) {
    let labels = |page: &str| read(&mut Cursor::new(page.as_bytes()), container).map(|reading| reading.labels.len());
    if let (Ok(before), Ok(now)) = (labels(before), labels(after)) {
        assert_eq!(before, now, "{after}");
    }
}
