//! Files built to do harm: lengths that lie, circles, bombs. Each is an error with a reason, and none is read whole.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use specialis_label::{Container, Verdict, check, read, write};

use crate::books::book;
use crate::manifests::{archive, pdf};
use crate::round_trip::{label, mp4_box};
use crate::unusual::{jpeg, png};

fn verdict(container: Container, bytes: &[u8]) -> (Verdict, String) {
    let reading = read(&mut Cursor::new(bytes), container).unwrap();
    (check(&reading).verdict, reading.trouble.map(|trouble| trouble.to_string()).unwrap_or_default())
}

#[test]
fn a_compressed_packet_that_grows_without_end_is_refused() {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b' '; 64 << 20]).unwrap();
    let data = [b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(), &packed.finish().unwrap()].concat();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        [&u32::try_from(data.len()).unwrap().to_be_bytes(), kind.as_slice(), data, &[0; 4]].concat()
    };
    let file =
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &[0; 13]), chunk(b"iTXt", &data), chunk(b"IEND", &[])].concat();
    let (verdict, why) = verdict(Container::Png, &file);
    assert_eq!(verdict, Verdict::Inconclusive);
    assert!(why.contains("grows past"), "{why}");
}

#[test]
fn directories_in_a_circle_end() {
    let tiff = [b"II*\0\x08\0\0\0".as_slice(), &[0, 0, 8, 0, 0, 0]].concat();
    let (verdict, why) = verdict(Container::Tiff, &tiff);
    assert_eq!(verdict, Verdict::Inconclusive);
    assert!(why.contains("circle"), "{why}");
    let pdf = b"%PDF-1.4\nxref\n0 0\ntrailer\n<< /Size 1 /Prev 9 >>\nstartxref\n9\n%%EOF\n";
    assert!(verdict_of_pdf(pdf).contains("circle"));
}

fn verdict_of_pdf(bytes: &[u8]) -> String {
    verdict(Container::Pdf, bytes).1
}

