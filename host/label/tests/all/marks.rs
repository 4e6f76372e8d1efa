//! Marks that people perceive, put on by way of ffmpeg: read back by machines that see and hear.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use specialis_label::explicit::{
    Cue, FfmpegInput, Streams, VideoMark, Wording, ffmpeg_format, frame_size, hears_rhythm, rhythm_milliseconds,
    rhythm_wav,
};
use specialis_label::{Container, read};
use tempfile::TempDir;

use crate::foreign::{ffmpeg, labelled};
use crate::round_trip::label;
use crate::tools::says;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn call(arguments: &[String]) {
    let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    says("ffmpeg", &all).unwrap();
}

/// How a file is encoded, as ffprobe says.
fn streams(input: &FfmpegInput<'_>) -> Streams {
    let arguments = Streams::ffprobe_arguments(input);
    let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Streams::parse(&says("ffprobe", &all).unwrap()).unwrap()
}

/// Whether a sound is heard to have the rhythm.
fn is_heard(cue: Cue, input: &FfmpegInput<'_>) -> bool {
    cue.heard_arguments(input).iter().all(|arguments| {
        let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        hears_rhythm(&crate::tools::run("ffmpeg", &all).unwrap().stdout)
    })
}

/// The label of a file, which must be the one that was written.
fn has_label(path: &Path, container: Container) {
    let reading = read(&mut fs::File::open(path).unwrap(), container).unwrap();
    assert_eq!(reading.labels.len(), 1, "{}", path.display());
    assert_eq!(reading.labels[0].label.text, label().to_json());
}

#[test]
fn the_rhythm_is_put_around_packed_sounds_whose_label_stays() {
    let folder = TempDir::new().unwrap();
    let rhythm = folder.path().join("rhythm.wav");
    fs::write(&rhythm, rhythm_wav()).unwrap();
    for (name, container) in [
        ("a.flac", Container::Flac),
        ("a.opus", Container::Ogg),
        ("a.m4a", Container::Mp4),
        ("a.mka", Container::Matroska),
    ] {
        if ffmpeg(&folder, name, &["-map", "1"]).is_none() {
            return;
        }
        let before = PathBuf::from(labelled(&folder, name, container).unwrap());
        for (cue, times) in [(Cue::Start, 1), (Cue::End, 1), (Cue::Both, 2)] {
            let after = folder.path().join(format!("{cue:?}-{name}"));
            let input = FfmpegInput { format: ffmpeg_format(container).unwrap(), path: text(&before) };
            assert!(!is_heard(cue, &input), "{name}: not there yet");
            call(&cue.ffmpeg_arguments(&streams(&input), &input, text(&rhythm), text(&after)).unwrap());
            assert!(is_heard(cue, &FfmpegInput { path: text(&after), ..input }), "{name}: {cue:?}");
            has_label(&after, container);
            let seconds =
                says("ffprobe", &["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", text(&after)]);
            let seconds: f64 = seconds.unwrap().trim().parse().unwrap();
            let expected = 1.0 + f64::from(rhythm_milliseconds()) / 1000.0 * f64::from(times);
            assert!((seconds - expected).abs() < 0.15, "{name}: {seconds} seconds, {expected} expected");
        }
    }
}

