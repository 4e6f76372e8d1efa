//! Metadata of a video: keys and values, in the three ways that programs write them.

use super::atoms::{Problem, atom, children};
use super::keyed::{Meta, new_meta, text};
use super::{C2PA_UUID, XMP_UUID, user};
use crate::embedded;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_DEPTH, MAX_METADATA};
use crate::raw::{RawLabel, is_label_name};
use crate::reading::Reading;
use crate::source::wide;
use crate::xmp;

/// Reads the labels of an index. `base` is where its content stands in the file.
pub(super) fn read(moov: &[u8], base: u64, reading: &mut Reading) -> Result<(), LabelError> {
    level(moov, base, "moov", 0, reading)
}

fn level(body: &[u8], base: u64, path: &str, depth: usize, reading: &mut Reading) -> Result<(), LabelError> {
    let container = reading.container;
    let broken = |problem: Problem| {
        LabelError::broken(
            container,
            base.saturating_add(problem.at),
            problem.what,
            "remux the file, for example with ffmpeg",
        )
    };
    if depth > MAX_DEPTH {
        return Err(LabelError::too_large(container, "the depth of boxes", MAX_DEPTH));
    }
    for child in children(body).map_err(broken)? {
        let inner = child.body(body);
        let at = base.saturating_add(wide(child.body_at()));
        match &child.kind {
            b"cmov" => {
                let fix = "remux the file, for example with `ffmpeg -c copy`";
                return Err(LabelError::Unsupported { container, what: "the index is compressed".to_owned(), fix });
            }
            b"trak" | b"udta" => {
                let name = format!("{path}.{}", String::from_utf8_lossy(&child.kind));
                level(inner, at, &name, depth.saturating_add(1), reading)?;
            }
            b"meta" => {
                let meta = Meta::of(inner).map_err(broken)?;
                for found in meta.labels(inner) {
                    // Where others have filled the place in `udta`, the one beside it is what players read.
                    let is_standard = meta.is_keyed && found.is_named && matches!(path, "moov.udta" | "moov");
                    reading.found(format!("{path}.meta, {}", found.name), at, is_standard, found.label)?;
                }
            }
            b"XMP_" => {
                for found in xmp::labels(inner) {
                    reading.found(format!("{path}.XMP_, {}", found.name), at, false, found.label)?;
                }
            }
            b"uuid" => {
                for (name, label) in of_uuid(inner) {
                    reading.found(format!("{path}.uuid{name}"), at, false, label)?;
                }
            }
            kind if is_own(kind) => reading.found(format!("{path}.{}", user::name(*kind)), at, false, own(inner))?,
            kind if path.ends_with("udta") => {
                for label in user::labels(*kind, inner) {
                    reading.found(format!("{path}.{}", user::name(*kind)), at, false, label)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The label of a box that is called after it: what stands before its first brace is of the box.
pub(super) fn own(body: &[u8]) -> RawLabel {
    let text = text(body);
    let from = text.find('{').unwrap_or_default();
    RawLabel::parse(text.get(from..).unwrap_or_default())
}

/// The labels of a box `uuid`: of its XMP packet, or in what another program wrote. Each with what is said behind the name of the box.
pub(super) fn of_uuid(body: &[u8]) -> Vec<(String, RawLabel)> {
    match body.split_at_checked(XMP_UUID.len()) {
        Some((id, packet)) if *id == XMP_UUID => {
            let found = xmp::labels(packet).into_iter();
            found.map(|found| (format!(" (XMP), {}", found.name), found.label)).collect()
        }
        Some((id, data)) if *id != C2PA_UUID && data.len() <= MAX_METADATA => {
            embedded::of_field_in_bytes("", data).into_iter().map(|label| (String::new(), label)).collect()
        }
        Some(_) | None => Vec::new(),
    }
}

/// The content of a box `uuid` with blanks where labels stood; nothing where it has none.
pub(super) fn uuid_without_labels(body: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let Some((id, data)) = body.split_at_checked(XMP_UUID.len()).filter(|_| !of_uuid(body).is_empty()) else {
        return Ok(None);
    };
    let rest = if *id == XMP_UUID {
        let mut rest = xmp::without_label(data).map_err(|problem| Problem { at: 0, what: problem.what })?;
        rest.resize(data.len().max(rest.len()), b' ');
        Some(rest)
    } else {
        embedded::blanked(data)
    };
    Ok(rest.map(|rest| [id, &rest].concat()))
}

/// The content of a box `meta` or `udta` beside the index, without labels; nothing where it has none.
pub(super) fn without_labels(kind: [u8; 4], body: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    if kind == *b"meta" {
        let Ok(meta) = Meta::of(body) else { return Ok(None) };
        return Ok((!meta.labels(body).is_empty()).then(|| meta.rebuilt(body, None)));
    }
    let rest = stripped(body, None)?;
    Ok((rest != body).then_some(rest))
}

/// Reads the labels of a box `meta` or `udta` that stands beside the index.
pub(super) fn read_beside(kind: [u8; 4], body: &[u8], base: u64, reading: &mut Reading) -> Result<(), LabelError> {
    if kind != *b"meta" {
        return level(body, base, "udta", 0, reading);
    }
    let Ok(meta) = Meta::of(body) else { return Ok(()) };
    for found in meta.labels(body) {
        reading.found(format!("meta, {}", found.name), base, false, found.label)?;
    }
    Ok(())
}

/// Whether a box is called after the label.
pub(super) fn is_own(kind: &[u8; 4]) -> bool {
    std::str::from_utf8(kind).is_ok_and(is_label_name)
}

/// Where the label goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// Into `udta`, the place of the guides: the keys that are there, or new ones.
    User,
    /// Into the keys that stand beside it, as telephones write them: a second table would hide theirs from most programs.
    Beside,
    /// Into new keys beside it, since iTunes has filled `udta` with another kind of metadata.
    NewBeside,
}

fn spot(moov: &[u8], tops: &[super::atoms::Child]) -> Spot {
    let is_keyed = |body: &[u8]| Meta::of(body).is_ok_and(|meta| meta.is_keyed);
    let udta = tops.iter().find(|top| top.kind == *b"udta").map(|udta| udta.body(moov));
    let in_udta = udta.and_then(|udta| super::child(udta, b"meta"));
    let is_beside = tops.iter().any(|top| top.kind == *b"meta" && is_keyed(top.body(moov)));
    match in_udta.map(is_keyed) {
        Some(true) => Spot::User,
        _ if is_beside => Spot::Beside,
        Some(false) => Spot::NewBeside,
        None => Spot::User,
    }
}

/// The content of an index with this label and no other.
pub(super) fn with_label(moov: &[u8], label: &Label) -> Result<Vec<u8>, Problem> {
    let mut is_placed = false;
    let tops = children(moov)?;
    let spot = spot(moov, &tops);
    let mut out = Vec::new();
    for top in &tops {
        let body = top.body(moov);
        match &top.kind {
            b"udta" => {
                let own = if spot == Spot::User && !is_placed { Some(label) } else { None };
                let mut udta = stripped(body, own)?;
                if own.is_some() && super::child(body, b"meta").is_none() {
                    // Four zeros may end the list; the new box goes before them.
                    let zeros = body.len().saturating_sub(children(body)?.last().map_or(0, |last| last.to));
                    udta.truncate(udta.len().saturating_sub(zeros));
                    udta.extend(new_meta(label));
                    udta.extend(vec![0; zeros]);
                }
                is_placed |= own.is_some();
                out.extend(atom(*b"udta", &udta));
            }
            b"meta" => {
                let meta = Meta::of(body)?;
                let own = if spot == Spot::Beside && !is_placed && meta.is_keyed { Some(label) } else { None };
                is_placed |= own.is_some();
                out.extend(if own.is_some() || !meta.labels(body).is_empty() {
                    atom(*b"meta", &meta.rebuilt(body, own))
                } else {
                    top.whole(moov).to_vec()
                });
            }
            b"uuid" => match uuid_without_labels(body)? {
                Some(rest) => out.extend(atom(*b"uuid", &rest)),
                None => out.extend(top.whole(moov)),
            },
            kind if is_own(kind) => {}
            b"trak" => out.extend(track(body)?.map_or_else(|| top.whole(moov).to_vec(), |body| atom(*b"trak", &body))),
            _ => out.extend(top.whole(moov)),
        }
    }
    if !is_placed {
        out.extend(if spot == Spot::User { atom(*b"udta", &new_meta(label)) } else { new_meta(label) });
    }
    out.extend(moov.get(tops.last().map_or(0, |last| last.to)..).unwrap_or_default());
    Ok(out)
}

/// The content of `udta` without labels, and with this one where its `meta` takes it.
fn stripped(udta: &[u8], label: Option<&Label>) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    let parts = children(udta)?;
    let mut label = label;
    for part in &parts {
        let body = part.body(udta);
        match &part.kind {
            kind if is_own(kind) => {}
            b"XMP_" if !xmp::labels(body).is_empty() => {
                let packet =
                    xmp::without_label(body).map_err(|problem| Problem { at: wide(part.from), what: problem.what })?;
                out.extend(atom(*b"XMP_", &packet));
            }
            b"meta" => {
                let meta = Meta::of(body)?;
                let own = if meta.is_keyed { label.take() } else { None };
                out.extend(if own.is_some() || !meta.labels(body).is_empty() {
                    atom(*b"meta", &meta.rebuilt(body, own))
                } else {
                    part.whole(udta).to_vec()
                });
            }
            _ => out.extend(user::without_labels(part, udta).unwrap_or_default()),
        }
    }
    out.extend(udta.get(parts.last().map_or(0, |last| last.to)..).unwrap_or_default());
    Ok(out)
}

/// The content of a track without labels; nothing where it has none.
fn track(trak: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let mut out = Vec::new();
    let mut is_changed = false;
    for part in children(trak)? {
        let body = part.body(trak);
        let new = match &part.kind {
            b"udta" => stripped(body, None)?,
            b"meta" => {
                let meta = Meta::of(body)?;
                if meta.labels(body).is_empty() { body.to_vec() } else { meta.rebuilt(body, None) }
            }
            _ => body.to_vec(),
        };
        if new == body {
            out.extend(part.whole(trak));
        } else {
            is_changed = true;
            out.extend(atom(part.kind, &new));
        }
    }
    Ok(is_changed.then_some(out))
}