/// A small file of each kind.
pub(crate) fn small() -> Vec<(Container, Vec<u8>)> {
    let sound = [[0xFF, 0xFB, 0x90, 0x00].as_slice(), &[0x55; 413]].concat();
    let cluster = b"\x1F\x43\xB6\x75\x86\xEC\x84\0\0\0\0";
    vec![
        (Container::Png, png(&[], &[])),
        (Container::Jpeg, jpeg(&[])),
        (Container::WebP, [b"RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0".as_slice(), &[0; 10]].concat()),
        (Container::Gif, b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;".to_vec()),
        (Container::Tiff, b"II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\x01\0\0\0\0\0\0\0".to_vec()),
        (Container::Mp4, [mp4_box(b"ftyp", b"isom\0\0\0\0"), mp4_box(b"moov", b""), mp4_box(b"mdat", &[7; 99])].concat()),
        (Container::Matroska, [b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\x8B".as_slice(), cluster].concat()),
        (Container::Wav, b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0\x40\x1F\0\0\x01\0\x08\0data\x04\0\0\0\x80\x80\x80\x80".to_vec()),
        (Container::Mp3, sound),
        (Container::Flac, [b"fLaC\x80\0\0\x22".as_slice(), &[0; 34]].concat()),
        (Container::Pdf, pdf("", &[])),
        (Container::Office, archive(&[("[Content_Types].xml", "<Types></Types>"), ("_rels/.rels", "<Relationships/>")])),
        (Container::Epub, book("<package><metadata></metadata></package>")),
        (Container::Odf, odf()),
        (Container::Ofd, archive(&[("OFD.xml", "<ofd:OFD xmlns:ofd='o'><ofd:DocBody><ofd:DocInfo/></ofd:DocBody></ofd:OFD>")])),
        (Container::Svg, b"<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>".to_vec()),
        (Container::Avi, avi()),
        (Container::Flv, flv()),
        (Container::Ogg, ogg()),
        (Container::Heif, heif()),
    ]
}

fn odf() -> Vec<u8> {
    let manifest = "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'></m:manifest>";
    let mime = "application/vnd.oasis.opendocument.text";
    archive(&[("mimetype", mime), ("META-INF/manifest.xml", manifest), ("content.xml", "<c/>")])
}

fn avi() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        [kind.as_slice(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
    };
    let body =
        [chunk(b"LIST", b"hdrl"), chunk(b"JUNK", &[0; 500]), chunk(b"LIST", b"movi00dc\x04\0\0\0\x07\x07\x07\x07")];
    chunk(b"RIFF", &[b"AVI ".as_slice(), &body.concat()].concat())
}

fn flv() -> Vec<u8> {
    let metadata = b"\x02\0\x0AonMetaData\x08\0\0\0\x01\0\x05width\0\x40\x08\0\0\0\0\0\0\0\0\x09";
    let tag = |kind: u8, data: &[u8]| {
        let len = u32::try_from(data.len()).unwrap().to_be_bytes();
        let back = u32::try_from(data.len() + 11).unwrap().to_be_bytes();
        [&[kind], &len[1..], &[0; 7], data, &back].concat()
    };
    [b"FLV\x01\x05\0\0\0\x09\0\0\0\0".as_slice(), &tag(18, metadata), &tag(9, b"picture")].concat()
}

fn ogg() -> Vec<u8> {
    let page = |number: u32, kind: u8, content: &[u8]| {
        let mut page =
            [b"OggS\0".as_slice(), &[kind], &[0; 8], &7_u32.to_le_bytes(), &number.to_le_bytes(), &[0; 4]].concat();
        page.extend([1, u8::try_from(content.len()).unwrap()]);
        page.extend(content);
        let next = |sum: u32, byte: &u8| {
            (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| {
                if sum >> 31 == 0 { sum << 1 } else { (sum << 1) ^ 0x04C1_1DB7 }
            })
        };
        let sum = page.iter().fold(0, next);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        page
    };
    let head = page(0, 2, b"OpusHead\x01\x01\0\0\x80\xBB\0\0\0\0\0");
    [head, page(1, 0, b"OpusTags\x03\0\0\0own\0\0\0\0"), page(2, 4, &[7; 40])].concat()
}

fn heif() -> Vec<u8> {
    let full = |kind: &[u8; 4], body: &[u8]| mp4_box(kind, &[&[0; 4], body].concat());
    let picture = [0_u16.to_be_bytes(), 1_u16.to_be_bytes()].concat();
    let info = mp4_box(b"infe", &[b"\x02\0\0\0".as_slice(), &picture[2..], b"\0\0av01\0"].concat());
    let list = |at: u32| {
        let place = [b"\x44\0\0\x01\0\x01\0\0\0\x01".as_slice(), &at.to_be_bytes(), &20_u32.to_be_bytes()].concat();
        let inner =
            [full(b"pitm", &[0, 1]), full(b"iinf", &[b"\0\x01".as_slice(), &info].concat()), full(b"iloc", &place)]
                .concat();
        [mp4_box(b"ftyp", b"avif\0\0\0\0"), full(b"meta", &inner)].concat()
    };
    let at = u32::try_from(list(0).len() + 8).unwrap();
    [list(at), mp4_box(b"mdat", &[7; 20])].concat()
}

#[test]
fn a_file_that_was_cut_off_is_never_said_to_have_no_label() {
    for (container, file) in small() {
        let mut labelled = Vec::new();
        write(&mut Cursor::new(&file), &mut labelled, container, &label())
            .unwrap_or_else(|error| panic!("{container}: {error}"));
        // The first revision of a PDF, and its rubbish behind, is a whole PDF.
        let from = if container == Container::Pdf { file.len() + 12 } else { 0 };
        for cut in (from..labelled.len()).step_by(3) {
            let (verdict, why) = verdict(container, &labelled[..cut]);
            assert_ne!(verdict, Verdict::NotFound, "{container} cut at {cut} of {}: {why}", labelled.len());
            assert_ne!(verdict, Verdict::NonCompliant, "{container} cut at {cut} of {}: {why}", labelled.len());
        }
    }
}

#[test]
fn lengths_that_lie_are_errors_with_a_place() {
    let cases: [(Container, &[u8]); 6] = [
        (Container::Png, b"\x89PNG\r\n\x1a\n\xFF\xFF\xFF\xFFIHDR"),
        (Container::Jpeg, b"\xFF\xD8\xFF\xE1\xFF\xFFExif"),
        (Container::Mp4, b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x01moov\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        (Container::Matroska, b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\x10\xFF\xFF\xFE\xEC\x1F\xFF\xFF\xFF"),
        (Container::Flac, b"fLaC\x00\xFF\xFF\xFF"),
        (Container::Wav, b"RIFF\xFF\xFF\xFF\x7FWAVEfmt \xFF\xFF\xFF\x7F"),
    ];
    for (container, bytes) in cases {
        let (verdict, why) = verdict(container, bytes);
        assert_eq!(verdict, Verdict::Inconclusive, "{container}");
        assert!(why.contains("byte"), "{container}: {why}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_fall(bytes in prop::collection::vec(any::<u8>(), 0..600), cut in 0_usize..64) {
        let marks: [&[u8]; 12] = [
            b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF\xE1", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a", b"II*\0\x08\0\0\0", b"\0\0\0\x08ftyp",
            b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\xFF", b"RIFF\0\0\0\0WAVEfmt ", b"ID3\x04\0\0\0\0\x01\0", b"fLaC", b"%PDF-1.4\n",
            b"---\nAIGC: ",
        ];
        for container in Container::ALL {
            for mark in marks {
                let file = [mark, &bytes].concat();
                let file = &file[..file.len() - cut.min(file.len())];
                let _ = check(&read(&mut Cursor::new(file), *container).unwrap());
                let mut out = Vec::new();
                if write(&mut Cursor::new(file), &mut out, *container, &label()).is_ok() {
                    let reading = read(&mut Cursor::new(out), *container).unwrap();
                    prop_assert_eq!(reading.labels.len(), 1, "{}", container);
                }
            }
        }
    }
}