#[test]
fn a_lossless_sound_keeps_its_rate_its_channels_and_every_sample() {
    let folder = TempDir::new().unwrap();
    let rhythm = folder.path().join("rhythm.wav");
    fs::write(&rhythm, rhythm_wav()).unwrap();
    for (name, container, args) in [
        ("a.flac", Container::Flac, ["-ar", "96000", "-ac", "1", "-sample_fmt", "s32"]),
        ("b.flac", Container::Flac, ["-ar", "8000", "-ac", "6", "-sample_fmt", "s16"]),
        ("a.mka", Container::Matroska, ["-ar", "22050", "-ac", "2", "-c:a", "pcm_s24le"]),
    ] {
        let before = folder.path().join(name);
        let Some(()) = ffmpeg(&folder, name, &[&["-map", "1"], args.as_slice()].concat()) else { return };
        let after = folder.path().join(format!("after-{name}"));
        let input = FfmpegInput { format: ffmpeg_format(container).unwrap(), path: text(&before) };
        let found = streams(&input);
        call(&Cue::End.ffmpeg_arguments(&found, &input, text(&rhythm), text(&after)).unwrap());
        assert_eq!(streams(&FfmpegInput { path: text(&after), ..input }), found, "{name}");
        let samples = |path: &Path| {
            let out = folder.path().join("samples");
            says("ffmpeg", &["-v", "error", "-y", "-i", text(path), "-f", "s32le", "-c:a", "pcm_s32le", text(&out)])
                .unwrap();
            fs::read(out).unwrap()
        };
        let (old, new) = (samples(&before), samples(&after));
        assert!(new.len() > old.len() && new.starts_with(&old), "{name}: {} and {} bytes", old.len(), new.len());
    }
}

#[test]
fn a_video_keeps_its_codec_its_depth_and_what_stands_beside_it() {
    let folder = TempDir::new().unwrap();
    let subtitles = folder.path().join("a.srt");
    fs::write(&subtitles, "1\n00:00:00,000 --> 00:00:02,000\n文\n").unwrap();
    for (name, encoder, pixels) in
        [("a.mkv", "libx265", "yuv420p10le"), ("b.mkv", "libvpx-vp9", "yuv444p"), ("c.mkv", "ffv1", "yuv422p10le")]
    {
        let path = folder.path().join(name);
        let made = [
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "color=c=gray:d=1:s=640x360:r=5",
            "-i",
            text(&subtitles),
            "-c:v",
            encoder,
        ];
        let made = [&made[..], &["-pix_fmt", pixels, "-c:s", "srt", text(&path)]].concat();
        if says("ffmpeg", &made).is_none() {
            return;
        }
        let mark = VideoMark::new(Wording::default(), 640, 360);
        let plate = folder.path().join("mark.png");
        #[cfg(feature = "draw")]
        fs::write(&plate, specialis_label::explicit::plate(&mark.wording, 640, 360).unwrap()).unwrap();
        #[cfg(not(feature = "draw"))]
        return;
        let after = folder.path().join(format!("after-{name}"));
        let input = FfmpegInput { format: "matroska", path: text(&path) };
        call(&mark.ffmpeg_arguments(&streams(&input), &input, text(&plate), text(&after)).unwrap());
        let show = |path: &Path| {
            let what = "stream=codec_name,pix_fmt,width,height";
            says("ffprobe", &["-v", "error", "-show_entries", what, "-of", "csv=p=0", text(path)]).unwrap()
        };
        assert_eq!(show(&path), show(&after), "{name}");
        let is_drawn = |path: &Path| {
            let arguments = VideoMark::first_frame_arguments(&FfmpegInput { format: "matroska", path: text(path) });
            let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
            mark.is_drawn(&crate::tools::run("ffmpeg", &all).unwrap().stdout).unwrap()
        };
        assert!(!is_drawn(&path) && is_drawn(&after), "{name}");
    }
}

/// Makes pictures that move, with losses and without, whose frames cover the whole, a part, or clear what was there; or says how two
/// of them differ: times, the most in the marked corner, and the most and the mean outside of it.
const MOVING: &str = "
import sys
from PIL import Image, ImageChops, ImageDraw, ImageSequence, ImageStat
def frames(path):
    image = Image.open(path)
    for frame in ImageSequence.Iterator(image):
        yield frame.info.get('duration'), frame.convert('RGBA')
if sys.argv[1] == 'make':
    for n, lossless in enumerate((True, False)):
        pictures = []
        for k in range(6):
            picture = Image.new('RGBA', (240, 160), (20, 90, 160, 255 if k != 3 else 0))
            ImageDraw.Draw(picture).ellipse((20 + 30 * k, 20 + 20 * k, 70 + 30 * k, 60 + 20 * k), fill=(200, 40 * k, 10, 255))
            pictures.append(picture)
        pictures[0].save(sys.argv[2 + n], save_all=True, append_images=pictures[1:], duration=[70, 80, 90, 100, 110, 120],
                         lossless=lossless, quality=90, minimize_size=True)
