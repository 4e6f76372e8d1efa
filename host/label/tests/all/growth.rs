//! How the cost of a file grows: twice as many pieces cost twice the work and no more. Work is counted in bytes and in reads.
//!
//! What is only looked at in memory has cases so large that they would take minutes if each piece were compared with each other one.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write as _};

use specialis_label::{Container, Reading, Verdict, check, read, write_edits};

use crate::manifests::archive;
use crate::round_trip::{label, mp4_box};
use crate::unusual::{chunk, jpeg, png, segment, synchsafe};

/// A file that counts what is read of it.
struct Counted {
    file: Cursor<Vec<u8>>,
    n_bytes: u64,
    n_reads: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.n_bytes += n as u64;
        self.n_reads += 1;
        Ok(n)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Bytes and reads for reading a file and for planning a label in it.
fn cost(container: Container, file: Vec<u8>) -> [u64; 2] {
    let mut file = Counted { file: Cursor::new(file), n_bytes: 0, n_reads: 0 };
    let reading = read(&mut file, container).unwrap();
    assert!(reading.trouble.is_none() && reading.labels.is_empty(), "{container}: {reading:?}");
    write_edits(&mut file, container, &label()).unwrap_or_else(|error| panic!("{container}: {error}"));
    [file.n_bytes, file.n_reads]
}

/// Reading and labelling a file of twice as many pieces costs at most twice as much, but for a few windows.
fn grows_evenly(container: Container, file: impl Fn(usize) -> Vec<u8>, n: usize) {
    let (once, twice) = (file(n), file(2 * n));
    assert!(once.len() > 30_000, "{container}: {} bytes tell nothing", once.len());
    let len = twice.len() as u64;
    let ([bytes, reads], [bytes_twice, reads_twice]) = (cost(container, once), cost(container, twice));
    assert!(bytes_twice <= 2 * bytes + 100_000, "{container}: {bytes} bytes become {bytes_twice}");
    assert!(reads_twice <= 2 * reads + 10, "{container}: {reads} reads become {reads_twice}");
    assert!(bytes_twice <= 8 * len + 100_000, "{container}: {bytes_twice} bytes of a file of {len}");
}

fn trouble(container: Container, file: &[u8]) -> String {
    let reading = read(&mut Cursor::new(file), container).unwrap();
    assert_eq!(check(&reading).verdict, Verdict::Inconclusive, "{container}: {reading:?}");
    reading.trouble.unwrap().to_string()
}

fn n(len: usize) -> u32 {
    u32::try_from(len).unwrap()
}

/// Text of others, 80 bytes: base64 of an object that is no label, of digits that pack badly.
fn note(index: usize) -> String {
    let mixed = |salt: u64| (index as u64 + salt * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let object = format!("{{\"own\":\"{:016x}{:016x}{:016x}\"}}", mixed(1), mixed(2), mixed(3));
    data_encoding::BASE64.encode(object.as_bytes())
}

/// Directories one behind the other, each with these entries: tag, type, count; and what their values are, by the places of the
/// directory itself and of the next.
fn tiff(n_pages: usize, tag: u16, value: &str) -> Vec<u8> {
    let room = 18 + value.len() + value.len() % 2;
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    for page in 0..n_pages {
        let at = n(8 + page * room);
        let next = if page + 1 < n_pages { at + n(room) } else { 0 };
        // An entry that names a directory leads to the next one, the last to itself.
        let (kind, len, place, behind) = match value.len() {
            0 => (4_u16, 1, if next == 0 { at } else { next }, 0),
            len => (2, n(len), at + 18, next),
        };
        file.extend([&[1, 0], tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &len.to_le_bytes()].concat());
        file.extend([place.to_le_bytes(), behind.to_le_bytes()].concat());
        file.extend(value.as_bytes());
        file.resize(at as usize + room, 0);
    }
    file
}

#[test]
fn directories_of_a_tiff_grow_evenly() {
    grows_evenly(Container::Tiff, |n| tiff(n, 0x10E, &note(7)), 2000);
    // Each within the one before it.
    grows_evenly(Container::Tiff, |n| tiff(n, 0x8769, ""), 10_000);
}

#[test]
fn segments_and_chunks_of_pictures_grow_evenly() {
    let comments = |n: usize| (0..n).map(|index| segment(0xFE, note(index).as_bytes())).collect::<Vec<Vec<u8>>>();
    grows_evenly(Container::Jpeg, |n| jpeg(&comments(n)), 1000);
    let block = [b"Exif\0\0".as_slice(), &tiff(3, 0x10E, &note(7))].concat();
    grows_evenly(Container::Jpeg, |n| jpeg(&vec![segment(0xE1, &block); n]), 300);
    let texts = |n: usize| (0..n).map(|index| chunk(b"tEXt", format!("Comment\0{}", note(index)).as_bytes()));
    grows_evenly(Container::Png, |n| png(&texts(n).collect::<Vec<Vec<u8>>>(), &[]), 1000);
}

#[test]
fn boxes_of_a_video_grow_evenly() {
    let ends = || [mp4_box(b"ftyp", b"isom\0\0\0\0"), mp4_box(b"mdat", &[7; 40])].concat();
    for kind in [b"free", b"uuid", b"own "] {
        let boxes = |n: usize| (0..n).flat_map(|index| mp4_box(kind, note(index).as_bytes())).collect::<Vec<u8>>();
        grows_evenly(Container::Mp4, |n| [ends(), mp4_box(b"moov", b""), boxes(n)].concat(), 2000);
    }
    let tracks = |n: usize| {
        let track = |index| mp4_box(b"trak", &mp4_box(b"udta", &mp4_box(b"name", note(index).as_bytes())));
        [ends(), mp4_box(b"moov", &(0..n).flat_map(track).collect::<Vec<u8>>())].concat()
    };
    grows_evenly(Container::Mp4, tracks, 2000);
    let keyed = |n: usize| [ends(), mp4_box(b"moov", &keyed(n, &vec![note(7); n]))].concat();
    grows_evenly(Container::Mp4, keyed, 1000);
}

/// A box `meta` with these keys and so many values, each under a key.
fn keyed(n_values: usize, keys: &[String]) -> Vec<u8> {
    let data = mp4_box(b"data", b"\0\0\0\x01\0\0\0\0own");
    let names: Vec<u8> = keys.iter().flat_map(|key| mp4_box(b"mdta", key.as_bytes())).collect();
    let names = mp4_box(b"keys", &[&[0; 4], n(keys.len()).to_be_bytes().as_slice(), &names].concat());
    let value = |index: usize| mp4_box(&n(index % keys.len() + 1).to_be_bytes(), &data);
    let list = mp4_box(b"ilst", &(0..n_values).flat_map(value).collect::<Vec<u8>>());
    let handler = mp4_box(b"hdlr", &[[0; 8].as_slice(), b"mdta", &[0; 13]].concat());
    mp4_box(b"meta", &[vec![0; 4], handler, names, list].concat())
}

#[test]
fn a_long_name_of_a_key_is_read_once_for_all_its_values() {
    let moov = mp4_box(b"moov", &keyed(200_000, &["x".repeat(2 << 20)]));
    let file = [mp4_box(b"ftyp", b"isom\0\0\0\0"), moov].concat();
    let reading = read(&mut Cursor::new(file), Container::Mp4).unwrap();
    assert!(reading.trouble.is_none() && reading.labels.is_empty(), "{reading:?}");
}

/// A picture with so many items beside its own: each of these kind and content, at these places of the file.
fn heif(n_items: usize, is_xmp: bool, content: &[u8], places: impl Fn(usize) -> (usize, usize)) -> Vec<u8> {
    let full = |kind: &[u8; 4], body: &[u8]| mp4_box(kind, &[&[0; 4], body].concat());
    let short = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    let kind: &[u8] = if is_xmp { b"\0\0mime\0application/rdf+xml\0" } else { b"\0\0own \0" };
    let info = |id: usize| mp4_box(b"infe", &[b"\x02\0\0\0".as_slice(), &short(id), kind].concat());
    let place = |id: usize, (at, len): (usize, usize)| {
        [short(id).as_slice(), &[0, 0, 0, 1], &n(at).to_be_bytes(), &n(len).to_be_bytes()].concat()
    };
    let meta = |base: usize| {
        // The places stand the other way round, so that none is found at once.
        let infos = (1..=n_items).flat_map(info);
        let all = (1..=n_items).rev().flat_map(|id| {
            let (at, len) = places(id);
            place(id, (base + at, len))
        });
        let infos = [short(n_items).to_vec(), infos.collect()].concat();
        let all = [b"\x44\0".as_slice(), &short(n_items), &all.collect::<Vec<u8>>()].concat();
        full(b"meta", &[full(b"pitm", &[0, 1]), full(b"iinf", &infos), full(b"iloc", &all)].concat())
    };
    let ftyp = mp4_box(b"ftyp", b"avif\0\0\0\0");
    let base = ftyp.len() + meta(0).len() + 8;
    [ftyp, meta(base), mp4_box(b"mdat", content)].concat()
}

#[test]
fn items_of_a_picture_grow_evenly() {
    grows_evenly(Container::Heif, |n| heif(n, false, &vec![7; n], |id| (id - 1, 1)), 30_000);
    let packet = "<r:RDF xmlns:r='r'><r:D>own</r:D></r:RDF>";
    grows_evenly(
        Container::Heif,
        |n| heif(n, true, packet.repeat(n).as_bytes(), |id| ((id - 1) * packet.len(), packet.len())),
        2000,
    );
}

#[test]
fn items_and_texts_that_stand_in_the_same_place_are_refused() {
    let packet = format!("<r:RDF xmlns:r='r'>{}</r:RDF>", " ".repeat(15_000));
    let file = heif(6000, true, packet.as_bytes(), |_| (0, packet.len()));
    let why = trouble(Container::Heif, &file);
    assert!(why.contains("the sum of its parts, which overlap"), "{why}");
    // A length of nothing means to the end of the file.
    let file = heif(200, true, &vec![b' '; 2 << 20], |_| (0, 0));
    let why = trouble(Container::Heif, &file);
    assert!(why.contains("the sum of its parts, which overlap"), "{why}");
    let n_entries: usize = 3000;
    let text_at = n(8 + 2 + 12 * n_entries + 4);
    let entry = [b"\x0E\x01\x02\0\x80\x3E\0\0".as_slice(), &text_at.to_le_bytes()].concat();
    let directory = [u16::try_from(n_entries).unwrap().to_le_bytes().to_vec(), entry.repeat(n_entries)].concat();
    let block = [b"Exif\0\0II*\0\x08\0\0\0".as_slice(), &directory, &[0; 4], &[b'x'; 16_000]].concat();
    let why = trouble(Container::Jpeg, &jpeg(&[segment(0xE1, &block)]));
    assert!(why.contains("the sum of its parts, which overlap"), "{why}");
}

#[test]
fn pages_of_an_ogg_grow_evenly() {
    let page = |number: usize, kind: u8, segments: &[u8], content: &[u8]| {
        let head = [b"OggS\0".as_slice(), &[kind], &[0; 8], &7_u32.to_le_bytes(), &n(number).to_le_bytes(), &[0; 4]];
        [head.concat(), vec![u8::try_from(segments.len()).unwrap()], segments.to_vec(), content.to_vec()].concat()
    };
    let first = page(0, 2, &[19], b"OpusHead\x01\x01\0\0\x80\xBB\0\0\0\0\0");
    let sound = |n_pages: usize| {
        let comments = page(1, 0, &[20], b"OpusTags\x04\0\0\0ownx\0\0\0\0");
        let pages = (2..n_pages + 2).flat_map(|number| page(number, 0, &[90], &[7; 90]));
        [first.clone(), comments, pages.collect()].concat()
    };
    grows_evenly(Container::Ogg, sound, 2000);
    let comments = |n_comments: usize| {
        let comment = |index| {
            let text = format!("NOTE={}", note(index));
            [n(text.len()).to_le_bytes().to_vec(), text.into_bytes()].concat()
        };
        let list: Vec<u8> = (0..n_comments).flat_map(comment).collect();
        let packet = [b"OpusTags\x03\0\0\0own".as_slice(), &n(n_comments).to_le_bytes(), &list].concat();
        let whole = packet.len() / 255 * 255;
        let parts = packet[..whole].chunks(255).enumerate();
        let mut file: Vec<u8> = first.clone();
        file.extend(parts.flat_map(|(number, part)| page(number + 1, u8::from(number > 0), &[255], part)));
        let (rest, number) = (&packet[whole..], whole / 255 + 1);
        file.extend(page(number, 1, &[u8::try_from(rest.len()).unwrap()], rest));
        file.extend(page(number + 1, 4, &[9], &[7; 9]));
        file
    };
    grows_evenly(Container::Ogg, comments, 1000);
}

fn riff(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let filling: &[u8] = if data.len().is_multiple_of(2) { &[] } else { &[0] };
    [kind.as_slice(), &n(data.len()).to_le_bytes(), data, filling].concat()
}

#[test]
fn chunks_and_tags_of_videos_grow_evenly() {
    let video = riff(b"LIST", b"movi00dc\x04\0\0\0\x07\x07\x07\x07");
    let avi =
        |inner: Vec<u8>| riff(b"RIFF", &[b"AVI ".to_vec(), inner, riff(b"JUNK", &[0; 500]), video.clone()].concat());
    let own = |n: usize| (0..n).flat_map(|index| riff(b"own ", note(index).as_bytes())).collect::<Vec<u8>>();
    grows_evenly(Container::Avi, |n| avi(own(n)), 2000);
    grows_evenly(Container::Avi, |n| avi(riff(b"LIST", &[b"INFO".to_vec(), own(n)].concat())), 2000);
    let part = riff(b"RIFF", &[b"AVIX".to_vec(), riff(b"LIST", &[7; 80])].concat());
    grows_evenly(Container::Avi, |n| [avi(Vec::new()), part.repeat(n)].concat(), 2000);
    let tag = |kind: u8, data: &[u8]| {
        [&[kind], &n(data.len()).to_be_bytes()[1..], &[0; 7], data, &n(data.len() + 11).to_be_bytes()].concat()
    };
    let entry = |index: usize| {
        let text = note(index);
        [b"\0\x03own\x02".as_slice(), &u16::try_from(text.len()).unwrap().to_be_bytes(), text.as_bytes()].concat()
    };
    let script = |entries: &[u8]| [b"\x02\0\x0AonMetaData\x08\0\0\0\x01".as_slice(), entries, b"\0\0\x09"].concat();
    let flv = |tags: Vec<u8>| [b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec(), tags].concat();
    grows_evenly(Container::Flv, |n| flv(tag(9, &[7; 60]).repeat(n)), 2000);
    grows_evenly(Container::Flv, |n| flv(tag(18, &script(&entry(7))).repeat(n)), 1000);
    let one = |n: usize| flv(tag(18, &script(&(0..n).flat_map(entry).collect::<Vec<u8>>())));
    grows_evenly(Container::Flv, one, 1000);
    // All script data are held, so there is an end to them.
    let why = trouble(Container::Flv, &flv(tag(18, &vec![0; 4 << 20]).repeat(17)));
    assert!(why.contains("the script data is larger than"), "{why}");
}

fn tag(frames: &[u8]) -> Vec<u8> {
    let sound = [[0xFF, 0xFB, 0x90, 0x00].as_slice(), &[0x55; 413]].concat();
    [b"ID3\x04\0\0".as_slice(), &synchsafe(frames.len()), frames, &sound, &sound].concat()
}

#[test]
fn frames_of_a_tag_grow_evenly_and_are_unpacked_up_to_a_limit() {
    let frame =
        |id: &[u8; 4], flags: u8, data: &[u8]| [id.as_slice(), &synchsafe(data.len()), &[0, flags], data].concat();
    let text = |index: usize| frame(b"TXXX", 0, format!("\x03note\0{}", note(index)).as_bytes());
    grows_evenly(Container::Mp3, |n| tag(&(0..n).flat_map(text).collect::<Vec<u8>>()), 1000);
    let packed = |id: &[u8; 4], len: usize| {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&[b"\x03note\0".as_slice(), &vec![b' '; len]].concat()).unwrap();
        frame(id, 0x09, &[synchsafe(len + 6).as_slice(), &packed.finish().unwrap()].concat())
    };
    let why = trouble(Container::Mp3, &tag(&packed(b"TXXX", 3 << 20).repeat(3)));
    assert!(why.contains("the unpacked ID3 tag is larger than"), "{why}");
    // A picture is not unpacked.
    let own = frame(b"TXXX", 0, format!("\x03AIGC\0{}", label().to_json()).as_bytes());
    let file = tag(&[packed(b"APIC", 20 << 20), packed(b"TXXX", 3 << 20), own].concat());
    assert_eq!(check(&read(&mut Cursor::new(file), Container::Mp3).unwrap()).verdict, Verdict::Compliant);
}

#[test]
fn packed_texts_of_a_picture_are_unpacked_up_to_a_limit() {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&vec![b' '; 8 << 20]).unwrap();
    let text = chunk(b"zTXt", &[b"Comment\0\0".as_slice(), &packed.finish().unwrap()].concat());
    let why = trouble(Container::Png, &png(&std::iter::repeat_n(text, 10).collect::<Vec<Vec<u8>>>(), &[]));
    assert!(why.contains("what its packed parts become is larger than"), "{why}");
}

