//! Every place in which programs leave a label: it is found, judged, never doubled by writing, and cleared by replacing.

use std::fs;
use std::io::{Cursor, Write as _};

use specialis_label::{Container, LabelError, Verdict, check, read, replace, write};
use tempfile::TempDir;

use crate::foreign::ffmpeg;
use crate::manifests::{archive, pdf};
use crate::round_trip::{label, mp4_box};
use crate::tools::{python, says};
use crate::unusual::{chunk, ebml, jpeg, png, segment, synchsafe};

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

/// A block of EXIF whose one directory has this entry.
fn exif(tag: u16, kind: u16, value: &[u8]) -> Vec<u8> {
    let len = u32::try_from(value.len()).unwrap().to_le_bytes();
    let entry = [tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &len, &26_u32.to_le_bytes()].concat();
    [b"Exif\0\0II*\0\x08\0\0\0\x01\0".as_slice(), &entry, &[0; 4], value].concat()
}

#[test]
fn segments_and_comments_of_a_jpeg_are_read() {
    let json = label().to_json();
    let out = is_found(Container::Jpeg, &jpeg(&[segment(0xE1, format!("AIGC{json}").as_bytes())]), "APP1 AIGC");
    assert!(!has(&out, b"AIGC{"));
    let wide: Vec<u8> = wrapped().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide_be: Vec<u8> = wrapped().encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (name, value) in [
        ("UTF-8 under the code for UTF-16", [b"UNICODE\0".as_slice(), wrapped().as_bytes()].concat()),
        ("UTF-16", [b"UNICODE\0".as_slice(), &wide].concat()),
        ("UTF-16 the other way", [b"UNICODE\0".as_slice(), &wide_be].concat()),
        ("no code", [b"\0\0\0\0\0\0\0\0".as_slice(), wrapped().as_bytes()].concat()),
    ] {
        let file = jpeg(&[segment(0xE1, &exif(0x9286, 7, &value))]);
        let out = is_found(Container::Jpeg, &file, "APP1 (EXIF), UserComment");
        assert!(has(&out, &value[..8]), "{name}: the code stays");
    }
    let wide = [wide, vec![0, 0]].concat();
    is_found(Container::Jpeg, &jpeg(&[segment(0xE1, &exif(0x9C9C, 1, &wide))]), "APP1 (EXIF), tag 40092");
    let software = format!("a program {}\0", wrapped());
    let out = is_found(
        Container::Jpeg,
        &jpeg(&[segment(0xE1, &exif(0x131, 2, software.as_bytes()))]),
        "APP1 (EXIF), tag 305",
    );
    assert!(has(&out, b"a program \0 "), "what was written before stays, and ends where it ended");
    // Between the scans, where decoders read segments too.
    let mut file = jpeg(&[]);
    let second = file.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    file.splice(second..second, segment(0xFE, wrapped().as_bytes()));
    is_found(Container::Jpeg, &file, "comment");
}

#[test]
fn captions_notes_and_segments_of_other_programs_are_read() {
    is_found(Container::Jpeg, &jpeg(&[segment(0xE1, wrapped().as_bytes())]), "APP1");
    is_found(Container::Jpeg, &jpeg(&[segment(0xE4, format!("{}\0", wrapped()).as_bytes())]), "APP4");
    let len = u16::try_from(wrapped().len()).unwrap().to_be_bytes();
    let caption = [b"\x1C\x02\x78".as_slice(), &len, wrapped().as_bytes()].concat();
    let n = u32::try_from(caption.len()).unwrap();
    let resource = [b"Photoshop 3.0\x008BIM\x04\x04\0\0".as_slice(), &n.to_be_bytes(), &caption].concat();
    // Lengths around it count its bytes, so blanks take its place.
    let blanks = " ".repeat(wrapped().len());
    let blank = [b"\x1C\x02\x78".as_slice(), &len, blanks.as_bytes()].concat();
    let out = is_found(Container::Jpeg, &jpeg(&[segment(0xED, &resource)]), "APP13");
    assert!(has(&out, &blank));
    let note = jpeg(&[segment(0xE1, &exif(0x927C, 7, &caption))]);
    assert!(has(&is_found(Container::Jpeg, &note, "APP1 (EXIF), MakerNote"), &blank));
    let digits: String = resource.iter().map(|byte| format!("{byte:02x}")).collect();
    let profile = format!("Raw profile type iptc\0\niptc\n{:8}\n{digits}\n", resource.len());
    let out = is_found(Container::Png, &png(&[chunk(b"tEXt", profile.as_bytes())], &[]), "tEXt Raw profile type iptc");
    assert!(has(&out, format!("Raw profile type iptc\0\niptc\n{:8}\n", resource.len()).as_bytes()));
    // Many programs count the captions of a TIFF in bytes and say that these are words of four.
    assert!(has(&is_found(Container::Tiff, &exif(0x83BB, 4, &caption)[6..], "IPTC"), &blank));
    let entry = |tag: u16, kind: u16, len: usize, value: u32| {
        let len = u32::try_from(len).unwrap().to_le_bytes();
        [&[1, 0], tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &len, &value.to_le_bytes(), &[0; 4]].concat()
    };
    let area = [b"ASCII\0\0\0".as_slice(), wrapped().as_bytes()].concat();
    let place = [entry(0x8825, 4, 1, 26), entry(0x1C, 7, area.len(), 44), area].concat();
    let block = [b"Exif\0\0II*\0\x08\0\0\0".as_slice(), &place].concat();
    is_found(Container::Jpeg, &jpeg(&[segment(0xE1, &block)]), "APP1 (EXIF), tag 28");
}

