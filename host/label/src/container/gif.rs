//! GIF: an application extension with an XMP packet.

#[cfg(feature = "draw")]
use std::rc::Rc;

use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_METADATA, MAX_PIECES};
use crate::reading::{Reading, Remark};
use crate::source::Source;
use crate::xml::XmlProblem;
use crate::xmp;

const XMP_NAME: &[u8; 11] = b"XMP DataXMP";
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const APPLICATION: u8 = 0xFF;
const COMMENT: u8 = 0xFE;
const PLAIN_TEXT: u8 = 0x01;

enum Block {
    /// An XMP packet, its stretch with everything around it.
    Xmp {
        from: u64,
        to: u64,
        packet: Vec<u8>,
    },
    /// A text, with what stands before its blocks.
    Text {
        from: u64,
        to: u64,
        head: Vec<u8>,
        text: Vec<u8>,
    },
    C2pa {
        from: u64,
    },
    /// The end of the format.
    Trailer {
        at: u64,
    },
}

fn table_size(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3_u64.saturating_mul(2_u64 << (flags & 7)) }
}

/// Passes sub-blocks; keeps their bytes, with those of their lengths where `keep_lengths`, up to a limit.
fn sub_blocks(source: &mut Source<'_>, mut at: u64, mut keep: Option<(&mut Vec<u8>, bool)>) -> Result<u64, LabelError> {
    loop {
        let [len] = source.array(at, "a block of data")?;
        let end = at.saturating_add(1).saturating_add(u64::from(len));
        if end > source.len() {
            return Err(LabelError::truncated(Container::Gif, at, "a block of data"));
        }
        if let Some((kept, with_lengths)) = &mut keep {
            let from = if *with_lengths { at } else { at.saturating_add(1) };
            let bytes = source.bytes(from, end.saturating_sub(from), MAX_METADATA, "a block of data")?;
            kept.extend(bytes);
            if kept.len() > MAX_METADATA {
                return Err(LabelError::too_large(Container::Gif, "an extension", MAX_METADATA));
            }
        }
        at = end;
        if len == 0 {
            return Ok(at);
        }
    }
}

/// Where blocks begin, behind header and table of colors.
fn start(source: &mut Source<'_>) -> Result<u64, LabelError> {
    let head = source.array::<13>(0, "the header")?;
    if !head.starts_with(b"GIF87a") && !head.starts_with(b"GIF89a") {
        return Err(source.broken(0, "this is no GIF", "check what the file is"));
    }
    Ok(13_u64.saturating_add(table_size(head.get(10).copied().unwrap_or_default())))
}

/// Visits what may say something.
fn walk(source: &mut Source<'_>, mut visit: impl FnMut(Block) -> Result<(), LabelError>) -> Result<(), LabelError> {
    let mut at = start(source)?;
    for _ in 0..MAX_PIECES {
        let [kind] = source.array(at, "a block")?;
        match kind {
            TRAILER => {
                return visit(Block::Trailer { at });
            }
            IMAGE => {
                let [flags] = source.array(at.saturating_add(9), "an image")?;
                // Descriptor, table, and one byte that says how the data are coded.
                let data = at.saturating_add(10).saturating_add(table_size(flags)).saturating_add(1);
                at = sub_blocks(source, data, None)?;
            }
            EXTENSION => at = extension(source, at, &mut visit)?,
            _ => return Err(source.broken(at, "no block begins here", "restore the file from its source")),
        }
    }
    Err(LabelError::endless(Container::Gif))
}

fn extension(
    source: &mut Source<'_>,
    at: u64,
    visit: &mut impl FnMut(Block) -> Result<(), LabelError>,
) -> Result<u64, LabelError> {
    let [kind] = source.array(at.saturating_add(1), "an extension")?;
    let body = at.saturating_add(2);
    if kind == COMMENT {
        return text(source, (at, body), visit);
    }
    let [len] = source.array(body, "an extension")?;
    let name = source.bytes(body.saturating_add(1), u64::from(len), MAX_METADATA, "an extension")?;
    let data = body.saturating_add(1).saturating_add(u64::from(len));
    if kind == APPLICATION && name == XMP_NAME {
        // The packet stands there in one piece; its bytes only look like lengths. 257 bytes behind it, counting down, lead
        // any reader of sub-blocks to the end.
        let mut bytes = Vec::new();
        let to = sub_blocks(source, data, Some((&mut bytes, true)))?;
        let trailer = bytes.windows(2).rposition(|pair| pair == [1, 0xFF]);
        bytes.truncate(trailer.unwrap_or(bytes.len()));
        visit(Block::Xmp { from: at, to, packet: bytes })?;
        return Ok(to);
    }
    if kind == APPLICATION && name.starts_with(b"C2PA_GIF") {
        visit(Block::C2pa { from: at })?;
    } else if matches!(kind, APPLICATION | PLAIN_TEXT) {
        return text(source, (at, data), visit);
    }
    sub_blocks(source, data, None)
}

