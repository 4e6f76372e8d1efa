//! `label`: as its user meets it, on real files and on nonsense.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::run::{Ran, run};

/// A code whose check character fits; it belongs to nobody.
const CODE: &str = "001191110000MAAAAAAA0210001";
const PLATFORM: &str = "001191110000MAAAAAAA0220001";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), bytes).unwrap();
        self.name(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn label(args: &[&str]) -> Ran {
    run(&[&["label"], args].concat())
}

fn write(file: &str, args: &[&str]) -> Ran {
    label(&[&["write", file, "--producer", CODE, "--id", "n-1"], args].concat())
}

/// What a check says about one file.
fn verdict(file: &str) -> (i32, Value) {
    let ran = label(&["check", file, "--format", "jsonl"]);
    (ran.code, serde_json::from_str(&ran.out).unwrap())
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut rest = u32::MAX;
    for byte in bytes {
        rest ^= u32::from(*byte);
        for _ in 0..8 {
            rest = if rest & 1 == 1 { (rest >> 1) ^ 0xEDB8_8320 } else { rest >> 1 };
        }
    }
    (!rest).to_be_bytes()
}

fn png_chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&len, kind, data, &checksum(&[kind, data].concat())].concat()
}

/// A gray picture of 200 by 120 pixels, with these chunks before its pixels.
fn png(chunks: &[u8]) -> Vec<u8> {
    let rows = [&[0_u8][..], &[90; 200]].concat().repeat(120);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &rows {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let len = u16::try_from(rows.len()).unwrap();
    let zlib =
        [&[0x78, 1, 1], &len.to_le_bytes()[..], &(!len).to_le_bytes(), &rows, &((b << 16) | a).to_be_bytes()].concat();
    let head = png_chunk(b"IHDR", &[0, 0, 0, 200, 0, 0, 0, 120, 8, 0, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), head, chunks.to_vec(), png_chunk(b"IDAT", &zlib), png_chunk(b"IEND", b"")].concat()
}

fn mp4_box(kind: &[u8], body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len() + 8).unwrap().to_be_bytes(), kind, body].concat()
}

/// A video whose one track says that it has 1920 by 1080 pixels.
fn mp4() -> Vec<u8> {
    let head = [&[0; 76][..], &[0x07, 0x80, 0, 0, 0x04, 0x38, 0, 0]].concat();
    let moov = mp4_box(b"moov", &mp4_box(b"trak", &mp4_box(b"tkhd", &head)));
    [mp4_box(b"ftyp", b"isom\0\0\0\0"), moov, mp4_box(b"mdat", b"media")].concat()
}

fn wav() -> Vec<u8> {
    let format = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0];
    let body = [b"WAVEfmt \x10\0\0\0".as_slice(), &format, b"data\x08\0\0\0", &[128; 8]].concat();
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

const GIF: &[u8] = b"GIF89a\xC8\0\x90\x01\0\0\0;";

