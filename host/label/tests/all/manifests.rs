//! What somebody signed: manifests of C2PA and signatures of documents are reported, and their bytes are kept.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use specialis_label::{Container, Remark, read, write};

use crate::round_trip::{label, mp4_box};

/// A box as manifests have it, with their own name within.
const MANIFEST: &[u8] = b"\0\0\0\x20jumb\0\0\0\x18jumdc2pa\0\x11\0\x10\x80\0\0\xAA\0\x38\x9B\x71\x03c2pa\0";

fn labelled(container: Container, file: &[u8]) -> (Vec<u8>, Vec<Remark>) {
    let found = read(&mut Cursor::new(file), container).unwrap();
    assert!(found.trouble.is_none(), "{container}: {:?}", found.trouble);
    let mut out = Vec::new();
    let remarks = write(&mut Cursor::new(file), &mut out, container, &label()).unwrap();
    assert_eq!(remarks, found.remarks, "{container}: who writes is told what who reads is told");
    (out, remarks)
}

/// An archive with these parts, packed.
pub(crate) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let (mut locals, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let n = |len: usize| u32::try_from(len).unwrap().to_le_bytes();
        let at = n(locals.len());
        let fields = [
            [20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0].as_slice(),
            &crc32fast::hash(text.as_bytes()).to_le_bytes(),
            &n(packed.len()),
            &n(text.len()),
            &n(name.len())[..2],
        ]
        .concat();
        locals.extend([b"PK\x03\x04".as_slice(), &fields, &[0, 0], name.as_bytes(), &packed].concat());
        directory.extend([b"PK\x01\x02\x14\0".as_slice(), &fields, &[0; 12], &at, name.as_bytes()].concat());
    }
    let n = |len: usize| u32::try_from(len).unwrap().to_le_bytes();
    let count = &n(parts.len())[..2];
    let end = [b"PK\x05\x06\0\0\0\0".as_slice(), count, count, &n(directory.len()), &n(locals.len()), &[0, 0]].concat();
    [locals, directory, end].concat()
}

const TYPES: (&str, &str) = ("[Content_Types].xml", "<Types xmlns='t'></Types>");
const RELATIONS: (&str, &str) = ("_rels/.rels", "<Relationships xmlns='r'></Relationships>");

