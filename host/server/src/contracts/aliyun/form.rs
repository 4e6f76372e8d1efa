//! Parameters of a form or a query, and how Aliyun's signatures write them.

/// Names and values, as bytes: what was signed need not be text.
pub(super) type Parameters = Vec<(Vec<u8>, Vec<u8>)>;

/// Reads `name=value&…`. A plus sign is a blank, as forms have it, or stands for itself, as some gateways send it.
pub(super) fn read(text: &[u8], plus_is_blank: bool) -> Parameters {
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        let mut side = || decode(sides.next().unwrap_or_default(), plus_is_blank);
        (side(), side())
    });
    pairs.collect()
}

fn decode(text: &[u8], plus_is_blank: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        rest = match escaped {
            Some(byte) => {
                out.extend(byte);
                behind.get(2..).unwrap_or_default()
            }
            None => {
                out.push(if *first == b'+' && plus_is_blank { b' ' } else { *first });
                behind
            }
        };
    }
    out
}

/// The value of a parameter.
pub(super) fn value<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a [u8]> {
    parameters.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, value)| value.as_slice())
}

/// `name=value&…` in the order of the names, each escaped by RFC 3986: what signatures are made over.
pub(super) fn canonical(parameters: &Parameters) -> String {
    let mut sorted: Vec<&(Vec<u8>, Vec<u8>)> = parameters.iter().collect();
    sorted.sort();
    let pairs = sorted.into_iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Everything but letters, digits and `-_.~` as `%` with two digits.
pub(super) fn escape(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_as_it_was_written() {
        let all: Vec<u8> = (0..=255).collect();
        let written = canonical(&vec![(b"a".to_vec(), all.clone())]);
        for plus_is_blank in [true, false] {
            assert_eq!(value(&read(written.as_bytes(), plus_is_blank), "a"), Some(all.as_slice()));
        }
    }

    #[test]
    fn signs_that_libraries_escape_each_in_their_own_way_are_escaped_by_the_standard() {
        assert_eq!(escape(" +*~!'()文".as_bytes()), "%20%2B%2A~%21%27%28%29%E6%96%87");
        assert_eq!(value(&read(b"a=1+1", true), "a"), Some(b"1 1".as_slice()));
        assert_eq!(value(&read(b"a=1+1", false), "a"), Some(b"1+1".as_slice()));
        assert_eq!(value(&read(b"a=%", true), "a"), Some(b"%".as_slice()));
    }
}
