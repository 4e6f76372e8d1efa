//! Values as bytes, from JSON: an object is a map whose keys are numbers, written as text.

use serde_json::Value;

/// The bytes of a value in CBOR.
///
/// # Panics
/// Where a key is no number, or a number is no integer.
pub fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, value);
    bytes
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(to: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => to.push(0xf6),
        Value::Bool(flag) => to.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::Number(number) => match number.as_u64() {
            Some(number) => head(to, 0, number),
            None => {
                let number = number.as_i64().unwrap_or_else(|| panic!("`{number}` is no integer"));
                head(to, 1, number.unsigned_abs() - 1);
            }
        },
        Value::String(text) => {
            head(to, 3, text.len() as u64);
            to.extend_from_slice(text.as_bytes());
        }
        Value::Array(elements) => {
            head(to, 4, elements.len() as u64);
            elements.iter().for_each(|element| write(to, element));
        }
        Value::Object(fields) => {
            head(to, 5, fields.len() as u64);
            let mut fields: Vec<(u64, &Value)> =
                fields.iter().map(|(key, value)| (key.parse().expect("a key is a number"), value)).collect();
            fields.sort_by_key(|(key, _)| *key);
            for (key, value) in fields {
                head(to, 0, key);
                write(to, value);
            }
        }
    }
}

fn head(to: &mut Vec<u8>, kind: u8, n: u64) {
    let kind = kind << 5;
    let bytes = n.to_be_bytes();
    match n {
        0..24 => to.push(kind | bytes[7]),
        24..0x100 => to.extend_from_slice(&[kind | 24, bytes[7]]),
        0x100..0x1_0000 => {
            to.push(kind | 25);
            to.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            to.push(kind | 26);
            to.extend_from_slice(&bytes[4..]);
        }
        _ => {
            to.push(kind | 27);
            to.extend_from_slice(&bytes);
        }
    }
}