#[test]
fn texts_of_any_type_and_in_directories_of_smaller_pictures_are_read() {
    let text = wrapped();
    for (tag, kind, name) in [
        (0x10E, 7, "ImageDescription"),
        (0x10E, 129, "ImageDescription"),
        (0x8298, 1, "tag 33432"),
        (0xA430, 129, "tag 42032"),
        (0x9286, 129, "UserComment"),
    ] {
        let file = jpeg(&[segment(0xE1, &exif(tag, kind, text.as_bytes()))]);
        is_found(Container::Jpeg, &file, &format!("APP1 (EXIF), {name}"));
    }
    let directory = |tag: u16, kind: u16, len: usize, value: u32| {
        let len = u32::try_from(len).unwrap().to_le_bytes();
        [&[1, 0], tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &len, &value.to_le_bytes(), &[0; 4]].concat()
    };
    let inner = directory(0x10E, 2, text.len(), 44);
    let file = [b"II*\0\x08\0\0\0".to_vec(), directory(0x14A, 4, 1, 26), inner, text.into_bytes()].concat();
    is_found(Container::Tiff, &file, "ImageDescription");
    // One that leads to itself ends.
    let circle = [b"II*\0\x08\0\0\0".to_vec(), directory(0x14A, 4, 1, 8)].concat();
    assert!(read(&mut Cursor::new(circle), Container::Tiff).unwrap().trouble.is_none());
}

#[test]
fn chunks_profiles_and_packets_of_other_programs_are_read_and_cleared() {
    let text = wrapped();
    let packed = |data: &[u8]| {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(data).unwrap();
        packed.finish().unwrap()
    };
    let colors = [[0; 128].as_slice(), b"desc", text.as_bytes(), &[0; 8]].concat();
    let profile = [b"own\0\0".as_slice(), &packed(&colors)].concat();
    let block = exif(0x9286, 7, &[b"UNICODE\0".as_slice(), &wide_of(&text)].concat());
    let digits: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
    let raw = format!("Raw profile type exif\0\nexif\n{:8}\n{digits}\n", block.len());
    for (own, place) in [
        (chunk(b"iCCP", &profile), "color profile"),
        (chunk(b"aIGc", label().to_json().as_bytes()), "chunk aIGc"),
        (chunk(b"npTx", text.as_bytes()), "chunk npTx"),
        (chunk(b"npTx", &[b"\x01\0\xFF".as_slice(), text.as_bytes(), &[0xFE; 3]].concat()), "chunk npTx"),
        (chunk(b"tEXt", raw.as_bytes()), "tEXt Raw profile type exif, UserComment"),
        (chunk(b"tEXt", &[b"Comment\0".as_slice(), &wide_of(&text)].concat()), "tEXt Comment"),
    ] {
        is_found(Container::Png, &png(&[own], &[]), place);
    }
    let wide = [vec![0xFF, 0xFE], wide_of(&text)].concat();
    is_found(Container::Jpeg, &jpeg(&[segment(0xFE, &wide)]), "comment");
    let jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let out = is_found(Container::Jpeg, &jpeg(&[jfif.clone(), segment(0xE0, text.as_bytes())]), "APP0");
    assert!(has(&out, &jfif));
    let packet = packet_of_others();
    let out = is_found(
        Container::Jpeg,
        &jpeg(&[segment(0xE1, &exif(0x2BC, 1, &packet))]),
        "APP1 (EXIF), tag 700 (XMP), A:AIGC",
    );
    assert!(has(&out, b"<r:D></r:D>"));
}

