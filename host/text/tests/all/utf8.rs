//! Bytes that come in chunks.

use proptest::prelude::*;
use specialis_text::Utf8Assembler;

/// The text of all chunks, or where it breaks.
fn assemble(chunks: &[&[u8]]) -> Result<String, usize> {
    let mut assembler = Utf8Assembler::new();
    let mut text = String::new();
    for chunk in chunks {
        text.push_str(assembler.push(chunk).map_err(|error| error.at())?);
    }
    assembler.finish().map_err(|error| error.at())?;
    Ok(text)
}

#[test]
fn what_is_not_utf8_is_an_error_with_its_place() {
    assert_eq!(assemble(&[b"ab", b"\xFF"]), Err(2));
    assert_eq!(assemble(&[b"ab\xE4", b"a"]), Err(2));
    assert_eq!(assemble(&[b"ab\xE4\xB8"]), Err(2), "cut at the end");
    assert_eq!(assemble(&["中".as_bytes(), b"\xED\xA0", b"\x80"]), Err(3), "half a surrogate pair");
    assert_eq!(assemble(&[b"\xC0\x80"]), Err(0), "too long a form");
    assert_eq!(assemble(&[b"", b""]), Ok(String::new()));
}

#[test]
fn a_broken_channel_stays_broken() {
    let mut assembler = Utf8Assembler::new();
    assert!(assembler.push(b"ab").is_ok());
    for _ in 0..3 {
        assert_eq!(assembler.push(b"\xFFab").map_err(|error| error.at()), Err(2));
        assert_eq!(assembler.push(b"ab").map_err(|error| error.at()), Err(2));
    }
    assert!(assembler.finish().is_err());
}

proptest! {
    #[test]
    fn cut_anywhere_it_is_the_text(text: String, cuts in proptest::collection::vec(any::<usize>(), 0..9)) {
        let bytes = text.as_bytes();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
        ends.sort_unstable();
        let chunks: Vec<&[u8]> = ends.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(assemble(&chunks), Ok(text.clone()));
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(assemble(&singles), Ok(text));
    }

    #[test]
    fn any_bytes_are_read_as_the_standard_library_reads_them(bytes: Vec<u8>) {
        let expected = std::str::from_utf8(&bytes).map(str::to_owned).map_err(|error| error.valid_up_to());
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(assemble(&[&bytes]), expected.clone());
        prop_assert_eq!(assemble(&singles), expected);
    }
}
