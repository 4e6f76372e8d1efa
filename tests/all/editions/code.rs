//! Other code, vectors, rules and digests: they loosen, unless a policy's own author and an approver signed that very version.

use specialis::signed::PublishedFolder;
use specialis::{Candidate, Change, ChangeClass, Host};
use specialis_bundle::{Bundle, Sources};
use specialis_core::{Context, SigningRole};
use specialis_tests::{EditionFolder, Guest, Manifest, endorsed, events, hosts};

use super::attacks::{repacked, sectoral, with_policy};
use super::care::Slowing;
use super::{of_class, refused};

/// A vector of the policy `odd`: the level that its rule asks for.
fn vectors(level: &str) -> String {
    format!(
        "rule = \"H1\"\nas-of = \"2026-11-02\"\n[event]\nkind = \"output\"\ntext = \"x\"\n[[vector]]\nname = \"asks\"\n\
         expect = [{{ duty = \"im.art4.violence.screen\", case = \"require\", level = \"{level}\", reason = \"because\" }}]\n"
    )
}

/// A version of `odd` that asks for a level and has a vector that says so, signed by these.
fn version(version: &str, level: &str, by: &[(&str, SigningRole)]) -> Vec<u8> {
    endorsed(&packed(level, &sectoral().at(version), &vectors(level)), by)
}

fn packed(level: &str, manifest: &Manifest, vectors: &str) -> Vec<u8> {
    let answer = format!(
        r#"{{"findings": [{{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {{"require": {{"level": "{level}", "cite": {{"instrument": "IM", "article": "4(1)"}}, "reason": "because"}}}}}}]}}"#
    );
    let manifest = manifest.clone().on(&["output"]);
    let guest = Guest::from_file("answers").with("answer", &answer).under(manifest.clone());
    let vectors = specialis_bundle::NamedSection { name: "H1.toml".to_owned(), data: vectors.as_bytes().to_vec() };
    let (component, manifest) = (guest.component(), manifest.text());
    let sources = Sources { component, manifest, vectors: vec![vectors], ..Sources::default() };
    specialis_bundle::pack(sources).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)))
}

const BOTH: &[(&str, SigningRole)] = &[("kitchen", SigningRole::Author), ("reader", SigningRole::Approver)];

/// A folder whose first edition has version 1.0.0 of `odd`, which warns, and a host on it.
fn started() -> (EditionFolder, Host) {
    let folder = with_policy(&version("1.0.0", "warn", BOTH));
    folder.publish(&["alice", "bob"], |next| next.statement.reason = Some("the first".to_owned()));
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    (folder, host)
}

#[test]
fn what_author_and_approver_signed_goes_live_with_one_more_signature_where_it_is_no_laxer() {
    let (folder, host) = started();
    folder.write("policies/odd.wasm", &version("1.1.0", "stop", BOTH));
    folder.publish(&["alice"], |_| {});
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let changes = host.edition().record().changes.clone();
    let neutral = of_class(&changes, ChangeClass::Neutral);
    let code = "policy `odd`: other code, signed by its author `kitchen` and approved";
    assert!(neutral.contains(&code.to_owned()), "{neutral:?}");
    let stricter = "on a vector of the version before: H1 `asks`: on `im.art4.violence.screen` expected require warn \
                    `because`, found require stop `because`";
    let tightening = of_class(&changes, ChangeClass::Tightening);
    assert_eq!(tightening, [format!("policy `odd`: {stricter}")]);
    assert!(of_class(&changes, ChangeClass::Loosening).is_empty(), "{changes:?}");
}

