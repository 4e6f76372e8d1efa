//! A policy that is tried beside the live edition.

use specialis_core::{Context, Level, Status};
use specialis_tests::{Manifest, events, hosts};

use super::{answering, refused};

#[test]
fn policy_that_is_tried_decides_beside_the_live_edition_and_leaves_no_trace() {
    let host = hosts::host(hosts::candidate().policy("one", answering("warn", Manifest::witness())));
    let live = host.edition().id().to_owned();
    let tried = host.try_policy(answering("stop", Manifest::witness().called("two")), hosts::registry()).unwrap();
    let verdict = |context: Context| {
        let decision = tried.open("s", context, hosts::today()).submit(events::ordinary(0)).decision;
        assert!(decision.what_if && decision.edition == tried.edition().id());
        decision.verdict
    };
    assert_eq!(verdict(Context::default()), Level::Stop);
    // In place of the one of its id, whatever its version and though it loosens.
    let milder = host.try_policy(answering("pass", Manifest::witness()), hosts::registry()).unwrap();
    let decision = milder.open("s", Context::default(), hosts::today()).submit(events::ordinary(0)).decision;
    assert_eq!((decision.verdict, milder.edition().content().policies().len()), (Level::Pass, 1));
    let error = refused(host.try_policy(b"no component".to_vec(), hosts::registry()).map(drop), "read", "component");
    assert_eq!(host.edition().id(), live);
    let status = format!("{:?}", host.status());
    assert!(!status.contains("two") && !status.contains(&error.to_string()), "{status}");
    assert_eq!(hosts::decide(&host, "s", &Context::default(), &events::ordinary(0)).verdict, Level::Warn);
}

#[test]
fn session_is_in_the_sector_of_a_policy_that_is_tried_unless_it_says_otherwise() {
    let host = hosts::host(hosts::candidate().policy("one", answering("warn", Manifest::witness())));
    let policy = answering("stop", Manifest::witness().called("tea").of_sector("tea"));
    let tried = host.try_policy(policy, hosts::registry()).unwrap();
    let verdict =
        |context: Context| tried.open("s", context, hosts::today()).submit(events::ordinary(0)).decision.verdict;
    let outside = Context { sectors: [("tea".into(), Status::No)].into(), ..Context::default() };
    assert_eq!((verdict(Context::default()), verdict(outside)), (Level::Stop, Level::Warn));
}

#[test]
fn policies_with_one_component_that_are_tried_one_after_the_other_compile_it_once() {
    let host = hosts::host(hosts::candidate().policy("one", answering("warn", Manifest::witness())));
    let compiled = || host.status().code.n_compiled;
    let before = compiled();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let policy = answering("stop", Manifest::witness().called("two").at(version));
        drop(host.try_policy(policy, hosts::registry()).unwrap());
    }
    assert_eq!(compiled(), before + 1);
}
