//! The formats: which there are, how they are told apart, and where each keeps its label.

mod ape;
mod avi;
mod chinese;
mod epub;
mod exif;
mod flac;
mod flv;
mod gif;
mod heif;
mod html;
mod id3;
mod jpeg;
mod markdown;
mod marked;
mod matroska;
mod mp3;
mod mp4;
mod odf;
mod ofd;
mod office;
mod ogg;
mod part;
mod pdf;
mod png;
mod readable;
mod riff;
mod side;
mod svg;
mod tiff;
mod wav;
mod webp;
mod zip;

mod frame;

pub(crate) use frame::size as frame_size;
#[cfg(feature = "draw")]
pub(crate) use gif::{GifFrame, first_frame as gif_first_frame, frames as gif_frames};
pub(crate) use html::body_start;
pub(crate) use markdown::body_start as markdown_body;
pub(crate) use marked::{Places, office as office_marked};
pub(crate) use mp3::sound as mp3_sound;
#[cfg(feature = "draw")]
pub(crate) use pdf::{Outline, mark_on as pdf_mark_on, marked as pdf_marked};
#[cfg(feature = "draw")]
pub(crate) use png::redrawn as png_redrawn;
pub(crate) use readable::readable;
pub(crate) use riff::{chunk as riff_chunk, resize as riff_resize};
pub(crate) use wav::{WavLayout, layout as wav_layout};
#[cfg(feature = "draw")]
pub(crate) use webp::{
    WebPFrame, first_frame as webp_first_frame, frames as webp_frames, is_lossy as webp_is_lossy,
    redrawn as webp_redrawn,
};

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::Label;
use crate::reading::Reading;
use crate::source::{Media, Source, find};

macro_rules! containers {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $module:ident, [$($extension:literal),+], $place:literal;)+) => {
        /// A format of files that can carry a label.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Container {
            $($(#[$doc])* $variant,)+
        }

        impl Container {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name, as people write it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Where a label is written in it.
            pub fn place(self) -> &'static str {
                match self { $(Self::$variant => $place,)+ }
            }

            /// The ends of names that its files have.
            pub fn extensions(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($extension),+],)+ }
            }

            pub(crate) fn read(self, source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
                match self { $(Self::$variant => $module::read(source, reading),)+ }
            }

            pub(crate) fn edits(self, source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
                match self { $(Self::$variant => $module::edits(source, label),)+ }
            }
        }
    };
}

containers! {
    /// PNG, also animated.
    Png = "PNG", png, ["png", "apng"], "iTXt chunk with XMP, property TC260:AIGC";
    /// JPEG.
    Jpeg = "JPEG", jpeg, ["jpg", "jpeg", "jpe", "jfif"], "APP1 segment with XMP, property TC260:AIGC";
    /// WebP, also animated.
    WebP = "WebP", webp, ["webp"], "XMP chunk, property TC260:AIGC";
    /// GIF.
    Gif = "GIF", gif, ["gif"], "application extension with XMP, property TC260:AIGC";
    /// TIFF and BigTIFF.
    Tiff = "TIFF", tiff, ["tif", "tiff"], "tag 700 with XMP, property TC260:AIGC";
    /// HEIC, HEIF and AVIF.
    Heif = "HEIF", heif, ["heic", "heif", "hif", "avif", "heics", "avifs"], "item with XMP, property TC260:AIGC";
    /// MP4, MOV and M4A.
    Mp4 = "MP4", mp4, ["mp4", "mov", "m4a", "m4v", "m4b", "qt", "3gp"], "moov.udta.meta, key AIGC";
    /// Matroska and WebM.
    Matroska = "Matroska", matroska, ["mkv", "webm", "mka"], "Tags, SimpleTag AIGC";
    /// AVI.
    Avi = "AVI", avi, ["avi"], "LIST INFO, entry AIGC";
    /// FLV.
    Flv = "FLV", flv, ["flv"], "onMetaData, entry AIGC";
    /// WAV and RF64.
    Wav = "WAV", wav, ["wav", "rf64", "bwf"], "chunk AIGC";
    /// MP3.
    Mp3 = "MP3", mp3, ["mp3"], "ID3v2 frame TXXX, description AIGC";
    /// FLAC.
    Flac = "FLAC", flac, ["flac"], "comment AIGC";
    /// Ogg with Opus, Vorbis, FLAC, Speex or Theora.
    Ogg = "Ogg", ogg, ["ogg", "opus", "oga", "ogv", "ogx", "spx"], "comment AIGC";
    /// PDF.
    Pdf = "PDF", pdf, ["pdf"], "information dictionary, entry /AIGC";
    /// DOCX, XLSX and PPTX.
    Office = "office document", office, ["docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "xltx", "potx", "dotm", "xltm", "potm", "ppsx", "ppsm"], "docProps/custom.xml, property AIGC";
    /// ODT, ODS and ODP.
    Odf = "OpenDocument", odf, ["odt", "ods", "odp", "odg", "ott", "ots", "otp"], "meta.xml, property AIGC";
    /// OFD.
    Ofd = "OFD", ofd, ["ofd"], "OFD.xml, custom data AIGC";
    /// EPUB.
    Epub = "EPUB", epub, ["epub"], "package document, meta AIGC";
    /// SVG.
    Svg = "SVG", svg, ["svg"], "metadata with XMP, property TC260:AIGC";
    /// HTML.
    Html = "HTML", html, ["html", "htm", "xhtml"], "meta AIGC in the head";
    /// Markdown.
    Markdown = "Markdown", markdown, ["md", "markdown", "mdx", "qmd"], "front matter, AIGC";
    /// The side file of a plain text; see [`Container::side_file`].
    Side = "side file", side, ["aigc.json"], "the whole file";
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Container {
    /// Whether its files are text, where a mapping may stand for the JSON of the standard.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Markdown)
    }

    /// The format that a file's name speaks of; nothing for a name that speaks of none.
    pub fn of_name(path: &Path) -> Option<Self> {
        // Whatever encoding the rest of the name has, its end is ASCII.
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let ends = |extension: &&str| name.strip_suffix(*extension).is_some_and(|stem| stem.ends_with('.'));
        Self::ALL.iter().copied().find(|container| container.extensions().iter().any(ends))
    }

    /// The format of a file by what it holds, else by its name: many a file is called otherwise than it is.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn detect(source: &mut impl Media, path: &Path) -> Result<Option<Self>, LabelError> {
        let named = Self::of_name(path);
        if named == Some(Self::Side) {
            return Ok(named);
        }
        let mut source = Source::new(source, named.unwrap_or(Self::Pdf))?;
        let prefix = source.prefix(1024)?;
        Ok(of_content(&prefix, &mut source).or(named))
    }

    /// The format of a file by what it holds alone. Text has no sign of its format, and is not recognized.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn recognize(source: &mut impl Media) -> Result<Option<Self>, LabelError> {
        let mut source = Source::new(source, Self::Pdf)?;
        let prefix = source.prefix(1024)?;
        Ok(of_content(&prefix, &mut source))
    }

    /// Whether a file has no place for metadata of its own, and its label stands beside it: plain text, tables, data, subtitles.
    pub fn has_side_file(path: &Path) -> bool {
        const ENDS: [&str; 10] = ["txt", "csv", "tsv", "json", "jsonl", "srt", "vtt", "ass", "lrc", "log"];
        let is_side = Self::of_name(path) == Some(Self::Side);
        !is_side && path.extension().is_some_and(|end| ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)))
    }

    /// The file beside a plain text that holds its label: `a.txt` has `a.txt.aigc.json`.
    pub fn side_file(text: &Path) -> PathBuf {
        let mut name = text.as_os_str().to_owned();
        name.push(".aigc.json");
        PathBuf::from(name)
    }
}

