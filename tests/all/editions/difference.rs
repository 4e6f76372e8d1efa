//! The difference between editions: every kind of item, in the right class.

use std::collections::BTreeSet;

use specialis::{Candidate, ChangeClass, EditionContent};
use specialis_bundle::{Bundle, SettingValue};
use specialis_core::{
    Date, DutyClass, Grant, Ground, Interpreter, Level, MaySign, MeasureGrant, Mode, Origin, RankTest, Registry,
    SigningRole, Status, Trust, Unsigned, Warrant,
};
use specialis_tests::hosts;

fn edition(change: impl FnOnce(Tables) -> Tables) -> EditionContent {
    let registry = hosts::registry();
    let (platform, service) = specialis::config::profile(specialis_artifacts::PROFILE, &registry).unwrap();
    let tables = change(Tables { trust: hosts::built_in_trust(), registry, more: Vec::new(), fewer: BTreeSet::new() });
    let mut candidate =
        Candidate::default().platform(platform).service(service).trust(tables.trust).registry(tables.registry);
    for (name, bytes) in specialis_artifacts::POLICIES.iter().filter(|(name, _)| !tables.fewer.contains(name)) {
        candidate = candidate.policy(*name, *bytes);
    }
    for more in tables.more {
        candidate = more(candidate);
    }
    candidate.content(hosts::today()).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)))
}

struct Tables {
    trust: Trust,
    registry: Registry,
    more: Vec<fn(Candidate) -> Candidate>,
    fewer: BTreeSet<&'static str>,
}

/// What changes, both ways: a change that loosens must not loosen on the way back, unless it says so.
fn assert_change(change: impl FnOnce(&mut Tables), words: &str, there: ChangeClass, back: ChangeClass) {
    let before = edition(|tables| tables);
    let after = edition(|mut tables| {
        change(&mut tables);
        tables
    });
    let class = |changes: Vec<specialis::Change>, words: &str| {
        let shown: Vec<String> = changes.iter().map(|change| format!("{} {change}", change.class.as_str())).collect();
        let found = changes.into_iter().find(|change| change.to_string().contains(words));
        found.unwrap_or_else(|| panic!("nothing says `{words}` in {shown:?}")).class
    };
    assert_eq!(class(before.difference(&after), words), there, "{words}");
    let place = words.split(['`', ' ']).find(|word| word.contains('.')).unwrap_or("");
    let classes: BTreeSet<ChangeClass> = after.difference(&before).into_iter().map(|change| change.class).collect();
    assert!(classes.contains(&back), "back from `{words}` {place}: {classes:?}");
}

const UP: ChangeClass = ChangeClass::Tightening;
const DOWN: ChangeClass = ChangeClass::Loosening;
const NEUTRAL: ChangeClass = ChangeClass::Neutral;

#[test]
fn same_edition_has_no_difference() {
    assert_eq!(edition(|tables| tables).difference(&edition(|tables| tables)), []);
}

#[test]
fn policies_and_modes() {
    let fewer = |tables: &mut Tables| {
        tables.fewer.insert("education");
    };
    assert_change(fewer, "policy `education`: it is gone", DOWN, UP);
    let monitor = |tables: &mut Tables| tables.more.push(|candidate| candidate.mode("news", Mode::Monitor));
    assert_change(monitor, "policy `news`: from `enforce` to `monitor`", DOWN, UP);
    // A sector's policy that may relax brings the relaxation with it.
    let before = edition(|mut tables| {
        tables.fewer.insert("film");
        tables
    });
    let changes = before.difference(&edition(|tables| tables));
    let relaxes = changes.iter().find(|change| change.what.contains("may displace")).expect("it may");
    assert_eq!(relaxes.class, DOWN);
}

#[test]
fn settings_follow_what_the_manifest_says() {
    let mut seen = BTreeSet::new();
    for (name, bytes) in specialis_artifacts::POLICIES {
        let manifest = Bundle::parse(bytes).unwrap().manifest;
        for (setting, entry) in &manifest.settings {
            let SettingValue::Number(default) = entry.default else { continue };
            let raised = default + 1;
            if entry.max.is_some_and(|max| raised > max) {
                continue;
            }
            let expected = match entry.loosens_when {
                specialis_bundle::LoosensWhen::Raised | specialis_bundle::LoosensWhen::Changed => DOWN,
                specialis_bundle::LoosensWhen::Lowered => UP,
                specialis_bundle::LoosensWhen::Never => ChangeClass::Neutral,
            };
            // One of each is enough: every other value of a setting is code of its own.
            if !seen.insert(expected) {
                continue;
            }
            let settings = [(name.into(), [(setting.clone(), SettingValue::Number(raised))].into_iter().collect())];
            let before = edition(|tables| tables);
            let after = before.candidate().settings(settings.into_iter().collect());
            let after = after.content(hosts::today()).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
            let changes = before.difference(&after);
            let change = changes.iter().find(|change| change.what.contains(setting)).expect("it is named");
            assert_eq!(change.class, expected, "{name} {setting}");
        }
    }
    assert!(seen.len() >= 2, "{seen:?}");
}

