//! Sounds, videos and pictures of further kinds: Ogg, AVI, FLV, HEIF. What is written is read by tools of others, and plays as before.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use specialis_label::{Container, LabelError, Verdict, check, explicit, read, replace, write};
use tempfile::TempDir;

use crate::foreign::{ffmpeg, labelled};
use crate::round_trip::{label, whole_cycle};
use crate::tools::{decoded, python, run, says};

fn has(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

/// What stands in the file, and that a label written by others is found, refused a second one, and replaced.
fn is_found(container: Container, file: &[u8], place: &str) -> Vec<u8> {
    let reading = read(&mut Cursor::new(file), container).unwrap();
    assert!(reading.trouble.is_none(), "{place}: {:?}", reading.trouble);
    let names: Vec<&str> = reading.labels.iter().map(|found| found.place.name.as_str()).collect();
    assert_eq!(names, [place], "{container}");
    let refused = write(&mut Cursor::new(file), &mut Vec::new(), container, &label());
    assert!(matches!(refused, Err(LabelError::AlreadyLabelled { .. })), "{place}: {refused:?}");
    let mut out = Vec::new();
    replace(&mut Cursor::new(file), &mut out, container, &label()).unwrap_or_else(|error| panic!("{place}: {error}"));
    let reading = read(&mut Cursor::new(&out), container).unwrap();
    assert_eq!((check(&reading).verdict, reading.labels.len()), (Verdict::Compliant, 1), "{place}");
    out
}

#[test]
fn videos_and_sounds_of_further_kinds_play_as_before_and_show_their_label() {
    let folder = TempDir::new().unwrap();
    let json = label().to_wrapped_json();
    let comment = format!("comment=by me {json}");
    let cases: [(&str, Container, &[&str]); 11] = [
        ("a.avi", Container::Avi, &["-metadata", "title=题"]),
        ("bare.avi", Container::Avi, &["-fflags", "+bitexact", "-reserve_index_space", "0"]),
        ("a.flv", Container::Flv, &["-metadata", "title=t"]),
        ("index.flv", Container::Flv, &["-flvflags", "add_keyframe_index"]),
        ("a.opus", Container::Ogg, &["-map", "1", "-metadata", "title=题"]),
        ("a.ogg", Container::Ogg, &["-map", "1", "-c:a", "libvorbis"]),
        ("small.ogg", Container::Ogg, &["-map", "1", "-c:a", "libvorbis", "-page_duration", "1000"]),
        ("flac.oga", Container::Ogg, &["-map", "1", "-c:a", "flac"]),
        ("a.spx", Container::Ogg, &["-map", "1", "-c:a", "libspeex", "-ar", "16000"]),
        ("a.ogv", Container::Ogg, &["-c:v", "libtheora", "-c:a", "libvorbis"]),
        ("own.opus", Container::Ogg, &["-map", "1", "-metadata", "title=t"]),
    ];
    for (name, container, args) in cases {
        if ffmpeg(&folder, name, args).is_none() {
            return;
        }
        let out = labelled(&folder, name, container).unwrap();
        assert_eq!(decoded(&folder.path().join(name)), decoded(Path::new(&out)), "{name}");
        let show = ["-v", "error", "-show_entries", "format_tags:stream_tags", &out];
        let tags = says("ffprobe", &show).unwrap();
        assert!(tags.contains(&format!("AIGC={}", label().to_json())), "{name}: {tags}");
        // A comment that others wrote, with more than a label in it.
        let commented = format!("comment-{name}");
        let comment_args = [args, &["-metadata", &comment]].concat();
        ffmpeg(&folder, &commented, &comment_args).unwrap();
        let file = fs::read(folder.path().join(&commented)).unwrap();
        let place = match container {
            Container::Avi => "LIST INFO, ICMT",
            Container::Flv => "onMetaData, comment",
            _ => "comment DESCRIPTION",
        };
        if name.ends_with(".ogv") {
            continue;
        }
        let cleared = is_found(container, &file, place);
        assert!(has(&cleared, b"by me ") && !has(&cleared, json.as_bytes()), "{name}");
        fs::write(folder.path().join("cleared"), &cleared).unwrap();
        assert_eq!(decoded(&folder.path().join(&commented)), decoded(&folder.path().join("cleared")), "{name}");
    }
    if let Some(said) = says("mediainfo", &["--Full", folder.path().join("labelled-a.opus").to_str().unwrap()]) {
        assert!(said.contains(label().produce_id().as_str()), "{said}");
    }
    let script = "import sys, mutagen; print(mutagen.File(sys.argv[1]).tags['AIGC'][0])";
    for name in ["a.opus", "a.ogg", "flac.oga", "a.spx", "a.ogv"] {
        let path = folder.path().join(format!("labelled-{name}"));
        if let Some(said) = python("mutagen", script, &[path.to_str().unwrap()]) {
            assert_eq!(said.trim(), label().to_json(), "{name}");
        }
    }
}

#[test]
fn more_comments_than_a_page_holds_take_more_pages() {
    let folder = TempDir::new().unwrap();
    if ffmpeg(&folder, "a.opus", &["-map", "1", "-page_duration", "20000"]).is_none() {
        return;
    }
    let file = fs::read(folder.path().join("a.opus")).unwrap();
    let with = |n: usize| {
        let script = "import sys, mutagen; f = mutagen.File(sys.argv[1]); f['note'] = ['y' * int(sys.argv[2])]; f.save(padding=lambda i: 0)";
        let path = folder.path().join(format!("{n}.opus"));
        fs::write(&path, &file).unwrap();
        python("mutagen", script, &[path.to_str().unwrap(), &n.to_string()]).map(|_| path)
    };
    // Around the length that one page holds, and two.
    for n in [64_000, 64_800, 64_900, 65_000, 129_900] {
        let Some(path) = with(n) else { return };
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let out = labelled(&folder, &name, Container::Ogg).unwrap();
        assert_eq!(decoded(&path), decoded(Path::new(&out)), "{n}");
        // The reader of ffmpeg says where a checksum or a number does not fit.
        let said = run("ffmpeg", &["-v", "warning", "-i", &out, "-f", "null", "-"]).unwrap();
        assert!(said.stderr.is_empty(), "{n}: {}", String::from_utf8_lossy(&said.stderr));
    }
}

#[test]
fn the_index_of_an_flv_leads_to_its_frames() {
    let folder = TempDir::new().unwrap();
    if ffmpeg(&folder, "a.flv", &["-flvflags", "add_keyframe_index", "-g", "2"]).is_none() {
        return;
    }
    let file = fs::read(folder.path().join("a.flv")).unwrap();
    let out = whole_cycle(Container::Flv, &file);
    let numbers = |file: &[u8]| -> Vec<usize> {
        let at = file.windows(13).position(|window| window == b"filepositions").unwrap() + 14;
        let n = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        let number = |n: u32| {
            let at = at + 5 + usize::try_from(n).unwrap() * 9;
            f64::from_be_bytes(file[at..at + 8].try_into().unwrap())
        };
        (0..n).map(|n| number(n) as usize).collect()
    };
    let (before, after) = (numbers(&file), numbers(&out));
    assert!(before.len() >= 3 && before.len() == after.len());
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(file[before..before + 15], out[after..after + 15]);
    }
    let length = |file: &[u8]| {
        let at = file.windows(8).position(|window| window == b"filesize").unwrap() + 9;
        f64::from_be_bytes(file[at..at + 8].try_into().unwrap()) as usize
    };
    assert_eq!(length(&out), out.len());
}

