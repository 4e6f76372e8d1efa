//! Files of the odd kinds that the formats allow and that programs write, built here: each goes through the whole cycle, and what
//! is not the label stays.

use std::io::Cursor;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use specialis_label::{Container, Remark, Verdict, check, read, write};

use crate::round_trip::{label, mp4_box, whole_cycle};

pub(crate) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], len.as_slice(), data].concat()
}

/// A picture with these segments before it, which is progressive and has two scans.
pub(crate) fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    let frame = segment(0xC2, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    let scan = [segment(0xDA, &[1, 1, 0, 0, 0, 0]), vec![0x55, 0xFF, 0, 0x55]].concat();
    [vec![0xFF, 0xD8], segments.concat(), segment(0xDB, &[0; 65]), frame, scan.clone(), scan, vec![0xFF, 0xD9]].concat()
}

#[test]
fn a_progressive_jpeg_with_segments_of_many_programs_keeps_them_all() {
    let long = vec![7; 65_533];
    let kept: Vec<Vec<u8>> = [
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
        segment(0xE1, b"QVCI\0not XMP"),
    ]
    .into_iter()
    .chain((0..40).map(|n| segment(0xE2, &[b"ICC_PROFILE\0".as_slice(), &[n, 40], &[n; 900]].concat())))
    .chain([segment(0xED, b"Photoshop 3.0\0"), segment(0xEF, &long), segment(0xEE, b"Adobe\0d\0\0\0\0\0\x01")])
    // Any number of these may stand before a marker.
    .chain([vec![0xFF; 5], segment(0xFE, "作者的话".as_bytes())])
    .collect();
    let file = jpeg(&kept);
    let out = whole_cycle(Container::Jpeg, &file);
    let place = kept[..3].concat().len() + 2;
    assert!(out.starts_with(&file[..place]), "the label comes behind JFIF and EXIF");
    assert!(out.ends_with(&file[place..]), "and nothing else changes");
}

#[test]
fn the_packet_of_a_jpeg_that_is_full_says_so() {
    let packet = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'><rdf:Description a='{}'/></rdf:RDF></x:xmpmeta>",
        "x".repeat(65_300)
    );
    let file = jpeg(&[segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat())]);
    let said = write(&mut Cursor::new(file), &mut Vec::new(), Container::Jpeg, &label()).unwrap_err().to_string();
    assert!(said.contains("no room for a label within one segment"), "{said}");
}

pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checksum = crc32fast::hash(&[kind.as_slice(), data].concat()).to_be_bytes();
    [&u32::try_from(data.len()).unwrap().to_be_bytes(), kind.as_slice(), data, &checksum].concat()
}

pub(crate) fn png(before: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut rows, &[0, 9]).unwrap();
    let head = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let data = chunk(b"IDAT", &rows.finish().unwrap());
    [b"\x89PNG\r\n\x1a\n".to_vec(), head, before.concat(), data, after.concat(), chunk(b"IEND", b"")].concat()
}

const PACKET: &str = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
                      <rdf:Description xmlns:dc='d' dc:title='题'/></rdf:RDF></x:xmpmeta>";

#[test]
fn a_png_keeps_its_texts_and_what_stands_behind_its_pixels() {
    let itxt = |keyword: &str, text: &str| chunk(b"iTXt", format!("{keyword}\0\0\0zh\0词\0{text}").as_bytes());
    let before = [itxt("Title", "题"), chunk(b"tEXt", b"Comment\0AIGC is spoken of"), chunk(b"prIv", b"own")];
    let after = [itxt("XML:com.adobe.xmp", PACKET), chunk(b"tIME", &[7, 234, 11, 25, 0, 0, 0])];
    let file = [png(&before, &after), b"behind the end".to_vec()].concat();
    let out = whole_cycle(Container::Png, &file);
    for part in before.iter().chain([&after[1]]) {
        assert!(out.windows(part.len()).any(|window| window == part.as_slice()));
    }
    assert!(String::from_utf8_lossy(&out).contains("dc:title='题'"), "the packet that was there takes the label");
    assert!(out.ends_with(b"behind the end"));
    let reading = read(&mut Cursor::new(&file), Container::Png).unwrap();
    assert!(matches!(reading.remarks.as_slice(), [Remark::Trailing(_)]), "{:?}", reading.remarks);
}