#[test]
fn elements_of_documents_and_pages_grow_evenly() {
    let many = |n: usize, element: &str| (0..n).map(|index| element.replace("??", &note(index))).collect::<String>();
    let properties = |n: usize| {
        let core = many(n, "<p:x a='??' xmlns:p='p'>??</p:x>");
        let core = format!("<p:properties xmlns:p='p'>{core}</p:properties>");
        archive(&[
            ("[Content_Types].xml", "<Types></Types>"),
            ("_rels/.rels", "<Relationships/>"),
            ("docProps/app.xml", &core),
        ])
    };
    grows_evenly(Container::Office, properties, 3000);
    let manifest = "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'></m:manifest>";
    let odf = |n: usize| {
        let user = many(n, "<meta:user-defined meta:name='own'>??</meta:user-defined>");
        let names = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
                     xmlns:meta='urn:oasis:names:tc:opendocument:xmlns:meta:1.0'";
        let meta = format!("<office:document-meta {names}><office:meta>{user}</office:meta></office:document-meta>");
        let mime = "application/vnd.oasis.opendocument.text";
        archive(&[("mimetype", mime), ("META-INF/manifest.xml", manifest), ("meta.xml", &meta)])
    };
    grows_evenly(Container::Odf, odf, 4000);
    let ofd = |n: usize| {
        let data = many(n, "<o:CustomData Name='own'>??</o:CustomData>");
        let info = format!("<o:DocBody><o:DocInfo><o:CustomDatas>{data}</o:CustomDatas></o:DocInfo></o:DocBody>");
        archive(&[("OFD.xml", &format!("<o:OFD xmlns:o='o'>{info}</o:OFD>"))])
    };
    grows_evenly(Container::Ofd, ofd, 4000);
    let svg = |n: usize| format!("<svg xmlns='s'>{}</svg>", many(n, "<desc a='??'>??</desc><!-- ?? -->")).into_bytes();
    grows_evenly(Container::Svg, svg, 1000);
    let html = |n: usize| {
        let inner =
            many(n, "<meta name='own' content='??'><!-- ?? --><script type='application/json'>{\"a\":\"??\"}</script>");
        format!("<html><head>{inner}</head></html>").into_bytes()
    };
    grows_evenly(Container::Html, html, 1000);
    grows_evenly(Container::Markdown, |n| many(n, "text\n\n<!-- ?? -->\n\n").into_bytes(), 1000);
}

