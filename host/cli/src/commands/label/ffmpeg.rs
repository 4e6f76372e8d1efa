//! Marks on videos and packed sounds, through ffmpeg.

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use specialis_label::Container;
use specialis_label::explicit::{self, FfmpegInput, Streams, VideoMark};

use super::said::{OrSay as _, said};
use super::stop;
use super::target::Goal;
use super::way::At;

/// The handle that a program is given, by the name under which it can open it.
const STDIN: &str = "/dev/stdin";

/// The program, and where it puts the rhythm around a sound.
pub(super) struct Ffmpeg<'a> {
    pub(super) program: &'a str,
    pub(super) at: At,
}

impl Ffmpeg<'_> {
    /// Runs ffmpeg into a folder beside the goal; the result takes the goal's name when the label in its metadata came along.
    ///
    /// ffmpeg reads other files and fetches from the network where a file asks for that. So it gets the format that was recognized,
    /// the handle that was looked at, and leave to open files alone.
    pub(super) fn mark(&self, (path, file): (&Path, &mut File), goal: &Goal, video: Option<&VideoMark>) -> Result<()> {
        let container = Container::recognize(file)?;
        let (Some(container), Some(format)) = (container, container.and_then(explicit::ffmpeg_format)) else {
            return Err(said(
                "its content is not recognized as a sound or a video, and ffmpeg is not asked to read anything else",
                "内容不是能识别的音频或者视频，不交给 ffmpeg 读取",
            ));
        };
        let folder = goal.part_folder()?;
        let extension = goal.path().extension().or(path.extension()).unwrap_or_default();
        let output = folder.file("out").with_extension(extension);
        let text = |path: &Path| {
            let name = path.to_str().map(str::to_owned);
            name.or_say(|| ("ffmpeg needs names of files in UTF-8; rename it", "ffmpeg 只接受 UTF-8 的文件名；请改名"))
        };
        let beside = folder.file(if video.is_some() { "mark.png" } else { "rhythm.wav" });
        match video {
            Some(mark) => fs::write(&beside, explicit::plate(&mark.wording, mark.frame.0, mark.frame.1)?)?,
            None => fs::write(&beside, explicit::rhythm_wav())?,
        }
        let (input, own, written) = (FfmpegInput { format, path: STDIN }, text(&beside)?, text(&output)?);
        let streams = self.streams(&input, file, video)?;
        let arguments = match video {
            Some(mark) => mark.ffmpeg_arguments(&streams, &input, &own, &written)?,
            None => self.at.cue().ffmpeg_arguments(&streams, &input, &own, &written)?,
        };
        file.rewind()?;
        let ran = stop::output(Command::new(self.program).args(&arguments).stdin(file.try_clone()?));
        let ran = ran.or_say(|| {
            let (en, zh) = self.by_hand(video);
            (format!("`{}` cannot be run; {en}", self.program), format!("不能运行 `{}`；{zh}", self.program))
        })?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).map(str::trim);
            return Err(self.failed(last, video));
        }
        came_along((file, container), (&mut folder.open(&output)?, &output))?;
        folder.finish(&output)
    }

    /// Whether a sound or a video has its mark already. Where the program cannot tell, it has none: marking it says why.
    pub(super) fn is_marked(&self, file: &mut File, video: Option<&VideoMark>) -> Result<bool> {
        if let Some(mark) = video {
            let frame = self.first_frame(file)?;
            return Ok(frame.is_some_and(|frame| mark.is_drawn(&frame).unwrap_or(false)));
        }
        let Some(input) = input_of(file)? else { return Ok(false) };
        for arguments in self.at.cue().heard_arguments(&input) {
            if !self.gives(file, arguments)?.is_some_and(|stretch| explicit::hears_rhythm(&stretch)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first frame of a video, a PNG; nothing where the program gives none.
    pub(super) fn first_frame(&self, file: &mut File) -> Result<Option<Vec<u8>>> {
        let Some(input) = input_of(file)? else { return Ok(None) };
        self.gives(file, VideoMark::first_frame_arguments(&input))
    }

    /// What the program writes to its standard output; nothing where it fails.
    fn gives(&self, file: &mut File, arguments: Vec<String>) -> Result<Option<Vec<u8>>> {
        file.rewind()?;
        let ran = stop::output(Command::new(self.program).args(arguments).stdin(file.try_clone()?));
        Ok(ran.ok().filter(|ran| ran.status.success()).map(|ran| ran.stdout))
    }

    /// A WebP with losses of a PNG that was drawn on.
    pub(super) fn webp(&self, png: &[u8]) -> Result<Vec<u8>> {
        let mut input = tempfile::tempfile().or_say(|| ("no temporary file can be made", "不能建立临时文件"))?;
        input.write_all(png)?;
        input.rewind()?;
        let start = ["-v", "error", "-nostdin"].map(str::to_owned);
        let picture = FfmpegInput { format: "png_pipe", path: STDIN }.arguments();
        let end = ["-c:v", "libwebp", "-lossless", "0", "-quality", "92", "-f", "webp", "pipe:1"];
        let ran = stop::output(Command::new(self.program).args(start).args(picture).args(end).stdin(input));
        let program = self.program;
        let ran = ran.or_say(|| {
            (
                format!("`{program}` cannot be run, and a WebP with losses needs it; install it, or convert it to PNG"),
                format!("不能运行 `{program}`，有损的 WebP 需要它；请安装，或者转换为 PNG"),
            )
        })?;
        if !ran.status.success() || ran.stdout.is_empty() {
            return Err(said(
                format!("`{program}` could not encode it as WebP; convert it to PNG first"),
                format!("`{program}` 不能编码为 WebP；请先转换为 PNG"),
            ));
        }
        Ok(ran.stdout)
    }

    /// How the file is encoded, as the program that comes with ffmpeg says.
    fn streams(&self, input: &FfmpegInput<'_>, file: &mut File, video: Option<&VideoMark>) -> Result<Streams> {
        let probe = Path::new(self.program).with_file_name("ffprobe");
        file.rewind()?;
        let ran = stop::output(Command::new(&probe).args(Streams::ffprobe_arguments(input)).stdin(file.try_clone()?));
        let ran = ran.or_say(|| {
            let (en, zh) = self.by_hand(video);
            (
                format!("`{}` cannot be run, or the ffprobe that comes with it; {en}", self.program),
                format!("不能运行 `{}` 或者与之配套的 ffprobe；{zh}", self.program),
            )
        })?;
        let said = Streams::parse(&String::from_utf8_lossy(&ran.stdout)).filter(|_| ran.status.success());
        said.or_say(|| {
            let probe = probe.display();
            (
                format!("`{probe}` cannot tell how it is encoded; restore the file from its source"),
                format!("`{probe}` 不能说明其编码；请重新取得文件"),
            )
        })
    }

    /// The program ended without a result; `last` is what it said last.
    fn failed(&self, last: Option<&str>, video: Option<&VideoMark>) -> anyhow::Error {
        let (program, (en, zh)) = (self.program, self.by_hand(video));
        said(
            format!("`{program}` could not mark it ({}); {en}", last.unwrap_or("it said nothing")),
            format!("`{program}` 未能加上标识（{}）；{zh}", last.unwrap_or("没有输出")),
        )
    }

    /// What a person can do without the program, in English and in Chinese.
    fn by_hand(&self, video: Option<&VideoMark>) -> (String, String) {
        match video {
            Some(VideoMark { wording, height, milliseconds, .. }) => (
                format!(
                    "draw `{wording}` at least {height} pixels high on the first {milliseconds} milliseconds, and show it \
                     around the player"
                ),
                format!(
                    "请在前 {milliseconds} 毫秒的画面上绘制 `{wording}`，高度不小于 {height} 像素，并在播放器周边显示"
                ),
            ),
            None => {
                let (en, zh) = match self.at {
                    At::Start => ("start", "开头"),
                    At::End => ("end", "结尾"),
                    At::Both => ("start and the end", "开头和结尾"),
                };
                (
                    format!(
                        "play the rhythm, short long and short short, at the {en}, or say it in a voice of normal speed"
                    ),
                    format!("请在{zh}播放“短长 短短”节奏，或者以正常语速说出"),
                )
            }
        }
    }
}

/// Whether what stood in the metadata of one file stands in those of the other.
fn came_along((before, container): (&mut File, Container), (after, path): (&mut File, &Path)) -> Result<()> {
    let labels = |file: &mut File, container: Container| -> Result<Vec<String>> {
        let reading = specialis_label::read(file, container)?;
        Ok(reading.labels.into_iter().map(|found| found.label.text).collect())
    };
    let written =
        Container::detect(after, path)?.or_say(|| ("ffmpeg wrote an unknown format", "ffmpeg 写出的格式未知"))?;
    if labels(before, container)? != labels(after, written)? {
        return Err(said(
            "its label would not come along into this format; name an `--output` of the same format as the file",
            "标识不能带入此格式；请用 `--output` 指明与原文件相同的格式",
        ));
    }
    Ok(())
}

/// A file on standard input, by the format that is recognized; nothing where ffmpeg is not asked about that format.
fn input_of(file: &mut File) -> Result<Option<FfmpegInput<'static>>> {
    let format = Container::recognize(file)?.and_then(explicit::ffmpeg_format);
    Ok(format.map(|format| FfmpegInput { format, path: STDIN }))
}
