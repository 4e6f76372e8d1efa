//! Labeling a file against copying it, and against exiftool where that is installed: a JPEG of 5 MB and an MP4 of 200 MB, each
//! as the median of several runs, all in one process so that the ratios can be compared.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its figures, and fails by falling")]

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use specialis_label::{Container, Label, write};

const RUNS: usize = 9;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = folder.path().join("a.jpg");
    fs::write(&jpeg, jpeg_of(5 << 20)).unwrap();
    compare("label/write/jpeg-5MB", &jpeg, Container::Jpeg);
    let mp4 = folder.path().join("a.mp4");
    fs::write(&mp4, mp4_of(200 << 20)).unwrap();
    compare("label/write/mp4-200MB", &mp4, Container::Mp4);
}

fn compare(name: &str, file: &Path, container: Container) {
    let out = file.with_extension("out");
    let label = Label::generated("p", "bench-1").unwrap();
    let copied = median(&out, || {
        fs::copy(file, &out).unwrap();
    });
    let labelled = median(&out, || {
        write(&mut File::open(file).unwrap(), &mut File::create(&out).unwrap(), container, &label).unwrap();
    });
    let ratio = |took: Duration| took.as_secs_f64() / copied.as_secs_f64();
    println!("{name}: copy {copied:?}, labelled {labelled:?} ({:.2} of the copy)", ratio(labelled));
    if Command::new("exiftool").arg("-ver").output().is_ok() {
        let tag = if container == Container::Jpeg { "-XMP-dc:Description=x" } else { "-Keys:Description=x" };
        let other = median(&out, || {
            drop(Command::new("exiftool").args(["-q", tag, "-o"]).args([&out, file]).output().unwrap())
        });
        println!("{name}: exiftool, a description of the same kind, {other:?} ({:.2} of the copy)", ratio(other));
    }
}

/// The median time; what was written is removed before each run, outside of the time.
fn median(out: &Path, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let _ = fs::remove_file(out);
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(RUNS / 2).copied().unwrap_or_default()
}

/// Segments as a camera writes them, then as many bytes of pictures as asked for.
fn jpeg_of(len: usize) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
    file.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    file.extend([0xFF, 0xDB, 0, 67, 0]);
    file.extend([16; 64]);
    file.extend([0xFF, 0xC0, 0, 11, 8, 8, 0, 8, 0, 1, 1, 0x11, 0]);
    file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    file.resize(len, 0x55);
    file.extend([0xFF, 0xD9]);
    file
}

/// An index before its media, with offsets that have to follow.
fn mp4_of(len: usize) -> Vec<u8> {
    let boxed = |kind: &[u8], body: &[u8]| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes(), kind, body].concat();
    let offsets: Vec<u8> = (0..20_000_u32).flat_map(|n| (400_000 + n * 10_000).to_be_bytes()).collect();
    let table = [&[0; 4], 20_000_u32.to_be_bytes().as_slice(), &offsets].concat();
    let index = boxed(b"mdia", &boxed(b"minf", &boxed(b"stbl", &boxed(b"stco", &table))));
    let header = boxed(b"mvhd", &[0; 100]);
    let moov = boxed(b"moov", &[header, boxed(b"trak", &index)].concat());
    [boxed(b"ftyp", b"isom\0\0\x02\0isom"), moov, boxed(b"mdat", &vec![7; len])].concat()
}
