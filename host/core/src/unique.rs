//! Maps without repeated keys. JSON lets a key stand twice, and readers differ in which value they take; here it is an error.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::ids::read_id;
use crate::printable;

fn repeated<E: Error>(key: &str) -> E {
    E::custom(format!("the key `{}` stands twice; leave one out", printable(key)))
}

/// Reads a map; for `#[serde(deserialize_with = …)]`.
///
/// # Errors
///
/// If a key stands twice.
pub fn unique_map<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + AsRef<str>,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);

    impl<'de, K: Deserialize<'de> + Ord + AsRef<str>, V: Deserialize<'de>> Visitor<'de> for Unique<K, V> {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = entries.next_key::<K>()? {
                if map.contains_key(&key) {
                    return Err(repeated(key.as_ref()));
                }
                map.insert(key, entries.next_value()?);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Unique(PhantomData))
}

/// The same for names that have no type of their own and follow the grammar of [`check_id`](crate::check_id), such as those of
/// settings.
///
/// # Errors
///
/// If a key stands twice, or is no identifier.
pub fn unique_ids<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Name(String);

    impl AsRef<str> for Name {
        fn as_ref(&self) -> &str {
            &self.0
        }
    }

    impl<'de> Deserialize<'de> for Name {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            read_id(deserializer).map(Self)
        }
    }

    let map: BTreeMap<Name, V> = unique_map(deserializer)?;
    Ok(map.into_iter().map(|(name, value)| (name.0, value)).collect())
}

/// Any JSON value in which no object has a key twice.
pub(crate) struct UniqueValue(pub(crate) Value);

impl<'de> Deserialize<'de> for UniqueValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyValue.deserialize(deserializer).map(Self)
    }
}

struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
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

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(repeated(&key));
            }
            map.insert(key, entries.next_value_seed(Self)?);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Context, Event, Measure};

    #[test]
    fn key_that_stands_twice_is_refused_wherever_facts_are() {
        let contexts = [
            r#"{"sectors":{"film":"no","film":"yes"}}"#,
            r#"{"sources":{"subject.age":"platform","subject.age":"id-check"}}"#,
            r#"{"subject":{"age":"under-14","age":"adult"}}"#,
            r#"{"subject":{},"subject":{"age":"adult"}}"#,
        ];
        for text in contexts {
            assert!(serde_json::from_str::<Context>(text).is_err(), "{text}");
        }
        let events = [
            r#"{"kind":"prompt","facts":{"open-ended":true,"open-ended":false}}"#,
            r#"{"kind":"prompt","facts":{},"facts":{}}"#,
            r#"{"kind":"prompt","sources":{"a":"platform","a":"platform"}}"#,
            r#"{"kind":"media","facts":{"label":{"verdict":"not-found","verdict":"compliant"}}}"#,
            r#"{"kind":"media","parts":[{"media":{"size":1,"size":2}}]}"#,
        ];
        for text in events {
            assert!(serde_json::from_str::<Event>(text).is_err(), "{text}");
        }
        let measure = r#"{"id":"record","params":{"days":{"number":1},"days":{"number":2}}}"#;
        assert!(serde_json::from_str::<Measure>(measure).is_err());
    }

    #[test]
    fn message_names_the_key() {
        let error = serde_json::from_str::<Context>("{\"sectors\":{\"film\":\"no\",\"film\":\"yes\"}}").unwrap_err();
        assert!(error.to_string().starts_with("the key `film` stands twice; leave one out"), "{error}");
    }
}