#[test]
fn labels_in_every_text_of_a_png_are_found() {
    let json = label().to_json();
    let hex: String = PACKET
        .replace("<rdf:Description", &format!("<T:AIGC>{}</T:AIGC><rdf:Description", json.replace('"', "&quot;")))
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let profile = format!("Raw profile type xmp\0\nxmp\n  {}\n{hex}\n", hex.len() / 2);
    for (text, is_standard) in [
        (format!("AIGC\0{json}"), true),
        (format!("aigc\0{json}"), true),
        (format!("Comment\0{{\"AIGC\":{json}}}"), false),
        (format!("VendorAIGC\0{json}"), false),
        (profile, false),
    ] {
        let file = png(&[chunk(b"tEXt", text.as_bytes())], &[]);
        let reading = read(&mut Cursor::new(&file), Container::Png).unwrap();
        assert_eq!(reading.labels.len(), 1, "{text}");
        assert_eq!(reading.labels[0].place.is_standard, is_standard, "{text}");
        let rules = check(&reading).rule_ids();
        assert_eq!(rules, if text.starts_with("aigc") { vec!["wrapper-name"] } else { vec![] }, "{text}");
        let mut out = Vec::new();
        specialis_label::replace(&mut Cursor::new(&file), &mut out, Container::Png, &label()).unwrap();
        assert_eq!(read(&mut Cursor::new(out), Container::Png).unwrap().labels.len(), 1);
    }
}

#[test]
fn a_tiff_of_the_other_byte_order_with_pages_and_a_packet_keeps_its_pixels() {
    for is_little in [true, false] {
        let n16 = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
        let n32 = |n: u32| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
        let entry = |tag: u16, kind: u16, count: u32, value: u32| {
            [n16(tag).to_vec(), n16(kind).to_vec(), n32(count).to_vec(), n32(value).to_vec()].concat()
        };
        let packet = PACKET.as_bytes();
        let mark: &[u8] = if is_little { b"II*\0" } else { b"MM\0*" };
        let pixels_at = 8_u32;
        let packet_at = 12_u32;
        let first_at = packet_at + u32::try_from(packet.len()).unwrap();
        let page = |with_packet: bool, next: u32| {
            let mut entries = vec![entry(0x100, 4, 1, 2), entry(0x101, 4, 1, 2), entry(0x111, 4, 1, pixels_at)];
            if with_packet {
                entries.push(entry(0x2BC, 1, u32::try_from(packet.len()).unwrap(), packet_at));
            }
            [n16(u16::try_from(entries.len()).unwrap()).to_vec(), entries.concat(), n32(next).to_vec()].concat()
        };
        let first = page(true, first_at + 54);
        let file = [mark, &n32(first_at), b"pixe", packet, &first, &page(false, 0)].concat();
        let out = whole_cycle(Container::Tiff, &file);
        assert_eq!(&out[8..12], b"pixe");
        assert_eq!(
            specialis_label::explicit::frame_size(&mut Cursor::new(&out), Container::Tiff).unwrap(),
            Some((2, 2))
        );
    }
}

pub(crate) fn synchsafe(n: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from((n >> shift) & 0x7F).unwrap())
}

fn tag(version: u8, flags: u8, frames: &[u8]) -> Vec<u8> {
    [b"ID3", [version, 0, flags].as_slice(), &synchsafe(frames.len()), frames].concat()
}

