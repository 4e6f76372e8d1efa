//! Labels between this crate and programs that others wrote for the same purpose: a library that writes labels, the XMP toolkit
//! that photo programs use, mkvtoolnix and mediainfo.

use std::fs;
use std::path::Path;

use specialis_label::{Case, Container, Label, Propagation, Verdict, check, read, update};
use tempfile::TempDir;

use crate::as_found::CODE;
use crate::foreign::{ffmpeg, labelled};
use crate::round_trip::label;
use crate::tools::{decoded, python, run, says};

const PICTURES: [(&str, Container); 3] =
    [("a.jpg", Container::Jpeg), ("a.png", Container::Png), ("a.tif", Container::Tiff)];

/// Makes a picture of each format. The writer of labels installs what it lacks when it is loaded; it is not asked without that.
fn pictures(folder: &TempDir) -> Option<String> {
    let make = "import sys; from PIL import Image; im = Image.radial_gradient('L').convert('RGB')\n\
                [im.save(sys.argv[1] + '/a.' + end) for end in ('jpg', 'png', 'tif')]";
    python("PIL", make, &[folder.path().to_str()?])?;
    python("libxmp", "print()", &[])
}

/// What the XMP toolkit reads.
fn through_toolkit(path: &Path) -> String {
    let script = "
import sys
from libxmp import XMPFiles
f = XMPFiles(file_path=sys.argv[1])
print(f.get_xmp().get_property('http://www.tc260.org.cn/ns/AIGC/1.0/', 'AIGC'))
f.close_file()
";
    python("libxmp", script, &[path.to_str().unwrap()]).unwrap().trim().to_owned()
}

#[test]
fn the_toolkit_of_photo_programs_reads_the_label() {
    let folder = TempDir::new().unwrap();
    if pictures(&folder).is_none() {
        return;
    }
    for (name, container) in PICTURES {
        let out = labelled(&folder, name, container).unwrap();
        assert_eq!(through_toolkit(Path::new(&out)), label().to_json(), "{name}");
    }
}

#[test]
fn labels_that_another_library_writes_are_judged_and_carried_on() {
    let folder = TempDir::new().unwrap();
    if pictures(&folder).is_none() {
        return;
    }
    let write = "
import sys
from cntc260 import GBxmp
path, producer, number = sys.argv[1:]
w = GBxmp(path)
w.setAIGC({'Label': '1', 'ContentProducer': producer, 'ProduceID': number, 'ReservedCode1': '', 'ContentPropagator': producer,
           'PropagateID': number, 'ReservedCode2': ''})
w.writeXmp()
";
    for (name, container) in PICTURES {
        for (producer, number, verdict) in
            [(CODE, "n-1", Verdict::Compliant), ("某公司", "文件 1", Verdict::NonCompliant)]
        {
            let path = folder.path().join(name);
            if python("cntc260", write, &[path.to_str().unwrap(), producer, number]).is_none() {
                return;
            }
            let mut file = fs::File::open(&path).unwrap();
            let report = check(&read(&mut file, container).unwrap());
            assert_eq!(report.verdict, verdict, "{name}: {report:#?}");
            assert_eq!(report.producer.as_deref(), Some(producer), "{name}");
            let spread = Propagation::new(Case::Confirmed, "platform", "p-1").unwrap();
            let mut out = Vec::new();
            let done = update(&mut file, &mut out, container, &spread);
            assert_eq!(done.is_ok(), verdict == Verdict::Compliant, "{name}: what no field may have is not carried on");
            if done.is_ok() {
                let own = folder.path().join(format!("spread-{name}"));
                fs::write(&own, out).unwrap();
                let said = through_toolkit(&own);
                assert!(said.contains("\"ProduceID\":\"n-1\"") && said.contains("\"PropagateID\":\"p-1\""), "{said}");
            }
        }
    }
}

#[test]
fn mediainfo_reads_the_label() {
    let folder = TempDir::new().unwrap();
    for (name, container, args) in [
        // It looks for keys where the guides put them; the tags of iTunes, which ffmpeg writes by itself, fill that place.
        ("a.mp4", Container::Mp4, &["-movflags", "use_metadata_tags", "-metadata", "title=t"][..]),
        ("a.mkv", Container::Matroska, &[]),
        ("a.mp3", Container::Mp3, &["-map", "1"]),
        ("a.flac", Container::Flac, &["-map", "1"]),
        ("a.wav", Container::Wav, &["-map", "1"]),
    ] {
        if ffmpeg(&folder, name, args).is_none() {
            return;
        }
        let out = labelled(&folder, name, container).unwrap();
        let Some(said) = says("mediainfo", &["--Full", &out]) else { return };
        // It has no reader for chunks of WAV files that it does not know, but it must read the file.
        assert!(said.contains(CODE) || container == Container::Wav, "{name}: {said}");
        assert!(!said.contains("IsTruncated") && said.contains("Duration"), "{name}: {said}");
    }
}

