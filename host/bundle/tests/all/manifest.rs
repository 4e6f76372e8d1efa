//! The manifest: contradictions, and the values of settings.

use std::collections::BTreeMap;

use specialis_bundle::{BundleError, Manifest, SettingValue};
use specialis_core::BoundSide;

use super::{MANIFEST, chain, with};

/// Why the manifest in which `from` is `to` is refused.
fn refusal(from: &str, to: &str) -> String {
    let error = Manifest::parse(&with(MANIFEST, from, to)).expect_err("the manifest was read");
    assert!(matches!(error, BundleError::Contradiction { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused_with_what_to_do() {
    for (from, to, message) in [
        ("governs = [\"d.open\"]", "governs = []", "`governs` is empty; name at least one duty"),
        (
            "displaces = [{ duty = \"d.open\"",
            "displaces = [{ duty = \"d.other\"",
            "`displaces` names `d.other`, which `governs` does not; add it there",
        ),
        (
            "origin = { sector = \"film\" }",
            "origin = \"common\"",
            "only a sector's policy may ask to displace; remove `displaces` or give a sector",
        ),
        (
            "cites = { FILM = [\"16\"] }",
            "cites = { FILM = [\" \"] }",
            "rule `F1` cites nothing; name an instrument and its article under `cites`",
        ),
        (
            "duties = [\"d.open\"]",
            "duties = [\"d.open\", \"d.other\"]",
            "rule `F1` answers on `d.other`, which `governs` does not name",
        ),
        (
            "governs = [\"d.open\"]",
            "governs = [\"d.open\", \"d.idle\"]",
            "no rule answers on `d.idle`; add one or take it out of `governs`",
        ),
        (
            "actions = [\"redact\"]",
            "actions = [\"erase\"]",
            "`erase` is no text action; there are redact, replace, append, stop",
        ),
        ("default = 3", "default = 0", "setting `days`: the default 0 is out of bounds; give 1 to 9"),
        (
            "default = \"strict\"",
            "default = \"loose\"",
            "setting `reading`: the default `loose` is not one of strict, lenient",
        ),
    ] {
        assert_eq!(refusal(from, to), format!("`policy.toml`: {message}"));
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let error = Manifest::parse(&with(MANIFEST, "version =", "versoin =")).expect_err("the manifest was read");
    assert!(matches!(error, BundleError::Manifest { .. }), "{error:?}");
    let said = chain(&error);
    assert!(said.starts_with("`policy.toml` cannot be read: ") && said.contains("versoin"), "{said}");
    assert!(said.contains("line 3"), "{said}");
}

#[test]
fn settings_are_the_defaults_overlaid_by_what_the_operator_gives() {
    let manifest = Manifest::parse(MANIFEST).unwrap();
    let days = |n| SettingValue::Number(n);
    let strict = ("reading".to_owned(), SettingValue::Text("strict".to_owned()));
    let with = |given: &[(&str, SettingValue)]| {
        manifest.settings_with(&given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    };
    assert_eq!(with(&[]), Ok(BTreeMap::from([("days".to_owned(), days(3)), strict.clone()])));
    assert_eq!(with(&[("days", days(9))]), Ok(BTreeMap::from([("days".to_owned(), days(9)), strict])));
    assert_eq!(
        with(&[("day", days(1)), ("days", days(10)), ("reading", days(1))]),
        Err(vec![
            "policy `film` has no setting `day`; nearest is `days`".to_owned(),
            "policy `film`, setting `days`: the value 10 is out of bounds; give 1 to 9".to_owned(),
            "policy `film`, setting `reading`: the value is a number; give a word".to_owned(),
        ])
    );
}

#[test]
fn a_bound_has_short_words_and_a_side() {
    let manifest = Manifest::parse(MANIFEST).unwrap();
    let days = &manifest.settings["days"];
    assert_eq!((days.bound_words().zh, days.bound_words().en), ("天数", "days"));
    assert_eq!((days.bound_side(), manifest.settings["reading"].bound_side()), (Some(BoundSide::AtMost), None));

    let short = "zh = \"天数\"\nen = \"days\"\nshort = { zh = \"期限\", en = \"answered within\" }";
    let manifest = Manifest::parse(&with(MANIFEST, "zh = \"天数\"\nen = \"days\"", short)).unwrap();
    assert_eq!(manifest.settings["days"].bound_words().en, "answered within");
    let lowered = with(MANIFEST, "loosens-when = \"raised\"", "loosens-when = \"lowered\"");
    assert_eq!(Manifest::parse(&lowered).unwrap().settings["days"].bound_side(), Some(BoundSide::AtLeast));
}

#[test]
fn schemes_without_a_table_are_refused() {
    let reason = |bounds: &str| {
        format!(
            "[reasons.late]\nzh = \"迟\"\nen = \"late\"\nrests-on = {{ bounds = [{bounds}], schemes = [\"a\"] }}\n[settings.rows]\nzh = \"表\"\nen = \"table\"\n\
             default = [\"a/b=1\"]\nloosens-when = \"changed\"\n[settings.days]"
        )
    };
    assert_eq!(
        refusal("[settings.days]", &reason("\"days\"")),
        "`policy.toml`: reason `late` names schemes and no table; name a setting that is a list of rows under `bounds`"
    );
    Manifest::parse(&with(MANIFEST, "[settings.days]", &reason("\"rows\""))).unwrap();
}

#[test]
fn every_bound_of_the_built_in_policies_has_short_words() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-policies");
    let manifests = std::fs::read_dir(folder).unwrap().filter_map(|entry| {
        let text = std::fs::read_to_string(entry.unwrap().path().join("policy.toml")).ok()?;
        Some(Manifest::parse(&text).unwrap())
    });
    let manifests: Vec<Manifest> = manifests.collect();
    assert!(manifests.len() >= 7, "{}", manifests.len());
    for manifest in &manifests {
        for name in manifest.reasons.values().flat_map(|reason| &reason.rests_on.bounds) {
            assert!(manifest.settings[name].short.is_some(), "`{name}` of `{}`", manifest.id);
        }
    }
}
