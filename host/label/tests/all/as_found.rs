//! Labels as careless programs write them, each with the verdict that can be defended. The providers are invented.

use std::io::Cursor;

use specialis_label::{Container, Report, Verdict, check, read};

/// Codes whose check characters fit; they belong to nobody.
pub(crate) const CODE: &str = "001191110000MAAAAAAA0210001";
const ID: &str = "3f1c9a52-77d0-4b1e-9c1d-0a2b3c4d5e6f";

fn report(page: &str) -> Report {
    check(&read(&mut Cursor::new(page), Container::Markdown).unwrap())
}

fn inline(json: &str) -> Report {
    report(&format!("---\nAIGC: {json}\n---\n\n正文\n"))
}

fn json(change: impl FnOnce(String) -> String) -> String {
    change(format!(
        "{{\"Label\":\"1\",\"ContentProducer\":\"{CODE}\",\"ProduceID\":\"{ID}\",\"ReservedCode1\":\"\",\
         \"ContentPropagator\":\"{CODE}\",\"PropagateID\":\"{ID}\",\"ReservedCode2\":\"\"}}"
    ))
}

#[test]
fn well_formed_labels_are_compliant() {
    assert_eq!(inline(&json(|json| json)).verdict, Verdict::Compliant, "{:?}", inline(&json(|json| json)));
    let mapping = format!(
        "---\ntitle: 标题\nAIGC:\n  ContentProducer: '{CODE}'\n  ContentPropagator: '{CODE}'\n  Label: '1'\n  ProduceID: {ID}\n  \
         PropagateID: {ID}\n  ReservedCode1: aGFzaA==\n  ReservedCode2: aGFzaA==\ntags: [a]\n---\n"
    );
    let found = report(&mapping);
    assert_eq!((found.verdict, found.rule_ids()), (Verdict::Compliant, vec![]), "{found:?}");
}

#[test]
fn a_code_without_an_extension_and_scalars_without_quotation_marks_are_compliant() {
    let bare = "001191110000MAAAAAAA0200000";
    assert_eq!(inline(&json(|json| json.replace(CODE, bare))).verdict, Verdict::Compliant);
    let signature = "D5JAzCK4WSYGSVxWUk0X/dtOVjpfT5FQYjuNJqQ+8PBzG9zxqDHYjN8GEL4jJky2uTiMkLrFFhuUvaKFEzpI==";
    let mapping = format!(
        "---\nAIGC:\n    Label: \"1\"\n    ContentProducer: {CODE}\n    ProduceID: {ID}\n    ReservedCode1: {signature}\n    \
         ContentPropagator: {CODE}\n    PropagateID: {ID}\n    ReservedCode2: {signature}\n---\n"
    );
    assert_eq!(report(&mapping).verdict, Verdict::Compliant, "{:?}", report(&mapping));
}

#[test]
fn a_name_and_empty_fields_in_the_packet_of_a_picture_are_told() {
    let json = "{&quot;Label&quot;:&quot;1&quot;,&quot;ContentProducer&quot;:&quot;vendor&quot;,&quot;ProduceID&quot;:&quot;f123b54e&quot;,\
                &quot;ReservedCode1&quot;:&quot;&quot;,&quot;ContentPropagator&quot;:&quot;&quot;,&quot;PropagateID&quot;:&quot;&quot;,\
                &quot;ReservedCode2&quot;:&quot;&quot;}";
    let packet = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description \
         xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/'><TC260:AIGC>{json}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    let file = crate::unusual::png(
        &[crate::unusual::chunk(b"iTXt", format!("XML:com.adobe.xmp\0\0\0\0\0{packet}").as_bytes())],
        &[],
    );
    let found = check(&read(&mut Cursor::new(file), Container::Png).unwrap());
    assert_eq!((found.verdict, found.rule_ids()), (Verdict::Compliant, vec![]), "{found:?}");
    assert!(found.findings.iter().any(|finding| finding.rule.id() == "propagator-empty"), "a note: {found:?}");
    assert_eq!((found.attribute.as_deref(), found.producer.as_deref()), (Some("1"), Some("vendor")));
    assert!(found.findings.iter().any(|finding| finding.rule.id() == "provider-name"), "a name is a note: {found:?}");
}