#[test]
fn an_flv_without_metadata_gets_some() {
    let tag = |kind: u8, data: &[u8]| {
        let len = u32::try_from(data.len()).unwrap().to_be_bytes();
        let back = u32::try_from(data.len() + 11).unwrap().to_be_bytes();
        [&[kind], &len[1..], &[0; 7], data, &back].concat()
    };
    let file = [b"FLV\x01\x05\0\0\0\x09\0\0\0\0".as_slice(), &tag(8, b"sound"), &tag(9, b"picture")].concat();
    let out = whole_cycle(Container::Flv, &file);
    assert_eq!(out[out.len() - 40..], file[file.len() - 40..]);
    let cut = read(&mut Cursor::new(&out[..out.len() - 3]), Container::Flv).unwrap();
    assert_eq!(check(&cut).verdict, Verdict::Inconclusive);
}

#[test]
fn an_avi_of_several_parts_takes_the_label_only_into_free_space() {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let len = u32::try_from(data.len()).unwrap().to_le_bytes();
        [kind.as_slice(), &len, data, &vec![0; data.len() % 2]].concat()
    };
    let riff = |form: &[u8; 4], body: &[u8]| chunk(b"RIFF", &[form, body].concat());
    let header = chunk(b"LIST", &[b"hdrl".as_slice(), &chunk(b"avih", &[7; 56])].concat());
    let video = |n: u8| chunk(b"LIST", &[b"movi".as_slice(), &chunk(b"00dc", &[n; 64])].concat());
    let second = riff(b"AVIX", &video(2));
    let at = |file: &[u8], n: u8| file.windows(64).position(|window| window == [n; 64]).unwrap();
    for free in [8, 16, 700, 2000] {
        let first = riff(b"AVI ", &[header.clone(), chunk(b"JUNK", &vec![0; free]), video(1)].concat());
        let file = [first, second.clone()].concat();
        let path = Path::new("a.avi");
        assert_eq!(Container::detect(&mut Cursor::new(&file), path).unwrap(), Some(Container::Avi));
        if free < 300 {
            let refused = write(&mut Cursor::new(&file), &mut Vec::new(), Container::Avi, &label());
            assert!(refused.unwrap_err().to_string().contains("no free space"));
            continue;
        }
        let mut out = Vec::new();
        write(&mut Cursor::new(&file), &mut out, Container::Avi, &label()).unwrap();
        assert_eq!((at(&out, 1), at(&out, 2), out.len()), (at(&file, 1), at(&file, 2), file.len()), "{free}");
    }
    // One part without free space: behind the video.
    let file = riff(b"AVI ", &[header, video(1)].concat());
    let out = whole_cycle(Container::Avi, &file);
    assert_eq!(at(&out, 1), at(&file, 1));
    // A chunk of its own, as somebody may write it, and a list behind the video.
    let own = chunk(b"aigc", label().to_json().as_bytes());
    is_found(Container::Avi, &riff(b"AVI ", &[video(1), own].concat()), "chunk aigc");
}

