//! Every place in which programs leave a label: it is found, judged, never doubled by writing, and cleared by replacing.

mod documents;
mod pages;
mod pictures;
mod sounds;
mod videos;

use std::io::Cursor;

use specialis_label::{Container, LabelError, Verdict, check, read, replace, write};

use crate::round_trip::label;

/// Found once under this name, refused a second one, and alone after a replacement; gives the file that comes of it.
fn is_found(container: Container, file: &[u8], place: &str) -> Vec<u8> {
    let reading = read(&mut Cursor::new(file), container).unwrap();
    assert!(reading.trouble.is_none(), "{place}: {:?}", reading.trouble);
    let names: Vec<&str> = reading.labels.iter().map(|found| found.place.name.as_str()).collect();
    assert_eq!(names, [place], "{container}");
    assert_eq!(reading.labels[0].label.get("ProduceID"), Some("c-1"), "{place}: {:?}", reading.labels[0].label);
    let refused = write(&mut Cursor::new(file), &mut Vec::new(), container, &label());
    assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })), "{place}: {refused:?}");
    let mut out = Vec::new();
    replace(&mut Cursor::new(file), &mut out, container, &label()).unwrap_or_else(|error| panic!("{place}: {error}"));
    let reading = read(&mut Cursor::new(&out), container).unwrap();
    assert_eq!((check(&reading).verdict, reading.labels.len()), (Verdict::Compliant, 1), "{place}");
    assert_ne!(reading.labels[0].place.name, place);
    out
}

fn has(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

fn wrapped() -> String {
    label().to_wrapped_json()
}

fn wide_of(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A chunk of a RIFF file, filled up to an even length.
fn riff(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let filling: &[u8] = if data.len().is_multiple_of(2) { &[] } else { &[0] };
    [kind.as_slice(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data, filling].concat()
}
