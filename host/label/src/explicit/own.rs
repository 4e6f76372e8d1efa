//! Marks as this crate puts them: found where it would put them, exactly. What others drew is for a reader of pixels.

use std::io::{BufReader, Read, Seek, SeekFrom};

use image::{DynamicImage, ImageDecoder as _, ImageReader};

use super::image::{Corner, is_drawn};
use super::picture::{MarkError, drawn_format};
use super::plate::bounded;
use super::words::{FoundMark, MarkPlace};
use super::{Cue, Wording, around_mp3, gif, has_rhythm, webp};
use crate::container::{Container, pdf_mark_on};
use crate::error::LabelError;
use crate::source::Source;

/// How the rhythm is written: short, long, short, short.
pub const RHYTHM_IN_WORDS: &str = "短长 短短";

/// The first mark of this crate on a picture, in a corner of the first frame of one that moves, on a page of a PDF, or around a WAV or
/// MP3: any of its own wordings, in any of its places. Nothing where there is none, and for all other formats.
///
/// Of a picture that moves nothing behind the first frame is read.
///
/// # Errors
///
/// If the file is damaged, too large or cannot be read, or its pixels cannot be decoded.
#[expect(clippy::wildcard_enum_match_arm, reason = "on every other kind of file no mark is set here")]
pub fn own_mark<R: Read + Seek>(source: &mut R, container: Container) -> Result<Option<FoundMark>, MarkError> {
    match container {
        Container::Pdf => on_pages(source),
        Container::Wav => around(|cue| has_rhythm(source, cue)),
        Container::Mp3 => around(|cue| Ok(around_mp3(source, cue, false)?.is_none())),
        Container::Gif => {
            let first = gif::FirstFrame::of(source)?;
            Ok(first.and_then(|first| first_corner(|wording, corner| first.has(wording, corner))))
        }
        Container::Png | Container::Jpeg | Container::WebP => {
            if container == Container::WebP
                && let Some(first) = webp::FirstFrame::of(source)?
            {
                return Ok(first_corner(|wording, corner| first.has(wording, corner)));
            }
            let Some(format) = drawn_format(container) else { return Ok(None) };
            source.seek(SeekFrom::Start(0)).map_err(LabelError::from)?;
            let mut decoder = ImageReader::with_format(BufReader::new(source), format).into_decoder()?;
            let (width, height) = decoder.dimensions();
            bounded(width, height)?;
            let orientation = decoder.orientation()?;
            let mut picture = DynamicImage::from_decoder(decoder)?;
            picture.apply_orientation(orientation);
            let picture = picture.to_rgba8();
            // A wording that does not fit was not drawn.
            Ok(first_corner(|wording, corner| is_drawn(&picture, wording, corner).unwrap_or(false)))
        }
        _ => Ok(None),
    }
}

/// The first corner in which one of the wordings stands.
fn first_corner(is_there: impl Fn(&Wording, Corner) -> bool) -> Option<FoundMark> {
    let found = Wording::own().into_iter().find(|wording| Corner::ALL.iter().any(|corner| is_there(wording, *corner)));
    found.map(|wording| FoundMark { text: wording.to_string(), place: MarkPlace::Corner })
}

fn on_pages<R: Read + Seek>(source: &mut R) -> Result<Option<FoundMark>, MarkError> {
    let found = pdf_mark_on(&mut Source::new(source, Container::Pdf)?)?;
    Ok(found.filter(|(text, _)| Wording::new(text).is_ok()).map(|(text, is_last)| {
        let place = if is_last { MarkPlace::End } else { MarkPlace::Start };
        FoundMark { text, place }
    }))
}