/// The digest of all frames, and the maker.
const SHOW: &str = "
import sys, PIL.Image, hashlib
try:
    import pillow_heif; pillow_heif.register_heif_opener()
except ImportError: pass
im = PIL.Image.open(sys.argv[1]); n = getattr(im, 'n_frames', 1); h = hashlib.md5()
for i in range(n): im.seek(i); h.update(im.convert('RGB').tobytes())
print(h.hexdigest(), n, im.getexif().get(0x010F))
";

/// The packet of XMP.
const PACKET: &str = "
import sys, PIL.Image
try:
    import pillow_heif; pillow_heif.register_heif_opener()
except ImportError: pass
print(PIL.Image.open(sys.argv[1]).info['xmp'].decode())
";

#[test]
fn pictures_of_phones_take_the_label_and_keep_their_pixels() {
    let folder = TempDir::new().unwrap();
    let make = "
import sys, PIL.Image, PIL.ImageDraw
d = sys.argv[1]
im = PIL.Image.radial_gradient('L').convert('RGB').resize((320, 200))
exif = im.getexif(); exif[0x010F] = 'Invented'; exif[0x0112] = 6
xmp = b'<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:format=\"f\"/></rdf:RDF></x:xmpmeta>'
im.save(d + '/a.avif'); im.save(d + '/meta.avif', exif=exif, xmp=xmp)
im.save(d + '/moves.avif', save_all=True, append_images=[im.rotate(20), im.rotate(40)], duration=100)
";
    let heif = "
import pillow_heif; pillow_heif.register_heif_opener()
im.save(d + '/a.heic'); im.save(d + '/meta.heic', exif=exif.tobytes(), xmp=xmp)
";
    let path = folder.path().to_str().unwrap();
    if python("PIL", make, &[path]).is_none() {
        return;
    }
    let mut names = vec!["a.avif", "meta.avif", "moves.avif"];
    if python("pillow_heif", &format!("{make}{heif}"), &[path]).is_some() {
        names.extend(["a.heic", "meta.heic"]);
    }
    for name in names {
        let out = labelled(&folder, name, Container::Heif).unwrap();
        let before = folder.path().join(name);
        let pixels = |path: &str| python("PIL", SHOW, &[path]).unwrap();
        assert_eq!(pixels(before.to_str().unwrap()), pixels(&out), "{name}");
        // Of a picture that moves, the library reads the packet of its track.
        let said = if name.starts_with("moves") {
            "TC260:AIGC &quot;ProduceID&quot;".to_owned()
        } else {
            python("PIL", PACKET, &[&out]).unwrap()
        };
        assert!(said.contains("TC260:AIGC") && said.contains("&quot;ProduceID&quot;"), "{name}: {said}");
        assert_eq!(said.contains("dc:format"), name.starts_with("meta"), "{name}");
        if let Some(said) = says("exiftool", &["-XMP:all", "-validate", "-warning", "-a", &out]) {
            assert!(said.contains("ProduceID") && !said.contains("Warning"), "{name}: {said}");
        }
        if name.ends_with(".avif") {
            let png = folder.path().join("out.png");
            says("avifdec", &[&out, png.to_str().unwrap()]);
        }
        let mut file = fs::File::open(&out).unwrap();
        assert_eq!(explicit::frame_size(&mut file, Container::Heif).unwrap(), Some((320, 200)), "{name}");
        let bytes = fs::read(&out).unwrap();
        let half = read(&mut Cursor::new(&bytes[..bytes.len() - 40]), Container::Heif).unwrap();
        assert_eq!(check(&half).verdict, Verdict::Inconclusive, "{name}");
    }
}
