//! Documents of further kinds: OpenDocument, OFD, SVG, templates of Office, and files whose label stands beside them.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use specialis_label::{Container, LabelError, Remark, read, write};
use tempfile::TempDir;

use crate::foreign::labelled;
use crate::manifests::archive;
use crate::round_trip::{label, whole_cycle};
use crate::tools::{python, says};

const ODT: (&str, &str) = ("mimetype", "application/vnd.oasis.opendocument.text");
const MANIFEST: (&str, &str) = (
    "META-INF/manifest.xml",
    "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'></manifest:manifest>",
);
const META: &str = "<office:document-meta xmlns:office='o' xmlns:meta='urn:oasis:names:tc:opendocument:xmlns:meta:1.0' \
                    xmlns:dc='d'><office:meta><dc:title>题</dc:title></office:meta></office:document-meta>";

fn has(file: &[u8], part: &str) -> bool {
    file.windows(part.len()).any(|window| window == part.as_bytes())
}

/// The text of a part of an archive, by a tool of others.
fn part(file: &[u8], name: &str) -> Option<String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.zip");
    fs::write(&path, file).unwrap();
    let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(z.read(sys.argv[2]).decode())";
    python("zipfile", script, &[path.to_str().unwrap(), name])
}

#[test]
fn documents_with_and_without_a_description_of_themselves_take_the_label() {
    let with_meta = archive(&[ODT, MANIFEST, ("meta.xml", META), ("content.xml", "<c/>")]);
    let without = archive(&[ODT, MANIFEST, ("content.xml", "<c/>")]);
    for file in [&with_meta, &without] {
        let path = Path::new("a.odt");
        assert_eq!(Container::detect(&mut Cursor::new(file), path).unwrap(), Some(Container::Odf));
        let out = whole_cycle(Container::Odf, file);
        if let (Some(meta), Some(manifest)) = (part(&out, "meta.xml"), part(&out, "META-INF/manifest.xml")) {
            assert!(meta.contains("meta:name=\"AIGC\""), "{meta}");
            assert_eq!(meta.contains("题"), meta.contains("xmlns:dc"), "{meta}");
            assert_eq!(manifest.contains("full-path=\"meta.xml\""), file == &without, "{manifest}");
        }
    }
    let described = META.replace("题", &label().to_wrapped_json().replace('"', "&quot;"));
    let file = archive(&[ODT, MANIFEST, ("meta.xml", &described), ("META-INF/documentsignatures.xml", "<s/>")]);
    let reading = read(&mut Cursor::new(&file), Container::Odf).unwrap();
    assert_eq!(reading.labels[0].place.name, "meta.xml, dc:title");
    assert!(matches!(reading.remarks.as_slice(), [Remark::Signed(_)]), "{:?}", reading.remarks);
    let locked = archive(&[ODT, ("META-INF/manifest.xml", "<m><e><encryption-data/></e></m>")]);
    let refused = write(&mut Cursor::new(locked), &mut Vec::new(), Container::Odf, &label());
    assert!(matches!(refused, Err(LabelError::Locked { .. })));
}