else:
    left, top = int(sys.argv[4]), int(sys.argv[5])
    before, after = list(frames(sys.argv[2])), list(frames(sys.argv[3]))
    assert [time for time, _ in before] == [time for time, _ in after], (before, after)
    most, mean = 0, 0.0
    for (_, old), (_, new) in zip(before, after):
        corner = new.crop((left, top, 240, 160)).convert('L')
        assert corner.getextrema()[1] > 200 and corner.getpixel((0, 0)) < 60, corner.getextrema()
        for picture in (old, new):
            picture.paste((0, 0, 0, 0), (left - 16, top - 16, 240, 160))
        diff = ImageChops.difference(old.convert('RGBa'), new.convert('RGBa'))
        most = max(most, *(high for _, high in diff.getextrema()))
        mean = max(mean, *ImageStat.Stat(diff).mean)
    print(most, mean)
";

#[cfg(feature = "draw")]
#[test]
fn every_frame_of_a_moving_webp_has_the_mark_for_another_decoder() {
    use specialis_label::explicit::{Corner, MarkError, PictureMark, in_webp, plate};

    let folder = TempDir::new().unwrap();
    let files = ["exact.webp", "lossy.webp"].map(|name| folder.path().join(name));
    let Some(_) = crate::tools::python("PIL", MOVING, &["make", text(&files[0]), text(&files[1])]) else { return };
    let wording = Wording::default();
    let plate = plate(&wording, 240, 160).unwrap();
    let size = |at: usize| u32::from_be_bytes(plate[at..at + 4].try_into().unwrap());
    let (left, top) = ((240 - size(16)).to_string(), (160 - size(20)).to_string());
    let encoder = |png: &[u8]| {
        let input = folder.path().join("frame.png");
        fs::write(&input, png).unwrap();
        let args = ["-v", "error", "-i", text(&input), "-c:v", "libwebp", "-quality", "92", "-f", "webp", "pipe:1"];
        let output = crate::tools::run("ffmpeg", &args).ok_or("no ffmpeg")?;
        Ok(output.stdout)
    };
    for (file, is_lossy) in files.iter().zip([false, true]) {
        let mut before = Vec::new();
        specialis_label::write(&mut fs::File::open(file).unwrap(), &mut before, Container::WebP, &label()).unwrap();
        let mark = PictureMark { wording: &wording, corner: Corner::BottomRight, again: false, lossy: Some(&encoder) };
        let edits = in_webp(&mut Cursor::new(&before), mark).unwrap();
        let mut out = Vec::new();
        edits.apply(&mut Cursor::new(&before), &mut out).unwrap();
        let after = folder.path().join("after.webp");
        fs::write(&after, &out).unwrap();
        has_label(&after, Container::WebP);
        let said = crate::tools::python("PIL", MOVING, &["compare", text(file), text(&after), &left, &top]).unwrap();
        let [most, mean] = [0, 1].map(|n| said.split_whitespace().nth(n).unwrap().parse::<f64>().unwrap());
        assert!(if is_lossy { mean < 4.0 } else { most <= 1.0 }, "{}: {said}", file.display());
        assert!(matches!(in_webp(&mut Cursor::new(&out), mark), Err(MarkError::Already)), "{}", file.display());
    }
}