#[test]
fn every_version_of_a_tag_keeps_its_frames() {
    let sound = [[0xFF, 0xFB, 0x90, 0x00].as_slice(), &[0x55; 413]].concat();
    let picture = [&[0], b"image/png\0\x03\0".as_slice(), &[0xFF, 0x00, 0xFF, 0xE0, 1, 2, 3]].concat();
    let old = [b"PIC\0\0\x0D".as_slice(), b"\0PNG\x03\0\xFF\0\xFF\xE0abc"].concat();
    let v3 = [b"APIC".as_slice(), &u32::try_from(picture.len()).unwrap().to_be_bytes(), &[0, 0], &picture].concat();
    let v4 = [b"APIC".as_slice(), &synchsafe(picture.len()), &[0, 0], &picture].concat();
    // Whoever sets the flag of the whole puts a zero behind every FF of each frame.
    let changed = [&[0], b"image/png\0\x03\0".as_slice(), &[0xFF, 0x00, 0x00, 0xFF, 0x00, 0xE0, 1, 2, 3]].concat();
    let v4_changed = [b"APIC".as_slice(), &synchsafe(changed.len()), &[0, 2], &changed].concat();
    let extended = [[0, 0, 0, 6, 1, 0].as_slice(), &v4].concat();
    for (name, tag, kept) in [
        ("2.2", tag(2, 0, &old), &old),
        ("2.3", tag(3, 0, &[v3.as_slice(), &[0; 300]].concat()), &v3),
        ("2.4", tag(4, 0, &v4), &v4),
        ("2.4 with an extended head", tag(4, 0x40, &extended), &v4),
        ("2.4 changed", tag(4, 0x80, &v4_changed), &v4_changed),
        ("none", Vec::new(), &Vec::new()),
    ] {
        let file = [tag.as_slice(), &sound, &sound, b"TAG", &[0; 125]].concat();
        let out = whole_cycle(Container::Mp3, &file);
        assert!(out.windows(kept.len().max(1)).any(|window| window == kept.as_slice() || kept.is_empty()), "{name}");
        assert!(out.ends_with(&[sound.as_slice(), &sound, b"TAG", &[0; 125]].concat()), "{name}: the sound stays");
        assert_eq!(
            out.get(5).copied().unwrap_or_default() & 0x80,
            if name == "2.4 changed" { 0x80 } else { 0 },
            "{name}"
        );
        if name == "2.3" {
            assert_eq!(out.len(), file.len(), "free space of the tag is used first");
        }
    }
}

#[test]
fn a_second_tag_and_a_comment_are_read_and_cleared() {
    let sound = [[0xFF, 0xFB, 0x90, 0x00].as_slice(), &[0x55; 413]].concat();
    let json = label().to_json();
    let own = [&[0], b"AIGC\0".as_slice(), json.as_bytes()].concat();
    let comment = [b"\0chi\0{\"AIGC\":".as_slice(), json.as_bytes(), b"}"].concat();
    let frame = |id: &[u8], data: &[u8]| [id, &synchsafe(data.len()), &[0, 0], data].concat();
    let first = tag(4, 0, &frame(b"COMM", &comment));
    let second = tag(4, 0, &frame(b"TXXX", &own));
    let file = [first, second, sound].concat();
    let reading = read(&mut Cursor::new(&file), Container::Mp3).unwrap();
    assert_eq!(check(&reading).rule_ids(), ["one-label"], "{reading:?}");
    let mut out = Vec::new();
    specialis_label::replace(&mut Cursor::new(file), &mut out, Container::Mp3, &label()).unwrap();
    assert_eq!(check(&read(&mut Cursor::new(out), Container::Mp3).unwrap()).verdict, Verdict::Compliant);
}

