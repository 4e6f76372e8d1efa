//! Every place in which programs leave a label: it is found, judged, never doubled by writing, and cleared by replacing.

use std::fs;
use std::io::{Cursor, Write as _};

use specialis_label::{Container, Label, LabelError, Verdict, check, read, replace, write};
use tempfile::TempDir;

use crate::foreign::ffmpeg;
use crate::manifests::archive;
use crate::round_trip::{label, mp4_box};
use crate::tools::{python, says};
use crate::unusual::{chunk, jpeg, png, segment, synchsafe};

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

/// Found once under this name, and refused both a second label and a replacement: lengths around it count its bytes.
fn is_kept(container: Container, file: &[u8], place: &str) {
    let reading = read(&mut Cursor::new(file), container).unwrap();
    let names: Vec<&str> = reading.labels.iter().map(|found| found.place.name.as_str()).collect();
    assert_eq!((names, reading.labels[0].label.get("ProduceID")), (vec![place], Some("c-1")), "{container}");
    let refused = write(&mut Cursor::new(file), &mut Vec::new(), container, &label());
    assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })), "{place}: {refused:?}");
    let mut out = Vec::new();
    let other = Label::generated("p", "c-2").unwrap();
    let refused = replace(&mut Cursor::new(file), &mut out, container, &other).unwrap_err().to_string();
    assert!(refused.contains("another would still stand at") && refused.contains(&format!(", {place})")), "{refused}");
    assert!(out.is_empty(), "{refused}");
}

#[test]
fn captions_notes_and_segments_of_other_programs_are_read() {
    is_found(Container::Jpeg, &jpeg(&[segment(0xE1, wrapped().as_bytes())]), "APP1");
    is_found(Container::Jpeg, &jpeg(&[segment(0xE4, format!("{}\0", wrapped()).as_bytes())]), "APP4");
    let len = u16::try_from(wrapped().len()).unwrap().to_be_bytes();
    let caption = [b"\x1C\x02\x78".as_slice(), &len, wrapped().as_bytes()].concat();
    let n = u32::try_from(caption.len()).unwrap();
    let resource = [b"Photoshop 3.0\x008BIM\x04\x04\0\0".as_slice(), &n.to_be_bytes(), &caption].concat();
    is_kept(Container::Jpeg, &jpeg(&[segment(0xED, &resource)]), "APP13");
    is_kept(Container::Jpeg, &jpeg(&[segment(0xE1, &exif(0x927C, 7, &caption))]), "APP1 (EXIF), MakerNote");
    let digits: String = resource.iter().map(|byte| format!("{byte:02x}")).collect();
    let profile = format!("Raw profile type iptc\0\niptc\n{:8}\n{digits}\n", resource.len());
    is_kept(Container::Png, &png(&[chunk(b"tEXt", profile.as_bytes())], &[]), "tEXt Raw profile type iptc");
    // Many programs count the captions of a TIFF in bytes and say that these are words of four.
    is_kept(Container::Tiff, &exif(0x83BB, 4, &caption)[6..], "IPTC");
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
fn descriptions_of_documents_and_comments_of_pages_are_read() {
    let escaped = wrapped().replace('"', "&quot;");
    let core = format!(
        "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:title>题</dc:title><dc:description>{escaped}</dc:description></cp:coreProperties>"
    );
    let parts =
        [("[Content_Types].xml", "<Types></Types>"), ("_rels/.rels", "<Relationships/>"), ("docProps/core.xml", &core)];
    is_found(Container::Office, &archive(&parts), "docProps/core.xml, dc:description");
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
fn a_page_that_begins_with_a_rule_has_no_front_matter() {
    for page in ["---\n\nA line between rules.\n\n---\n\nmore\n", "---\n- a\n- b\n---\n"] {
        let out = crate::round_trip::whole_cycle(Container::Markdown, page.as_bytes());
        assert!(String::from_utf8(out).unwrap().ends_with(page), "{page}");
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
