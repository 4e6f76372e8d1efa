//! Files made by tools that others wrote, labelled here, and read again by those tools.

use std::fs;
use std::path::Path;

use specialis_label::Container;
use tempfile::TempDir;

use crate::as_found::CODE;
use crate::round_trip::{label, whole_cycle};
use crate::tools::{decoded, python, run, says};

/// Labels a file of a folder into another beside it; the name of that.
pub(crate) fn labelled(folder: &TempDir, name: &str, container: Container) -> Option<String> {
    let path = folder.path().join(name);
    let bytes = fs::read(&path).ok()?;
    assert_eq!(Container::detect(&mut std::io::Cursor::new(&bytes), &path).unwrap(), Some(container), "{name}");
    let out = folder.path().join(format!("labelled-{name}"));
    fs::write(&out, whole_cycle(container, &bytes)).unwrap();
    out.to_str().map(str::to_owned)
}

/// Makes a file with ffmpeg from invented pictures and sounds.
pub(crate) fn ffmpeg(folder: &TempDir, name: &str, args: &[&str]) -> Option<()> {
    let path = folder.path().join(name);
    let inputs =
        ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=d=1:s=160x120:r=5", "-f", "lavfi", "-i", "sine=d=1"];
    let all: Vec<&str> = inputs.into_iter().chain(args.iter().copied()).chain([path.to_str()?]).collect();
    says("ffmpeg", &all).map(|_| ())
}

fn same_when_decoded(folder: &TempDir, name: &str, labelled: &str) {
    let before = decoded(&folder.path().join(name));
    assert_eq!(before, decoded(Path::new(labelled)), "{name}");
}

#[test]
fn videos_and_sounds_play_as_before_and_show_their_label() {
    let folder = TempDir::new().unwrap();
    let cases: [(&str, Container, &[&str]); 14] = [
        ("end.mp4", Container::Mp4, &[]),
        ("start.mp4", Container::Mp4, &["-movflags", "faststart"]),
        ("tagged.mp4", Container::Mp4, &["-movflags", "use_metadata_tags", "-metadata", "title=题"]),
        ("fragments.mp4", Container::Mp4, &["-movflags", "frag_keyframe+empty_moov"]),
        ("relative.mp4", Container::Mp4, &["-movflags", "frag_keyframe+empty_moov+default_base_moof"]),
        ("a.mov", Container::Mp4, &[]),
        ("a.m4a", Container::Mp4, &["-map", "1", "-metadata", "title=t"]),
        ("a.mkv", Container::Matroska, &["-metadata", "title=题"]),
        ("tagged.mkv", Container::Matroska, &["-metadata", "artist=a", "-metadata:s:v", "note=n"]),
        ("live.mkv", Container::Matroska, &["-live", "1"]),
        ("a.wav", Container::Wav, &["-map", "1", "-metadata", "title=t"]),
        ("v3.mp3", Container::Mp3, &["-map", "1", "-id3v2_version", "3", "-metadata", "title=题"]),
        ("v4.mp3", Container::Mp3, &["-map", "1", "-id3v2_version", "4"]),
        ("a.flac", Container::Flac, &["-map", "1", "-metadata", "title=题"]),
    ];
    for (name, container, args) in cases {
        if ffmpeg(&folder, name, args).is_none() {
            return;
        }
        let out = labelled(&folder, name, container).unwrap();
        same_when_decoded(&folder, name, &out);
        // ffprobe has no reader for chunks of WAV files that it does not know.
        if container != Container::Wav {
            let tags = says("ffprobe", &["-v", "error", "-show_entries", "format_tags", &out]).unwrap();
            assert!(tags.contains(&format!("AIGC={}", label().to_json())), "{name}: {tags}");
        }
    }
}

#[test]
fn exiftool_reads_labels_of_pictures_and_pixels_stay() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("config");
    fs::write(&config, CONFIG).unwrap();
    let make = "
