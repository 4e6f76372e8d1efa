//! Descriptions and properties of documents and drawings.

use std::io::Cursor;
use std::path::Path;

use specialis_label::{Container, LabelError, Verdict, check, read, replace, write};

use super::{has, is_found, wrapped};
use crate::manifests::{archive, pdf};
use crate::round_trip::label;

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
fn descriptions_of_documents_and_drawings_are_read() {
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
}

#[test]
fn text_beside_elements_and_comments_within_them_are_read_once() {
    let drawing = |inner: &str| format!("<svg xmlns='s'><metadata>{inner}</metadata><g/></svg>");
    let text = wrapped();
    for (inner, place, rest) in [
        (format!("<x/>{text}"), "metadata, metadata", "<metadata><x/></metadata>"),
        (
            format!("by me {text}<x>own</x> &amp; you"),
            "metadata, metadata",
            "<metadata>by me <x>own</x> &amp; you</metadata>",
        ),
        (format!("a <![CDATA[<{text}>]]> b"), "metadata, metadata", "<metadata>a <![CDATA[<>]]> b</metadata>"),
        (format!("<!-- {text} -->"), "comment", "<metadata></metadata>"),
        (format!("<!-- by me {text} -->own"), "comment", "<metadata><!-- by me  -->own</metadata>"),
    ] {
        let out = String::from_utf8(is_found(Container::Svg, drawing(&inner).as_bytes(), place)).unwrap();
        assert!(out.contains(rest), "{out}");
    }
    // An empty drawing is an element with a comment within it.
    is_found(Container::Svg, format!("<svg xmlns='s'><!-- {text} --></svg>").as_bytes(), "comment");
}

#[test]
fn a_document_with_a_password_says_so() {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 632], &name, &[0; 352]].concat();
    let path = Path::new("a.docx");
    assert_eq!(Container::detect(&mut Cursor::new(&file), path).unwrap(), Some(Container::Office));
    let reading = read(&mut Cursor::new(&file), Container::Office).unwrap();
    assert_eq!(check(&reading).verdict, Verdict::Inconclusive);
    let said = write(&mut Cursor::new(&file), &mut Vec::new(), Container::Office, &label()).unwrap_err();
    assert!(said.to_string().contains("the document is encrypted"), "{said}");
}
