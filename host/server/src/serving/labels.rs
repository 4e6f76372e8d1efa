//! The implicit label of a text: metadata that goes out beside it.

use specialis_label::Label;

/// The implicit label for content under an id, as JSON in ASCII so that a header can carry it. None where the
/// producer's code cannot stand in a label.
pub(crate) fn implicit_label(producer: &str, id: &str) -> Option<String> {
    Label::generated(producer, id).ok().map(|label| ascii(&label.to_json()))
}

/// JSON with everything beyond ASCII escaped.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_fits_a_header_and_is_read_again() {
        let label = implicit_label("001191110102MAD55U9H0F10002", "exchange-1").unwrap();
        assert!(label.is_ascii());
        assert!(serde_json::from_str::<serde_json::Value>(&label).is_ok(), "{label}");
        assert_eq!(implicit_label("Some Agent", "exchange-1"), None);
        assert_eq!(ascii("{\"名\":1}"), "{\"\\u540d\":1}");
    }
}
