//! Maps in which no key stands twice. JSON does not say which of two values counts, so that two readers of one text could see
//! different facts.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Reads a map and refuses a key that stands twice: for `deserialize_with`.
///
/// # Errors
/// Where it is no map, or a key stands twice.
pub fn unique_keys<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + Display,
    V: Deserialize<'de>,
{
    deserializer.deserialize_map(MapVisitor(PhantomData))
}

struct MapVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + Ord + Display, V: Deserialize<'de>> Visitor<'de> for MapVisitor<K, V> {
    type Value = BTreeMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = access.next_key::<K>()? {
            if map.contains_key(&key) {
                return Err(twice(&key));
            }
            let value = access.next_value()?;
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// Reads a value of any kind, in which no object has a key twice: for `deserialize_with`.
pub(crate) fn unique_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let Unique(value) = Unique::deserialize(deserializer)?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// A value in which no object has a key twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = access.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = serde_json::Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(twice(&key));
            }
            let Unique(value) = access.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

fn twice<E: Error>(key: &impl Display) -> E {
    E::custom(format_args!("`{key}` stands twice; leave one out"))
}

#[cfg(test)]
mod tests {
    use crate::{Context, Event};

    #[test]
    fn a_key_that_stands_twice_is_refused_wherever_it_stands() {
        let event = |text: &str| serde_json::from_str::<Event>(text).map(drop).map_err(|e| e.to_string());
        let context = |text: &str| serde_json::from_str::<Context>(text).map(drop).map_err(|e| e.to_string());
        let refused = |result: Result<(), String>, words: &str| {
            let said = result.expect_err(words);
            assert!(said.contains(words), "`{said}` does not say `{words}`");
        };
        let facts = r#"{"kind": "publication", "facts": {"fiction": true, "fiction": false}}"#;
        refused(event(facts), "`fiction` stands twice");
        let inside = r#"{"kind": "publication", "facts": {"approvals": [{"kind": "a", "kind": "b"}]}}"#;
        refused(event(inside), "`kind` stands twice");
        let sources = r#"{"kind": "output", "sources": {"x": "platform", "x": "user"}}"#;
        refused(event(sources), "`x` stands twice");
        refused(event(r#"{"kind": "output", "kind": "prompt"}"#), "duplicate field `kind`");
        refused(context(r#"{"sectors": {"film": "yes", "film": "no"}}"#), "`film` stands twice");
        let sources = r#"{"sources": {"subject.age": "platform", "subject.age": "user"}}"#;
        refused(context(sources), "`subject.age` stands twice");
        refused(context(r#"{"subject": {"age": "adult", "age": "under-14"}}"#), "duplicate field `age`");
        assert_eq!(
            event(r#"{"kind": "output", "facts": null, "sources": {"x": "platform", "y": "platform"}}"#),
            Ok(())
        );
    }
}