/// Visits the text of an extension that begins at a place, its blocks behind that.
fn text(
    source: &mut Source<'_>,
    (from, data): (u64, u64),
    visit: &mut impl FnMut(Block) -> Result<(), LabelError>,
) -> Result<u64, LabelError> {
    let head = source.bytes(from, data.saturating_sub(from), MAX_METADATA, "an extension")?;
    let mut text = Vec::new();
    let to = sub_blocks(source, data, Some((&mut text, false)))?;
    visit(Block::Text { from, to, head, text })?;
    Ok(to)
}

/// What an extension is called that begins so.
fn name(head: &[u8]) -> String {
    match head {
        [EXTENSION, COMMENT, ..] => "comment extension".to_owned(),
        [EXTENSION, APPLICATION, _, name @ ..] => {
            format!("application extension {}", String::from_utf8_lossy(name).trim_matches(['\0', ' ']))
        }
        _ => "plain text extension".to_owned(),
    }
}

/// Width and height of what is shown.
pub(super) fn size(source: &mut Source<'_>) -> Result<(u32, u32), LabelError> {
    let [a, b, c, d] = source.array::<4>(6, "the header")?;
    Ok((u32::from(u16::from_le_bytes([a, b])), u32::from(u16::from_le_bytes([c, d]))))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let len = source.len();
    walk(source, |block| {
        match block {
            Block::Xmp { from, packet, .. } => {
                for found in xmp::labels(&packet) {
                    reading.found(
                        format!("application extension XMP, {}", found.name),
                        from,
                        found.is_standard,
                        found.label,
                    )?;
                }
            }
            Block::Text { from, head, text, .. } => {
                for found in embedded::labels_in(&String::from_utf8_lossy(&text)) {
                    reading.found(name(&head), from, false, found.label)?;
                }
            }
            Block::C2pa { from } if cfg!(feature = "c2pa") => {
                reading.remark(Remark::C2pa(format!("byte {from}, application extension")));
            }
            Block::Trailer { at } if at.saturating_add(1) < len => {
                reading.remark(Remark::Trailing(format!("byte {}", at.saturating_add(1))));
            }
            Block::C2pa { .. } | Block::Trailer { .. } => {}
        }
        Ok(())
    })
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let mut old: Option<(u64, u64, Vec<u8>)> = None;
    let mut trailer = source.len();
    walk(source, |block| {
        match block {
            Block::Xmp { from, to, packet } if old.is_none() => old = Some((from, to, packet)),
            Block::Xmp { from, to, packet } if !xmp::labels(&packet).is_empty() => {
                let rest = xmp::without_label(&packet).map_err(|problem| broken_packet(from, &problem))?;
                edits.replace(from, to, xmp_block(&rest));
            }
            Block::Text { from, to, head, text } => match embedded::bytes_without_labels("", &text) {
                Remainder::Unchanged => {}
                Remainder::Nothing => edits.remove(from, to),
                Remainder::Text(rest) => edits.replace(from, to, text_block(head, &rest)),
            },
            Block::Trailer { at } => trailer = at,
            Block::Xmp { .. } | Block::C2pa { .. } => {}
        }
        Ok(())
    })?;
    // Before the trailer, so that no graphic control extension is parted from its image.
    let (from, to, packet) = old.map_or((trailer, trailer, None), |(from, to, packet)| (from, to, Some(packet)));
    let packet = xmp::with_label(packet.as_deref(), label).map_err(|problem| broken_packet(from, &problem))?;
    edits.replace(from, to, xmp_block(&packet));
    // Extensions came with the later version of the format.
    edits.replace(4, 5, b"9".to_vec());
    Ok(edits)
}

fn broken_packet(at: u64, problem: &XmlProblem) -> LabelError {
    let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
    LabelError::broken(Container::Gif, at, what, "remove or repair the packet, for example with exiftool")
}

fn xmp_block(packet: &[u8]) -> Vec<u8> {
    let mut block = vec![EXTENSION, APPLICATION, u8::try_from(XMP_NAME.len()).unwrap_or_default()];
    block.extend(XMP_NAME);
    block.extend(packet);
    block.push(1);
    block.extend((0..=0xFF).rev());
    block.push(0);
    block
}

fn text_block(head: Vec<u8>, text: &[u8]) -> Vec<u8> {
    let mut block = head;
    for part in text.chunks(0xFF) {
        block.push(u8::try_from(part.len()).unwrap_or_default());
        block.extend(part);
    }
    block.push(0);
    block
}

/// One frame: how it is shown, where it stands, and its colors.
#[cfg(feature = "draw")]
pub(crate) struct GifFrame {
    /// From the block that says how it is shown, where it has one, to behind its pixels.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_interlaced: bool,
    pub(crate) colors: Rc<[[u8; 3]]>,
    pub(crate) transparent: Option<u8>,
    /// How it is shown: flags, and how long.
    pub(crate) control: u8,
    pub(crate) delay: [u8; 2],
    pub(crate) code_size: u8,
    data_at: u64,
}

