//! How the sound and the picture of a file are encoded, so that ffmpeg encodes what it changes in the same way.

use serde_json::Value;

use super::FfmpegInput;

/// Encoders of lossless sound and of lossy sound, by the name of the codec.
const LOSSLESS: [(&str, &str); 4] = [("flac", "flac"), ("alac", "alac"), ("wavpack", "wavpack"), ("tta", "tta")];
const LOSSY: [(&str, &str); 8] = [
    ("aac", "aac"),
    ("mp3", "libmp3lame"),
    ("mp2", "mp2"),
    ("opus", "libopus"),
    ("vorbis", "libvorbis"),
    ("speex", "libspeex"),
    ("ac3", "ac3"),
    ("eac3", "eac3"),
];
/// Encoders of pictures, and how each is told to keep the quality so that nobody sees a difference.
const PICTURES: [(&str, &[&str]); 14] = [
    ("h264", &["libx264", "-crf", "16"]),
    ("hevc", &["libx265", "-crf", "18"]),
    ("vp8", &["libvpx", "-crf", "8", "-b:v", "20M"]),
    ("vp9", &["libvpx-vp9", "-crf", "20", "-b:v", "0"]),
    ("av1", &["libaom-av1", "-crf", "20", "-b:v", "0", "-cpu-used", "6"]),
    ("mpeg4", &["mpeg4", "-q:v", "2"]),
    ("mpeg2video", &["mpeg2video", "-q:v", "2"]),
    ("flv1", &["flv", "-q:v", "2"]),
    ("theora", &["libtheora", "-q:v", "9"]),
    ("mjpeg", &["mjpeg", "-q:v", "2"]),
    ("prores", &["prores_ks"]),
    ("ffv1", &["ffv1"]),
    ("rawvideo", &["rawvideo"]),
    ("huffyuv", &["huffyuv"]),
];

/// The first sound and the first picture of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    sound: Option<Sound>,
    picture: Option<Picture>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sound {
    codec: String,
    rate: String,
    layout: String,
    sample: String,
    bit_rate: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Picture {
    codec: String,
    pixels: String,
    profile: String,
}

/// A codec that would have to become another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is encoded as `{codec}`, and nothing is known here that encodes it so again; mark it with the program that made it"
)]
pub struct UnknownCodec {
    codec: String,
}

impl UnknownCodec {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        format!("编码为 `{}`，此处不知如何按原样编码；请用生成它的程序加上标识", self.codec)
    }
}

impl Streams {
    /// The arguments with which ffprobe says how a file is encoded; what it prints is for [`Streams::parse`].
    pub fn ffprobe_arguments(input: &FfmpegInput<'_>) -> Vec<String> {
        let what = "stream=codec_type,codec_name,profile,pix_fmt,sample_rate,sample_fmt,channels,channel_layout,bit_rate:format=bit_rate";
        let start = ["-v", "error", "-of", "json", "-show_entries", what].map(str::to_owned);
        start.into_iter().chain(input.arguments()).collect()
    }

    /// Reads what ffprobe prints; nothing for anything else.
    pub fn parse(json: &str) -> Option<Self> {
        let said: Value = serde_json::from_str(json).ok()?;
        let streams = said.get("streams")?.as_array()?;
        let of_kind = |kind: &str| streams.iter().find(|stream| text(stream, "codec_type") == kind);
        let whole = said.get("format").and_then(|format| text(format, "bit_rate").parse().ok());
        let sound = of_kind("audio").map(|stream| {
            let codec = text(stream, "codec_name");
            // Without losses it is what comes of the sound.
            let is_lossy = LOSSY.iter().any(|(known, _)| *known == codec);
            let bit_rate = text(stream, "bit_rate").parse().ok().or(if streams.len() == 1 { whole } else { None });
            let (rate, sample) = (text(stream, "sample_rate"), text(stream, "sample_fmt"));
            Sound { codec, rate, layout: layout(stream), sample, bit_rate: bit_rate.filter(|_| is_lossy) }
        });
        let picture = of_kind("video").map(|stream| Picture {
            codec: text(stream, "codec_name"),
            pixels: text(stream, "pix_fmt"),
            profile: text(stream, "profile"),
        });
        Some(Self { sound, picture })
    }