#[test]
fn files_of_mkvtoolnix_keep_their_list_of_elements() {
    let folder = TempDir::new().unwrap();
    if ffmpeg(&folder, "in.mkv", &["-metadata", "title=题"]).is_none() {
        return;
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let tags = "<?xml version='1.0'?><Tags><Tag><Targets/><Simple><Name>ARTIST</Name><String>某人</String></Simple></Tag></Tags>";
    fs::write(folder.path().join("tags.xml"), tags).unwrap();
    for (name, args) in [
        ("plain.mkv", vec![]),
        ("tagged.mkv", vec!["--global-tags".to_owned(), path("tags.xml")]),
        ("cues.mkv", vec!["--cues".to_owned(), "0:all".to_owned()]),
        ("short.mkv", vec!["--cluster-length".to_owned(), "100ms".to_owned()]),
    ] {
        let all: Vec<String> =
            ["-q".to_owned(), "-o".to_owned(), path(name)].into_iter().chain(args).chain([path("in.mkv")]).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        if run("mkvmerge", &all).is_none() {
            return;
        }
        let out = labelled(&folder, name, Container::Matroska).unwrap();
        assert_eq!(decoded(&folder.path().join(name)), decoded(Path::new(&out)), "{name}");
        let said = says("mkvextract", &[&out, "tags"]).unwrap();
        assert!(said.contains("<Name>AIGC</Name>"), "{name}: {said}");
        assert_eq!(said.contains("某人"), name == "tagged.mkv", "{name}: {said}");
        // Every position that the list and the cues name is where something of that kind stands.
        let said = says("mkvinfo", &["-v", &out]).unwrap();
        assert!(!said.to_lowercase().contains("unknown element"), "{name}: {said}");
        let seek = says("ffprobe", &["-v", "error", "-read_intervals", "0.8%+#1", "-show_entries", "packet=pts", &out]);
        assert!(seek.unwrap().contains("pts="), "{name}: seeking still works");
    }
}

#[test]
fn mutagen_keeps_pictures_and_tags_beside_the_label() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys, mutagen
from mutagen.id3 import ID3, APIC, TIT2, COMM, TXXX
from mutagen.flac import FLAC, Picture
d = sys.argv[1]
for v in (3, 4):
    t = ID3(); t.add(APIC(encoding=0, mime='image/png', type=3, desc='', data=b'\\xff\\x00\\xff\\xe0' * 50)); t.add(TIT2(encoding=1, text='题'))
    t.add(COMM(encoding=3, lang='chi', desc='', text='评论')); t.add(TXXX(encoding=1, desc='own', text='v'))
    t.save(d + '/v%d.mp3' % v, v2_version=v)
f = FLAC(d + '/a.flac'); p = Picture(); p.data = b'\\x89PNG' * 40; p.type = 3; p.mime = 'image/png'; f.add_picture(p); f['title'] = '题'; f.save()
";
    let same = "
import sys, mutagen
a, b = [mutagen.File(p) for p in sys.argv[1:]]
if hasattr(a, 'pictures'):
    print([p.data for p in a.pictures] == [p.data for p in b.pictures], a['title'] == b['title'], b['AIGC'][0])
else:
    print(all(str(b.tags.get(k)) == str(v) and getattr(b.tags[k], 'data', 0) == getattr(v, 'data', 0) for k, v in a.tags.items()),
          a.info.length == b.info.length, b.tags['TXXX:AIGC'].text[0])
";
    for name in ["v3.mp3", "v4.mp3", "a.flac"] {
        if ffmpeg(&folder, name, &["-map", "1"]).is_none() {
            return;
        }
    }
    if python("mutagen", make, &[folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    for (name, container) in [("v3.mp3", Container::Mp3), ("v4.mp3", Container::Mp3), ("a.flac", Container::Flac)] {
        let out = labelled(&folder, name, container).unwrap();
        let said = python("mutagen", same, &[folder.path().join(name).to_str().unwrap(), &out]).unwrap();
        assert_eq!(said, format!("True True {}\n", label().to_json()), "{name}");
    }
}

#[test]
fn a_pdf_that_was_updated_before_is_updated_once_more() {
    let folder = TempDir::new().unwrap();
    let base = crate::manifests::pdf("", &[]);
    let path = folder.path().join("a.pdf");
    // Two updates by hand: another title, then the first label, then another.
    let mut file = base;
    for number in ["c-1", "c-2", "c-3"] {
        let mut out = Vec::new();
        let label = Label::generated(CODE, number).unwrap();
        specialis_label::replace(&mut std::io::Cursor::new(&file), &mut out, Container::Pdf, &label).unwrap();
        assert!(out.starts_with(&file));
        file = out;
    }
    fs::write(&path, &file).unwrap();
    let Some(checked) = run("qpdf", &["--check", path.to_str().unwrap()]) else { return };
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let said = says("pdfinfo", &["-custom", path.to_str().unwrap()]).unwrap_or_default();
    assert!(said.contains("c-3") && !said.contains("c-2"), "{said}");
}
