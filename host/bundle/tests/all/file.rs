//! The file: component, sections, imports and exports.

use std::borrow::Cow;

use specialis_bundle::{Bundle, BundleError, NamedSection, Sources, pack};
use wasm_encoder::{ComponentSection as _, CustomSection, Encode as _};

use super::{MANIFEST, chain};

/// A component that exports what a policy exports, beside `more`.
fn component(more: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
          {more}
          (core module $m (func (export "configure")) (func (export "judge")))
          (core instance $i (instantiate $m))
          (func $configure (canon lift (core func $i "configure")))
          (func $judge (canon lift (core func $i "judge")))
          (export "configure" (func $configure))
          (export "judge" (func $judge)))"#
    ))
    .unwrap()
}

fn section(name: &str, text: &str) -> NamedSection {
    NamedSection { name: name.to_owned(), data: text.as_bytes().to_vec() }
}

pub(super) fn sources() -> Sources {
    Sources {
        component: component(""),
        manifest: MANIFEST.to_owned(),
        lexicons: vec![section("b.csv", "乙"), section("a.csv", "甲")],
        vectors: vec![section("F1.toml", "rule = \"F1\"")],
        data: vec![section("grades", "甲,1")],
    }
}

/// A file with one more custom section at its end.
fn and(mut bytes: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
    let section = CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) };
    bytes.push(section.id());
    section.encode(&mut bytes);
    bytes
}

fn refusal(bytes: &[u8]) -> BundleError {
    Bundle::parse(bytes).expect_err("the file was read")
}

#[test]
fn what_was_packed_is_read_back_whole() {
    let bytes = pack(sources()).unwrap();
    let bundle = Bundle::parse(&bytes).unwrap();
    assert_eq!((bundle.manifest.id.as_str(), bundle.manifest_text.as_str()), ("film", MANIFEST));
    assert_eq!(bundle.lexicons, [section("a.csv", "甲"), section("b.csv", "乙")]);
    assert_eq!(bundle.vectors, [section("F1.toml", "rule = \"F1\"")]);
    assert_eq!(bundle.data, [section("grades", "甲,1")]);
    assert_eq!((bundle.imports, &*bundle.bytes), (Vec::new(), &*bytes));
}

#[test]
fn the_same_sources_in_another_order_give_the_same_bytes() {
    let mut turned = sources();
    turned.lexicons.reverse();
    assert_eq!(pack(turned).unwrap(), pack(sources()).unwrap());
}

#[test]
fn data_that_the_code_reads_counts_as_code_and_lexicons_do_not() {
    let digest = |change: fn(&mut Sources)| {
        let mut changed = sources();
        change(&mut changed);
        Bundle::parse(&pack(changed).unwrap()).unwrap().code_digest()
    };
    let as_it_is = digest(|_| {});
    assert_ne!(digest(|sources| sources.data[0].data.push(b'0')), as_it_is);
    assert_ne!(digest(|sources| sources.data.clear()), as_it_is);
    assert_eq!(digest(|sources| sources.lexicons.clear()), as_it_is);
}

#[test]
fn sections_of_others_are_left_alone() {
    let bytes = and(and(pack(sources()).unwrap(), "producers", b"\xff"), "producers", b"again");
    assert_eq!(Bundle::parse(&bytes).unwrap().lexicons.len(), 2);
}

