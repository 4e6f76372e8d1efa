//! Versions of the contract, side by side: policies that were packed for an old one still load and answer the same, and what
//! fits none is told where it first differs.

use specialis::{SandboxError, StageCause};
use specialis_bundle::{Bundle, WitVersion, digest_of};
use specialis_core::{Context, Level};
use specialis_tests::{Guest, Manifest, events, files, hosts};

/// A frozen guest, with the digest it had when it was frozen, and the verdicts on four events.
type Frozen = (WitVersion, &'static str, &'static str, [Level; 4]);

/// The frozen guests.
const FROZEN: [Frozen; 2] = [
    (
        WitVersion::V0_1_0,
        "witness",
        "sha256:058ecd3e16075fe22f0c17fa4c247c0997dcbcbb94f509907f1b4465d83d7354",
        // It masks a stretch that no call showed, so that its third answer is a fault, and what it governs is reviewed.
        [Level::Pass, Level::Mark, Level::Review, Level::Review],
    ),
    (
        WitVersion::V0_1_1,
        "witness",
        "sha256:1a7bd78192678b029e766b2e6295f07acd28b11fa94edf0d9d11b44a1d7ab294",
        [Level::Pass, Level::Mark, Level::Warn, Level::Review],
    ),
];

/// The verdicts on the four events.
fn levels(file: Vec<u8>) -> [Level; 4] {
    let host = hosts::host(hosts::candidate().policy("frozen", file));
    [0, 1, 2, 3].map(|n| hosts::decide(&host, "s", &Context::default(), &events::ordinary(n)).verdict)
}

/// The versions that nothing is added to any more.
fn released() -> impl Iterator<Item = WitVersion> {
    WitVersion::ALL.iter().copied().filter(|version| *version <= WitVersion::RELEASED)
}

#[test]
fn every_version_has_a_frozen_guest_that_still_answers_as_it_did() {
    for version in released() {
        assert!(FROZEN.iter().any(|(frozen, ..)| *frozen == version), "no guest is frozen for {}", version.as_str());
    }
    for (version, name, digest, expected) in FROZEN {
        let file = files::repository().join(format!("tests/abi/{}/{name}.wasm", version.as_str()));
        let bytes = std::fs::read(file).unwrap();
        assert_eq!(digest_of(&bytes), digest, "`{name}` is frozen");
        assert_eq!(Bundle::parse(&bytes).unwrap().wit, version);
        assert_eq!(levels(bytes), expected, "{}", version.as_str());
    }
}

#[test]
fn the_guest_that_the_next_version_freezes_answers_as_the_frozen_one() {
    let packed = Guest::witness_by_value().pack();
    assert_eq!(Bundle::parse(&packed).unwrap().wit, WitVersion::NEWEST);
    let newest = FROZEN.iter().find(|(version, ..)| *version == WitVersion::RELEASED);
    assert_eq!(newest.map(|(.., expected)| *expected), Some(levels(packed)));
}

#[test]
fn the_frozen_guest_of_0_1_1_uses_what_that_version_added() {
    let bytes = std::fs::read(files::repository().join("tests/abi/0.1.1/witness.wasm")).unwrap();
    let imported = hosts::imports(&bytes);
    for function in ["event.read", "event.answer", "settings.data"] {
        assert!(imported.iter().any(|one| one == function), "{function} is not among {imported:?}");
    }
    // What it hands over is what its file has: without it, it answers nothing.
    let bundle = Bundle::parse(&bytes).unwrap();
    let without = specialis_bundle::Sources {
        component: bundle.component(),
        manifest: bundle.manifest_text,
        ..specialis_bundle::Sources::default()
    };
    assert_eq!(levels(specialis_bundle::pack(without).unwrap()), [Level::Pass; 4]);
}

#[test]
fn a_later_version_only_adds_functions_and_records() {
    let said = |version: WitVersion| specialis_tests::contract(version.as_str()).unwrap();
    for pair in WitVersion::ALL.windows(2) {
        let (earlier, later) = (said(pair[0]), said(pair[1]));
        let mut lines = later.lines();
        // Every line of the earlier one stands in the later one, in its order.
        for line in earlier.lines().filter(|line| !line.starts_with("package ")) {
            assert!(lines.any(|other| other == line), "{} lost `{line}`", pair[1].as_str());
        }
        assert_ne!(earlier.lines().count(), later.lines().count(), "{} adds nothing", pair[1].as_str());
    }
}

#[test]
fn a_released_contract_says_what_it_said() {
    for version in released() {
        let frozen = files::read(format!("abi/{}/contract.wit", version.as_str()));
        let now = specialis_tests::contract(version.as_str()).unwrap();
        assert_eq!(now, frozen, "{} is released; a change is a new version, see `wit/README.md`", version.as_str());
    }
}

/// A component that imports one function of one interface and exports what it should, but for the changes of a test.
fn component(change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let text = files::read("guests/unknown-function.wat");
    let changed = change(&text);
    let component = Guest::from_text("changed", &changed).component();
    let sources = specialis_bundle::Sources {
        component,
        manifest: Manifest::hostile().text(),
        ..specialis_bundle::Sources::default()
    };
    specialis_bundle::pack(sources).unwrap()
}

fn difference(change: impl FnOnce(&str) -> String) -> String {
    let candidate = hosts::candidate().policy("changed.wasm", component(change));
    let error = hosts::builder(candidate).build().err().expect("it does not fit");
    match error.cause() {
        StageCause::Sandbox(SandboxError::Contract { difference, version }) => {
            assert_eq!(*version, "0.1.0", "the version that the component asks for");
            difference.clone()
        }
        _ => panic!("{}", hosts::chain(&error)),
    }
}

#[test]
fn first_difference_is_named_in_words_of_the_contract() {
    let import = r#"(export "set" (func (param "name" string)))"#;
    let fits = r#"(export "line" (func (param "message" string)))"#;
    let with = |function: &'static str| {
        move |text: &str| text.replace(import, function).replace("settings@", "log@").replace("$settings", "$log")
    };
    assert_eq!(difference(str::to_owned), "it imports `settings.set`, which is not there");
    assert_eq!(
        difference(with(r#"(export "line" (func (param "message" u32)))"#)),
        "`log.line`: parameter `message` is `u32`, in the contract `string`"
    );
    assert_eq!(
        difference(with(r#"(export "line" (func (param "message" string) (param "level" u32)))"#)),
        "`log.line`: it has 2 parameters, the contract 1"
    );
    let found = difference(with(fits));
    assert!(found.starts_with("`judge`: result"), "{found}");
}
