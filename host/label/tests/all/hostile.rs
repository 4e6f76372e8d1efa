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

#[test]
fn a_file_that_was_cut_off_is_never_said_to_have_no_label() {
    let sound = [[0xFF, 0xFB, 0x90, 0x00].as_slice(), &[0x55; 413]].concat();
    let cluster = b"\x1F\x43\xB6\x75\x86\xEC\x84\0\0\0\0";
    let files: Vec<(Container, Vec<u8>)> = vec![
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
    ];
    for (container, file) in files {
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