#[test]
fn an_mp3_gets_its_rhythm_frame_by_frame_and_keeps_its_own_frames() {
    use specialis_label::explicit::around_mp3;

    let folder = TempDir::new().unwrap();
    for (name, args) in [
        ("a.mp3", ["-ar", "44100", "-ac", "1", "-b:a", "96k"]),
        ("b.mp3", ["-ar", "24000", "-ac", "2", "-q:a", "4"]),
        ("c.mp3", ["-ar", "8000", "-ac", "1", "-b:a", "16k"]),
    ] {
        let path = folder.path().join(name);
        let Some(()) = ffmpeg(&folder, name, &[&["-map", "1", "-metadata", "title=t"], args.as_slice()].concat())
        else {
            return;
        };
        let before = fs::read(labelled(&folder, name, Container::Mp3).unwrap()).unwrap();
        let frames = &fs::read(&path).unwrap()[2000..];
        for (cue, times) in [(Cue::Start, 1), (Cue::End, 1), (Cue::Both, 2)] {
            let edits = around_mp3(&mut Cursor::new(&before), cue, false).unwrap().unwrap();
            let mut out = Vec::new();
            edits.apply(&mut Cursor::new(&before), &mut out).unwrap();
            assert!(out.windows(frames.len()).any(|window| window == frames), "{name}: nothing is encoded again");
            assert!(around_mp3(&mut Cursor::new(&out), cue, false).unwrap().is_none(), "{name}: once is enough");
            assert!(around_mp3(&mut Cursor::new(&out), cue, true).unwrap().is_some());
            let after = folder.path().join(format!("{cue:?}-{name}"));
            fs::write(&after, &out).unwrap();
            has_label(&after, Container::Mp3);
            // Decoded to the end without a word, and as long as both together.
            let wave = folder.path().join("out.wav");
            let run = crate::tools::run("ffmpeg", &["-v", "warning", "-y", "-i", text(&after), text(&wave)]).unwrap();
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.success() && !said.contains("rror") && !said.contains("invalid"), "{name}: {said}");
            let seconds = |path: &Path| -> f64 {
                let what = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", text(path)];
                says("ffprobe", &what).unwrap().trim().parse().unwrap()
            };
            let expected = 1.0 + f64::from(rhythm_milliseconds()) / 1000.0 * f64::from(times);
            for path in [&after, &wave] {
                assert!((seconds(path) - expected).abs() < 0.7, "{name}: {}, not {expected}", seconds(path));
            }
        }
    }
}

/// Loud and silent stretches of samples, in units of the rhythm.
fn stretches(samples: &[i16], a_unit: usize) -> Vec<(bool, usize)> {
    let mut found: Vec<(bool, usize)> = Vec::new();
    for unit in samples.chunks_exact(a_unit) {
        let is_loud = unit.iter().filter(|sample| sample.unsigned_abs() > 3000).count() > a_unit / 3;
        match found.last_mut().filter(|last| last.0 == is_loud) {
            Some(last) => last.1 += 1,
            None => found.push((is_loud, 1)),
        }
    }
    found
}