#[test]
fn what_is_nested_deeper_than_anything_honest_is_not_said_to_have_no_label() {
    let own = mp4_box(b"udta", &mp4_box(b"AIGC", label().to_json().as_bytes()));
    let moov = mp4_box(b"moov", &(0..100).fold(own, |inner, _| mp4_box(b"trak", &inner)));
    let why = trouble(Container::Mp4, &[mp4_box(b"ftyp", b"isom\0\0\0\0"), moov].concat());
    assert!(why.contains("the depth of boxes"), "{why}");
    let json = label().to_json();
    let entry =
        [b"\0\x04AIGC\x02".as_slice(), &u16::try_from(json.len()).unwrap().to_be_bytes(), json.as_bytes()].concat();
    let object = (0..100).fold(entry, |inner, _| [b"\0\x01a\x03".as_slice(), &inner, b"\0\0\x09"].concat());
    let data = [b"\x02\0\x0AonMetaData\x03".as_slice(), &object, b"\0\0\x09"].concat();
    let flv = [
        b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x12".as_slice(),
        &n(data.len()).to_be_bytes()[1..],
        &[0; 7],
        &data,
        &n(data.len() + 11).to_be_bytes(),
    ];
    let why = trouble(Container::Flv, &flv.concat());
    assert!(why.contains("the script data cannot be read"), "{why}");
    let svg =
        format!("<svg>{}<desc>{}</desc>{}</svg>", "<g>".repeat(200), label().to_wrapped_json(), "</g>".repeat(200));
    let why = trouble(Container::Svg, svg.as_bytes());
    assert!(why.contains("elements nest deeper"), "{why}");
    for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
        let inner = format!("{}{}{}", open.repeat(100), label().to_wrapped_json(), close.repeat(100));
        let page = format!("<html><head><meta name=own content='{{\"x\":{inner}}}'></head></html>");
        let Reading { labels, .. } = read(&mut Cursor::new(&page), Container::Html).unwrap();
        assert_eq!(labels.len(), 1, "{page}");
        assert!(write_edits(&mut Cursor::new(&page), Container::Html, &label()).is_err());
    }
}
