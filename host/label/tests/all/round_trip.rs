//! What is written is read back, alone, and the rest of the file stays: for files built here, of the odd kinds too.

use std::io::Cursor;

use specialis_label::explicit::{Cue, before_sound, has_rhythm};
use specialis_label::{Case, Container, Label, LabelError, Propagation, Verdict};
use specialis_label::{check, read, replace, update, write};

use crate::as_found::CODE;

pub(crate) fn label() -> Label {
    Label::generated(CODE, "c-1").unwrap()
}

/// Writes, reads back, refuses a second label, updates and replaces; gives the labelled file.
pub(crate) fn whole_cycle(container: Container, file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut Cursor::new(file), &mut out, container, &label()).unwrap_or_else(|error| panic!("{container}: {error}"));
    let verdict = |bytes: &[u8]| {
        let reading = read(&mut Cursor::new(bytes), container).unwrap();
        let report = check(&reading);
        assert_eq!(report.verdict, Verdict::Compliant, "{container}: {report:#?} {:?}", reading.trouble);
        assert_eq!(reading.labels.len(), 1, "{container}");
        reading.labels[0].label.clone()
    };
    assert_eq!(verdict(&out).get("ProduceID"), Some("c-1"));
    let twice = write(&mut Cursor::new(&out), &mut Vec::new(), container, &label());
    assert!(matches!(twice, Err(LabelError::AlreadyLabelled { .. })), "{container}");
    let spread = Propagation::new(Case::Confirmed, "platform", "p-9").unwrap();
    let mut updated = Vec::new();
    update(&mut Cursor::new(&out), &mut updated, container, &spread)
        .unwrap_or_else(|error| panic!("{container}: {error}"));
    let raw = verdict(&updated);
    assert_eq!((raw.get("ProduceID"), raw.get("PropagateID")), (Some("c-1"), Some("p-9")), "{container}");
    let other = Label::generated(CODE, &"long-".repeat(200)).unwrap();
    let mut replaced = Vec::new();
    replace(&mut Cursor::new(&updated), &mut replaced, container, &other)
        .unwrap_or_else(|error| panic!("{container}: {error}"));
    assert_eq!(verdict(&replaced).get("PropagateID"), Some(other.propagate_id().as_str()));
    let suspected = Propagation::new(Case::Suspected, "platform", "p-9").unwrap();
    let mut unknown = Vec::new();
    update(&mut Cursor::new(file), &mut unknown, container, &suspected).unwrap();
    assert_eq!(verdict(&unknown).get("Label"), Some("3"));
    out
}

#[test]
fn texts_keep_their_own_lines() {
    for page in
        ["", "# 标题\n", "---\n横线\n", "---\ntitle: 标题\n---\n\n正文\n", "\u{feff}---\r\ntitle: 题\r\n---\r\n文\r\n"]
    {
        let out = String::from_utf8(whole_cycle(Container::Markdown, page.as_bytes())).unwrap();
        for line in page.lines() {
            assert!(out.contains(line), "{page:?}: {out:?}");
        }
        assert_eq!(out.contains("\r\n"), page.contains("\r\n"));
    }
    for page in ["<p>文</p>", "<!DOCTYPE html>\n<html lang=zh><head><title><head></title></head><body></body></html>"]
    {
        let out = String::from_utf8(whole_cycle(Container::Html, page.as_bytes())).unwrap();
        let (before, rest) = out.split_once("<meta name=\"AIGC\"").unwrap();
        let (_, after) = rest.split_once('>').unwrap();
        assert_eq!(format!("{before}{after}"), page);
    }
    whole_cycle(Container::Side, b"");
}

fn mp4(boxes: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    boxes.iter().flat_map(|(kind, body)| mp4_box(kind, body)).collect()
}

pub(crate) fn mp4_box(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + 8).unwrap();
    [&len.to_be_bytes(), kind.as_slice(), body].concat()
}

/// An index with one offset in the narrow or the wide kind of table.
fn moov(offset: u64, is_wide: bool) -> Vec<u8> {
    let table = if is_wide {
        mp4_box(b"co64", &[&[0; 4], 1_u32.to_be_bytes().as_slice(), &offset.to_be_bytes()].concat())
    } else {
        let offset = u32::try_from(offset).unwrap();
        mp4_box(b"stco", &[&[0; 4], 1_u32.to_be_bytes().as_slice(), &offset.to_be_bytes()].concat())
    };
    let stbl = mp4_box(b"stbl", &table);
    mp4_box(b"trak", &mp4_box(b"mdia", &mp4_box(b"minf", &stbl)))
}

#[test]
fn offsets_follow_their_media() {
    let media = b"the media itself".to_vec();
    for (is_wide, free) in [(false, None), (true, None), (false, Some(2000)), (false, Some(3))] {
        let build = |offset| {
            let mut boxes = vec![(b"ftyp", b"isom\0\0\0\0".to_vec()), (b"moov", moov(offset, is_wide))];
            boxes.extend(free.map(|n| (b"free", vec![0; n])));
            boxes.push((b"mdat", media.clone()));
            mp4(&boxes)
        };
        let at = |file: &[u8]| file.windows(media.len()).position(|window| window == media).unwrap();
        let file = build(u64::try_from(at(&build(0))).unwrap());
        let out = whole_cycle(Container::Mp4, &file);
        let table = if is_wide { b"co64" } else { b"stco" };
        let table = out.windows(4).position(|window| window == table).unwrap() + 12;
        let width = if is_wide { 8 } else { 4 };
        let offset = out[table..table + width].iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        assert_eq!(offset, at(&out), "wide {is_wide}, free {free:?}");
        if free == Some(2000) {
            assert_eq!(at(&out), at(&file), "free space is used before anything moves");
        }
    }
}

#[test]
fn an_offset_that_would_not_fit_leaves_the_media_where_it_is() {
    // As of a file over 4 GiB: the offset is at the end of what the table can say.
    let file = mp4(&[
        (b"ftyp", b"isom\0\0\0\0".to_vec()),
        (b"moov", moov(u64::from(u32::MAX), false)),
        (b"mdat", vec![7; 64]),
    ]);
    let out = whole_cycle(Container::Mp4, &file);
    let media = |file: &[u8]| file.windows(64).position(|window| window == [7; 64]);
    assert_eq!(media(&out), media(&file));
}

#[test]
fn a_wav_with_odd_chunks_stays_even() {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let len = u32::try_from(data.len()).unwrap().to_le_bytes();
        let filling = vec![0; data.len() % 2];
        [kind.as_slice(), &len, data, &filling].concat()
    };
    let fmt = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0];
    let body = [b"WAVE".to_vec(), chunk(b"fmt ", &fmt), chunk(b"note", b"odd"), chunk(b"data", &[128; 7])].concat();
    let file = [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat();
    let out = whole_cycle(Container::Wav, &file);
    assert_eq!(out[8..file.len()], file[8..]);
    assert_eq!(out.len() % 2, 0);
    let has = |file: &[u8], cue| has_rhythm(&mut Cursor::new(file), cue).unwrap();
    let mut marked = Vec::new();
    before_sound(&mut Cursor::new(&file), Cue::Both).unwrap().apply(&mut Cursor::new(&file), &mut marked).unwrap();
    assert_eq!([Cue::Start, Cue::End, Cue::Both].map(|cue| (has(&file, cue), has(&marked, cue))), [(false, true); 3]);
    // The same without the last filling, as careless programs write it.
    whole_cycle(Container::Wav, &file[..file.len() - 1]);
}