/// The brands of pictures that are built as videos are.
const PICTURES: [&[u8]; 10] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"];

fn of_content(prefix: &[u8], source: &mut Source<'_>) -> Option<Container> {
    let starts = |mark: &[u8]| prefix.starts_with(mark);
    let form = prefix.get(8..12);
    let brand = prefix.get(4..8);
    if starts(&png::SIGNATURE) {
        Some(Container::Png)
    } else if starts(&[0xFF, 0xD8, 0xFF]) {
        Some(Container::Jpeg)
    } else if starts(b"RIFF") && form == Some(b"WEBP") {
        Some(Container::WebP)
    } else if (starts(b"RIFF") || starts(b"RF64")) && form == Some(b"WAVE") {
        Some(Container::Wav)
    } else if starts(b"GIF8") {
        Some(Container::Gif)
    } else if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|mark| starts(*mark)) {
        Some(Container::Tiff)
    } else if avi::is_one(prefix) {
        Some(Container::Avi)
    } else if brand == Some(b"ftyp") && form.is_some_and(|form| PICTURES.contains(&form)) {
        Some(Container::Heif)
    } else if brand.is_some_and(|brand| matches!(brand, b"ftyp" | b"moov" | b"mdat" | b"wide")) {
        Some(Container::Mp4)
    } else if starts(&[0x1A, 0x45, 0xDF, 0xA3]) {
        Some(Container::Matroska)
    } else if starts(b"fLaC") {
        Some(Container::Flac)
    } else if starts(b"OggS") {
        Some(Container::Ogg)
    } else if starts(b"FLV") {
        Some(Container::Flv)
    } else if starts(b"ID3") {
        let tag = id3::total(prefix)?;
        let is_flac = source.array::<4>(tag, "the header").is_ok_and(|mark| mark == *b"fLaC");
        Some(if is_flac { Container::Flac } else { Container::Mp3 })
    } else if find(prefix, b"%PDF-", 0).is_some() {
        Some(Container::Pdf)
    } else if starts(b"PK\x03\x04") {
        let archive = zip::Archive::read(source).ok()?;
        if office::is_one(&archive) {
            Some(Container::Office)
        } else if ofd::is_one(&archive) {
            Some(Container::Ofd)
        } else if odf::is_one(&archive, source) {
            Some(Container::Odf)
        } else {
            epub::is_one(&archive, source).then_some(Container::Epub)
        }
    } else if svg::is_one(prefix) {
        Some(Container::Svg)
    } else if html::is_one(prefix) {
        Some(Container::Html)
    } else {
        id3::is_sound(prefix).then_some(Container::Mp3)
    }
}