#[test]
fn a_machine_with_much_other_work_does_not_make_an_edition_look_looser() {
    let (folder, host) = started();
    folder.write("policies/odd.wasm", &version("1.1.0", "stop", BOTH));
    folder.publish(&["alice"], |_| {});
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    // Whoever starts from the folder judges the vectors of the version before once more, here past the deadline of each call.
    let clock = Slowing::default();
    clock.slow(true);
    let started = folder.builder().and_then(|builder| builder.clock(clock).build());
    started.unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn what_answers_the_old_vectors_more_laxly_needs_two_approvers_live_and_at_every_start() {
    let (folder, host) = started();
    folder.write("policies/odd.wasm", &version("1.1.0", "mark", BOTH));
    let words = "on a vector of the version before: H1 `asks`";
    folder.publish(&["alice"], |next| next.statement.reason = Some("a guess".to_owned()));
    refused(folder.apply(&host).map(drop), "difference", words);
    refused(folder.host(), "difference", words);
    // Nor does a later statement carry it along.
    folder.publish(&["alice"], |next| next.manifest.redaction = Some("[removed]".to_owned()));
    refused(folder.apply(&host).map(drop), "difference", words);
    refused(folder.host(), "difference", words);
}

#[test]
fn two_approvers_may_publish_it_with_a_reason_and_one_may_go_on_from_there() {
    let (folder, host) = started();
    folder.write("policies/odd.wasm", &version("1.1.0", "mark", BOTH));
    folder.publish(&["alice", "bob"], |next| next.statement.reason = Some("counsel's opinion".to_owned()));
    folder.publish(&["alice"], |next| next.manifest.redaction = Some("[removed]".to_owned()));
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn the_root_key_and_a_reason_are_enough_for_a_running_host_too() {
    let (folder, host) = started();
    folder.write("policies/odd.wasm", &version("1.1.0", "mark", BOTH));
    folder.publish(&["root"], |next| next.statement.reason = Some("an order of the authority".to_owned()));
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn code_that_its_author_did_not_sign_loosens_for_one_approver_and_for_two_without_a_reason() {
    let (folder, host) = started();
    // Pinned in the trust policy instead of being signed.
    let bytes = packed("stop", &sectoral().at("1.1.0"), &vectors("stop"));
    folder.write("policies/odd.wasm", &bytes);
    let digest = specialis_bundle::digest_of(&bytes);
    folder.edit("trust.toml", |text| text.replacen("kitchen = [", &format!("kitchen = [\"{digest}\", "), 1));
    let sign = |signers: &[&str], reason: Option<&str>| {
        folder.sign(signers, |next| next.statement.reason = reason.map(str::to_owned));
        folder.check(&host)
    };
    refused(sign(&["alice"], Some("because")), "difference", "policy `odd`: other code");
    refused(sign(&["alice", "bob"], None), "difference", "no reason");
    sign(&["alice", "bob"], Some("counsel's opinion")).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn a_stub_under_the_manifest_of_a_policy_is_refused_live_and_at_the_start() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    repacked(&folder, "general", |sources| sources.component = Guest::from_file("trap").component());
    folder.publish(&["alice"], |next| next.statement.reason = Some("a faster build".to_owned()));
    refused(folder.apply(&host).map(drop), "difference", "policy `general`: other code");
    refused(folder.host(), "difference", "policy `general`: other code");
}

/// The words of everything that loosens when `odd` is another file, without its author's signature.
fn loosening(was: Vec<u8>, is: Vec<u8>) -> Vec<String> {
    let content = |bytes: Vec<u8>| {
        let content = hosts::candidate().policy("odd", bytes).content(hosts::today());
        content.unwrap_or_else(|e| panic!("{}", hosts::chain(&e)))
    };
    let changes: Vec<Change> = content(was).difference(&content(is));
    of_class(&changes, ChangeClass::Loosening)
}

#[test]
fn fewer_or_changed_vectors_and_other_citations_loosen() {
    let manifest = sectoral();
    let vector = vectors("warn");
    let was = || packed("warn", &manifest, &vector);
    let two = format!(
        "{vector}[[vector]]\nname = \"again\"\nexpect = [{{ duty = \"im.art4.violence.screen\", case = \"none\" }}]\n"
    );
    let dropped = "policy `odd`: vectors removed or changed: H1 `asks`";
    assert_eq!(loosening(was(), packed("warn", &manifest, &vector.replace("text = \"x\"", "text = \"y\""))), [dropped]);
    assert_eq!(loosening(was(), packed("warn", &manifest, &vector.replace("2026-11-02", "2026-11-03"))), [dropped]);
    assert!(loosening(was(), packed("warn", &manifest, &two)).is_empty(), "one more is no change of the others");
    assert_eq!(
        loosening(packed("warn", &manifest, &two), was()),
        ["policy `odd`: vectors removed or changed: H1 `again`"]
    );
    let bundle = Bundle::parse(&was()).unwrap();
    let cites = bundle.manifest_text.replacen("\"4(1)\"", "\"4(2)\"", 1);
    assert_ne!(cites, bundle.manifest_text);
    let component = Guest::from_file("trap").under(manifest.clone()).component();
    let sources = |text: &str| Sources {
        component: component.clone(),
        manifest: text.to_owned(),
        vectors: bundle.vectors.clone(),
        ..Sources::default()
    };
    let pack = |text: &str| specialis_bundle::pack(sources(text)).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let words = loosening(pack(&bundle.manifest_text), pack(&cites));
    assert_eq!(words, ["policy `odd`: rule `H1` has other citations"]);
}

#[test]
fn the_digest_of_code_does_not_depend_on_what_stands_beside_it() {
    let one = Bundle::parse(&packed("warn", &sectoral(), &vectors("warn"))).unwrap();
    let other = Bundle::parse(&packed("warn", &sectoral().at("9.9.9"), &vectors("stop"))).unwrap();
    let signed = Bundle::parse(&version("1.0.0", "warn", BOTH)).unwrap();
    assert_eq!(one.code_digest(), other.code_digest());
    assert_eq!(one.code_digest(), signed.code_digest());
    let code = Bundle::parse(&packed("stop", &sectoral(), &vectors("warn"))).unwrap();
    assert_ne!(one.code_digest(), code.code_digest());
}

#[test]
fn vectors_of_the_edition_that_go_or_change_loosen() {
    let case = "as-of = \"2026-11-02\"\n[event]\nkind = \"output\"\ntext = \"x\"\n[[vector]]\nname = \"all\"\nverdict = \"pass\"\n";
    let content = |candidate: Candidate| candidate.content(hosts::today()).unwrap();
    let with = content(hosts::candidate().vectors("vectors/a.toml", case));
    let without = content(hosts::candidate());
    assert_eq!(of_class(&with.difference(&without), ChangeClass::Loosening), ["vectors: `all` is gone or another"]);
    assert!(of_class(&without.difference(&with), ChangeClass::Loosening).is_empty());
    let laxer = content(
        hosts::candidate().vectors("vectors/a.toml", case.replace("verdict = \"pass\"", "obligations = [\"stop\"]")),
    );
    assert_eq!(of_class(&with.difference(&laxer), ChangeClass::Loosening), ["vectors: `all` is gone or another"]);
    // The same vectors under another name are the same vectors.
    let renamed = content(hosts::candidate().vectors("vectors/b.toml", case));
    assert!(with.difference(&renamed).is_empty());
}

#[test]
fn a_digest_that_is_newly_trusted_loosens_unless_its_author_and_an_approver_signed_the_file() {
    let (folder, host) = started();
    let unused = specialis_bundle::digest_of(b"a file to come");
    folder.edit("trust.toml", |text| text.replacen("kitchen = [", &format!("kitchen = [\"{unused}\", "), 1));
    folder.sign(&["alice"], |_| {});
    refused(folder.check(&host), "difference", "trust policy: now trusts the digest");
    let signed = version("1.1.0", "stop", BOTH);
    folder.write("policies/odd.wasm", &signed);
    folder.replace("trust.toml", &unused, &specialis_bundle::digest_of(&signed));
    folder.sign(&["alice"], |_| {});
    folder.check(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn a_revoked_version_that_is_signed_again_stays_revoked() {
    let (folder, host) = started();
    let file = version("1.0.0", "warn", BOTH);
    folder.state(&["bob"], |next| {
        next.revoked.insert(specialis_bundle::digest_of(&file));
    });
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let fault = |host: &Host| {
        let context = Context { sectors: [("test".into(), specialis_core::Status::Yes)].into(), ..Context::default() };
        let decision = hosts::decide(host, "s", &context, &events::ordinary(0));
        decision.evaluations["odd"].fault.as_ref().map(|fault| fault.kind)
    };
    assert_eq!(fault(&host), Some(specialis_core::FaultKind::Revoked));
    // The same bytes under other signatures are another file.
    let again = endorsed(
        Bundle::parse(&file).unwrap().content(),
        &[("kitchen", SigningRole::Author), ("reader", SigningRole::Approver)],
    );
    let again = Bundle::parse(&again)
        .unwrap()
        .sign(&specialis_tests::key("reader"), SigningRole::Approver, specialis_tests::day("2027-01-01"))
        .unwrap();
    assert_ne!(again, file);
    folder.write("policies/odd.wasm", &again);
    folder.sign(&["alice", "bob"], |next| next.statement.reason = Some("signed again".to_owned()));
    refused(folder.check(&host), "verify", "was revoked");
    PublishedFolder::new(folder.published_dir()).unwrap().publish(&folder.dir()).unwrap();
    refused(folder.host(), "verify", "was revoked");
}