#[cfg(feature = "c2pa")]
#[test]
fn a_manifest_is_reported_in_every_format_that_has_a_place_for_it_and_stays() {
    let png = |kind: &[u8], data: &[u8]| {
        let checksum = crc32fast::hash(&[kind, data].concat()).to_be_bytes();
        [&u32::try_from(data.len()).unwrap().to_be_bytes(), kind, data, &checksum].concat()
    };
    let riff = |form: &[u8], chunks: &[Vec<u8>]| {
        let body = [form.to_vec(), chunks.concat()].concat();
        [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
    };
    let chunk = |kind: &[u8], data: &[u8]| [kind, &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
    let uuid = [b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81".as_slice(), MANIFEST].concat();
    let geob = [b"\0application/c2pa\0\0\0".as_slice(), MANIFEST].concat();
    let geob = [b"GEOB\0\0\0".as_slice(), &[u8::try_from(geob.len()).unwrap(), 0, 0], &geob].concat();
    let id3 = [b"ID3\x04\0\0\0\0\0".as_slice(), &[u8::try_from(geob.len()).unwrap()], &geob].concat();
    let tiff = [
        b"II*\0\x08\0\0\0\x01\0\x41\xCD\x07\0".as_slice(),
        &[u8::try_from(MANIFEST.len()).unwrap(), 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0],
        MANIFEST,
    ]
    .concat();
    let app11 = [b"JP\0\x01\0\0\0\x01".as_slice(), MANIFEST].concat();
    let app11 = [&[0xFF, 0xEB, 0, u8::try_from(app11.len() + 2).unwrap()], app11.as_slice()].concat();
    let gif = [
        b"GIF89a\x01\0\x01\0\0\0\0!\xFF\x0BC2PA_GIF\x01\0\0".as_slice(),
        &[u8::try_from(MANIFEST.len()).unwrap()],
        MANIFEST,
        b"\0;",
    ]
    .concat();
    let epub = archive(&[
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", "<c><rootfile full-path='a.opf'/></c>"),
        ("a.opf", "<package><metadata></metadata></package>"),
        ("META-INF/content_credential.c2pa", "own"),
    ]);
    let pdf = pdf("/AF [5 0 R] ", &["<< /Type /Filespec /AFRelationship /C2PA_Manifest >>"]);
    let cases: Vec<(Container, Vec<u8>)> = vec![
        (
            Container::Png,
            [b"\x89PNG\r\n\x1a\n".to_vec(), png(b"IHDR", &[0; 13]), png(b"caBX", MANIFEST), png(b"IEND", b"")].concat(),
        ),
        (Container::Jpeg, [b"\xFF\xD8".as_slice(), &app11, &app11, b"\xFF\xDA\0\x02\xFF\xD9"].concat()),
        (Container::WebP, riff(b"WEBP", &[chunk(b"VP8X", &[0; 10]), chunk(b"C2PA", MANIFEST)])),
        (Container::Wav, riff(b"WAVE", &[chunk(b"fmt ", &[0; 16]), chunk(b"data", &[0; 4]), chunk(b"C2PA", MANIFEST)])),
        (
            Container::Mp4,
            [mp4_box(b"ftyp", b"isom\0\0\0\0"), mp4_box(b"uuid", &uuid), mp4_box(b"moov", b""), mp4_box(b"mdat", b"m")]
                .concat(),
        ),
        (Container::Mp3, [id3.as_slice(), &[0xFF, 0xFB, 0x90, 0], &[0x55; 413]].concat()),
        (Container::Flac, [id3.as_slice(), b"fLaC\x80\0\0\x22", &[0; 34]].concat()),
        (Container::Gif, gif),
        (Container::Tiff, tiff),
        (Container::Office, archive(&[TYPES, RELATIONS, ("META-INF/content_credential.c2pa", "own")])),
        (Container::Epub, epub),
        (Container::Pdf, pdf),
        (Container::Html, b"<html><head><link rel=c2pa-manifest href=m></head></html>".to_vec()),
        (Container::Html, b"<html><head><script type='application/c2pa'>b3du</script></head></html>".to_vec()),
    ];
    for (container, file) in cases {
        let (out, remarks) = labelled(container, &file);
        assert!(matches!(remarks.as_slice(), [Remark::C2pa(_)]), "{container}: {remarks:?}");
        assert!(remarks[0].to_string().contains("its signature no longer matches"), "{container}");
        let kept: &[u8] = if file.windows(MANIFEST.len()).any(|window| window == MANIFEST) { MANIFEST } else { b"" };
        assert!(out.windows(kept.len().max(1)).any(|window| window == kept || kept.is_empty()), "{container}");
    }
    // Boxes of this kind with other content are no manifests.
    let other = b"\xFF\xD8\xFF\xEB\0\x12JP\0\x01\0\0\0\x01jumbjson\xFF\xDA\0\x02\xFF\xD9";
    assert!(read(&mut Cursor::new(other), Container::Jpeg).unwrap().remarks.is_empty());
}

/// A document whose catalog has these entries, and objects from number 5 on.
pub(crate) fn pdf(catalog: &str, objects: &[&str]) -> Vec<u8> {
    let mut bodies = vec![
        format!("<< /Type /Catalog /Pages 2 0 R {catalog}>>"),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>".to_owned(),
        "<< /Title (own) /AIGCNot (none) >>".to_owned(),
    ];
    bodies.extend(objects.iter().map(|body| (*body).to_owned()));
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", bodies.len() + 1);
    for (index, body) in bodies.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n\r\n", file.len()));
        file.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).into_bytes());
    }
    let at = file.len();
    let trailer =
        format!("trailer\n<< /Size {} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{at}\n%%EOF\n", bodies.len() + 1);
    file.extend([table, trailer].concat().into_bytes());
    file
}

#[test]
fn a_signed_pdf_keeps_every_byte_that_was_signed() {
    let field =
        "<< /FT /Sig /T (s) /V << /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 10 20 30] /Contents <00> >> >>";
    let file = pdf("/AcroForm << /SigFlags 3 /Fields [5 0 R] >> ", &[field]);
    let (out, remarks) = labelled(Container::Pdf, &file);
    assert_eq!(remarks, [Remark::Signed("its form".to_owned())]);
    assert!(out.starts_with(&file), "the label comes as an update behind what was signed");
    // And once more, behind the first update.
    let mut again = Vec::new();
    specialis_label::replace(&mut Cursor::new(&out), &mut again, Container::Pdf, &label()).unwrap();
    assert!(again.starts_with(&out));
    assert_eq!(read(&mut Cursor::new(again), Container::Pdf).unwrap().labels.len(), 1);
}

#[test]
fn a_signed_document_keeps_the_parts_that_were_signed() {
    let parts = [
        TYPES,
        RELATIONS,
        ("word/document.xml", "<w:document xmlns:w='w'>正文</w:document>"),
        ("_xmlsignatures/origin.sigs", ""),
        ("_xmlsignatures/sig1.xml", "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"),
    ];
    let file = archive(&parts);
    let (out, remarks) = labelled(Container::Office, &file);
    assert_eq!(remarks, [Remark::Signed("_xmlsignatures/origin.sigs".to_owned())]);
    let of = |file: &[u8], name: &str| {
        let at = file.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
        file[at - 30..at + name.len() + 20].to_vec()
    };
    for (name, _) in &parts[2..] {
        assert_eq!(of(&out, name), of(&file, name), "{name}");
    }
}