#[test]
fn each_breach_is_named_and_none_is_not_found() {
    let cases: [(&str, String, &[&str]); 12] = [
        (
            "an attribute that is none",
            json(|j| j.replace("\"Label\":\"1\"", "\"Label\":\"AIGC\"")),
            &["attribute-not-1-2-3"],
        ),
        ("a name with spaces", json(|j| j.replace(CODE, "Some Agent AI")), &["forbidden-character"]),
        ("a number of zeros", json(|j| j.replace(ID, &"0".repeat(32))), &["id-not-unique"]),
        ("misspelt keys", json(|j| j.replace("ReservedCode", "ReserveCode")), &["unknown-key", "missing-key"]),
        ("a short code", json(|j| j.replace(CODE, "001191110000MAAAAAAA02liux")), &["provider-code-malformed"]),
        ("the platform's name as number", json(|j| j.replace(CODE, "flow").replace(ID, "flow")), &["id-not-unique"]),
        (
            "fields of the propagator empty",
            json(|j| {
                j.replace("\"Label\":\"1\"", "\"Label\":\"3\"").replace(
                    &format!("\"ContentPropagator\":\"{CODE}\",\"PropagateID\":\"{ID}\""),
                    "\"ContentPropagator\":\"\",\"PropagateID\":\"\"",
                )
            }),
            &["propagator-empty"],
        ),
        (
            "a placeholder",
            json(|j| j.replace(&format!("\"PropagateID\":\"{ID}\""), "\"PropagateID\":\"%!s(MISSING)\"")),
            &["placeholder-value"],
        ),
        (
            "another order",
            json(|j| {
                j.replace("\"Label\":\"1\",", "")
                    .replace("\"ReservedCode2\":\"\"", "\"ReservedCode2\":\"\",\"Label\":\"1\"")
            }),
            &["key-order"],
        ),
        ("a number", json(|j| j.replace("\"Label\":\"1\"", "\"Label\":1")), &["value-not-text"]),
        ("a key twice", json(|j| j.replace("\"Label\":\"1\"", "\"Label\":\"1\",\"Label\":\"1\"")), &["duplicate-key"]),
        (
            "a key of its own",
            json(|j| j.replace("\"Label\":\"1\"", "\"Label\":\"1\",\"Model\":\"m\"")),
            &["unknown-key"],
        ),
    ];
    for (name, text, rules) in cases {
        let text = format!("{{\"AIGC\":{text}}}");
        let found = check(&read(&mut Cursor::new(&text), Container::Side).unwrap());
        assert_eq!(found.verdict, Verdict::NonCompliant, "{name}: {text}");
        assert_eq!(found.rule_ids(), rules, "{name}: {found:#?}");
    }
}

#[test]
fn broken_json_keeps_what_it_says() {
    let text = json(|json| format!("{{\"AIGC:{json}}}"));
    let found = check(&read(&mut Cursor::new(&text), Container::Side).unwrap());
    assert_eq!((found.verdict, found.attribute.as_deref()), (Verdict::NonCompliant, Some("1")));
    assert!(found.rule_ids().contains(&"json-malformed"));
    assert_eq!(found.producer.as_deref(), Some(CODE));
}

#[test]
fn front_matter_that_is_no_yaml_still_holds_its_label() {
    let found = report(&format!("---\ntitle: [\nAIGC: {}\n---\n", json(|json| json)));
    assert_eq!(found.verdict, Verdict::NonCompliant, "{found:?}");
    assert_eq!(found.attribute.as_deref(), Some("1"));
}

#[test]
fn two_labels_are_one_too_many() {
    let one = json(|json| json);
    let page = format!("<head><meta name='AIGC' content='{one}'><meta name=aigc content='{one}'></head>");
    let found = check(&read(&mut Cursor::new(page), Container::Html).unwrap());
    assert_eq!(found.rule_ids(), ["one-label"]);
}

#[test]
fn what_cannot_be_read_is_inconclusive_and_what_has_nothing_is_not_found() {
    assert_eq!(report("# 标题\n").verdict, Verdict::NotFound);
    assert_eq!(report("---\ntitle: AIGC 标识办法\n---\n").verdict, Verdict::NotFound);
    let cut = check(&read(&mut Cursor::new(b"\x89PNG\r\n\x1a\n\0\0"), Container::Png).unwrap());
    assert_eq!(cut.verdict, Verdict::Inconclusive);
    assert!(cut.findings[0].fix.contains("fetch the whole file again"), "{cut:?}");
}
