//! Tags, items and chunks of sounds.

use std::fs;
use std::io::{Cursor, Write as _};

use specialis_label::{Container, LabelError, read, write};
use tempfile::TempDir;

use super::{has, is_found, riff, wrapped};
use crate::round_trip::{label, whole_cycle};
use crate::tools::{python, says};
use crate::unusual::synchsafe;

fn sound() -> Vec<u8> {
    [[0xFF, 0xFB, 0x90, 0x00].as_slice(), &[0x55; 413]].concat()
}

/// What a writer does that must not write what looks like sound.
fn unsynchronized(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, &byte) in data.iter().enumerate() {
        out.push(byte);
        if byte == 0xFF && data.get(index + 1).is_none_or(|&next| next == 0 || next >= 0xE0) {
            out.push(0);
        }
    }
    out
}

#[test]
fn frames_of_every_flag_are_read() {
    let data = [&[3], b"note\0".as_slice(), wrapped().as_bytes()].concat();
    let wide: Vec<u8> = format!("note\0{}", wrapped()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = [vec![1, 0xFF, 0xFE], wide].concat();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&data).unwrap();
    let packed = packed.finish().unwrap();
    let len = synchsafe(data.len());
    for (name, flags, body) in [
        ("data length", 0x01, [len.as_slice(), &data].concat()),
        ("compression", 0x09, [len.as_slice(), &packed].concat()),
        ("unsynchronization", 0x02, unsynchronized(&wide)),
        ("all but encryption", 0x4B, [&[7], len.as_slice(), &unsynchronized(&packed)].concat()),
    ] {
        let frame = [b"TXXX".as_slice(), &synchsafe(body.len()), &[0, flags], &body].concat();
        let title = [b"TIT2".as_slice(), &synchsafe(4), &[0, 0], b"\x03own"].concat();
        let frames = [title.clone(), frame].concat();
        let file = [b"ID3\x04\0\0".as_slice(), &synchsafe(frames.len()), &frames, &sound(), &sound()].concat();
        let out = is_found(Container::Mp3, &file, "ID3v2 TXXX note");
        assert!(has(&out, &title), "{name}");
    }
    // Version 3: packed, with the length before it.
    let body = [u32::try_from(data.len()).unwrap().to_be_bytes().as_slice(), &packed].concat();
    let frame = [b"TXXX".as_slice(), &u32::try_from(body.len()).unwrap().to_be_bytes(), &[0, 0x80], &body].concat();
    let file = [b"ID3\x03\0\0".as_slice(), &synchsafe(frame.len()), &frame, &sound(), &sound()].concat();
    is_found(Container::Mp3, &file, "ID3v2 TXXX note");
}

#[test]
fn what_programs_keep_for_themselves_in_a_tag_is_read() {
    let (json, text) = (label().to_json(), wrapped());
    let frame = |id: &[u8; 4], data: &[u8]| [id.as_slice(), &synchsafe(data.len()), &[0, 0], data].concat();
    let title = frame(b"TIT2", b"\x03own");
    let object = [b"\0application/json\0a.json\0AIGC\0".as_slice(), text.as_bytes()].concat();
    for (own, place) in [
        (frame(b"PRIV", &[b"AIGC\0".as_slice(), json.as_bytes()].concat()), "ID3v2 PRIV"),
        (frame(b"PRIV", &[b"tool\0\x01\0".as_slice(), text.as_bytes()].concat()), "ID3v2 PRIV"),
        (frame(b"GEOB", &object), "ID3v2 GEOB"),
    ] {
        let frames = [title.clone(), own].concat();
        let file = [b"ID3\x04\0\0".as_slice(), &synchsafe(frames.len()), &frames, &sound(), &sound()].concat();
        assert!(has(&is_found(Container::Mp3, &file, place), &title), "{place}");
    }
    // The cover of a sound has labels of its own.
    let cover = frame(b"GEOB", &[b"\0image/png\0\0\0".as_slice(), text.as_bytes()].concat());
    let file = [b"ID3\x04\0\0".as_slice(), &synchsafe(cover.len()), &cover, &sound(), &sound()].concat();
    assert!(read(&mut Cursor::new(file), Container::Mp3).unwrap().labels.is_empty());
    // A tag behind the sound, with the old one behind it or without.
    let note = frame(b"TXXX", &[b"\x03note\0".as_slice(), text.as_bytes()].concat());
    let tag = |mark: &[u8]| [mark, b"\x04\0\x10", &synchsafe(note.len())].concat();
    for old in [Vec::new(), [b"TAG".as_slice(), &[0; 125]].concat()] {
        let file = [sound(), sound(), tag(b"ID3"), note.clone(), tag(b"3DI"), old].concat();
        let reading = read(&mut Cursor::new(&file), Container::Mp3).unwrap();
        assert_eq!((reading.labels.len(), reading.labels[0].place.name.as_str()), (1, "ID3v2 TXXX note"));
        let refused = write(&mut Cursor::new(&file), &mut Vec::new(), Container::Mp3, &label());
        assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })), "{refused:?}");
    }
}

