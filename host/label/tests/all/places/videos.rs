//! Boxes, keys and tags of videos.

use std::fs;
use std::io::Cursor;

use specialis_label::{Container, read};
use tempfile::TempDir;

use super::{has, is_found, wrapped};
use crate::foreign::ffmpeg;
use crate::round_trip::{label, mp4_box, whole_cycle};
use crate::tools::says;
use crate::unusual::ebml;

fn mp4(moov: &[u8]) -> Vec<u8> {
    [mp4_box(b"ftyp", b"qt  \0\0\0\0"), mp4_box(b"mdat", b"media"), mp4_box(b"moov", moov)].concat()
}

#[test]
fn boxes_of_user_data_are_read() {
    let json = label().to_json();
    let text = |value: &str| {
        [&u16::try_from(value.len()).unwrap().to_be_bytes(), [0x55, 0xC4].as_slice(), value.as_bytes()].concat()
    };
    let user = |inner: &[u8]| mp4(&mp4_box(b"udta", inner));
    let maker = mp4_box(b"\xA9mak", &text("maker"));
    let file = user(&[maker.clone(), mp4_box(b"aigc", json.as_bytes())].concat());
    assert!(has(&is_found(Container::Mp4, &file, "moov.udta.aigc"), &maker));
    let file = user(&[maker.clone(), mp4_box(b"\xA9cmt", &text(&wrapped()))].concat());
    assert!(has(&is_found(Container::Mp4, &file, "moov.udta.©cmt"), &maker));
    let file = user(&mp4_box(b"\xA9cmt", &text(&format!("by me {}", wrapped()))));
    assert!(has(&is_found(Container::Mp4, &file, "moov.udta.©cmt"), &mp4_box(b"\xA9cmt", &text("by me "))));
    let dscp = [b"\0\0\0\0\x55\xC4".as_slice(), wrapped().as_bytes(), b"\0"].concat();
    is_found(Container::Mp4, &user(&mp4_box(b"dscp", &dscp)), "moov.udta.dscp");
}

#[test]
fn boxes_beside_the_index_and_of_other_programs_are_read() {
    let (json, text) = (label().to_json(), wrapped());
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let data = |kind: u32, value: &[u8]| mp4_box(b"data", &[kind.to_be_bytes().as_slice(), &[0; 4], value].concat());
    let handler = |kind: &[u8]| mp4_box(b"hdlr", &[[0; 8].as_slice(), kind, &[0; 13]].concat());
    let names = mp4_box(b"keys", &[[0, 0, 0, 0, 0, 0, 0, 1].as_slice(), &mp4_box(b"mdta", b"AIGC")].concat());
    let list = mp4_box(b"ilst", &mp4_box(&[0, 0, 0, 1], &data(1, json.as_bytes())));
    let keyed = mp4_box(b"meta", &[vec![0; 4], handler(b"mdta"), names, list].concat());
    for (own, place) in [
        (keyed, "meta, keys AIGC"),
        (mp4_box(b"udta", &mp4_box(b"AIGC", json.as_bytes())), "udta.AIGC"),
        (mp4_box(b"AIGC", json.as_bytes()), "box AIGC"),
        (mp4_box(b"uuid", &[[0x11; 16].as_slice(), text.as_bytes()].concat()), "box uuid"),
    ] {
        let head = [mp4_box(b"ftyp", b"isom\0\0\0\0"), mp4_box(b"mdat", b"media")].concat();
        let file = [head.clone(), own.clone(), mp4_box(b"moov", b"")].concat();
        let out = is_found(Container::Mp4, &file, place);
        assert!(
            out.starts_with(&head) && out[head.len() + own.len() + 4..].starts_with(b"moov"),
            "{place}: nothing moves"
        );
    }
    let list = mp4_box(b"ilst", &mp4_box(b"\xA9cmt", &data(2, &wide)));
    let tags = mp4_box(b"meta", &[vec![0; 4], handler(b"mdir"), list].concat());
    for (inner, place) in [
        (mp4_box(b"udta", &tags), "moov.udta.meta, ilst ©cmt"),
        (mp4_box(b"udta", &mp4_box(b"\xA9inf", &[b"\0\0\0\0".as_slice(), &wide].concat())), "moov.udta.©inf"),
        (mp4_box(b"udta", &mp4_box(b"name", text.as_bytes())), "moov.udta.name"),
        (mp4_box(b"uuid", &[[0x11; 16].as_slice(), text.as_bytes()].concat()), "moov.uuid"),
        (mp4_box(b"AIGC", json.as_bytes()), "moov.AIGC"),
    ] {
        is_found(Container::Mp4, &mp4(&inner), place);
    }
    // Free space may still hold what stood there before.
    let free = mp4(&mp4_box(b"udta", &mp4_box(b"free", text.as_bytes())));
    assert!(read(&mut Cursor::new(free), Container::Mp4).unwrap().labels.is_empty());
}