import sys, struct, zlib
from PIL import Image
d = sys.argv[1]
im = Image.radial_gradient('L').convert('RGB')
im.save(d + '/a.png')
chunk = lambda k, b: struct.pack('>I', len(b)) + k + b + struct.pack('>I', zlib.crc32(k + b))
b = open(d + '/a.png', 'rb').read()
before = chunk(b'iTXt', b'Title\\0\\0\\0zh\\0\\0' + '题'.encode())
after = chunk(b'zTXt', b'Comment\\0\\0' + zlib.compress(b'c'))
open(d + '/a.png', 'wb').write(b[:33] + before + b[33:-12] + after + b[-12:])
im.save(d + '/a.jpg', progressive=True, icc_profile=b'x' * 100000, comment=b'c')
ex = Image.Exif(); ex[0x9286] = b'ASCII\\0\\0\\0hello'; ex[0x010E] = 'desc'
im.save(d + '/exif.jpg', exif=ex, xmp=b'<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/></x:xmpmeta>')
im.save(d + '/lossy.webp'); im.save(d + '/exact.webp', lossless=True); im.save(d + '/exif.webp', exif=ex)
im.convert('P').save(d + '/a.gif', save_all=True, append_images=[im.rotate(90).convert('P')], loop=0, comment='c')
im.save(d + '/a.tif'); im.save(d + '/pages.tif', save_all=True, append_images=[im], compression='tiff_lzw')
im.save(d + '/big.tif', big_tiff=True)
";
    if python("PIL", make, &[folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    let same = "
import sys
from PIL import Image, ImageSequence
a, b = [[f.convert('RGBA').tobytes() for f in ImageSequence.Iterator(Image.open(p))] for p in sys.argv[1:]]
print(a == b)
";
    for (name, container) in [
        ("a.png", Container::Png),
        ("a.jpg", Container::Jpeg),
        ("exif.jpg", Container::Jpeg),
        ("lossy.webp", Container::WebP),
        ("exact.webp", Container::WebP),
        ("exif.webp", Container::WebP),
        ("a.gif", Container::Gif),
        ("a.tif", Container::Tiff),
        ("pages.tif", Container::Tiff),
        ("big.tif", Container::Tiff),
    ] {
        let path = folder.path().join(name);
        let out = labelled(&folder, name, container).unwrap();
        assert_eq!(python("PIL", same, &[path.to_str().unwrap(), &out]).as_deref(), Some("True\n"), "{name}");
        let args = ["-config", config.to_str().unwrap(), "-s3", "-XMP-TC260:AIGC", &out];
        if let Some(said) = says("exiftool", &args) {
            assert_eq!(said.trim(), label().to_json(), "{name}");
            let warnings = says("exiftool", &["-s3", "-validate", "-warning", &out]).unwrap();
            assert!(!warnings.to_lowercase().contains("error"), "{name}: {warnings}");
        }
    }
}

/// The namespace of labels, for exiftool.
const CONFIG: &str = "
%Image::ExifTool::UserDefined = ('Image::ExifTool::XMP::Main' => { TC260 => { SubDirectory => { TagTable => \
    'Image::ExifTool::UserDefined::TC260' } } });
%Image::ExifTool::UserDefined::TC260 = (GROUPS => { 0 => 'XMP', 1 => 'XMP-TC260', 2 => 'Image' },
    NAMESPACE => { 'TC260' => 'http://www.tc260.org.cn/ns/AIGC/1.0/' }, WRITABLE => 'string', AIGC => { });
1;
";

#[test]
fn documents_stay_whole_and_their_libraries_read_the_label() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().to_str().unwrap();
    let docx = "import sys, docx; d = docx.Document(); d.add_paragraph('正文'); d.save(sys.argv[1] + '/a.docx')";
    let xlsx = "import sys, openpyxl; w = openpyxl.Workbook(); w.active['A1'] = '文'\n\
                from openpyxl.packaging.custom import StringProperty\nw.custom_doc_props.append(StringProperty(name='Own', value='v'))\n\
                w.save(sys.argv[1] + '/a.xlsx')";
    let pptx = "import sys, pptx; p = pptx.Presentation(); p.slides.add_slide(p.slide_layouts[6]); p.save(sys.argv[1] + '/a.pptx')";
    for (module, make, open, name) in [
        ("docx", docx, "import sys, docx; print(docx.Document(sys.argv[1]).paragraphs[0].text)", "a.docx"),
        (
            "openpyxl",
            xlsx,
            "import sys, openpyxl; w = openpyxl.load_workbook(sys.argv[1]); print(w.active['A1'].value); \
            print([p.value for p in w.custom_doc_props.props if p.name == 'AIGC'][0], len(w.custom_doc_props.props))",
            "a.xlsx",
        ),
        ("pptx", pptx, "import sys, pptx; print(len(pptx.Presentation(sys.argv[1]).slides))", "a.pptx"),
    ] {
        if python(module, make, &[dir]).is_none() {
            continue;
        }
        let out = labelled(&folder, name, Container::Office).unwrap();
        let said = python(module, open, &[&out]).unwrap();
        if name == "a.xlsx" {
            assert_eq!(said, format!("文\n{} 2\n", label().to_json()));
        }
        let parts = "import sys, zipfile; a, b = [zipfile.ZipFile(p) for p in sys.argv[1:]]; assert b.testzip() is None; \
                     print([n for n in a.namelist() if a.read(n) != b.read(n)])";
        let changed = python("zipfile", parts, &[folder.path().join(name).to_str().unwrap(), &out]).unwrap();
        let expected =
            if name == "a.xlsx" { "['docProps/custom.xml']\n" } else { "['[Content_Types].xml', '_rels/.rels']\n" };
        assert_eq!(changed, expected, "{name}");
    }
}

