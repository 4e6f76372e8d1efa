//! A box `meta`: a list of values under keys by name, or under the kinds of iTunes.

use std::borrow::Cow;

use super::atoms::{Child, Problem, atom, children};
use crate::embedded::{self, Remainder};
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_PIECES;
use crate::raw::{RawLabel, is_label_name};
use crate::source::be32;

/// The handler of metadata that has keys by name.
const KEYED: &[u8] = b"mdta";
/// The type of a value that is UTF-8.
const UTF_8: u32 = 1;
/// Types of values that are text in UTF-8 or UTF-16, or say nothing of what they are.
const TEXTS: [u32; 5] = [0, UTF_8, 2, 4, 5];
/// Before the value: its type and its locale.
const VALUE_HEAD: usize = 8;

/// How much of the name of a key is told, in bytes.
const MAX_NAME: usize = 256;

/// A key of the table. What it is called is read once, however many values name it.
#[derive(Clone)]
struct Key {
    /// As it stands, a box.
    whole: Vec<u8>,
    /// What stands behind the last full stop of its name.
    own: String,
    /// The name of the place of its values.
    place: String,
}

impl Key {
    fn of(whole: Vec<u8>) -> Self {
        let name = text(key_name(&whole));
        let own = name.rsplit('.').next().unwrap_or(&name).to_owned();
        let place = format!("keys {}", name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default());
        Self { whole, own, place }
    }
}

/// A box `meta`: its parts, by place.
pub(super) struct Meta {
    /// Whether its keys have names (`mdta`); else it is that of iTunes.
    pub(super) is_keyed: bool,
    /// Where its children begin: behind version and flags, which QuickTime leaves out.
    start: usize,
    keys: Vec<Key>,
    parts: Vec<Child>,
}

/// A label in a list, and the name of its place.
pub(super) struct ListLabel {
    pub(super) name: String,
    /// Whether the name of the value itself says so.
    pub(super) is_named: bool,
    pub(super) label: RawLabel,
}