fn files(folder: &Folder) -> Vec<String> {
    let pdf = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 2\n0000000000 65535 f\r\n0000000009 00000 n\r\n\
               trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n45\n%%EOF\n";
    vec![
        folder.file("图 1.png", png(b"")),
        folder.file("a.jpg", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xFF\xDA\0\x02\x55\xFF\xD9"),
        folder.file("a.gif", GIF),
        folder.file("a.tif", b"II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\x01\0\0\0\0\0\0\0"),
        folder.file("a.mp4", mp4()),
        folder.file("a.mkv", b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\x8B\x1F\x43\xB6\x75\x86\xEC\x84\0\0\0\0"),
        folder.file("a.wav", wav()),
        folder.file("a.mp3", [&[0xFF, 0xFB, 0x90, 0][..], &[0x55; 413]].concat()),
        folder.file("a.flac", [b"fLaC\x80\0\0\x22".as_slice(), &[0; 34]].concat()),
        folder.file("a.pdf", pdf),
        folder.file("a.html", "<html><head></head><body>文</body></html>"),
        folder.file("a.md", "# 题\n\n文。\n"),
        folder.file("a.txt", "文。\n"),
    ]
}

#[test]
fn a_new_file_is_written_and_the_old_one_stays() {
    let folder = Folder::new();
    for file in files(&folder) {
        let before = fs::read(&file).unwrap();
        let (code, said) = verdict(&file);
        assert_eq!((code, &said["verdict"]), (3, &json!("not-found")), "{file}: {said}");
        let is_text = file.ends_with(".txt");
        let out = if is_text {
            format!("{file}.aigc.json")
        } else {
            format!("{file}.out.{}", file.rsplit_once('.').unwrap().1)
        };
        let ran = write(&file, &["-o", &out]);
        assert_eq!((ran.code, ran.out.trim_end()), (0, out.as_str()), "{file}: {}", ran.err);
        assert_eq!(fs::read(&file).unwrap(), before, "{file}");
        let (code, said) = verdict(if is_text { &file } else { &out });
        assert_eq!(
            (code, &said["verdict"], &said["producer"]),
            (0, &json!("compliant"), &json!(CODE)),
            "{file}: {said}"
        );
        assert_eq!(
            said["label-reading"],
            json!({ "verdict": "compliant", "findings": [], "attribute": "1", "producer": CODE })
        );
        // Neither a second label, nor another file in its place.
        let twice = write(if is_text { &file } else { &out }, &["--in-place"]);
        assert_eq!(twice.code, 1, "{file}");
        assert!(
            twice.err.contains("labelled already, at byte") && twice.err.contains("update that label"),
            "{}",
            twice.err
        );
        let again = write(&file, &["-o", &out]);
        assert_eq!(again.code, 1);
        assert!(again.err.contains("is there already; name another file"), "{}", again.err);
    }
    assert!(folder.names().iter().all(|name| !name.ends_with(".part")), "{:?}", folder.names());
}

#[cfg(unix)]
#[test]
fn in_place_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = Folder::new();
    let file = folder.file("a.png", png(b""));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.name("link.png");
    symlink(&file, &link).unwrap();
    assert_eq!(write(&link, &["--in-place"]).code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "a link stays a link");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(verdict(&file).0, 0);
    assert_eq!(folder.names(), ["a.png", "link.png"]);
}

#[test]
fn a_file_that_cannot_be_labelled_stays_as_it_was() {
    let folder = Folder::new();
    let broken = png(b"")[..900].to_vec();
    let file = folder.file("cut.png", &broken);
    let ran = write(&file, &["--in-place"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("the file ends within chunk `IDAT`; fetch the whole file again"), "{}", ran.err);
    assert_eq!(fs::read(&file).unwrap(), broken);
    assert_eq!(folder.names(), ["cut.png"]);
}

#[test]
fn a_pattern_stands_for_many_files_each_with_a_number_of_its_own() {
    let folder = Folder::new();
    for name in ["a.png", "b.png"] {
        folder.file(name, png(b""));
    }
    folder.file("c.md", "文\n");
    let pattern = folder.name("*.png");
    let said = label(&["write", &pattern, "--producer", CODE, "--id", "x", "--in-place"]).refused();
    assert_eq!(said, "`--id` is for one file, since each content has a number of its own; use `--id-prefix`");
    label(&["write", &pattern, "--producer", CODE, "--id-prefix", "b-", "--in-place"]).ok();
    let out = label(&["read", &pattern, "--format", "jsonl"]).ok();
    let numbers: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["labels"][0]["label"]["pairs"][2][1].clone())
        .collect();
    assert_eq!(numbers, ["b-1", "b-2"]);
    assert_eq!(verdict(&folder.name("c.md")).1["verdict"], "not-found");
    assert_eq!(
        label(&["check", &folder.name("*.jpg")]).refused(),
        format!("`{}` matches no file; check the folder, and put the pattern in quotation marks", folder.name("*.jpg"))
    );
    assert!(label(&["check", &folder.name("[")]).refused().contains("is no pattern"));
}

#[test]
fn what_was_left_out_is_asked_for() {
    let folder = Folder::new();
    let file = folder.file("a.md", "文\n");
    let base = ["write", &file, "--producer", CODE, "--id", "n"];
    assert!(label(&base).refused().starts_with("say where the result goes: `--output FILE`"));
    assert!(
        label(&["write", &file, "--producer", "某公司", "--id", "n", "--in-place"])
            .refused()
            .contains("`ContentProducer`")
    );
    let both = label(&[&base[..], &["-o", "x", "--in-place"]].concat());
    assert_eq!(both.code, 2);
    let none = label(&["write", &file, "--in-place"]);
    assert!(none.code == 2 && none.err.contains("--producer"), "{}", none.err);
    assert!(label(&["check"]).code == 2 && label(&["mark", &file, "--wording", "AI", "--in-place"]).code == 2);
    assert_eq!(
        label(&["check", &file, "--as", "doc"]).refused(),
        "`doc` is no format; give one of png, jpg, webp, gif, tif, heic, mp4, mkv, avi, flv, wav, mp3, flac, ogg, pdf, docx, odt, ofd, epub, svg, html, md, aigc.json"
    );
}

#[test]
fn nonsense_is_said_to_be_nonsense_and_the_rest_is_done() {
    let folder = Folder::new();
    let good = folder.file("a.md", "文\n");
    let cases = [
        (folder.name("gone.png"), "the file cannot be opened"),
        (folder.0.path().to_str().unwrap().to_owned(), "this is a folder; go through it with `--recursive`"),
        (folder.file("a.bin", [7; 100]), "no format is known that looks like this; name one with `--as`"),
        (folder.file("empty.png", ""), ""),
        (folder.file("a.docx", "PK\x03\x04 and no more"), "may be cut off"),
        (folder.file("text.pdf", "no PDF"), "this is no PDF; check what the file is"),
        (folder.name("gone.txt"), "the file cannot be opened"),
        #[cfg(unix)]
        ("/dev/null".to_owned(), "this is a pipe or a device"),
    ];
    for (file, word) in &cases {
        for command in ["check", "read", "explain"] {
            let ran = label(&[command, file, &good]);
            assert!([4, 5].contains(&ran.code), "{command} {file}: {}", ran.code);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains(word), "{command} {file}: {said}");
            assert!(ran.out.contains("a.md"), "{command}: the other file is shown: {}", ran.out);
            assert!(!said.contains("panicked"), "{command} {file}: {said}");
        }
    }
    // A picture under another name is read for what it is.
    let disguised = folder.file("a.jpg", png(b""));
    assert_eq!(verdict(&disguised).1["container"], "png");
    assert_eq!(label(&["check", &disguised, "--as", "jpg", "--format", "jsonl"]).code, 4);
}