#[test]
fn pdfs_of_every_build_stay_valid() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys, pikepdf
d = sys.argv[1]
p = pikepdf.new(); p.add_blank_page(); p.docinfo['/Title'] = '题'
p.save(d + '/table.pdf', object_stream_mode=pikepdf.ObjectStreamMode.disable)
p.save(d + '/stream.pdf', object_stream_mode=pikepdf.ObjectStreamMode.generate)
p.save(d + '/linear.pdf', linearize=True)
q = pikepdf.new(); q.add_blank_page(); q.save(d + '/bare.pdf')
p.save(d + '/locked.pdf', encryption=pikepdf.Encryption(owner='o', user='u'))
";
    if python("pikepdf", make, &[folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    for name in ["table.pdf", "stream.pdf", "linear.pdf", "bare.pdf"] {
        let out = labelled(&folder, name, Container::Pdf).unwrap();
        let before = fs::read(folder.path().join(name)).unwrap();
        assert!(fs::read(&out).unwrap().starts_with(&before), "{name}: an update comes behind what was there");
        if let Some(check) = run("qpdf", &["--check", &out]) {
            let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
            // An update behind a linearized file is none of its linearization, which qpdf says as a warning.
            assert!(
                check.status.success() || (name == "linear.pdf" && check.status.code() == Some(3)),
                "{name}: {said}"
            );
        }
        if let Some(info) = says("pdfinfo", &["-custom", &out]) {
            assert!(
                info.contains(&format!("AIGC:           {}", label().to_json())) || info.contains(CODE),
                "{name}: {info}"
            );
        }
        let said =
            python("pikepdf", "import sys, pikepdf; p = pikepdf.open(sys.argv[1]); print(p.docinfo['/AIGC'])", &[&out]);
        assert_eq!(said.unwrap().trim(), label().to_json(), "{name}");
    }
    let locked = fs::File::open(folder.path().join("locked.pdf")).unwrap();
    let reading = specialis_label::read(&mut { locked }, Container::Pdf).unwrap();
    assert!(matches!(reading.trouble, Some(specialis_label::LabelError::Encrypted { .. })));
}

#[test]
fn pdfs_that_open_without_a_password_take_the_label() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys, pikepdf
d = sys.argv[1]
for r, aes in ((2, False), (3, False), (4, False), (4, True), (6, True)):
    for packed in (False, True):
        p = pikepdf.new(); p.add_blank_page(); p.docinfo['/Title'] = '题'
        with p.open_metadata() as m: m['dc:title'] = '题'
        p.docinfo['/Title'] = '题'
        e = pikepdf.Encryption(owner='o', user='', R=r, aes=aes, metadata=aes and r == 4)
        mode = pikepdf.ObjectStreamMode.generate if packed and r > 3 else pikepdf.ObjectStreamMode.disable
        p.save(d + f'/r{r}-{aes}-{packed}.pdf', encryption=e, object_stream_mode=mode)
";
    if python("pikepdf", make, &[folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    let show = "import sys, pikepdf; p = pikepdf.open(sys.argv[1]); print(p.docinfo['/AIGC'], p.docinfo['/Title'], p.is_encrypted)";
    let mut n_files = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with("labelled") {
            continue;
        }
        n_files += 1;
        let out = labelled(&folder, &name, Container::Pdf).unwrap();
        let said = python("pikepdf", show, &[&out]).unwrap();
        assert_eq!(said, format!("{} 题 True\n", label().to_json()), "{name}");
        if let Some(check) = run("qpdf", &["--check", &out]) {
            assert!(check.status.success(), "{name}: {}", String::from_utf8_lossy(&check.stderr));
        }
        if let Some(info) = says("pdfinfo", &["-custom", &out]) {
            assert!(info.contains(CODE), "{name}: {info}");
        }
    }
    assert_eq!(n_files, 10);
}

#[test]
fn a_pdf_that_points_to_the_wrong_place_is_read_and_mended() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys, pikepdf
d = sys.argv[1]
p = pikepdf.new(); p.add_blank_page(); p.docinfo['/Title'] = '题'
p.save(d + '/table.pdf', object_stream_mode=pikepdf.ObjectStreamMode.disable)
p.save(d + '/stream.pdf', object_stream_mode=pikepdf.ObjectStreamMode.generate)
";
    let mut files = vec![("hand.pdf", crate::manifests::pdf("", &[]))];
    if python("pikepdf", make, &[folder.path().to_str().unwrap()]).is_some() {
        for name in ["table.pdf", "stream.pdf"] {
            files.push((name, fs::read(folder.path().join(name)).unwrap()));
        }
    }
    for (name, file) in files {
        let at = file.windows(9).rposition(|window| window == b"startxref").unwrap() + 10;
        let mut wrong = file.clone();
        wrong.splice(at..wrong.len() - 6, b"17\n".iter().copied());
        fs::write(folder.path().join(name), &wrong).unwrap();
        let out = labelled(&folder, name, Container::Pdf).unwrap();
        assert!(fs::read(&out).unwrap().starts_with(&wrong), "{name}: what was there stays");
        if let Some(check) = run("qpdf", &["--check", &out]) {
            assert!(check.status.success(), "{name}: {}", String::from_utf8_lossy(&check.stderr));
        }
        if let Some(said) = says("pdfinfo", &["-custom", &out]) {
            assert!(said.contains(CODE), "{name}: {said}");
            assert!(said.contains("题") || name == "hand.pdf", "{name}: {said}");
        }
        if let Some(said) = says("pdfinfo", &[&out]) {
            assert!(said.contains("Pages:           1"), "{name}: {said}");
        }
    }
}