impl Meta {
    pub(super) fn of(body: &[u8]) -> Result<Self, Problem> {
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

    /// The name of a value and the name of its place.
    fn names(&self, list: &[u8], item: &Child) -> (Cow<'_, str>, Cow<'_, str>) {
        if item.kind == *b"----" {
            let name = super::child(item.body(list), b"name").map(|name| text(name.get(4..).unwrap_or_default()));
            let name = name.unwrap_or_default();
            let told = name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default();
            let place = format!("ilst ----:{told}");
            return (name.into(), place.into());
        }
        let index = usize::try_from(u32::from_be_bytes(item.kind)).ok().and_then(|index| index.checked_sub(1));
        match index.filter(|_| self.is_keyed).and_then(|index| self.keys.get(index)) {
            Some(key) => (key.own.as_str().into(), key.place.as_str().into()),
            None => {
                let kind = item.kind.iter().copied().map(char::from).collect::<String>();
                ("".into(), format!("ilst {kind}").into())
            }
        }
    }

    pub(super) fn labels(&self, body: &[u8]) -> Vec<ListLabel> {
        let inner = self.inner(body);
        let mut labels = Vec::new();
        for list in self.parts.iter().filter(|part| part.kind == *b"ilst").map(|part| part.body(inner)) {
            for item in children(list).unwrap_or_default() {
                let (own, name) = self.names(list, &item);
                let is_named = is_label_name(&own);
                for value in values(item.body(list)) {
                    let found = embedded::of_field_in_bytes(&own, value).into_iter();
                    labels.extend(found.map(|label| ListLabel { name: name.to_string(), is_named, label }));
                }
            }
        }
        labels
    }

    /// The box's content without labels, and with this one where it has keys.
    pub(super) fn rebuilt(&self, body: &[u8], label: Option<&Label>) -> Vec<u8> {
        let inner = self.inner(body);
        let mut out = body.get(..self.start).unwrap_or_default().to_vec();
        let mut keys = self.keys.clone();
        let index = keys.iter().position(|key| key_name(&key.whole) == WRAPPER.as_bytes());
        let index = index.unwrap_or_else(|| {
            keys.push(own_key());
            keys.len().saturating_sub(1)
        });
        let value = label.map(|label| item(index, &label.to_json()));
        let mut has_keys = false;
        let mut has_list = false;
        for part in &self.parts {
            match &part.kind {
                b"keys" if value.is_some() => {
                    has_keys = true;
                    out.extend(keys_box(&keys));
                }
                b"ilst" => {
                    let list = part.body(inner);
                    let kept = children(list).unwrap_or_default();
                    let mut items: Vec<u8> =
                        kept.iter().filter_map(|item| self.without_labels(list, item)).flatten().collect();
                    items.extend(value.iter().filter(|_| !has_list).flatten());
                    has_list = true;
                    out.extend(atom(*b"ilst", &items));
                }
                _ => out.extend(part.whole(inner)),
            }
        }
        if let Some(value) = value {
            if !has_keys {
                out.extend(keys_box(&keys));
            }
            if !has_list {
                out.extend(atom(*b"ilst", &value));
            }
        }
        out
    }

    /// An item without its labels; nothing where nothing is left of it.
    fn without_labels(&self, list: &[u8], item: &Child) -> Option<Vec<u8>> {
        let (own, _) = self.names(list, item);
        let body = item.body(list);
        if is_label_name(&own) {
            return None;
        }
        let mut out = Vec::new();
        let (mut is_changed, mut n_values) = (false, 0_usize);
        for part in children(body).unwrap_or_default() {
            let data = part.body(body);
            let is_value = part.kind == *b"data" && is_text(data);
            let rest = match data.split_at_checked(VALUE_HEAD).filter(|_| is_value) {
                Some((_, value)) => embedded::bytes_without_labels(&own, value),
                None => Remainder::Unchanged,
            };
            is_changed |= rest != Remainder::Unchanged;
            match rest {
                Remainder::Unchanged => {
                    n_values = n_values.saturating_add(usize::from(part.kind == *b"data"));
                    out.extend(part.whole(body));
                }
                Remainder::Nothing => {}
                Remainder::Text(rest) => {
                    n_values = n_values.saturating_add(1);
                    out.extend(atom(part.kind, &[data.get(..VALUE_HEAD).unwrap_or_default(), &rest].concat()));
                }
            }
        }
        match (is_changed, n_values) {
            (false, _) => Some(item.whole(list).to_vec()),
            (true, 0) => None,
            (true, _) => Some(atom(item.kind, &out)),
        }
    }
}

/// The keys of a table.
fn keys(body: &[u8]) -> Result<Vec<Key>, Problem> {
    let n_keys = be32(body, 4).unwrap_or_default();
    let list = body.get(8..).unwrap_or_default();
    let keys: Vec<Key> = children(list)?.iter().map(|child| Key::of(child.whole(list).to_vec())).collect();
    if usize::try_from(n_keys).ok() != Some(keys.len()) || keys.len() > MAX_PIECES {
        return Err(Problem { at: 0, what: format!("box `keys` states the number {n_keys} and has {}", keys.len()) });
    }
    Ok(keys)
}

/// What stands in a key behind its length and its kind.
fn key_name(key: &[u8]) -> &[u8] {
    key.get(8..).unwrap_or_default()
}

fn keys_box(keys: &[Key]) -> Vec<u8> {
    let n_keys = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let whole: Vec<u8> = keys.iter().flat_map(|key| key.whole.iter().copied()).collect();
    atom(*b"keys", &[[0; 4].as_slice(), &n_keys.to_be_bytes(), &whole].concat())
}

/// The key of the label.
fn own_key() -> Key {
    Key::of(atom(*b"mdta", WRAPPER.as_bytes()))
}

fn item(index: usize, value: &str) -> Vec<u8> {
    let data = [UTF_8.to_be_bytes().as_slice(), &[0; 4], value.as_bytes()].concat();
    let number = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
    atom(number.to_be_bytes(), &atom(*b"data", &data))
}

/// A box `meta` with this label alone, with version and flags as MP4 wants it.
pub(super) fn new_meta(label: &Label) -> Vec<u8> {
    let handler = [&[0; 8], KEYED, &[0; 13]].concat();
    let keys = keys_box(&[own_key()]);
    let list = atom(*b"ilst", &item(0, &label.to_json()));
    atom(*b"meta", &[vec![0; 4], atom(*b"hdlr", &handler), keys, list].concat())
}

/// The values of an item that are text.
fn values(item: &[u8]) -> Vec<&[u8]> {
    let parts = children(item).unwrap_or_default();
    let data = parts.iter().filter(|part| part.kind == *b"data").map(|part| part.body(item));
    data.filter(|data| is_text(data)).map(|data| data.get(VALUE_HEAD..).unwrap_or_default()).collect()
}

fn is_text(data: &[u8]) -> bool {
    be32(data, 0).is_some_and(|kind| TEXTS.contains(&kind))
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