#[test]
fn titles_and_tags_within_tags_of_a_matroska_are_read() {
    let text = wrapped();
    let cluster = ebml(b"\x1F\x43\xB6\x75", &ebml(b"\xE7", &[0]));
    let file = |own: &[u8]| {
        let segment = ebml(b"\x18\x53\x80\x67", &[own, &cluster].concat());
        [ebml(b"\x1A\x45\xDF\xA3", b"\x42\x82\x84webm"), segment].concat()
    };
    // The check value before a title does not hold for the blanks that take its place.
    let titled = [ebml(b"\xBF", &[1, 2, 3, 4]), ebml(b"\x7B\xA9", text.as_bytes())].concat();
    let out = is_found(Container::Matroska, &file(&ebml(b"\x15\x49\xA9\x66", &titled)), "Info");
    assert!(!has(&out, b"\xBF\x84\x01\x02") && has(&out, b"\x7B\xA9"));
    let simple = |name: &str, kind: &[u8], value: &str, within: &[u8]| {
        let (name, value) = (ebml(b"\x45\xA3", name.as_bytes()), ebml(kind, value.as_bytes()));
        ebml(b"\x67\xC8", &[name.as_slice(), &value, within].concat())
    };
    for kind in [b"\x44\x87", b"\x44\x85"] {
        let inner = simple("note", kind, &text, &[]);
        let tag = ebml(b"\x73\x73", &simple("ORIGINAL", b"\x44\x87", "own", &inner));
        let tags = file(&ebml(b"\x12\x54\xC3\x67", &tag));
        let out = is_found(Container::Matroska, &tags, "Tags, SimpleTag note");
        assert!(has(&out, b"ORIGINAL") && has(&out, b"own") && !has(&out, b"note"));
    }
}

/// A video as telephones write them: keys by name in `moov.meta`, as QuickTime writes that box.
fn telephone(folder: &TempDir) -> Option<Vec<u8>> {
    ffmpeg(folder, "a.mov", &["-metadata:s:v", "rotate=0"])?;
    let mut file = fs::read(folder.path().join("a.mov")).unwrap();
    let at = file.windows(4).rposition(|window| window == b"moov").unwrap() - 4;
    let keys = [
        ("com.apple.quicktime.make", "Invented"),
        ("com.apple.quicktime.model", "Phone 1"),
        ("com.apple.quicktime.location.ISO6709", "+31.2304+121.4737+004.000/"),
        ("com.apple.quicktime.creationdate", "2026-05-01T08:00:00+0800"),
    ];
    let n = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
    let names: Vec<u8> = keys.iter().flat_map(|(key, _)| mp4_box(b"mdta", key.as_bytes())).collect();
    let names = mp4_box(b"keys", &[[0; 4].as_slice(), &n(keys.len()), &names].concat());
    let value = |(index, (_, value)): (usize, &(&str, &str))| {
        mp4_box(&n(index + 1), &mp4_box(b"data", &[&n(1), [0; 4].as_slice(), value.as_bytes()].concat()))
    };
    let list = mp4_box(b"ilst", &keys.iter().enumerate().flat_map(value).collect::<Vec<u8>>());
    let handler = mp4_box(b"hdlr", &[&[0; 8], b"mdta".as_slice(), &[0; 14]].concat());
    file.extend(mp4_box(b"meta", &[handler, names, list].concat()));
    let len = n(file.len() - at);
    file[at..at + 4].copy_from_slice(&len);
    Some(file)
}

#[test]
fn the_keys_of_a_telephone_take_the_label_and_survive() {
    let folder = TempDir::new().unwrap();
    let Some(file) = telephone(&folder) else { return };
    let out = whole_cycle(Container::Mp4, &file);
    assert_eq!(out.windows(4).filter(|window| window == b"keys").count(), 1, "one table of keys");
    let path = folder.path().join("labelled.mov");
    fs::write(&path, &out).unwrap();
    let path = path.to_str().unwrap();
    for (tool, args) in [
        ("ffprobe", vec!["-v", "error", "-show_entries", "format_tags", path]),
        ("exiftool", vec!["-a", "-G1", path]),
        ("mediainfo", vec!["--Full", path]),
    ] {
        let Some(said) = says(tool, &args) else { continue };
        for part in ["Invented", "Phone 1"] {
            assert!(said.contains(part), "{tool}: {part}: {said}");
        }
        assert!(said.contains("31.2304") || said.contains("31 deg 13"), "{tool}: {said}");
        assert!(said.contains("2026-05-01") || said.contains("2026:05:01"), "{tool}: {said}");
        if tool != "exiftool" {
            assert!(said.contains(label().produce_id().as_str()), "{tool}: {said}");
        }
    }
}