#[test]
fn a_flac_of_any_layout_keeps_its_blocks_and_its_sound() {
    let block = |kind: u8, is_last: bool, data: &[u8]| {
        let len = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&[if is_last { kind | 0x80 } else { kind }], &len[1..], data].concat()
    };
    let list = |comments: &[&str]| {
        let len = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let mut out = [len(4).as_slice(), b"tool", &len(comments.len())].concat();
        comments.iter().for_each(|text| out.extend([len(text.len()).as_slice(), text.as_bytes()].concat()));
        out
    };
    let stream = [0; 34];
    let json = label().to_json();
    let sound = [0xFF, 0xF8, 1, 2, 3];
    let seeks = block(3, false, &[9; 18]);
    for (name, blocks) in [
        ("alone", block(0, true, &stream)),
        ("comments last", [block(0, false, &stream), seeks.clone(), block(4, true, &list(&["TITLE=题"]))].concat()),
        (
            "room behind",
            [block(0, false, &stream), block(4, false, &list(&["TITLE=题"])), block(1, true, &[0; 4096])].concat(),
        ),
        (
            "little room",
            [block(0, false, &stream), block(1, false, &[0; 3]), seeks, block(4, true, &list(&[]))].concat(),
        ),
        ("a tag before it", [block(0, false, &stream), block(6, true, &[5; 40])].concat()),
    ] {
        let before = if name.starts_with("a tag") { tag(3, 0, &[0; 20]) } else { Vec::new() };
        let file = [before.as_slice(), b"fLaC", &blocks, &sound].concat();
        let out = whole_cycle(Container::Flac, &file);
        assert!(out.ends_with(&sound) && out.starts_with(&before), "{name}");
        assert_eq!(out.len() == file.len(), name == "room behind", "{name}");
    }
    let twice = [
        block(0, false, &stream),
        block(4, false, &list(&[])),
        block(4, true, &list(&[&format!("aigc={json}"), "A=b"])),
    ];
    let file = [b"fLaC".as_slice(), &twice.concat(), &sound].concat();
    let mut out = Vec::new();
    specialis_label::replace(&mut Cursor::new(file), &mut out, Container::Flac, &label()).unwrap();
    assert_eq!(read(&mut Cursor::new(&out), Container::Flac).unwrap().labels.len(), 1);
    assert!(out.windows(3).any(|window| window == b"A=b"), "the other comment of that block stays");
}

/// An element with an id of its own and a length in one byte or eight.
pub(crate) fn ebml(id: &[u8], body: &[u8]) -> Vec<u8> {
    let len = u64::try_from(body.len()).unwrap();
    let size = if len < 127 { vec![0x80 | u8::try_from(len).unwrap()] } else { (len | 1 << 56).to_be_bytes().to_vec() };
    [id, &size, body].concat()
}