#[test]
fn trust_policy() {
    let grant = |tables: &mut Tables| {
        tables.trust.grants.push(Grant {
            id: "film#9".to_owned(),
            signer: "specialis".into(),
            sector: "film".into(),
            duty: "im.art4.violence.screen".into(),
            instrument: "FILM".into(),
            article: "20".to_owned(),
            ground: Ground::Named,
            note: String::new(),
        });
    };
    assert_change(grant, "now grants", DOWN, UP);
    let warrant = |tables: &mut Tables| {
        let sources = vec!["user".into()];
        tables.trust.warrants.push(Warrant { fact: "subject.age".to_owned(), sources, services: Vec::new() });
    };
    assert_change(warrant, "`user` may now assert `subject.age`", DOWN, UP);
    let lenient = |tables: &mut Tables| tables.trust.rank_test = RankTest::Lenient;
    assert_change(lenient, "`rank-test` from `strict` to `lenient`", DOWN, UP);
    let unsigned = |tables: &mut Tables| tables.trust.unsigned = Unsigned::Allow;
    assert_change(unsigned, "unsigned policies are allowed", DOWN, UP);
    let required = |tables: &mut Tables| tables.trust.required.policies.clear();
    assert_change(required, "no longer requires the policy", DOWN, UP);
    let measures = |tables: &mut Tables| {
        tables.trust.measures.push(MeasureGrant { signer: "kitchen".into(), measures: vec!["append".into()] });
    };
    assert_change(measures, "now grants the measure `append to kitchen`", UP, DOWN);
    let interpreters = |tables: &mut Tables| tables.trust.interpreters.push(Interpreter { signer: "specialis".into() });
    assert_change(interpreters, "now lets bring an interpreter `specialis`", NEUTRAL, DOWN);
    let signing = |tables: &mut Tables| {
        let key = specialis_tests::key("kitchen").public().to_string();
        tables.trust.signers.insert("kitchen".into(), vec![key]);
        tables.trust.signing.push(MaySign {
            signer: "kitchen".into(),
            roles: vec![SigningRole::Author],
            origins: vec![Origin::Common],
            duties: vec!["*".to_owned()],
            approvals: 1,
            until: None::<Date>,
        });
    };
    assert_change(signing, "now trusts the key of", DOWN, UP);
}

#[test]
fn narrow_warrant_that_goes_can_widen_the_circle() {
    let before = edition(|mut tables| {
        let sources = vec!["registrar".into()];
        let warrant = Warrant { fact: "provider.origin".to_owned(), sources, services: Vec::new() };
        tables.trust.warrants.push(warrant);
        tables
    });
    let changes = before.difference(&edition(|tables| tables));
    let words: Vec<String> =
        changes.iter().map(|change| format!("{} {}", change.class.as_str(), change.what)).collect();
    assert!(words.contains(&"loosening `platform` may now assert `provider.origin`".to_owned()), "{words:?}");
    assert!(words.contains(&"tightening `registrar` may no longer assert `provider.origin`".to_owned()), "{words:?}");
}

#[test]
fn registry() {
    let duty = "im.art4.violence.screen";
    let lower = |tables: &mut Tables| tables.registry.duties.get_mut(duty).unwrap().fail = Level::Warn;
    assert_change(lower, "fails to `warn` after `review`", DOWN, UP);
    let floor =
        |tables: &mut Tables| tables.registry.duties.get_mut("im.art4.violence").unwrap().class = DutyClass::Derogable;
    assert_change(floor, "`im.art4.violence` is no longer a floor", DOWN, UP);
    let yields =
        |tables: &mut Tables| tables.registry.instruments.get_mut("IM").unwrap().yields_to.sectors.push("games".into());
    assert_change(yields, "instrument `IM` has another `yields-to`", DOWN, DOWN);
    let words = |tables: &mut Tables| tables.registry.instruments.get_mut("IM").unwrap().en.push('!');
    let before = edition(|tables| tables);
    let after = edition(|mut tables| {
        words(&mut tables);
        tables
    });
    assert_eq!(before.difference(&after), []);
}

#[test]
fn profile() {
    let unknown = |tables: &mut Tables| {
        tables.more.push(|candidate| {
            let registry = hosts::registry();
            let (_, mut service) = specialis::config::profile(specialis_artifacts::PROFILE, &registry).unwrap();
            service.defaults.sectors.insert("news".into(), Status::Unknown);
            candidate.service(service)
        });
    };
    assert_change(unknown, "sector `news` is `unknown` by default after `no`", UP, DOWN);
    let fewer = |tables: &mut Tables| {
        tables.more.push(|candidate| {
            let registry = hosts::registry();
            let mut platform = specialis::PlatformProfile::everything(&registry);
            platform.supports.remove("label-explicit");
            candidate.platform(platform)
        });
    };
    assert_change(fewer, "no longer carries out `label-explicit`", UP, DOWN);
}
