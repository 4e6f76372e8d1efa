//! Comments, scripts and front matter of HTML and Markdown, and labels beside a text.

use std::io::Cursor;

use specialis_label::{Container, Verdict, check, read, replace, write};

use super::{is_found, wide_of, wrapped};
use crate::round_trip::{label, whole_cycle};

#[test]
fn comments_and_scripts_of_pages_are_read() {
    let json = label().to_json();
    let page =
        |inner: &str| format!("<!DOCTYPE html><html><head><title>t</title></head><body>{inner}<p>文</p></body></html>");
    for (inner, place) in [
        (format!("<!-- AIGC: {} -->", wrapped()), "comment"),
        (format!("<!--{}-->", wrapped()), "comment"),
        (format!("<script type=\"application/json\" id=\"AIGC\">{json}</script>"), "script AIGC"),
        (format!("<script type='application/ld+json'>{}</script>", wrapped()), "script"),
    ] {
        let out = String::from_utf8(is_found(Container::Html, page(&inner).as_bytes(), place)).unwrap();
        assert!(out.contains("<body><p>文</p></body>"), "{out}");
    }
    // A script that only speaks of labels is a script.
    let script = page(&format!("<script>const label = '{}';</script>", wrapped()));
    assert!(read(&mut Cursor::new(script), Container::Html).unwrap().labels.is_empty());
    let text = format!("# 题\n\n<!-- AIGC {} -->\n\n文\n", wrapped());
    let out = String::from_utf8(is_found(Container::Markdown, text.as_bytes(), "comment")).unwrap();
    assert!(out.ends_with("# 题\n\n\n文\n"), "{out:?}");
    for (line, rest) in [
        (format!("[//]: # ({})\n", wrapped()), ""),
        (format!("[comment]: <> (AIGC {})\n", wrapped()), ""),
        (format!("[//]: # 'by me {}'\n", wrapped()), "[//]: # 'by me '\n"),
    ] {
        let out = is_found(Container::Markdown, format!("# 题\n\n{line}文\n").as_bytes(), "comment");
        assert!(String::from_utf8(out).unwrap().ends_with(&format!("# 题\n\n{rest}文\n")), "{line}");
    }
    let link = format!("[own]: https://example.com/# ({})\n", wrapped());
    assert!(
        read(&mut Cursor::new(link), Container::Markdown).unwrap().labels.is_empty(),
        "a link that leads somewhere"
    );
    let quoted = format!("# How to\n\n```html\n<!-- {} -->\n```\n", wrapped());
    assert!(read(&mut Cursor::new(quoted), Container::Markdown).unwrap().labels.is_empty(), "an example in code");
}

#[test]
fn a_page_in_another_encoding_keeps_its_front_matter() {
    let text = "---\r\ntitle: 一键标题\r\ntags: [题, 目]\r\n---\r\n\r\n正文，AI 写的。\r\n";
    let (bytes, ..) = encoding_rs::GBK.encode(text);
    assert_ne!(bytes.as_ref(), text.as_bytes());
    let out = whole_cycle(Container::Markdown, &bytes);
    let (out, _, is_odd) = encoding_rs::GBK.decode(&out);
    assert!(!is_odd && out.starts_with("---\r\ntitle: 一键标题\r\ntags: [题, 目]\r\nAIGC:\r\n"), "{out}");
    assert!(out.ends_with("---\r\n\r\n正文，AI 写的。\r\n"), "{out}");
    let wide: Vec<u8> = [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let refused = write(&mut Cursor::new(wide), &mut Vec::new(), Container::Markdown, &label()).unwrap_err();
    assert!(refused.to_string().contains("save it as UTF-8"), "{refused}");
}

#[test]
fn other_entries_of_front_matter_are_read() {
    let (json, text) = (label().to_json(), wrapped());
    let fields: String = label().fields().iter().map(|(key, value)| format!("{key}: \"{value}\"\n")).collect();
    let inner = fields.lines().map(|line| format!("      {line}\n")).collect::<String>();
    for (matter, place) in
        [(format!("note: '{text}'\n"), "front matter, note"), (fields.clone(), "front matter, fields of their own")]
    {
        let page = format!("---\ntitle: 题\n{matter}tags: [a]\n---\n\n文\n");
        let out = String::from_utf8(is_found(Container::Markdown, page.as_bytes(), place)).unwrap();
        assert!(out.starts_with("---\ntitle: 题\ntags: [a]\nAIGC:\n") && out.ends_with("---\n\n文\n"), "{out}");
    }
    // What cannot be told apart is found, and the page is refused.
    for (matter, place) in [
        (format!("note: 'by me {text} in May'\n"), "front matter, note"),
        (format!("meta:\n  AIGC: '{json}'\n  other: 1\n"), "front matter, AIGC"),
        (format!("meta:\n  - x\n  - made:\n{inner}"), "front matter, made"),
    ] {
        let page = format!("---\ntitle: 题\n{matter}---\n文\n");
        let reading = read(&mut Cursor::new(&page), Container::Markdown).unwrap();
        assert_eq!((reading.labels.len(), reading.labels[0].place.name.as_str()), (1, place), "{page}");
        assert_eq!(reading.labels[0].label.get("ProduceID"), Some("c-1"), "{page}");
        assert!(replace(&mut Cursor::new(&page), &mut Vec::new(), Container::Markdown, &label()).is_err(), "{page}");
    }
    for (matter, place) in [
        (format!("+++\ntitle = '题'\nnote = '{text}'\n+++"), "front matter in TOML"),
        (format!("{{\n  \"title\": \"题\",\n  \"AIGC\": {json}\n}}"), "front matter in JSON"),
    ] {
        let page = format!("{matter}\n\n文\n");
        let reading = read(&mut Cursor::new(&page), Container::Markdown).unwrap();
        assert_eq!((reading.labels.len(), reading.labels[0].place.name.as_str()), (1, place), "{page}");
        let refused = replace(&mut Cursor::new(&page), &mut Vec::new(), Container::Markdown, &label()).unwrap_err();
        assert!(refused.to_string().contains("write it in YAML"), "{refused}");
    }
    let page = format!("---\n{fields}---\n文\n");
    let report = check(&read(&mut Cursor::new(&page), Container::Markdown).unwrap());
    assert_eq!(report.rule_ids(), ["wrapper-name"], "{report:?}");
}

#[test]
fn a_page_that_begins_with_a_rule_has_no_front_matter() {
    for page in ["---\n\nA line between rules.\n\n---\n\nmore\n", "---\n- a\n- b\n---\n"] {
        let out = whole_cycle(Container::Markdown, page.as_bytes());
        assert!(String::from_utf8(out).unwrap().ends_with(page), "{page}");
    }
}

#[test]
fn a_label_beside_a_text_is_read_in_utf_16_too() {
    for bytes in [
        [vec![0xFF, 0xFE], wide_of(&wrapped())].concat(),
        wide_of(&wrapped()),
        format!("\u{feff}{}\r\n", wrapped()).into_bytes(),
    ] {
        let reading = read(&mut Cursor::new(bytes), Container::Side).unwrap();
        assert_eq!((check(&reading).verdict, reading.labels.len()), (Verdict::Compliant, 1), "{reading:?}");
    }
}