#[test]
fn a_matroska_of_any_layout_keeps_its_clusters() {
    let cluster =
        ebml(b"\x1F\x43\xB6\x75", &[b"\xE7\x81\0".as_slice(), &ebml(b"\xA3", &[0x81, 0, 0, 0x80, 7, 7])].concat());
    let info = ebml(b"\x15\x49\xA9\x66", b"\x2A\xD7\xB1\x83\x0F\x42\x40");
    let void = |n: usize| ebml(b"\xEC", &vec![0; n]);
    let own = ebml(
        b"\x12\x54\xC3\x67",
        &ebml(
            b"\x73\x73",
            &ebml(b"\x67\xC8", &[ebml(b"\x45\xA3", b"TITLE"), ebml(b"\x44\x87", "题".as_bytes())].concat()),
        ),
    );
    // A list with one entry about information, with room behind it.
    let seek = |id: &[u8], at: u8| ebml(b"\x4D\xBB", &[ebml(b"\x53\xAB", id), ebml(b"\x53\xAC", &[at])].concat());
    let with_tags = ebml(b"\x11\x4D\x9B\x74", &[seek(b"\x15\x49\xA9\x66", 120), seek(b"\x12\x54\xC3\x67", 9)].concat());
    let list = ebml(b"\x11\x4D\x9B\x74", &seek(b"\x15\x49\xA9\x66", 120));
    for (name, elements) in [
        ("a list that names tags", vec![with_tags.clone(), void(900), info.clone(), cluster.clone()]),
        ("room for all", vec![list.clone(), void(60), info.clone(), void(900), cluster.clone()]),
        ("room for the list alone", vec![list.clone(), void(60), info.clone(), cluster.clone()]),
        ("the list behind free space", vec![void(3), list, void(60), info.clone(), cluster.clone()]),
        ("no list", vec![info.clone(), cluster.clone()]),
        ("tags of its own", vec![info.clone(), own.clone(), cluster.clone(), cluster.clone()]),
        ("tags at the end", vec![info, cluster.clone(), own.clone()]),
    ] {
        let body = elements.concat();
        for is_open in [false, true] {
            let segment = if is_open {
                [b"\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF".as_slice(), &body].concat()
            } else {
                ebml(b"\x18\x53\x80\x67", &body)
            };
            let file = [ebml(b"\x1A\x45\xDF\xA3", b"\x42\x82\x84webm"), segment].concat();
            let out = whole_cycle(Container::Matroska, &file);
            let count = |file: &[u8]| file.windows(cluster.len()).filter(|window| *window == cluster).count();
            assert_eq!(count(&out), count(&file), "{name}");
            assert_eq!(String::from_utf8_lossy(&out).contains('题'), name.starts_with("tags"), "{name}");
        }
    }
}

#[test]
fn a_video_keeps_the_boxes_that_nobody_knows() {
    let handler = |kind: &[u8]| mp4_box(b"hdlr", &[&[0; 8], kind, &[0; 13]].concat());
    let itunes = mp4_box(
        b"meta",
        &[
            vec![0; 4],
            handler(b"mdir"),
            mp4_box(b"ilst", &mp4_box(b"\xA9nam", &mp4_box(b"data", b"\0\0\0\x01\0\0\0\0T"))),
        ]
        .concat(),
    );
    for (name, index) in [
        ("nothing in it", vec![mp4_box(b"mvhd", &[0; 100])]),
        ("tags of iTunes", vec![mp4_box(b"udta", &itunes)]),
        ("a list that ends with zeros", vec![mp4_box(b"udta", &[mp4_box(b"\xA9too", b"x"), vec![0; 4]].concat())]),
        ("boxes of its own", vec![mp4_box(b"xyzw", b"own"), mp4_box(b"udta", &mp4_box(b"abcd", b"own"))]),
    ] {
        let file =
            [mp4_box(b"ftyp", b"isom\0\0\0\0"), mp4_box(b"mdat", &[7; 40]), mp4_box(b"moov", &index.concat())].concat();
        let out = whole_cycle(Container::Mp4, &file);
        assert!(out.starts_with(&file[..64]), "{name}: the media stay where they are");
        if name == "boxes of its own" {
            assert!(out.windows(7).any(|window| window == b"xyzwown"), "{name}");
        }
    }
    let picture = [mp4_box(b"ftyp", b"heic\0\0\0\0"), mp4_box(b"meta", &[0; 4])].concat();
    assert_eq!(Container::detect(&mut Cursor::new(picture), std::path::Path::new("a")).unwrap(), Some(Container::Heif));
}

#[test]
fn a_page_says_its_encoding_before_its_label() {
    let page = "<!DOCTYPE html><html><head>\n<title>题</title><meta charset=utf-8><link rel=icon></head><body><meta charset=x></body></html>";
    let out = String::from_utf8(whole_cycle(Container::Html, page.as_bytes())).unwrap();
    assert!(out.contains("<meta charset=utf-8><meta name=\"AIGC\" content='{\"Label\":\"1\","), "{out}");
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain("<html>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let path = std::path::Path::new("a.html");
    assert_eq!(Container::detect(&mut Cursor::new(&wide), path).unwrap(), Some(Container::Html));
}