#[cfg(feature = "draw")]
impl GifFrame {
    /// The packed pixels.
    pub(crate) fn data(&self, source: &mut Source<'_>) -> Result<Vec<u8>, LabelError> {
        let len = self.to.saturating_sub(self.data_at);
        let blocks = source.bytes(self.data_at, len, crate::limits::MAX_PICTURE, "a frame")?;
        let (mut data, mut rest) = (Vec::new(), blocks.as_slice());
        while let Some((len, behind)) = rest.split_first() {
            let (part, behind) = behind.split_at_checked(usize::from(*len)).unwrap_or((behind, &[]));
            data.extend(part);
            rest = behind;
        }
        Ok(data)
    }
}

#[cfg(feature = "draw")]
fn colors(source: &mut Source<'_>, at: u64, flags: u8) -> Result<Vec<[u8; 3]>, LabelError> {
    let bytes = source.bytes(at, table_size(flags), MAX_METADATA, "a table of colors")?;
    Ok(bytes.chunks_exact(3).filter_map(|color| color.try_into().ok()).collect())
}

/// The size of the picture, and its frames.
#[cfg(feature = "draw")]
pub(crate) fn frames(source: &mut Source<'_>) -> Result<((u32, u32), Vec<GifFrame>), LabelError> {
    walk(source, |_| Ok(()))?;
    let mut frames = Vec::new();
    let mut walked = Frames::new(source)?;
    while let Some(frame) = walked.next(source)? {
        frames.push(frame);
    }
    Ok((size(source)?, frames))
}

/// The size of the picture, and its first frame; what stands behind that frame is not read.
#[cfg(feature = "draw")]
pub(crate) fn first_frame(source: &mut Source<'_>) -> Result<((u32, u32), Option<GifFrame>), LabelError> {
    let first = Frames::new(source)?.next(source)?;
    Ok((size(source)?, first))
}

/// The frames one after the other.
#[cfg(feature = "draw")]
struct Frames {
    at: u64,
    /// The table of colors of frames that have none of their own.
    shared: Rc<[[u8; 3]]>,
    n_left: usize,
}

#[cfg(feature = "draw")]
impl Frames {
    fn new(source: &mut Source<'_>) -> Result<Self, LabelError> {
        let at = start(source)?;
        let [flags] = source.array(10, "the header")?;
        Ok(Self { at, shared: colors(source, 13, flags)?.into(), n_left: MAX_PIECES })
    }

    fn next(&mut self, source: &mut Source<'_>) -> Result<Option<GifFrame>, LabelError> {
        let mut control: Option<(u64, [u8; 4])> = None;
        loop {
            self.n_left = self.n_left.checked_sub(1).ok_or_else(|| LabelError::endless(Container::Gif))?;
            let at = self.at;
            match source.array(at, "a block")? {
                [TRAILER] => return Ok(None),
                [IMAGE] => {
                    let frame = self.frame(source, control)?;
                    self.at = frame.to;
                    return Ok(Some(frame));
                }
                [EXTENSION] => {
                    let head = source.array::<2>(at, "an extension")?;
                    self.at = sub_blocks(source, at.saturating_add(2), None)?;
                    if head == [EXTENSION, 0xF9] && self.at == at.saturating_add(8) {
                        control = Some((at, source.array(at.saturating_add(3), "an extension")?));
                    } else if let Some((_, shown)) = control {
                        // Something stands between a frame and how it is shown: that stays, and is said again.
                        control = Some((self.at, shown));
                    }
                }
                _ => return Err(source.broken(at, "no block begins here", "restore the file from its source")),
            }
        }
    }

    /// The frame that begins here.
    fn frame(&self, source: &mut Source<'_>, control: Option<(u64, [u8; 4])>) -> Result<GifFrame, LabelError> {
        let at = self.at;
        let head = source.array::<9>(at.saturating_add(1), "an image")?;
        let number = |from: usize| u32::from(crate::source::le16(&head, from).unwrap_or_default());
        let own_flags = head.last().copied().unwrap_or_default();
        let own = colors(source, at.saturating_add(10), own_flags)?;
        let code_at = at.saturating_add(10).saturating_add(table_size(own_flags));
        let [code_size] = source.array(code_at, "an image")?;
        if !(1..=11).contains(&code_size) {
            let what = "a frame is packed in an unknown way";
            return Err(source.broken(code_at, what, "restore the file from its source"));
        }
        let data_at = code_at.saturating_add(1);
        let (from, [shown, fast, slow, transparent]) = control.unwrap_or((at, [0; 4]));
        Ok(GifFrame {
            from,
            to: sub_blocks(source, data_at, None)?,
            left: number(0),
            top: number(2),
            width: number(4),
            height: number(6),
            is_interlaced: own_flags & 0x40 != 0,
            colors: if own.is_empty() { Rc::clone(&self.shared) } else { own.into() },
            transparent: (shown & 1 == 1).then_some(transparent),
            control: shown,
            delay: [fast, slow],
            code_size,
            data_at,
        })
    }
}
