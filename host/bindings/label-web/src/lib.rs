//! Labels of AI-generated content in a browser: [`read`] and [`check`] over the bytes of a file.
//!
//! Both answer with JSON in which every sentence stands in English and in Chinese. `cargo xtask label-checker` compiles this crate to
//! WebAssembly and puts it into one static page, of which `docs/label-checker` holds the parts. The crate holds no logic of its own:
//! `specialis-label` reads and judges.
//!
//! ```
//! let page = "<!DOCTYPE html><title>题</title><p>文</p>";
//! let answer = specialis_label_web::check("a.html", page.as_bytes());
//! assert!(answer.contains(r#""verdict":"not-found""#));
//! ```

mod answer;
mod refusal;

use std::io::Cursor;
use std::path::Path;

use serde::Serialize;
use specialis_label::{Container, Reading};
use wasm_bindgen::prelude::wasm_bindgen;

use answer::{Checked, ReadOut, Refused};
use refusal::Refusal;

/// The largest file that the page hands over, in bytes. A file and what it is compared with have to fit into the memory of one module.
pub const MAX_FILE: u32 = 1 << 29;

/// The labels of a file with their places, as JSON: `format`, `labels`, `remarks` and `trouble`, or `reason` where it has no label
/// of its own or no known format.
///
/// `name` is the name of the file: text has no sign of its format but the end of its name.
#[wasm_bindgen]
pub fn read(name: &str, bytes: &[u8]) -> String {
    json(&reading(name, bytes).map(|reading| ReadOut::of(&reading)))
}

/// What a check of a file says, as JSON: what [`read`] gives, and `verdict`, `says`, `means`, `findings`, `producer`.
#[wasm_bindgen]
pub fn check(name: &str, bytes: &[u8]) -> String {
    json(&reading(name, bytes).map(|reading| Checked::of(&reading)))
}

/// [`MAX_FILE`], for the page.
#[wasm_bindgen(js_name = maxFile)]
#[must_use]
pub fn max_file() -> u32 {
    MAX_FILE
}

fn reading(name: &str, bytes: &[u8]) -> Result<Reading, Refusal> {
    let path = Path::new(name);
    if Container::has_side_file(path) {
        return Err(Refusal::Beside(Container::side_file(path).display().to_string()));
    }
    let mut file = Cursor::new(bytes);
    let container = Container::detect(&mut file, path)?.ok_or(Refusal::Unknown)?;
    Ok(specialis_label::read(&mut file, container)?)
}

fn json(answer: &Result<impl Serialize, Refusal>) -> String {
    let text = match answer {
        Ok(answer) => serde_json::to_string(answer),
        Err(refusal) => serde_json::to_string(&Refused::of(refusal)),
    };
    // Texts and numbers alone: nothing in them that JSON cannot say. The page takes an empty answer for a failure.
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use specialis_label::{Label, write};

    use super::*;

    fn page(id: &str) -> Vec<u8> {
        let label = Label::generated("001191110000MAAAAAAA0210001", id).unwrap();
        let mut out = Vec::new();
        write(&mut Cursor::new("<!DOCTYPE html><title>题</title>"), &mut out, Container::Html, &label).unwrap();
        out
    }

    fn answer(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_label_is_read_with_its_place_in_both_languages() {
        let read = answer(&read("a.html", &page("c-1")));
        assert_eq!(read["format"], serde_json::json!({ "en": "HTML", "zh": "HTML" }));
        let label = &read["labels"][0];
        assert_eq!(label["fields"][1], serde_json::json!(["ContentProducer", "001191110000MAAAAAAA0210001"]));
        assert!(label["place"]["en"].as_str().unwrap().starts_with("byte ") && label["place"]["zh"].is_string());
        assert!(read.get("verdict").is_none());
    }

    #[test]
    fn a_check_says_what_is_wrong_where_and_what_to_do() {
        let good = answer(&check("a.html", &page("c-1")));
        assert_eq!((&good["verdict"], &good["says"]["zh"]), (&"compliant".into(), &"合规".into()));
        assert_eq!(good["labels"][0]["fields"][2][1], "c-1");
        let text = String::from_utf8(page("c-1")).unwrap().replace("&quot;1&quot;", "&quot;9&quot;");
        let text = text.replace("\"Label\":\"1\"", "\"Label\":\"9\"");
        let bad = answer(&check("a.html", text.as_bytes()));
        assert_eq!(bad["verdict"], "non-compliant");
        let finding = &bad["findings"][0];
        assert_eq!((&finding["rule"], &finding["severity"]), (&"attribute-not-1-2-3".into(), &"violation".into()));
        for key in ["asks", "place", "what", "fix"] {
            for lang in ["en", "zh"] {
                assert!(finding[key][lang].as_str().is_some_and(|said| !said.is_empty()), "{key} in {lang}: {finding}");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_carrier_is_refused_with_what_to_do() {
        let unknown = answer(&check("a.bin", b"\x01\x02"));
        assert!(unknown["reason"]["en"].as_str().unwrap().contains("PNG") && unknown.get("verdict").is_none());
        let beside = answer(&check("a.txt", "正文".as_bytes()));
        assert!(beside["reason"]["zh"].as_str().unwrap().contains("`a.txt.aigc.json`"));
        let side = answer(&check("a.txt.aigc.json", b"{}"));
        assert!(side["verdict"].is_string());
    }

    #[test]
    fn half_a_file_is_inconclusive_with_the_reason() {
        let half = answer(&check("a.jpg", b"\xFF\xD8\xFF\xE0\0\x10JFIF"));
        assert_eq!(half["verdict"], "inconclusive");
        assert!(half["trouble"]["en"].is_string() && half["trouble"]["zh"].is_string());
    }
}
