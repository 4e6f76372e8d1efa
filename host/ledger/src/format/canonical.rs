//! The canonical JSON form of what is hashed (RFC 8785), and its limits.

use serde::Serialize;
use serde_json::Value;

/// Up to here every whole number is one of the standard, which has binary fractions of 64 bits alone.
const EXACT: u64 = (1 << 53) - 1;

/// The canonical bytes of a value.
///
/// The thread that writes does little else. `serde_json_canonicalizer` reads each key back that it has written and takes three times as
/// long, so it writes those numbers alone here whose form is the difficult part of the standard. The tests hold both against each other.
///
/// # Errors
/// Where the value has no JSON form, such as a map whose keys are no text.
pub(crate) fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::with_capacity(1_024);
    write(&serde_json::to_value(value)?, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    match value {
        Value::Number(number) if number.as_i64().is_none_or(|whole| whole.unsigned_abs() > EXACT) => {
            out.extend(serde_json_canonicalizer::to_vec(number)?);
        }
        // The escapes of strings are those of the standard.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => serde_json::to_writer(out, value)?,
        Value::Array(list) => {
            out.push(b'[');
            for (at, one) in list.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(one, out)?;
            }
            out.push(b']');
        }
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            out.push(b'{');
            for (at, (key, one)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                write(one, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Canonical JSON written down from the text of RFC 8785, for values without fractions.
    fn reference(value: &Value, out: &mut String) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(bit) => write!(out, "{bit}").unwrap(),
            Value::Number(number) => write!(out, "{number}").unwrap(),
            Value::String(text) => quoted(text, out),
            Value::Array(list) => {
                out.push('[');
                for (at, one) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    reference(one, out);
                }
                out.push(']');
            }
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort_by_key(|key| key.encode_utf16().collect::<Vec<_>>());
                out.push('{');
                for (at, key) in keys.into_iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    quoted(key, out);
                    out.push(':');
                    reference(&map[key], out);
                }
                out.push('}');
            }
        }
    }

    fn quoted(text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\u{8}' => out.push_str("\\b"),
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\u{c}' => out.push_str("\\f"),
                '\r' => out.push_str("\\r"),
                c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)).unwrap(),
                c => out.push(c),
            }
        }
        out.push('"');
    }

    fn values() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[a-z.-]{0,8}", "[\u{e000}-\u{10ffff}]{1,2}", any::<String>()];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991_i64..9_007_199_254_740_991).prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// How many values are compared, unless `LEDGER_VALUES` says how many where this is compiled.
    const VALUES: u32 = 2_000;

    fn n_values() -> u32 {
        option_env!("LEDGER_VALUES").map_or(VALUES, |values| values.parse().unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(n_values()))]
        #[test]
        fn canonical_bytes_are_those_of_other_implementations(value in values()) {
            let own = to_vec(&value).unwrap();
            prop_assert_eq!(&own, &serde_json_canonicalizer::to_vec(&value).unwrap());
            let mut written = String::new();
            reference(&value, &mut written);
            prop_assert_eq!(&own, written.as_bytes());
            prop_assert_eq!(&own, &serde_jcs::to_vec(&value).unwrap());
        }
    }

    #[test]
    fn numbers_have_the_form_of_the_standard() {
        let numbers = json!([1e21, 1e-7, 0.1, 100.0, -0.0, 5e-324, 9_007_199_254_740_991_i64, u64::MAX, i64::MIN]);
        let text = String::from_utf8(to_vec(&numbers).unwrap()).unwrap();
        assert_eq!(text.as_bytes(), serde_json_canonicalizer::to_vec(&numbers).unwrap());
        assert!(text.starts_with("[1e+21,1e-7,0.1,100,0,5e-324,9007199254740991,"), "{text}");
    }

    #[test]
    fn keys_are_sorted_and_nothing_stands_between() {
        let bytes = to_vec(&json!({"b": 1, "a": [true, "中"]})).unwrap();
        assert_eq!(bytes, "{\"a\":[true,\"中\"],\"b\":1}".as_bytes());
    }
}
