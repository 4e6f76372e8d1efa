//! What is refused before it is ever called, and what an edition does with a policy that cannot start.

use specialis::{Candidate, Limits, SandboxError, StageCause, StageError};
use specialis_bundle::BundleError;
use specialis_core::{Context, EvaluationState, FaultKind, Level};
use specialis_tests::{Guest, Manifest, events, hosts};

use super::{assert_faults, assert_same_thousand, assert_same_thousand_at, beside_witness};

/// Why a candidate is refused.
fn refused(candidate: Candidate) -> StageError {
    hosts::builder(candidate).build().err().expect("it is refused")
}

/// Why a host does not load a component as a policy.
fn refusal(name: &str) -> StageError {
    let candidate = hosts::candidate().policy("hostile.wasm", Guest::from_file(name).component());
    let host = hosts::builder(candidate).build();
    host.err().unwrap_or_else(|| panic!("`{name}` was loaded"))
}

#[test]
fn an_undeclared_import_is_refused_by_name_with_the_way_out() {
    let error = refusal("undeclared-import");
    assert!(matches!(error.cause(), StageCause::Bundle(BundleError::ForeignImport { .. })), "{error:?}");
    let message = hosts::chain(&error);
    for words in ["`hostile.wasm`", "`wasi:random/random@0.2.0`", "a policy has no entropy"] {
        assert!(message.contains(words), "`{words}` is not in: {message}");
    }
    assert!(matches!(Guest::from_file("undeclared-import").try_pack(), Err(BundleError::ForeignImport { .. })));
}

#[test]
fn another_version_of_the_contract_is_refused_with_the_version_that_would_do() {
    let error = refusal("wrong-version");
    assert!(matches!(error.cause(), StageCause::Bundle(BundleError::NewerWit { .. })), "{error:?}");
    let message = hosts::chain(&error);
    for words in ["`specialis:policy/settings@0.2.0`", "specialis:policy up to 0.1.1"] {
        assert!(message.contains(words), "`{words}` is not in: {message}");
    }
}

#[test]
fn a_missing_export_is_refused_by_name() {
    let error = refusal("no-judge");
    assert!(
        matches!(error.cause(), StageCause::Bundle(BundleError::MissingExport { export: "configure" })),
        "{error:?}"
    );
    assert!(hosts::chain(&error).contains("`configure`"), "{error:?}");
}

#[test]
fn a_function_that_the_contract_does_not_have_is_refused() {
    let error = refused(hosts::candidate().policy("hostile", Guest::from_file("unknown-function").pack()));
    assert!(matches!(error.cause(), StageCause::Sandbox(SandboxError::Contract { .. })), "{error:?}");
}

#[test]
fn what_is_no_component_is_refused() {
    for bytes in [&b"not wasm"[..], b"", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0\xff\xff"] {
        let error = refused(hosts::candidate().policy("hostile", bytes));
        assert!(matches!(error.cause(), StageCause::Bundle(_)), "{error:?}");
        assert_eq!((error.file(), error.policy()), (Some("hostile"), None));
    }
}

#[test]
fn a_term_of_a_category_that_nobody_registered_is_refused_by_name() {
    let csv = "term,category\n样例词,a1.violance\n";
    let guest = Guest::from_file("trap").with_lexicon("terms.csv", csv);
    let error = refused(hosts::candidate().policy("hostile.wasm", guest.pack()));
    assert_eq!(error.policy().map(|policy| policy.as_str()), Some("hostile"));
    assert_eq!(
        error.cause().to_string(),
        "lexicon `terms.csv`: the category `a1.violance` of the term `样例词` is not in the registry; nearest is \
         `a1.violence`"
    );
}

#[test]
fn a_component_without_a_manifest_is_refused() {
    let error = refusal("trap");
    assert!(matches!(error.cause(), StageCause::Bundle(BundleError::MissingSection { .. })), "{error:?}");
}