#[test]
fn captions_that_state_too_great_a_length_end_where_they_end() {
    let (caption, packet) = (b"\x1C\x02\x78\0\x03own".as_slice(), packet_of_others());
    let n = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let entry = |tag: u16, kind: u16, len: usize, at: usize| {
        [tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &n(len), &n(at)].concat()
    };
    let entries = [entry(0x2BC, 1, packet.len(), 38 + caption.len()), entry(0x83BB, 4, packet.len(), 38)].concat();
    let file = [b"II*\0\x08\0\0\0\x02\0".as_slice(), &entries, &[0; 4], caption, &packet].concat();
    let reading = read(&mut Cursor::new(&file), Container::Tiff).unwrap();
    let names: Vec<&str> = reading.labels.iter().map(|found| found.place.name.as_str()).collect();
    assert_eq!(names, ["tag 700 (XMP), A:AIGC"], "the packet behind the captions is none of them");
}

fn wide_of(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// An XMP packet of another program.
fn packet_of_others() -> Vec<u8> {
    let json = label().to_json();
    format!(
        "<r:RDF xmlns:r='r' xmlns:A='http://www.tc260.org.cn/ns/AIGC/1.0/'><r:D><A:AIGC>{json}</A:AIGC></r:D></r:RDF>"
    )
    .into_bytes()
}

#[test]
fn texts_and_extensions_of_a_gif_are_read() {
    let blocks = |text: &str| {
        let parts = text.as_bytes().chunks(255).flat_map(|part| [&[part.len() as u8], part].concat());
        parts.chain([0]).collect::<Vec<u8>>()
    };
    let frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let loops = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0";
    let long = format!("{}{}", "x".repeat(300), wrapped());
    for (head, text, place) in [
        (b"\x21\xFE".to_vec(), wrapped(), "comment extension"),
        (b"\x21\xFE".to_vec(), long, "comment extension"),
        (b"\x21\xFF\x0BTOOL\0\0\0\x001.0".to_vec(), wrapped(), "application extension TOOL\0\0\0\x001.0"),
        (b"\x21\xFF\x0BAIGCLABEL10".to_vec(), label().to_json(), "application extension AIGCLABEL10"),
        ([b"\x21\x01\x0C".as_slice(), &[0; 12]].concat(), wrapped(), "plain text extension"),
    ] {
        let own = [head, blocks(&text)].concat();
        let file = [b"GIF89a\x01\0\x01\0\0\0\0".as_slice(), &own, loops, frame, b";"].concat();
        let out = is_found(Container::Gif, &file, place);
        assert!(has(&out, loops) && has(&out, frame), "{place}");
    }
}

#[test]
fn chunks_of_other_programs_in_sounds_and_webp_are_read() {
    let riff = |kind: &[u8; 4], data: &[u8]| {
        let filling: &[u8] = if data.len().is_multiple_of(2) { &[] } else { &[0] };
        [kind.as_slice(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data, filling].concat()
    };
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
    let picture = riff(b"VP8X", &[0; 10]);
    for (own, place) in [
        (riff(b"AIGC", label().to_json().as_bytes()), "chunk AIGC"),
        (riff(b"own ", text.as_bytes()), "chunk own"),
        (riff(b"ICCP", &[[0; 128].as_slice(), text.as_bytes(), &[0; 4]].concat()), "chunk ICCP"),
    ] {
        is_found(Container::WebP, &riff(b"RIFF", &[b"WEBP".to_vec(), picture.clone(), own].concat()), place);
    }
}

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

#[test]
fn a_label_in_the_catalog_of_a_pdf_is_read() {
    let file = pdf(&format!("/Lang (zh) /AIGC ({}) ", label().to_json()), &[]);
    let reading = read(&mut Cursor::new(&file), Container::Pdf).unwrap();
    let names: Vec<&str> = reading.labels.iter().map(|found| found.place.name.as_str()).collect();
    assert_eq!((names, reading.labels[0].label.get("ProduceID")), (vec!["catalog, /AIGC"], Some("c-1")));
    let refused = write(&mut Cursor::new(&file), &mut Vec::new(), Container::Pdf, &label());
    assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })), "{refused:?}");
    assert!(replace(&mut Cursor::new(&file), &mut Vec::new(), Container::Pdf, &label()).is_err());
}