#[test]
fn the_rhythm_is_short_long_and_short_short() {
    let file = rhythm_wav();
    let samples: Vec<i16> = file[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    // 48,000 samples a second, 120 milliseconds a unit.
    let expected = [(true, 1), (false, 1), (true, 3), (false, 3), (true, 1), (false, 1), (true, 1), (false, 3)];
    assert_eq!(stretches(&samples, 5760), expected);
}

/// The corner of a frame, large and black on white, as machines read best.
const CLOSE: &str = "crop=160:60:480:300,scale=iw*3:-1,negate,format=gray,lutyuv=y='if(gt(val,100),255,0)'";

#[test]
fn a_video_carries_its_mark_for_two_seconds_and_keeps_its_label() {
    let folder = TempDir::new().unwrap();
    let plain = "color=c=gray:d=4:s=640x360:r=10";
    for (name, container) in [("a.mp4", Container::Mp4), ("a.mkv", Container::Matroska)] {
        let path = folder.path().join(name);
        if says("ffmpeg", &["-v", "error", "-f", "lavfi", "-i", plain, text(&path)]).is_none() {
            return;
        }
        let size = frame_size(&mut fs::File::open(&path).unwrap(), container).unwrap();
        assert_eq!(size, Some((640, 360)), "{name}");
        let before = PathBuf::from(labelled(&folder, name, container).unwrap());
        let mark =
            VideoMark::of(&mut fs::File::open(&before).unwrap(), container, Wording::default()).unwrap().unwrap();
        assert_eq!((mark.height, mark.milliseconds), (18, 2000));
        let plate = folder.path().join("mark.png");
        #[cfg(feature = "draw")]
        fs::write(&plate, specialis_label::explicit::plate(&mark.wording, 640, 360).unwrap()).unwrap();
        #[cfg(not(feature = "draw"))]
        return;
        let after = folder.path().join(format!("marked-{name}"));
        let input = FfmpegInput { format: ffmpeg_format(container).unwrap(), path: text(&before) };
        call(&mark.ffmpeg_arguments(&streams(&input), &input, text(&plate), text(&after)).unwrap());
        has_label(&after, container);
        for (at, is_marked) in [("0", true), ("1.9", true), ("2.5", false)] {
            let frame = folder.path().join("frame.png");
            says(
                "ffmpeg",
                &["-v", "error", "-y", "-ss", at, "-i", text(&after), "-frames:v", "1", "-vf", CLOSE, text(&frame)],
            );
            let Some(said) = says("tesseract", &[text(&frame), "-", "-l", "chi_sim+eng", "--psm", "11"]) else {
                return;
            };
            let said: String = said.split_whitespace().collect();
            assert_eq!(said.contains("生成"), is_marked, "{name} at {at} seconds: {said}");
        }
    }
}

#[cfg(feature = "draw")]
#[test]
fn a_page_of_a_pdf_shows_its_mark_upright() {
    use specialis_label::explicit::{Position, in_pdf};

    let folder = TempDir::new().unwrap();
    let make = "
import sys, pikepdf
d = sys.argv[1]
for n, rotate in enumerate((0, 90, 180, 270)):
    for mode in ('disable', 'generate'):
        p = pikepdf.new()
        for _ in range(2): p.add_blank_page(page_size=(400, 300))
        for page in p.pages: page.Rotate = rotate
        p.save(f'{d}/{n}-{mode}.pdf', object_stream_mode=getattr(pikepdf.ObjectStreamMode, mode))
p.save(f'{d}/locked.pdf', encryption=pikepdf.Encryption(owner='o', user=''), object_stream_mode=pikepdf.ObjectStreamMode.disable)
";
    if crate::tools::python("pikepdf", make, &[text(folder.path())]).is_none() {
        return;
    }
    let wording = Wording::default();
    let names = ["0-disable", "0-generate", "1-disable", "2-generate", "3-disable", "locked"];
    for name in names {
        let before = fs::read(folder.path().join(format!("{name}.pdf"))).unwrap();
        let positions = [Position::Start, Position::End];
        let edits = in_pdf(&mut Cursor::new(&before), &wording, &positions, false).unwrap().unwrap();
        let mut out = Vec::new();
        edits.apply(&mut Cursor::new(&before), &mut out).unwrap();
        assert!(out.starts_with(&before), "{name}: what was there stays");
        assert!(
            in_pdf(&mut Cursor::new(&out), &wording, &positions, false).unwrap().is_none(),
            "{name}: once is enough"
        );
        assert!(
            in_pdf(&mut Cursor::new(&out), &wording, &positions, true).unwrap().is_some(),
            "{name}: asked for again"
        );
        let path = folder.path().join("marked.pdf");
        fs::write(&path, &out).unwrap();
        if let Some(said) = crate::tools::run("qpdf", &["--check", text(&path)]) {
            assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
        }
        for page in ["1", "2"] {
            let picture = folder.path().join("page");
            let args = ["-r", "200", "-png", "-singlefile", "-f", page, "-l", page, text(&path), text(&picture)];
            let (Some(_), Some(said)) = (
                says("pdftoppm", &args),
                says("tesseract", &[text(&picture.with_extension("png")), "-", "-l", "chi_sim+eng", "--psm", "11"]),
            ) else {
                return;
            };
            let said: String = said.split_whitespace().collect();
            assert!(said.contains("生成"), "{name}, page {page}: {said}");
        }
        let labelled = crate::round_trip::whole_cycle(Container::Pdf, &out);
        assert!(labelled.starts_with(&out), "{name}");
    }
}
