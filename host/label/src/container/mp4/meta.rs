//! Metadata of a video: keys and values, in the three ways that programs write them.

use super::atoms::{Child, Problem, atom, children};
use super::xmp;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_DEPTH, MAX_PIECES};
use crate::raw::{RawLabel, is_label, is_label_name};
use crate::reading::Reading;
use crate::source::{be32, wide};

/// The handler of metadata that has keys by name.
const KEYED: &[u8] = b"mdta";
/// The type of a value that is UTF-8.
const UTF_8: u32 = 1;

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
                for (name, text) in meta.labels(inner) {
                    // Where iTunes has filled the place in `udta`, the one beside it is what players read.
                    let is_named = name.rsplit(['.', ' ']).next().is_some_and(is_label_name);
                    let is_standard = meta.is_keyed && is_named && matches!(path, "moov.udta" | "moov");
                    reading.found(format!("{path}.meta, {name}"), at, is_standard, RawLabel::parse(&text))?;
                }
            }
            b"XMP_" => {
                for found in xmp::labels(inner) {
                    reading.found(format!("{path}.XMP_, {}", found.name), at, false, found.label)?;
                }
            }
            b"AIGC" => {
                let text = String::from_utf8_lossy(inner);
                let from = text.find('{').unwrap_or_default();
                let label = RawLabel::parse(text.get(from..).unwrap_or_default());
                reading.found(format!("{path}.AIGC"), at, false, label)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// A box `meta`: its parts, by place.
struct Meta {
    /// Whether its keys have names (`mdta`); else it is that of iTunes.
    is_keyed: bool,
    /// Where its children begin: behind version and flags, which QuickTime leaves out.
    start: usize,
    keys: Vec<Vec<u8>>,
    parts: Vec<Child>,
}

impl Meta {
    fn of(body: &[u8]) -> Result<Self, Problem> {
        let start = if body.get(4..8) == Some(b"hdlr") { 0 } else { 4.min(body.len()) };
        let inner = body.get(start..).unwrap_or_default();
        let parts = children(inner)?;
        let part = |kind: &[u8; 4]| parts.iter().find(|part| part.kind == *kind).map(|part| part.body(inner));
        let is_keyed = part(b"hdlr").is_some_and(|hdlr| hdlr.get(8..12) == Some(KEYED));
        let keys = part(b"keys").map(keys).transpose()?.unwrap_or_default();
        Ok(Self { is_keyed, start, keys, parts })
    }

    fn inner<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        body.get(self.start..).unwrap_or_default()
    }

    fn items<'a>(&self, body: &'a [u8]) -> Vec<(&'a [u8], Child)> {
        let inner = self.inner(body);
        let lists = self.parts.iter().filter(|part| part.kind == *b"ilst").map(|part| part.body(inner));
        let mut items = Vec::new();
        for list in lists {
            items.extend(children(list).unwrap_or_default().into_iter().map(|item| (list, item)));
        }
        items
    }

    /// Whether an item is a label, and under which name.
    fn label_name(&self, list: &[u8], item: &Child) -> Option<String> {
        let body = item.body(list);
        if item.kind == *b"----" {
            let name = super::child(body, b"name").map(|name| text(name.get(4..).unwrap_or_default()))?;
            return self.is_label(body, &name).then(|| format!("ilst ----:{name}"));
        }
        let index = usize::try_from(u32::from_be_bytes(item.kind)).ok().and_then(|index| index.checked_sub(1));
        let key = index.filter(|_| self.is_keyed).and_then(|index| self.keys.get(index));
        let Some(key) = key else {
            let kind: String = item.kind.iter().copied().map(char::from).collect();
            return self.is_label(body, "").then(|| format!("ilst {kind}"));
        };
        let key = text(key);
        self.is_label(body, key.rsplit('.').next().unwrap_or(&key)).then(|| format!("keys {key}"))
    }

    /// Whether an item with this content is a label: by its name or by what it says.
    fn is_label(&self, item: &[u8], name: &str) -> bool {
        is_label_name(name) || values(item).iter().any(|value| is_label(name, value))
    }

    fn labels(&self, body: &[u8]) -> Vec<(String, String)> {
        let mut labels = Vec::new();
        for (list, item) in self.items(body) {
            let Some(name) = self.label_name(list, &item) else { continue };
            labels.extend(values(item.body(list)).into_iter().map(|value| (name.clone(), value)));
        }
        labels
    }

    /// The box's content without labels, and with this one where it has keys.
    fn rebuilt(&self, body: &[u8], label: Option<&Label>) -> Vec<u8> {
        let inner = self.inner(body);
        let mut out = body.get(..self.start).unwrap_or_default().to_vec();
        let mut names = self.keys.clone();
        let index = names.iter().position(|key| key == WRAPPER.as_bytes());
        let index = index.unwrap_or_else(|| {
            names.push(WRAPPER.as_bytes().to_vec());
            names.len().saturating_sub(1)
        });
        let value = label.map(|label| item(index, &label.to_json()));
        let mut has_keys = false;
        let mut has_list = false;
        for part in &self.parts {
            match &part.kind {
                b"keys" if value.is_some() => {
                    has_keys = true;
                    out.extend(keys_box(&names));
                }
                b"ilst" => {
                    let list = part.body(inner);
                    let kept = children(list).unwrap_or_default();
                    let kept = kept.iter().filter(|item| self.label_name(list, item).is_none());
                    let mut items: Vec<u8> = kept.flat_map(|item| item.whole(list).to_vec()).collect();
                    items.extend(value.iter().filter(|_| !has_list).flatten());
                    has_list = true;
                    out.extend(atom(*b"ilst", &items));
                }
                _ => out.extend(part.whole(inner)),
            }
        }
        if let Some(value) = value {
            if !has_keys {
                out.extend(keys_box(&names));
            }
            if !has_list {
                out.extend(atom(*b"ilst", &value));
            }
        }
        out
    }
}