#[test]
fn a_section_that_stands_twice_is_refused() {
    for name in ["specialis:manifest", "specialis:lexicon/a.csv", "specialis:vectors/F1.toml"] {
        let error = refusal(&and(pack(sources()).unwrap(), name, MANIFEST.as_bytes()));
        assert!(matches!(error, BundleError::DuplicateSection { .. }), "{error:?}");
        let expected = format!("the custom section `{name}` stands twice; pack the policy again from its folder");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_section_that_lost_its_name_space_is_no_section_of_ours() {
    let error = refusal(&and(component(""), "manifest", MANIFEST.as_bytes()));
    assert!(matches!(error, BundleError::MissingSection { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the custom section `specialis:manifest` is missing; pack the policy from its folder"
    );
}

#[test]
fn a_manifest_that_is_not_utf_8_is_refused_with_the_place() {
    let error = refusal(&and(component(""), "specialis:manifest", b"id \xff"));
    assert!(matches!(error, BundleError::NotUtf8 { at: 3, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the custom section `specialis:manifest` is not UTF-8 from byte 3 on; save the file as UTF-8 and pack again"
    );
}

#[test]
fn what_is_no_component_is_refused_with_what_it_is() {
    for (bytes, reason) in [
        (&b"id = \"film\""[..], "it is not WebAssembly"),
        (b"", "it is not WebAssembly"),
        (b"\0asm\x01\0\0\0", "it is a core module"),
    ] {
        let error = refusal(bytes);
        assert!(matches!(error, BundleError::NotAComponent { .. }), "{error:?}");
        let expected = "it is not a whole WebAssembly component; fetch the file again, or build the policy and pack it with \
                        `specialis policy pack`";
        assert_eq!(chain(&error), format!("{expected}: {reason}"));
    }
    let whole = pack(sources()).unwrap();
    for end in 8..whole.len() {
        assert!(Bundle::parse(&whole[..end]).is_err() || end > component("").len(), "{end} bytes are a policy");
    }
}

#[test]
fn an_import_outside_the_contract_is_refused_with_the_way_out() {
    for (import, way_out) in [
        ("wasi:clocks/wall-clock@0.2.0", "read the day from `event.brief` instead of a clock"),
        ("wasi:random/random@0.2.0", "a policy has no entropy: use a `BTreeMap` or a hasher with fixed keys"),
        ("wasi:filesystem/types@0.2.0", "a policy has no files and no network: put data into settings or a lexicon"),
        ("wasi:sockets/tcp@0.2.0", "a policy has no files and no network: put data into settings or a lexicon"),
        ("wasi:http/types@0.2.0", "a policy has no files and no network: put data into settings or a lexicon"),
        ("wasi:cli/stdout@0.2.0", "build for `wasm32-unknown-unknown`, or with WASI stubbed out for other languages"),
        ("acme:tools/lookup@1.0.0", "only the interfaces of `specialis:policy` in `wit/` are there"),
        ("specialis:policy/secrets@0.1.0", "only the interfaces of `specialis:policy` in `wit/` are there"),
    ] {
        let bytes = component(&format!("(import \"{import}\" (instance))"));
        let error = pack(Sources { component: bytes, ..sources() }).expect_err("the component was packed");
        assert!(matches!(error, BundleError::ForeignImport { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("it imports `{import}`, which no policy may; {way_out}"));
    }
}

#[test]
fn another_version_of_the_contract_is_refused_with_the_one_that_is_served() {
    for (asked, said) in [
        (
            "0.1.2",
            "it needs `specialis:policy/event@0.1.2`; this host serves specialis:policy up to 0.1.1, update the host or build \
             it with the SDK of 0.1.1",
        ),
        (
            "0.0.9",
            "it was built against `specialis:policy/event@0.0.9`; this host serves specialis:policy@0.1.1, build it with the \
             matching SDK",
        ),
    ] {
        let bytes = component(&format!("(import \"specialis:policy/event@{asked}\" (instance))"));
        let error = pack(Sources { component: bytes, ..sources() }).expect_err("the component was packed");
        let is_newer = matches!(error, BundleError::NewerWit { .. });
        assert!(is_newer || matches!(error, BundleError::WitVersion { .. }), "{error:?}");
        assert_eq!((is_newer, error.to_string().as_str()), (asked == "0.1.2", said));
    }
}

#[test]
fn a_component_that_answers_nothing_is_refused() {
    let error = pack(Sources { component: wat::parse_str("(component)").unwrap(), ..sources() });
    let error = error.expect_err("the component was packed");
    assert!(matches!(error, BundleError::MissingExport { export: "configure" }), "{error:?}");
}