    /// The form into which the rhythm is brought, so that the sound itself keeps its own: as a filter of ffmpeg.
    pub(super) fn sound_filter(&self) -> String {
        match &self.sound {
            Some(Sound { rate, layout, sample, .. }) => {
                format!("aformat=sample_rates={rate}:channel_layouts={layout}:sample_fmts={sample}")
            }
            None => "anull".to_owned(),
        }
    }

    /// The arguments that encode the sound as it was.
    pub(super) fn sound_encoder(&self) -> Result<Vec<String>, UnknownCodec> {
        let Some(sound) = &self.sound else { return Err(UnknownCodec { codec: "none".to_owned() }) };
        let of =
            |list: &[(&str, &'static str)]| list.iter().find(|(codec, _)| *codec == sound.codec).map(|(_, name)| *name);
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        if let Some(encoder) = of(&LOSSLESS) {
            return Ok(words(&["-c:a", encoder, "-sample_fmt", &sound.sample]));
        }
        if sound.codec.starts_with("pcm_") {
            return Ok(words(&["-c:a", &sound.codec]));
        }
        let encoder = of(&LOSSY).ok_or_else(|| UnknownCodec { codec: sound.codec.clone() })?;
        let mut arguments = words(&["-c:a", encoder]);
        if let Some(bit_rate) = sound.bit_rate {
            arguments.extend(["-b:a".to_owned(), bit_rate.to_string()]);
        }
        Ok(arguments)
    }

    /// The arguments that encode the picture as it was.
    pub(super) fn picture_encoder(&self) -> Result<Vec<String>, UnknownCodec> {
        let Some(picture) = &self.picture else { return Err(UnknownCodec { codec: "none".to_owned() }) };
        let known = PICTURES.iter().find(|(codec, _)| *codec == picture.codec);
        let (_, encoder) = known.ok_or_else(|| UnknownCodec { codec: picture.codec.clone() })?;
        let mut arguments = vec!["-c:v".to_owned()];
        arguments.extend(encoder.iter().map(|word| (*word).to_owned()));
        arguments.extend(["-pix_fmt".to_owned(), picture.pixels.clone()]);
        if picture.codec == "prores" {
            let profiles = ["Proxy", "LT", "Standard", "HQ", "4444", "XQ"];
            let number = profiles.iter().position(|profile| *profile == picture.profile).unwrap_or(3);
            arguments.extend(["-profile:v".to_owned(), number.to_string()]);
        }
        Ok(arguments)
    }
}

fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The names of the channels; by their number where the file has none.
fn layout(stream: &Value) -> String {
    let named = text(stream, "channel_layout");
    if !named.is_empty() && named != "unknown" {
        return named;
    }
    match text(stream, "channels").as_str() {
        "1" => "mono".to_owned(),
        "2" => "stereo".to_owned(),
        n => format!("{n}c"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = r#"{"programs":[],"streams":[
        {"codec_name":"hevc","profile":"Main 10","codec_type":"video","pix_fmt":"yuv420p10le"},
        {"codec_name":"flac","codec_type":"audio","sample_fmt":"s32","sample_rate":"96000","channels":1}],"format":{"bit_rate":"1000"}}"#;

    #[test]
    fn what_changes_is_encoded_as_it_was() {
        let streams = Streams::parse(SAID).unwrap();
        assert_eq!(streams.sound_filter(), "aformat=sample_rates=96000:channel_layouts=mono:sample_fmts=s32");
        assert_eq!(streams.sound_encoder().unwrap(), ["-c:a", "flac", "-sample_fmt", "s32"]);
        let picture = streams.picture_encoder().unwrap();
        assert_eq!(picture, ["-c:v", "libx265", "-crf", "18", "-pix_fmt", "yuv420p10le"]);
        let lossy = r#"{"streams":[{"codec_name":"aac","codec_type":"audio","sample_rate":"44100","channels":2,"bit_rate":"96000"}]}"#;
        assert_eq!(Streams::parse(lossy).unwrap().sound_encoder().unwrap(), ["-c:a", "aac", "-b:a", "96000"]);
    }

    #[test]
    fn what_cannot_be_encoded_so_again_is_refused() {
        let odd =
            r#"{"streams":[{"codec_name":"vc1","codec_type":"video"},{"codec_name":"wmav2","codec_type":"audio"}]}"#;
        let streams = Streams::parse(odd).unwrap();
        assert!(streams.picture_encoder().unwrap_err().to_string().contains("`vc1`"));
        assert!(streams.sound_encoder().unwrap_err().to_string().contains("`wmav2`"));
        assert_eq!(Streams::parse("{}"), None);
    }
}