#[test]
fn mutagen_reads_labels_of_sounds() {
    let folder = TempDir::new().unwrap();
    let read = "import sys, mutagen; t = mutagen.File(sys.argv[1]).tags; print(t.getall('TXXX:AIGC')[0].text[0] if hasattr(t, 'getall') else t['AIGC'][0])";
    for (name, container) in [("a.mp3", Container::Mp3), ("a.flac", Container::Flac)] {
        if ffmpeg(&folder, name, &["-map", "1"]).is_none() {
            return;
        }
        let out = labelled(&folder, name, container).unwrap();
        if let Some(said) = python("mutagen", read, &[&out]) {
            assert_eq!(said.trim(), label().to_json(), "{name}");
        }
    }
}

#[test]
fn the_rhythm_stands_before_the_sound() {
    let folder = TempDir::new().unwrap();
    if ffmpeg(&folder, "a.wav", &["-map", "1"]).is_none() {
        return;
    }
    let mut file = fs::File::open(folder.path().join("a.wav")).unwrap();
    let edits = specialis_label::explicit::before_sound(&mut file, specialis_label::explicit::Cue::Both).unwrap();
    let out = folder.path().join("cue.wav");
    edits.apply(&mut file, &mut fs::File::create(&out).unwrap()).unwrap();
    let seconds =
        says("ffprobe", &["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", out.to_str().unwrap()]);
    // One second, and twice fourteen units of 120 milliseconds less rounding.
    assert!(seconds.unwrap().starts_with("4.36"), "the sound and twice the rhythm");
}

#[cfg(feature = "draw")]
#[test]
fn a_drawn_mark_is_read_by_a_machine() {
    use specialis_label::explicit::{Corner, Wording, draw};

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mark.png");
    for wording in ["AI生成", "人工智能生成合成内容"] {
        let mut picture = image::RgbaImage::from_pixel(900, 700, image::Rgba([230, 230, 210, 255]));
        draw(&mut picture, &Wording::new(wording).unwrap(), Corner::BottomRight).unwrap();
        picture.save(&path).unwrap();
        let Some(said) = says("tesseract", &[path.to_str().unwrap(), "-", "-l", "chi_sim+eng", "--psm", "11"]) else {
            return;
        };
        let said: String = said.split_whitespace().collect();
        assert!(said.contains("生成"), "{wording}: {said}");
    }
}