#[test]
fn a_policy_that_cannot_start_refuses_the_edition() {
    for (name, expected) in
        [("slow-configure", FaultKind::Fuel), ("slow-start", FaultKind::Fuel), ("start-trap", FaultKind::Trap)]
    {
        let error = refused(beside_witness(&Guest::from_file(name)));
        assert_eq!(error.policy().map(|policy| policy.as_str()), Some("hostile"), "{name}");
        match error.cause() {
            StageCause::Sandbox(SandboxError::Configure { fault }) => assert_eq!(*fault, expected, "{name}"),
            other => panic!("`{name}`: {other:?}"),
        }
    }
}

#[test]
fn a_policy_that_cannot_start_may_be_kept_as_unavailable() {
    for (name, expected) in
        [("slow-configure", FaultKind::Fuel), ("slow-start", FaultKind::Fuel), ("start-trap", FaultKind::Trap)]
    {
        let guest = Guest::from_file(name);
        let host = hosts::host(beside_witness(&guest).keep_unavailable(true));
        let status = host.edition().policies();
        assert_eq!(
            status.iter().find(|one| one.id.as_str() == "hostile").and_then(|one| one.unavailable),
            Some(expected)
        );
        assert_faults(&host, expected);
        let decision = hosts::decide(&host, "ordinary", &Context::default(), &events::ordinary(1));
        assert_eq!(decision.evaluations["witness"].state, EvaluationState::Evaluated);
        // One of its duties fails to `stop`, on every event.
        let fresh = hosts::host(beside_witness(&guest).keep_unavailable(true));
        assert_same_thousand_at(&host, &fresh, Level::Stop);
    }
}

#[test]
fn a_policy_of_an_excluded_sector_that_cannot_start_disturbs_nobody() {
    let guest = Guest::from_file("slow-start").under(Manifest::hostile().of_sector("film"));
    let host = hosts::host(beside_witness(&guest).keep_unavailable(true));
    assert_same_thousand(&host, &host);
}

#[test]
fn what_is_refused_at_load_leaves_a_host_that_serves_alone() {
    let well_behaved = Guest::from_file("remembers");
    let host = hosts::host(beside_witness(&well_behaved));
    for name in ["undeclared-import", "wrong-version", "no-judge", "trap"] {
        refusal(name);
    }
    for name in ["unknown-function", "slow-configure", "slow-start", "start-trap", "refuses-settings"] {
        assert!(hosts::builder(beside_witness(&Guest::from_file(name))).build().is_err(), "`{name}` was loaded");
    }
    assert_same_thousand(&host, &hosts::host(beside_witness(&well_behaved)));
}

#[test]
fn a_policy_that_refuses_its_settings_is_not_loaded() {
    let error = refused(beside_witness(&Guest::from_file("refuses-settings")));
    assert!(matches!(error.cause(), StageCause::Sandbox(SandboxError::Settings { .. })), "{error:?}");
}

#[test]
fn a_slow_start_within_its_deadline_meets_the_clock_where_there_is_fuel_enough() {
    let limits = Limits { fuel_base: 1 << 60, deadline: std::time::Duration::from_millis(20), ..Limits::default() };
    let builder = hosts::builder(beside_witness(&Guest::from_file("slow-configure"))).limits(limits);
    let error = builder.build().err().expect("it is refused");
    let is_struck =
        matches!(error.cause(), StageCause::Sandbox(SandboxError::Configure { fault: FaultKind::Deadline }));
    assert!(is_struck, "{error:?}");
}

#[test]
fn a_refused_edition_leaves_the_live_one_alone() {
    let host = hosts::host(beside_witness(&Guest::from_file("remembers")));
    let before = host.edition().id().to_owned();
    let settings = [("nobody".into(), std::collections::BTreeMap::new())].into_iter().collect();
    let error = host.stage(host.edition().content().candidate().settings(settings)).err().expect("it is refused");
    assert!(matches!(error.cause(), StageCause::Settings { .. }), "{error:?}");
    assert_eq!(host.edition().id(), before);
    assert_eq!(hosts::decide(&host, "s", &Context::default(), &events::ordinary(3)).verdict, Level::Review);
}
