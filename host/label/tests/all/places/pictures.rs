//! Segments, chunks, tags and extensions of pictures.

use std::io::{Cursor, Write as _};

use specialis_label::{Container, read};

use super::{has, is_found, riff, wide_of, wrapped};
use crate::round_trip::label;
use crate::unusual::{chunk, jpeg, png, segment};

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
fn chunks_of_other_programs_in_a_webp_are_read() {
    let text = wrapped();
    let picture = riff(b"VP8X", &[0; 10]);
    for (own, place) in [
        (riff(b"AIGC", label().to_json().as_bytes()), "chunk AIGC"),
        (riff(b"own ", text.as_bytes()), "chunk own"),
        (riff(b"ICCP", &[[0; 128].as_slice(), text.as_bytes(), &[0; 4]].concat()), "chunk ICCP"),
    ] {
        is_found(Container::WebP, &riff(b"RIFF", &[b"WEBP".to_vec(), picture.clone(), own].concat()), place);
    }
}
