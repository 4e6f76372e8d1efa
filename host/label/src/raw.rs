//! A label as it stands in a file: whatever somebody wrote, with everything that is wrong with it kept.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::encoded;
use crate::label::{KEYS, Label, WRAPPER};
use crate::limits::MAX_LABEL;

/// How the fields are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// One JSON object, as the standard asks.
    Json,
    /// The same in base64: a way of one vendor's interface, no form of the standard.
    Base64,
    /// The same with its characters escaped, as addresses (`%22`), pages (`&quot;`) and programs (`\u0022`) need it.
    Escaped,
    /// A mapping of YAML, in front matter.
    Mapping,
    /// Elements or attributes of XML instead of one string.
    Elements,
    /// Nothing that could be read as fields.
    Unreadable,
}

/// The value of one field as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RawValue {
    /// A string.
    Text(String),
    /// Something else: a number, a list, an object; as JSON writes it.
    Other(String),
}

impl RawValue {
    /// The characters, whatever they are.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Other(text) => text,
        }
    }
}

/// Where and why a label could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// In bytes of the label's own text.
    pub at: usize,
    /// What was found.
    pub what: String,
}

/// A label as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawLabel {
    /// The characters, decoded from what the container does to them.
    pub text: String,
    /// How its fields are written down.
    pub form: Form,
    /// The name of the key around the fields, where there is one: `AIGC` in `{"AIGC":{…}}`.
    pub wrapper: Option<String>,
    /// The fields, in the order in which they stand; keys may be unknown and may come twice.
    pub pairs: Vec<(String, RawValue)>,
    /// Where it breaks off; the fields are then what could be saved.
    pub damage: Option<Damage>,
}

impl RawLabel {
    /// Reads what stands in a place for labels.
    pub fn parse(text: &str) -> Self {
        Self::encoded(text, 0)
    }

    /// The same for a text that was encoded so many times before.
    fn encoded(text: &str, n_times: usize) -> Self {
        // Some editors begin every text with a mark of the order of bytes.
        let trimmed = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'));
        let own = Self::json(trimmed);
        if own.form == Form::Unreadable
            && n_times < encoded::MAX_TIMES
            && let Some((plain, form)) = encoded::plain(trimmed)
        {
            return Self { text: text.to_owned(), form, ..Self::encoded(&plain, n_times.saturating_add(1)) };
        }
        own
    }

    /// Reads fields that are no JSON.
    pub(crate) fn of_pairs(text: impl Into<String>, form: Form, pairs: Vec<(String, RawValue)>) -> Self {
        Self { text: text.into(), form, wrapper: None, pairs, damage: None }
    }

    /// A place for labels with something that cannot be read.
    pub(crate) fn unreadable(text: impl Into<String>, at: usize, what: impl Into<String>) -> Self {
        let damage = Some(Damage { at, what: what.into() });
        Self { text: text.into(), form: Form::Unreadable, wrapper: None, pairs: Vec::new(), damage }
    }

    fn json(text: &str) -> Self {
        let keep = text.get(..text.floor_char_boundary(MAX_LABEL)).unwrap_or_default();
        if keep.len() < text.len() {
            return Self::unreadable(keep, MAX_LABEL, format!("it is longer than {MAX_LABEL} bytes"));
        }
        match serde_json::from_str::<Object>(text) {
            Ok(Object(outer)) => {
                let (wrapper, inner) = unwrap(outer);
                let pairs = inner.into_iter().map(|(key, value)| (key, value.into_raw())).collect();
                Self { text: text.to_owned(), form: Form::Json, wrapper, pairs, damage: None }
            }
            Err(error) => {
                let pairs = salvage(text);
                let form = if pairs.is_empty() { Form::Unreadable } else { Form::Json };
                let at = error.column().saturating_sub(1);
                let what = error.to_string();
                let what = what.split(" at line").next().unwrap_or_default().to_owned();
                let damage = Some(Damage { at, what });
                Self { text: text.to_owned(), form, wrapper: None, pairs, damage }
            }
        }
    }

