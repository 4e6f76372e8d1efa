//! Text in the encodings that metadata have: read so that it can be written again byte for byte.

/// How the bytes of a text were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// Each byte is a character: what is no UTF-8 is kept as it is.
    Bytes,
    Utf16 {
        is_little: bool,
    },
    /// The national standard of China, which holds GBK and GB 2312.
    Gb18030,
}

/// The text of bytes that are UTF-8, or else anything in which ASCII is ASCII.
pub(crate) fn decode(bytes: &[u8]) -> (String, Encoding) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), Encoding::Utf8),
        Err(_) => (latin_1(bytes), Encoding::Bytes),
    }
}

/// The text of a page in UTF-8 or in the encoding of the national standard; nothing for any other.
pub(crate) fn decode_page(bytes: &[u8]) -> Option<(String, Encoding)> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((text.to_owned(), Encoding::Utf8));
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    let is_same = encode(&text, Encoding::Gb18030) == bytes;
    is_same.then(|| (text.into_owned(), Encoding::Gb18030))
}

/// The text of bytes that may also be UTF-16, with a mark of its order or without: ASCII in it has a zero beside each character.
pub(crate) fn decode_wide(bytes: &[u8]) -> (String, Encoding) {
    let n_zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let is_little = match bytes {
        [0xFF, 0xFE, ..] => true,
        [0xFE, 0xFF, ..] => false,
        _ => {
            let (high, low) = (n_zeros(0), n_zeros(1));
            if high.max(low).saturating_mul(4) < bytes.len() {
                return decode(bytes);
            }
            low > high
        }
    };
    let encoding = Encoding::Utf16 { is_little };
    match utf_16(bytes, is_little) {
        Some(text) => (text, encoding),
        None => decode(bytes),
    }
}

/// Strict: nothing where a character is cut in two.
pub(crate) fn utf_16(bytes: &[u8], is_little: bool) -> Option<String> {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
    let unit = |pair: [u8; 2]| if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
    String::from_utf16(&units.map(unit).collect::<Vec<u16>>()).ok()
}

pub(crate) fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes of a text that was read in this way, or of a part of it.
pub(crate) fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Bytes => text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        Encoding::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        Encoding::Utf16 { is_little: true } => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16 { is_little: false } => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_the_same() {
        let wide = |is_little: bool| encode("{\"a\":\"题\"}", Encoding::Utf16 { is_little });
        for bytes in
            [b"{\"a\":1}".to_vec(), "题{}".as_bytes().to_vec(), vec![0xB1, 0xEA, b'{', 0xFF], wide(true), wide(false)]
        {
            let (text, encoding) = decode_wide(&bytes);
            assert!(text.contains('{'), "{text}");
            assert_eq!(encode(&text, encoding), bytes);
        }
        assert_eq!(decode_wide(&wide(false)).0, "{\"a\":\"题\"}");
        assert_eq!(utf_16(&[0x00, 0xD8], true), None);
    }
}
