//! Routes whose answers are media: what leaves is labelled, or nothing leaves.

use std::io::Cursor;

use data_encoding::BASE64;
use serde_json::json;
use specialis_label::explicit::{Corner, Cue, MarkError, PictureMark, Wording, draw_in_file, has_rhythm, rhythm_wav};
use specialis_label::{Container, Verdict, check, read};

use crate::support::{Answer, Asked, HARMLESS, PHONE, RUMOR, Script, Upstream, before, call, post};

/// A gray picture.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        };
        !bytes.iter().fold(!0, step)
    };
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let body = [kind.as_slice(), data].concat();
        [&u32::try_from(data.len()).unwrap().to_be_bytes(), body.as_slice(), &crc(&body).to_be_bytes()].concat()
    };
    let mut pixels = Vec::new();
    for _ in 0..height {
        pixels.push(0);
        pixels.extend(vec![128; usize::try_from(width).unwrap()]);
    }
    let (a, b) = pixels.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    let mut packed = vec![0x78, 0x01];
    let n_blocks = pixels.chunks(60_000).count();
    for (block, n) in pixels.chunks(60_000).zip(1..) {
        let length = u16::try_from(block.len()).unwrap();
        packed.push(u8::from(n == n_blocks));
        packed.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        packed.extend(block);
    }
    packed.extend((b << 16 | a).to_be_bytes());
    let head = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let chunks = [chunk(b"IHDR", &head), chunk(b"IDAT", &packed), chunk(b"IEND", &[])].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks].concat()
}

pub(crate) fn verdict(bytes: &[u8], container: Container) -> Verdict {
    check(&read(&mut Cursor::new(bytes), container).unwrap()).verdict
}

fn picture_of(answer: &Answer) -> Vec<u8> {
    BASE64.decode(answer.json()["data"][0]["b64_json"].as_str().unwrap().as_bytes()).unwrap()
}

#[test]
fn pictures_leave_with_the_mark_drawn_and_the_label_written() {
    let picture = png(640, 400);
    let made = json!({ "created": 7, "size": "640x400", "odd": RUMOR,
        "data": [{ "b64_json": BASE64.encode(&picture), "revised_prompt": format!("一张画，致电{PHONE}。") }] });
    let upstream = Upstream::of(Script::json(200, &made));
    let server = before(&upstream, "openai", "");
    let ask = json!({ "model": "m", "prompt": "画一座图书馆。", "response_format": "b64_json" });
    let answer = post(server.address(), "/up/v1/images/generations", &ask);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let labelled = picture_of(&answer);
    assert_eq!(
        (verdict(&picture, Container::Png), verdict(&labelled, Container::Png)),
        (Verdict::NotFound, Verdict::Compliant)
    );
    let wording = Wording::default();
    let again = PictureMark { wording: &wording, corner: Corner::BottomRight, again: false, lossy: None };
    let drawn = draw_in_file(&mut Cursor::new(&labelled), &mut Vec::new(), Container::Png, again);
    assert!(matches!(drawn, Err(MarkError::Already)), "the mark stands in its corner");
    let json = answer.json();
    assert_eq!((json["created"].as_u64(), json["size"].as_str()), (Some(7), Some("640x400")));
    assert!(!answer.text().contains(PHONE) && !answer.text().contains("停水"), "{}", answer.text());
    assert!(json["data"][0]["revised_prompt"].as_str().unwrap().starts_with("一张画"), "{json}");
    assert_eq!(answer.header("x-specialis-decision").map(str::len), Some(32));
    let Asked::Request(head, _) = upstream.next() else { panic!("it was asked") };
    assert!(head.starts_with("post /images/generations"), "{head}");
}

/// A sound of about so many bytes that is no mark.
fn wav(n_bytes: usize) -> Vec<u8> {
    let mut sound = rhythm_wav();
    let format = sound[..44].to_vec();
    sound = format;
    let data: Vec<u8> = (0..n_bytes).map(|n| u8::try_from(n / 2 % 7).unwrap()).collect();
    let put = |sound: &mut Vec<u8>, at: usize, n: usize| {
        sound[at..at + 4].copy_from_slice(&u32::try_from(n).unwrap().to_le_bytes());
    };
    put(&mut sound, 4, 36 + data.len());
    put(&mut sound, 40, data.len());
    sound.extend(data);
    sound
}

fn speech(sound: &[u8], kind: &str) -> Upstream {
    let pieces = sound.chunks(100_000).map(<[u8]>::to_vec).collect();
    let headers = vec![("content-type", kind.to_owned())];
    Upstream::of(Script { status: 200, headers, pieces, end: crate::support::End::Whole })
}

#[test]
fn speech_leaves_with_the_mark_sounded_and_the_label_written_in_memory_or_on_a_spool() {
    for n_bytes in [20_000, 3 << 20] {
        let upstream = speech(&wav(n_bytes), "audio/wav");
        let server = before(&upstream, "openai", "");
        let ask = json!({ "model": "m", "voice": "v", "input": HARMLESS, "response_format": "wav" });
        let answer = post(server.address(), "/up/audio/speech", &ask);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("audio/wav")), "{}", answer.body.len());
        assert!(answer.is_whole && answer.body.len() > n_bytes);
        assert!(has_rhythm(&mut Cursor::new(&answer.body), Cue::Start).unwrap());
        assert_eq!(verdict(&answer.body, Container::Wav), Verdict::Compliant);
    }
}

#[test]
fn what_cannot_be_labelled_or_was_stopped_does_not_leave() {
    let error = |answer: &Answer, status: u16, words: &str| {
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
    };
    let ask = |input: &str| json!({ "model": "m", "voice": "v", "input": input });
    let secret = b"neither picture nor sound, and nobody shall hear it".to_vec();
    let upstream = speech(&secret, "audio/mpeg");
    let bound = "[bounds]\nmedia = 40";
    let server = before(&upstream, "openai", "");
    error(&post(server.address(), "/up/audio/speech", &ask(HARMLESS)), 502, "cannot be labelled");
    // What is spoken is judged as what left the model; a form that has no place for a label never reaches the upstream.
    let spoken = speech(&wav(1_000), "audio/wav");
    error(&post(before(&spoken, "openai", "").address(), "/up/audio/speech", &ask(RUMOR)), 400, "content_filter");
    let url = json!({ "prompt": "p", "response_format": "url" });
    error(&post(server.address(), "/up/images/generations", &url), 400, "b64_json");
    let address = json!({ "created": 0, "data": [{ "url": "https://pictures.example/1.png" }] });
    let pictures = Upstream::of(Script::json(200, &address));
    let server = before(&pictures, "openai", bound);
    let answer = post(server.address(), "/up/images/generations", &json!({ "prompt": HARMLESS }));
    error(&answer, 502, "has no label");
    assert!(!answer.text().contains("pictures.example"));
    // More than the bound is not taken in.
    let upstream = speech(&wav(1_000), "audio/wav");
    let server = before(&upstream, "openai", bound);
    error(&post(server.address(), "/up/audio/speech", &ask(HARMLESS)), 502, "bounds.media");
    // Nobody is named as producer.
    let upstream = speech(&wav(1_000), "audio/wav");
    let route =
        format!("[[routes]]\npath = \"/up\"\ninterface = \"openai\"\nupstream = \"http://{}\"\n", upstream.address());
    let nameless = crate::support::server(&route);
    error(&post(nameless.address(), "/up/audio/speech", &ask(HARMLESS)), 500, "label-producer");
    assert_eq!(call(nameless.address(), ("GET", "/up/audio/speech"), &[], b"").status, 404);
}