    /// The value of a field, the first where it stands twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

impl From<&Label> for RawLabel {
    fn from(label: &Label) -> Self {
        Self::parse(&label.to_json())
    }
}

/// Whether a name of a key, chunk or property says that a label stands there.
pub(crate) fn is_label_name(name: &str) -> bool {
    name.trim_matches('\0').trim().eq_ignore_ascii_case(WRAPPER)
}

/// Takes the fields out of `{"AIGC":{…}}`.
fn unwrap(outer: Vec<(String, Any)>) -> (Option<String>, Vec<(String, Any)>) {
    match <[(String, Any); 1]>::try_from(outer) {
        Ok([(key, Any::Object(inner))]) => (Some(key), inner),
        // The object as a string within the object: written by serializing twice.
        Ok([(key, Any::Text(text))]) if is_label_name(&key) => match serde_json::from_str::<Object>(&text) {
            Ok(Object(inner)) => (Some(key), inner),
            Err(_) => (None, vec![(key, Any::Text(text))]),
        },
        Ok([pair]) => (None, vec![pair]),
        Err(outer) => (None, outer),
    }
}

/// `"Key":"value"` wherever it stands, for the seven keys: what a broken label still says. Quotation marks may be of the other kind
/// or escaped, as programs write them that know no JSON.
fn salvage(text: &str) -> Vec<(String, RawValue)> {
    let mut found: Vec<(usize, String, RawValue)> = Vec::new();
    let folded = text.to_ascii_lowercase();
    for key in KEYS {
        let hit = folded.match_indices(&key.to_ascii_lowercase()).find_map(|(at, _)| {
            let quote = text.get(..at)?.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
            let after = text.get(at.saturating_add(key.len())..)?.trim_start_matches('\\').strip_prefix(quote)?;
            Some((at, quote, after.trim_start().strip_prefix(':')?.trim_start()))
        });
        let Some((at, quote, value)) = hit else { continue };
        let value = match value.trim_start_matches('\\').strip_prefix(quote) {
            Some(string) => string.split([quote, '\\']).next().map(|text| RawValue::Text(text.to_owned())),
            None => value.split([',', '}']).next().map(|other| RawValue::Other(other.trim().to_owned())),
        };
        let own = text.get(at..at.saturating_add(key.len())).unwrap_or(key);
        found.extend(value.map(|value| (at, own.to_owned(), value)));
    }
    found.sort_by_key(|(at, ..)| *at);
    found.into_iter().map(|(_, key, value)| (key, value)).collect()
}

/// A JSON value that keeps the order of keys and keys that come twice, which a map would lose.
enum Any {
    Text(String),
    Object(Vec<(String, Any)>),
    Other(String),
}

impl Any {
    fn into_raw(self) -> RawValue {
        match self {
            Self::Text(text) => RawValue::Text(text),
            Self::Other(other) => RawValue::Other(other),
            Self::Object(pairs) => RawValue::Other(format!("an object (keys: {})", pairs.len())),
        }
    }
}

/// The outermost value, which has to be an object.
struct Object(Vec<(String, Any)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Ordered).map(|any| match any {
            Any::Object(pairs) => Self(pairs),
            Any::Text(_) | Any::Other(_) => Self(Vec::new()),
        })
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ordered)
    }
}

struct Ordered;

impl<'de> Visitor<'de> for Ordered {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any::Other(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(Any::Other(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any::Other(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any::Other(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Other("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Any, A::Error> {
        let mut n_items: usize = 0;
        while list.next_element::<Any>()?.is_some() {
            n_items = n_items.saturating_add(1);
        }
        Ok(Any::Other(format!("a list of {n_items}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry::<String, Any>()? {
            pairs.push(pair);
        }
        Ok(Any::Object(pairs))
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;

    #[test]
    fn order_and_doubles_are_kept() {
        let raw = RawLabel::parse(r#"{"ProduceID":"a","Label":1,"ProduceID":"b"}"#);
        let keys: Vec<&str> = raw.pairs.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["ProduceID", "Label", "ProduceID"]);
        assert_eq!(raw.get("ProduceID"), Some("a"));
        assert_eq!(raw.pairs[1].1, RawValue::Other("1".to_owned()));
    }

    #[test]
    fn wrapped_twice_serialized_and_base64_are_read() {
        let inner = r#"{"Label":"1"}"#;
        for (text, form, wrapper) in [
            (inner.to_owned(), Form::Json, None),
            (format!("\u{feff}{inner}\r\n"), Form::Json, None),
            (format!("{{\"AIGC\":{inner}}}"), Form::Json, Some("AIGC")),
            (serde_json::json!({ "aigc": inner }).to_string(), Form::Json, Some("aigc")),
            (BASE64.encode(format!("{{\"AIGC\": {inner}}}").as_bytes()), Form::Base64, Some("AIGC")),
            (inner.replace('"', "%22").replace('{', "%7B"), Form::Escaped, None),
            (format!("{{&quot;AIGC&quot;:{}}}", inner.replace('"', "&quot;")), Form::Escaped, Some("AIGC")),
            (format!("{{&amp;quot;AIGC&amp;quot;:{}}}", inner.replace('"', "&amp;quot;")), Form::Escaped, Some("AIGC")),
        ] {
            let raw = RawLabel::parse(&text);
            assert_eq!((raw.form, raw.wrapper.as_deref(), raw.get("Label")), (form, wrapper, Some("1")), "{text}");
        }
    }

    #[test]
    fn what_a_broken_label_still_says_is_saved() {
        let raw = RawLabel::parse(r#"{"AIGC:{"Label":"2","ContentProducer":"p","PropagateID":"%!s(MISSING)"}}"#);
        assert!(raw.damage.is_some());
        assert_eq!((raw.get("Label"), raw.get("PropagateID")), (Some("2"), Some("%!s(MISSING)")));
        let none = RawLabel::parse("not a label");
        assert_eq!((none.form, none.pairs.len()), (Form::Unreadable, 0));
        assert!(none.damage.is_some());
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = format!("{}{}", "{\"a\":".repeat(5000), "1");
        assert!(RawLabel::parse(&deep).damage.is_some());
        let long = format!("{{\"Label\":\"{}\"}}", "1".repeat(MAX_LABEL));
        let raw = RawLabel::parse(&long);
        assert!(raw.damage.is_some() && raw.text.len() <= MAX_LABEL);
    }
}
