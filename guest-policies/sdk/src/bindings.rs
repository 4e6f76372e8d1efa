//! The generated bindings of the contract. Nothing outside this crate names this module but the export macro.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "generated from wit/"
)]

wit_bindgen::generate!({
    path: "wit/since-v0.1.0",
    world: "policy",
    pub_export_macro: true,
    export_macro_name: "__export_bindings",
    default_bindings_module: "specialis_policy::bindings",
    additional_derives: [Default, PartialEq, Eq, Hash],
    additional_derives_ignore: [
        "value", "level", "param-value", "obligation", "answer", "demand", "finding", "extra", "param", "measure",
        "citation", "outcome", "sector-value", "sector-fact",
    ],
});