#[test]
fn items_of_an_ape_tag_are_read_and_the_others_stay() {
    let item = |key: &str, value: &str| {
        let len = u32::try_from(value.len()).unwrap().to_le_bytes();
        [len.as_slice(), &[0; 4], key.as_bytes(), &[0], value.as_bytes()].concat()
    };
    let items = [item("Title", "题"), item("aigc", &label().to_json())].concat();
    let len = u32::try_from(items.len() + 32).unwrap();
    let end =
        |flags: u32| [b"APETAGEX".to_vec(), [2000, len, 2, flags].map(u32::to_le_bytes).concat(), vec![0; 8]].concat();
    let old_tag = [b"TAG".as_slice(), &[0; 125]].concat();
    for behind in [Vec::new(), old_tag] {
        let tag = [end(0xA000_0000), items.clone(), end(0x8000_0000)].concat();
        let file = [sound(), sound(), tag, behind.clone()].concat();
        let out = is_found(Container::Mp3, &file, "APEv2 item aigc");
        assert!(has(&out, &item("Title", "题")) && !has(&out, b"aigc") && out.ends_with(&behind));
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.mp3");
        fs::write(&path, &out).unwrap();
        let script =
            "import sys, mutagen.apev2; t = mutagen.apev2.APEv2(sys.argv[1]); print(list(t.keys()), t['Title'])";
        if let Some(said) = python("mutagen", script, &[path.to_str().unwrap()]) {
            assert_eq!(said, "['Title'] 题\n");
        }
    }
}

#[test]
fn chunks_of_other_programs_in_a_wav_are_read() {
    let text = wrapped();
    let fmt = riff(b"fmt ", &[1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0]);
    let mut bext = text.clone().into_bytes();
    bext.resize(602, 0);
    let note = riff(b"note", &[b"\0\0\0\x01".as_slice(), text.as_bytes(), b"\0"].concat());
    let notes = [b"adtl".as_slice(), &note].concat();
    for (own, place) in [
        (riff(b"bext", &bext), "chunk bext"),
        (riff(b"axml", format!("<x>{text}</x>").as_bytes()), "chunk axml"),
        (
            riff(b"iXML", format!("<x><n>{}</n><o>own</o></x>\0\0", text.replace('"', "&quot;")).as_bytes()),
            "chunk iXML",
        ),
        (riff(b"LIST", &notes), "chunk LIST"),
    ] {
        let chunks = [b"WAVE".to_vec(), fmt.clone(), own.clone(), riff(b"data", &[0x80; 40])].concat();
        let out = is_found(Container::Wav, &riff(b"RIFF", &chunks), place);
        let at = out.windows(4).position(|window| window == &own[..4]).unwrap();
        assert_eq!(out[at..at + 8], own[..8], "{place}: its length stays");
    }
    // Free space may still hold what stood there before.
    let chunks = [b"WAVE".to_vec(), fmt, riff(b"JUNK", text.as_bytes()), riff(b"data", &[0x80; 40])].concat();
    assert!(read(&mut Cursor::new(riff(b"RIFF", &chunks)), Container::Wav).unwrap().labels.is_empty());
}

#[test]
fn a_sound_from_a_pipe_gets_its_lengths() {
    let fmt = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0];
    for len in [[0xFF; 4], [0; 4]] {
        let head = [b"RIFF".as_slice(), &len, b"WAVEfmt \x10\0\0\0", &fmt, b"data", &len].concat();
        let file = [head, vec![7; 400]].concat();
        let out = whole_cycle(Container::Wav, &file);
        assert_eq!(out[4..8], u32::try_from(out.len() - 8).unwrap().to_le_bytes());
        assert_eq!(out[40..44], 400_u32.to_le_bytes(), "the label is no sound");
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.wav");
        fs::write(&path, &out).unwrap();
        let args = ["-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", path.to_str().unwrap()];
        if let Some(said) = says("ffprobe", &args) {
            assert_eq!(said.trim(), "200", "samples");
        }
    }
}