#[test]
fn a_document_that_is_encrypted_says_so_and_one_of_the_old_kind_that_it_is_old() {
    let name = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let old_kind = |directory: u32, entry: &str| {
        let mut file = vec![0; 512 * (directory as usize + 3)];
        file[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        file[30] = 9;
        file[48..52].copy_from_slice(&directory.to_le_bytes());
        let (at, entry) = (512 * (directory as usize + 1) + 128, name(entry));
        file[at..at + entry.len()].copy_from_slice(&entry);
        file
    };
    // The directory stands at the start, or behind a long document.
    for directory in [0, 3000] {
        let encrypted = read(&mut Cursor::new(old_kind(directory, "EncryptedPackage")), Container::Office).unwrap();
        assert!(matches!(encrypted.trouble, Some(LabelError::Locked { .. })), "{:?}", encrypted.trouble);
        let old = read(&mut Cursor::new(old_kind(directory, "WordDocument")), Container::Office).unwrap();
        let said = old.trouble.unwrap().to_string();
        assert!(said.contains("before 2007") && !said.contains("encrypted"), "{said}");
    }
}

#[test]
fn a_library_for_opendocument_reads_the_label() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys
from odf.opendocument import OpenDocumentText
from odf.text import P
from odf.dc import Title
d = OpenDocumentText(); d.text.addElement(P(text='正文')); d.meta.addElement(Title(text='题')); d.save(sys.argv[1] + '/a.odt')
";
    if python("odf", make, &[folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    let out = labelled(&folder, "a.odt", Container::Odf).unwrap();
    let show = "
import sys
from odf.opendocument import load
from odf.meta import UserDefined
d = load(sys.argv[1])
print([str(e) for e in d.meta.getElementsByType(UserDefined) if e.getAttribute('name') == 'AIGC'][0])
";
    assert_eq!(python("odf", show, &[&out]).unwrap().trim(), label().to_json());
}

#[test]
fn a_layout_document_takes_the_label_among_its_custom_data() {
    let info = "<ofd:DocInfo><ofd:DocID>1</ofd:DocID><ofd:Title>题</ofd:Title>";
    let own = "<ofd:CustomDatas><ofd:CustomData Name=\"own\">值</ofd:CustomData></ofd:CustomDatas>";
    for custom in ["", own, "<ofd:CustomDatas/>"] {
        let root = format!(
            "<ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\" Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody>{info}{custom}\
             </ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
        );
        let file = archive(&[
            ("OFD.xml", &root),
            ("Doc_0/Document.xml", "<ofd:Document/>"),
            ("Doc_0/Signs/Signatures.xml", "<s/>"),
        ]);
        assert_eq!(Container::detect(&mut Cursor::new(&file), Path::new("a.ofd")).unwrap(), Some(Container::Ofd));
        let reading = read(&mut Cursor::new(&file), Container::Ofd).unwrap();
        assert!(matches!(reading.remarks.as_slice(), [Remark::Signed(_)]), "{:?}", reading.remarks);
        let out = whole_cycle(Container::Ofd, &file);
        let Some(root) = part(&out, "OFD.xml") else { continue };
        assert_eq!(root.matches("<ofd:CustomDatas>").count(), 1, "{root}");
        assert!(root.contains("<ofd:CustomData Name=\"AIGC\">{&quot;Label&quot;"), "{root}");
        assert_eq!(root.contains("值"), custom == own, "{root}");
    }
}

#[test]
fn a_drawing_takes_the_label_and_stays_as_it_was() {
    let packet = "<metadata><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description dc:title='题' xmlns:dc='d'/></r:RDF></metadata>";
    let ns = "xmlns='http://www.w3.org/2000/svg' width='9' height='9'";
    for (file, kept) in [
        (
            format!(
                "<?xml version='1.0'?>\n<!-- drawn -->\n<!DOCTYPE svg>\n<svg {ns}><rect width='3' height='4'/></svg>\n"
            ),
            "<rect width='3' height='4'/></svg>\n",
        ),
        (format!("<svg {ns}/>"), "<svg xmlns"),
        (format!("<s:svg xmlns:s='http://www.w3.org/2000/svg'>{packet}<s:g/></s:svg>"), "dc:title='题'"),
    ] {
        assert_eq!(Container::detect(&mut Cursor::new(&file), Path::new("a")).unwrap(), Some(Container::Svg), "{file}");
        let out = whole_cycle(Container::Svg, file.as_bytes());
        assert!(has(&out, kept), "{}", String::from_utf8_lossy(&out));
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.svg");
        fs::write(&path, &out).unwrap();
        // It takes a root element with a prefix for text.
        if file.starts_with("<s:") {
            continue;
        }
        if let Some(said) = says("exiftool", &["-a", "-G1", path.to_str().unwrap()]) {
            assert!(said.contains("ProduceID") || said.contains("c-1"), "{said}");
        }
    }
    let comment = format!("<svg {ns}><!-- AIGC {} --><g/></svg>", label().to_wrapped_json());
    let refused = write(&mut Cursor::new(&comment), &mut Vec::new(), Container::Svg, &label());
    assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })));
    let mut out = Vec::new();
    specialis_label::replace(&mut Cursor::new(&comment), &mut out, Container::Svg, &label()).unwrap();
    assert!(!has(&out, "<!--"));
    let cut = "<svg xmlns='s'><g>";
    assert!(read(&mut Cursor::new(cut), Container::Svg).unwrap().trouble.is_some());
}

#[test]
fn names_speak_of_their_formats() {
    for (name, container) in [
        ("a.dotx", Container::Office),
        ("A.XLTX", Container::Office),
        ("a.potx", Container::Office),
        ("a.ods", Container::Odf),
        ("a.svg", Container::Svg),
        ("a.csv.aigc.json", Container::Side),
    ] {
        assert_eq!(Container::of_name(Path::new(name)), Some(container), "{name}");
    }
    for (name, is_beside) in [
        ("a.csv", true),
        ("A.JSON", true),
        ("a.srt", true),
        ("a.txt", true),
        ("a.csv.aigc.json", false),
        ("a.md", false),
    ] {
        assert_eq!(Container::has_side_file(Path::new(name)), is_beside, "{name}");
    }
}