fn around(mut is_there: impl FnMut(Cue) -> Result<bool, LabelError>) -> Result<Option<FoundMark>, MarkError> {
    for (cue, place) in [(Cue::Start, MarkPlace::Start), (Cue::End, MarkPlace::End)] {
        if is_there(cue)? {
            return Ok(Some(FoundMark { text: RHYTHM_IN_WORDS.to_owned(), place }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor};

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::super::picture::{PictureMark, encoded};
    use super::super::{Position, in_gif, in_pdf, in_webp};
    use super::*;
    use crate::container::riff_chunk;
    use crate::edits::Edits;

    /// A file that counts what is read of it.
    struct Counted {
        file: Cursor<Vec<u8>>,
        n_read: u64,
    }

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.file.read(buffer)?;
            self.n_read += n as u64;
            Ok(n)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    /// What is found, and how many bytes were read for it.
    fn counted(file: &[u8], container: Container) -> (Option<FoundMark>, u64) {
        let mut file = Counted { file: Cursor::new(file.to_vec()), n_read: 0 };
        let found = own_mark(&mut file, container).unwrap();
        (found, file.n_read)
    }

    const SIDES: [u16; 2] = [320, 200];

    /// Pixels that pack badly, as those of films do.
    fn noise(n: usize) -> impl Iterator<Item = u8> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        std::iter::successors(Some(7), next).take(n).map(|state| (state >> 24) as u8)
    }

    fn gif(n_frames: usize) -> Vec<u8> {
        let [width, height] = SIDES.map(u16::to_le_bytes);
        let pixels: Vec<u8> = noise(64_000).map(|byte| byte % 64).collect();
        let packed = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, 6).encode(&pixels).unwrap();
        let parts = packed.chunks(255).flat_map(|part| [&[part.len() as u8], part].concat()).collect::<Vec<u8>>();
        let frame = [b",\0\0\0\0".as_slice(), &width, &height, &[0, 6], &parts, &[0]].concat();
        let table: Vec<u8> = (0..64_u8).flat_map(|n| [n * 3 + 20, 90, 60]).collect();
        [b"GIF89a".as_slice(), &width, &height, &[0x85, 0, 0], &table, &frame.repeat(n_frames), b";"].concat()
    }

    fn webp(n_frames: usize) -> Vec<u8> {
        let [width, height] = SIDES.map(u32::from);
        let mut pixels = noise(192_000);
        let picture = RgbaImage::from_fn(width, height, |_, _| {
            let [r, g, b] = std::array::from_fn(|_| pixels.next().unwrap());
            Rgba([r, g, b, 255])
        });
        let picture = encoded(&DynamicImage::ImageRgba8(picture), ImageFormat::WebP).unwrap();
        let three = |n: u32| n.to_le_bytes()[..3].to_vec();
        let sides = [three(width - 1), three(height - 1)].concat();
        let frame = riff_chunk(*b"ANMF", &[&[0; 6], sides.as_slice(), &[70, 0, 0, 2], &picture[12..]].concat());
        let header = riff_chunk(*b"VP8X", &[&[2, 0, 0, 0], sides.as_slice()].concat());
        let body = [b"WEBP".to_vec(), header, riff_chunk(*b"ANIM", &[0; 6]), frame.repeat(n_frames)].concat();
        riff_chunk(*b"RIFF", &body)
    }

    fn applied(edits: &Edits, file: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        edits.apply(&mut Cursor::new(file), &mut out).unwrap();
        out
    }

    #[test]
    fn looking_at_a_picture_that_moves_costs_the_same_however_many_frames_it_has() {
        for (container, few, many) in [(Container::Gif, gif(6), gif(12)), (Container::WebP, webp(6), webp(12))] {
            let ((found, n_few), (other, n_many)) = (counted(&few, container), counted(&many, container));
            assert_eq!((found, other), (None, None), "{container}");
            assert_eq!(n_few, n_many, "{container}: bytes read with 6 frames and with 12");
            assert!(n_few < few.len() as u64 / 2, "{container}: {n_few} of {}", few.len());
        }
    }

    #[test]
    fn a_mark_on_a_picture_that_moves_is_found_in_every_corner_and_wording() {
        let wordings = ["AI生成", "疑似AI生成", "此内容由AI生成"].map(|text| Wording::new(text).unwrap());
        for (wording, corner) in wordings.iter().flat_map(|wording| Corner::ALL.map(|corner| (wording, corner))) {
            let expected = FoundMark { text: wording.to_string(), place: MarkPlace::Corner };
            let (old_gif, old_webp) = (gif(2), webp(2));
            let edits = in_gif(&mut Cursor::new(&old_gif), wording, corner, false).unwrap();
            let new_gif = applied(&edits, &old_gif);
            let mark = PictureMark { wording, corner, again: false, lossy: None };
            let edits = in_webp(&mut Cursor::new(&old_webp), mark).unwrap();
            let new_webp = applied(&edits, &old_webp);
            for (container, file) in [(Container::Gif, new_gif), (Container::WebP, new_webp)] {
                let (found, _) = counted(&file, container);
                assert_eq!(found.as_ref(), Some(&expected), "{container}, {corner:?}");
            }
        }
    }

    #[test]
    fn a_first_frame_that_leaves_the_corner_alone_has_no_mark() {
        let file = gif(1);
        // The picture is larger than its only frame.
        let wide = [&file[..6], &[0x80, 2], &file[8..]].concat();
        assert_eq!(counted(&wide, Container::Gif).0, None);
        let edits = in_gif(&mut Cursor::new(&file), &Wording::default(), Corner::BottomRight, false).unwrap();
        assert!(counted(&applied(&edits, &file), Container::Gif).0.is_some());
        assert_eq!(counted(b"GIF89a\x40\x01\xC8\0\0\0\0;", Container::Gif).0, None, "no frame at all");
    }

    #[test]
    fn a_pdf_is_opened_once_for_all_wordings() {
        let objects = [
            "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
            "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
            "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>\nendobj\n",
        ];
        // The last line points nowhere, so that opening the document takes a look at all of it.
        let filling = format!("% {}\n", "-".repeat(100_000));
        let end = "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n7\n%%EOF\n";
        let pages = ["%PDF-1.4\n", &objects.concat(), &filling, end].concat().into_bytes();
        let wording = Wording::new("本内容由AI合成").unwrap();
        let mut file = Counted { file: Cursor::new(pages.clone()), n_read: 0 };
        let edits = in_pdf(&mut file, &wording, &[Position::End], false).unwrap().unwrap();
        let (found, n_read) = counted(&pages, Container::Pdf);
        assert_eq!(found, None);
        assert!(n_read <= 2 * file.n_read, "{n_read} bytes for all wordings, {} for one", file.n_read);
        let (found, _) = counted(&applied(&edits, &pages), Container::Pdf);
        assert_eq!(found, Some(FoundMark { text: wording.to_string(), place: MarkPlace::Start }), "its only page");
    }
}