fn keys(body: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    let n_keys = be32(body, 4).unwrap_or_default();
    let mut keys = Vec::new();
    for child in children(body.get(8..).unwrap_or_default())? {
        keys.push(child.body(body.get(8..).unwrap_or_default()).to_vec());
    }
    if usize::try_from(n_keys).ok() != Some(keys.len()) || keys.len() > MAX_PIECES {
        return Err(Problem { at: 0, what: format!("box `keys` states {n_keys} keys and has {}", keys.len()) });
    }
    Ok(keys)
}

fn keys_box(names: &[Vec<u8>]) -> Vec<u8> {
    let n_keys = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let mut body = [[0; 4], n_keys.to_be_bytes()].concat();
    names.iter().for_each(|name| body.extend(atom(*b"mdta", name)));
    atom(*b"keys", &body)
}

fn item(index: usize, value: &str) -> Vec<u8> {
    let data = [UTF_8.to_be_bytes().as_slice(), &[0; 4], value.as_bytes()].concat();
    let number = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
    atom(number.to_be_bytes(), &atom(*b"data", &data))
}

/// A box `meta` with this label alone, with version and flags as MP4 wants it.
fn new_meta(label: &Label) -> Vec<u8> {
    let handler = [&[0; 8], KEYED, &[0; 13]].concat();
    let keys = keys_box(&[WRAPPER.as_bytes().to_vec()]);
    let list = atom(*b"ilst", &item(0, &label.to_json()));
    atom(*b"meta", &[vec![0; 4], atom(*b"hdlr", &handler), keys, list].concat())
}

/// The values of an item, as text.
fn values(item: &[u8]) -> Vec<String> {
    let parts = children(item).unwrap_or_default();
    let data = parts.iter().filter(|part| part.kind == *b"data").map(|part| part.body(item));
    data.map(|data| text(data.get(8..).unwrap_or_default())).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The content of an index with this label and no other.
pub(super) fn with_label(moov: &[u8], label: &Label) -> Result<Vec<u8>, Problem> {
    let mut is_placed = false;
    let tops = children(moov)?;
    let udta_meta =
        tops.iter().find(|top| top.kind == *b"udta").and_then(|udta| super::child(udta.body(moov), b"meta"));
    // The place of the guides is in `udta`. Where iTunes has another kind of metadata there, players read ours beside it.
    let in_udta = udta_meta.is_none_or(|meta| Meta::of(meta).is_ok_and(|meta| meta.is_keyed));
    let mut out = Vec::new();
    for top in &tops {
        let body = top.body(moov);
        match &top.kind {
            b"udta" => {
                let own = if in_udta && !is_placed { Some(label) } else { None };
                let mut udta = stripped(body, own)?;
                if own.is_some() && udta_meta.is_none() {
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
                let own = if !in_udta && !is_placed && meta.is_keyed { Some(label) } else { None };
                is_placed |= own.is_some();
                out.extend(if own.is_some() || !meta.labels(body).is_empty() {
                    atom(*b"meta", &meta.rebuilt(body, own))
                } else {
                    top.whole(moov).to_vec()
                });
            }
            b"trak" => out.extend(track(body)?.map_or_else(|| top.whole(moov).to_vec(), |body| atom(*b"trak", &body))),
            _ => out.extend(top.whole(moov)),
        }
    }
    if !is_placed {
        out.extend(if in_udta { atom(*b"udta", &new_meta(label)) } else { new_meta(label) });
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
            b"AIGC" => {}
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
            _ => out.extend(part.whole(udta)),
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