#[test]
fn each_verdict_has_its_code_and_its_words() {
    let folder = Folder::new();
    let bad = folder.file("bad.md", "---\nAIGC:\n  Label: AIGC\n  ContentProducer: Some Agent\n---\n文\n");
    let ran = label(&["check", &bad]);
    assert_eq!(ran.code, 1);
    for word in ["non-compliant", "attribute-not-1-2-3", "`Label` is `AIGC`", "missing-key"] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
    let explained = label(&["explain", &bad, "--lang", "zh"]);
    assert_eq!(explained.code, 1);
    assert!(
        explained.out.contains("有标识，但是不符合标准") && explained.out.contains("Label 取 1（属于）"),
        "{}",
        explained.out
    );
    let (code, said) = verdict(&folder.file("cut.png", &png(b"")[..40]));
    assert_eq!(
        (code, &said["verdict"], &said["label-reading"]["verdict"]),
        (4, &json!("inconclusive"), &json!("inconclusive"))
    );
    let manifest = png(&png_chunk(b"caBX", b"manifest"));
    let ran = write(&folder.file("signed.png", manifest), &["--in-place"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.contains("a C2PA manifest stands at byte 33") && ran.err.contains("no longer matches"),
        "{}",
        ran.err
    );
    let ran = label(&["check", &folder.name("signed.png")]);
    assert!(ran.code == 0 && ran.err.contains("C2PA"), "{}", ran.err);
}

#[test]
fn a_platform_carries_a_label_on_or_says_what_it_suspects() {
    let folder = Folder::new();
    let file = folder.file("a.html", "<p>文</p>");
    let spread = |case: &str| {
        label(&["write", &file, "--propagate", case, "--propagator", PLATFORM, "--id", "p-1", "--in-place"])
    };
    let ran = spread("confirmed");
    assert!(ran.code == 1 && ran.err.contains("no label that could confirm anything"), "{}", ran.err);
    write(&file, &["--in-place"]).ok();
    assert!(spread("suspected").err.contains("labelled already"));
    spread("confirmed").ok();
    let out = label(&["read", &file]).ok();
    assert!(out.contains("\"ProduceID\":\"n-1\"") && out.contains("\"PropagateID\":\"p-1\""), "{out}");
    let other = folder.file("b.md", "文\n");
    label(&["write", &other, "--propagate", "possible", "--propagator", PLATFORM, "--id", "p-2", "--in-place"]).ok();
    assert_eq!(verdict(&other).1["attribute"], "2");
    write(&other, &["--replace", "--in-place"]).ok();
    assert_eq!(verdict(&other).1["attribute"], "1");
}

/// What the search for an explicit mark says of a file. No other program is needed for what this one marks by itself.
fn run_found(file: &str) -> Value {
    let ran = label(&["check", "--explicit", file, "--format", "jsonl"]);
    serde_json::from_str::<Value>(&ran.out).unwrap()["explicit"].take()
}

#[test]
fn marks_are_put_on_text_pixels_and_sound_and_the_label_stays() {
    let folder = Folder::new();
    for (name, bytes) in [
        ("a.txt", "文。".as_bytes().to_vec()),
        ("a.md", "---\na: b\n---\n# 题\n".as_bytes().to_vec()),
        ("a.html", b"<html><head></head><body><p>x</p></body></html>".to_vec()),
        ("a.png", png(b"")),
        ("a.wav", wav()),
    ] {
        let file = folder.file(name, bytes);
        write(&file, &["--in-place"]).ok();
        let before = fs::read(&file).unwrap();
        let ran = label(&["mark", &file, "--in-place"]);
        assert_eq!(
            (ran.code, Path::new(ran.out.trim_end())),
            (0, folder.path(name).canonicalize().unwrap().as_path()),
            "{}",
            ran.err
        );
        let after = fs::read(&file).unwrap();
        assert_ne!(before, after, "{name}");
        assert_eq!(verdict(&file).0, 0, "{name}: the label in the metadata stays");
        let seen = run_found(&file);
        assert_eq!(seen["verdict"], "found", "{name}: {seen}");
        if name == "a.png" {
            assert!(ran.err.contains("`AI生成` is 6 pixels high") || ran.err.contains("pixels high"), "{}", ran.err);
        } else if name != "a.wav" {
            assert!(String::from_utf8(after.clone()).unwrap().contains("AI生成"));
            label(&["mark", &file, "--in-place"]).ok();
            assert_eq!(fs::read(&file).unwrap(), after, "{name}: a text is marked once");
        }
    }
    let text = folder.file("b.txt", "文。");
    label(&["mark", &text, "--at", "both", "--wording", "人工智能合成", "-o", &folder.name("c.txt")]).ok();
    assert_eq!(fs::read_to_string(folder.path("c.txt")).unwrap(), "（人工智能合成）文。（人工智能合成）");
}

#[test]
fn what_nothing_here_can_mark_is_said_in_numbers() {
    let folder = Folder::new();
    let video = folder.file("a.mp4", mp4());
    let entry = |tag: u8, value: u16| [&[tag, 1, 4, 0, 1, 0, 0, 0], value.to_le_bytes().as_slice(), &[0, 0]].concat();
    let pages = [b"II*\0\x08\0\0\0\x02\0".to_vec(), entry(0, 200), entry(1, 400), vec![0; 4]].concat();
    let pages = folder.file("a.tif", pages);
    let out = label(&["mark", &video, &pages, &folder.file("a.pdf", "%PDF-1.4\n"), "--plan"]).ok();
    // The command that would do it says so, too.
    let dry = label(&["mark", &video, &pages, &folder.file("a.pdf", "%PDF-1.4\n"), "--in-place", "--dry-run"]).ok();
    assert_eq!(dry, out);
    let plans: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        plans[0],
        json!({ "file": video, "by": "ffmpeg", "text": "AI生成", "places": ["start-frame"], "frame": [1920, 1080], "height": 54,
                "milliseconds": 2000, "platform": { "text": "AI生成", "places": ["around-player"] } })
    );
    assert_eq!(
        (&plans[1]["by"], &plans[1]["height"], &plans[1]["frame"]),
        (&json!("platform"), &json!(10), &json!([200, 400]))
    );
    assert_eq!((&plans[2]["by"], &plans[2]["places"]), (&json!("specialis"), &json!(["start"])));
    let ran = label(&["mark", &video, "--in-place", "--ffmpeg", "/gone/ffmpeg"]);
    assert_eq!(ran.code, 1);
    let word = "draw `AI生成` at least 54 pixels high on the first 2000 milliseconds, and show it around the player";
    assert!(ran.err.contains("`/gone/ffmpeg` cannot be run") && ran.err.contains(word), "{}", ran.err);
    let ran = label(&["mark", &pages, "--in-place"]);
    assert!(ran.code == 1 && ran.err.contains("at least 10 pixels high"), "{}", ran.err);
    let sound = folder.file("a.flac", [b"fLaC\x80\0\0\x22".as_slice(), &[0; 34]].concat());
    let ran = label(&["mark", &sound, "--in-place", "--ffmpeg", "/gone/ffmpeg"]);
    assert!(ran.err.contains("play the rhythm, short long and short short, at the start"), "{}", ran.err);
    assert_eq!(folder.names(), ["a.flac", "a.mp4", "a.pdf", "a.tif"], "nothing is left behind");
}

#[test]
fn help_shows_how_each_command_is_called() {
    let out = label(&["--help"]).ok();
    for word in ["label check 'out/*.png'", "label mark clip.mp4", "Exit codes of check and explain: 0 compliant"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    for command in ["write", "read", "check", "mark", "explain"] {
        assert!(label(&[command, "--help"]).ok().contains("FILE"), "{command}");
    }
}