#[test]
fn descriptions_of_documents_and_comments_of_pages_are_read() {
    let escaped = wrapped().replace('"', "&quot;");
    let core = format!(
        "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:title>题</dc:title><dc:description>{escaped}</dc:description></cp:coreProperties>"
    );
    let parts =
        [("[Content_Types].xml", "<Types></Types>"), ("_rels/.rels", "<Relationships/>"), ("docProps/core.xml", &core)];
    is_found(Container::Office, &archive(&parts), "docProps/core.xml, dc:description");
    // A mark of the order of bytes before it moves nothing.
    let marked = format!("\u{feff}{core}");
    let parts = [parts[0], parts[1], ("docProps/core.xml", marked.as_str())];
    is_found(Container::Office, &archive(&parts), "docProps/core.xml, dc:description");
    let drawing = format!("\u{feff}<svg xmlns='http://www.w3.org/2000/svg'><desc>{escaped}</desc><g id='own'/></svg>");
    let out = is_found(Container::Svg, drawing.as_bytes(), "metadata, desc");
    assert!(out.starts_with("\u{feff}<svg".as_bytes()) && has(&out, b"<g id='own'/></svg>"));
    let json = label().to_json();
    let page =
        |inner: &str| format!("<!DOCTYPE html><html><head><title>t</title></head><body>{inner}<p>文</p></body></html>");
    for (inner, place) in [
        (format!("<!-- AIGC: {} -->", wrapped()), "comment"),
        (format!("<!--{}-->", wrapped()), "comment"),
        (format!("<script type=\"application/json\" id=\"AIGC\">{json}</script>"), "script AIGC"),
        (format!("<script type='application/ld+json'>{}</script>", wrapped()), "script"),
    ] {
        let out = String::from_utf8(is_found(Container::Html, page(&inner).as_bytes(), place)).unwrap();
        assert!(out.contains("<body><p>文</p></body>"), "{out}");
    }
    // A script that only speaks of labels is a script.
    let script = page(&format!("<script>const label = '{}';</script>", wrapped()));
    assert!(read(&mut Cursor::new(script), Container::Html).unwrap().labels.is_empty());
    let text = format!("# 题\n\n<!-- AIGC {} -->\n\n文\n", wrapped());
    let out = String::from_utf8(is_found(Container::Markdown, text.as_bytes(), "comment")).unwrap();
    assert!(out.ends_with("# 题\n\n\n文\n"), "{out:?}");
    let quoted = format!("# How to\n\n```html\n<!-- {} -->\n```\n", wrapped());
    assert!(read(&mut Cursor::new(quoted), Container::Markdown).unwrap().labels.is_empty(), "an example in code");
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
    let out = crate::round_trip::whole_cycle(Container::Mp4, &file);
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

#[test]
fn a_sound_from_a_pipe_gets_its_lengths() {
    let fmt = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0];
    for len in [[0xFF; 4], [0; 4]] {
        let head = [b"RIFF".as_slice(), &len, b"WAVEfmt \x10\0\0\0", &fmt, b"data", &len].concat();
        let file = [head, vec![7; 400]].concat();
        let out = crate::round_trip::whole_cycle(Container::Wav, &file);
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

#[test]
fn a_page_in_another_encoding_keeps_its_front_matter() {
    let text = "---\r\ntitle: 一键标题\r\ntags: [题, 目]\r\n---\r\n\r\n正文，AI 写的。\r\n";
    let (bytes, ..) = encoding_rs::GBK.encode(text);
    assert_ne!(bytes.as_ref(), text.as_bytes());
    let out = crate::round_trip::whole_cycle(Container::Markdown, &bytes);
    let (out, _, is_odd) = encoding_rs::GBK.decode(&out);
    assert!(!is_odd && out.starts_with("---\r\ntitle: 一键标题\r\ntags: [题, 目]\r\nAIGC:\r\n"), "{out}");
    assert!(out.ends_with("---\r\n\r\n正文，AI 写的。\r\n"), "{out}");
    let wide: Vec<u8> = [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let refused = write(&mut Cursor::new(wide), &mut Vec::new(), Container::Markdown, &label()).unwrap_err();
    assert!(refused.to_string().contains("save it as UTF-8"), "{refused}");
}

#[test]
fn other_entries_of_front_matter_are_read() {
    let (json, text) = (label().to_json(), wrapped());
    let fields: String = label().fields().iter().map(|(key, value)| format!("{key}: \"{value}\"\n")).collect();
    let inner = fields.lines().map(|line| format!("      {line}\n")).collect::<String>();
    for (matter, place) in
        [(format!("note: '{text}'\n"), "front matter, note"), (fields.clone(), "front matter, fields of their own")]
    {
        let page = format!("---\ntitle: 题\n{matter}tags: [a]\n---\n\n文\n");
        let out = String::from_utf8(is_found(Container::Markdown, page.as_bytes(), place)).unwrap();
        assert!(out.starts_with("---\ntitle: 题\ntags: [a]\nAIGC:\n") && out.ends_with("---\n\n文\n"), "{out}");
    }
    // What cannot be told apart is found, and the page is refused.
    for (matter, place) in [
        (format!("note: 'by me {text} in May'\n"), "front matter, note"),
        (format!("meta:\n  AIGC: '{json}'\n  other: 1\n"), "front matter, AIGC"),
        (format!("meta:\n  - x\n  - made:\n{inner}"), "front matter, made"),
    ] {
        let page = format!("---\ntitle: 题\n{matter}---\n文\n");
        let reading = read(&mut Cursor::new(&page), Container::Markdown).unwrap();
        assert_eq!((reading.labels.len(), reading.labels[0].place.name.as_str()), (1, place), "{page}");
        assert_eq!(reading.labels[0].label.get("ProduceID"), Some("c-1"), "{page}");
        assert!(replace(&mut Cursor::new(&page), &mut Vec::new(), Container::Markdown, &label()).is_err(), "{page}");
    }
    for (matter, place) in [
        (format!("+++\ntitle = '题'\nnote = '{text}'\n+++"), "front matter in TOML"),
        (format!("{{\n  \"title\": \"题\",\n  \"AIGC\": {json}\n}}"), "front matter in JSON"),
    ] {
        let page = format!("{matter}\n\n文\n");
        let reading = read(&mut Cursor::new(&page), Container::Markdown).unwrap();
        assert_eq!((reading.labels.len(), reading.labels[0].place.name.as_str()), (1, place), "{page}");
        let refused = replace(&mut Cursor::new(&page), &mut Vec::new(), Container::Markdown, &label()).unwrap_err();
        assert!(refused.to_string().contains("write it in YAML"), "{refused}");
    }
    let page = format!("---\n{fields}---\n文\n");
    let report = check(&read(&mut Cursor::new(&page), Container::Markdown).unwrap());
    assert_eq!(report.rule_ids(), ["wrapper-name"], "{report:?}");
}

#[test]
fn a_page_that_begins_with_a_rule_has_no_front_matter() {
    for page in ["---\n\nA line between rules.\n\n---\n\nmore\n", "---\n- a\n- b\n---\n"] {
        let out = crate::round_trip::whole_cycle(Container::Markdown, page.as_bytes());
        assert!(String::from_utf8(out).unwrap().ends_with(page), "{page}");
    }
}

#[test]
fn a_label_beside_a_text_is_read_in_utf_16_too() {
    for bytes in [
        [vec![0xFF, 0xFE], wide_of(&wrapped())].concat(),
        wide_of(&wrapped()),
        format!("\u{feff}{}\r\n", wrapped()).into_bytes(),
    ] {
        let reading = read(&mut Cursor::new(bytes), Container::Side).unwrap();
        assert_eq!((check(&reading).verdict, reading.labels.len()), (Verdict::Compliant, 1), "{reading:?}");
    }
}

#[test]
fn a_document_with_a_password_says_so() {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 632], &name, &[0; 352]].concat();
    let path = std::path::Path::new("a.docx");
    assert_eq!(Container::detect(&mut Cursor::new(&file), path).unwrap(), Some(Container::Office));
    let reading = read(&mut Cursor::new(&file), Container::Office).unwrap();
    assert_eq!(check(&reading).verdict, Verdict::Inconclusive);
    let said = write(&mut Cursor::new(&file), &mut Vec::new(), Container::Office, &label()).unwrap_err();
    assert!(said.to_string().contains("the document is encrypted"), "{said}");
}
