//! What is tried against editions, one test each: all of it is refused, and the live edition stays.

use std::fs;

use specialis::{Candidate, StageCause};
use specialis_bundle::Bundle;
use specialis_core::{Age, Audience, Context, Event, EventKind, Level, Mode, RefusedFact, SigningRole, Status};
use specialis_tests::{EditionFolder, Guest, Manifest, day, endorsed, hosts, key};

use super::refused;

const AUTHOR: SigningRole = SigningRole::Author;
const APPROVER: SigningRole = SigningRole::Approver;

/// Authorization for `kitchen` to write for the sector `test` and for `reader` to approve that.
fn trust() -> String {
    let (kitchen, reader) = (key("kitchen").public(), key("reader").public());
    let trust = specialis_artifacts::TRUST;
    format!(
        r#"{trust}
kitchen = ["{kitchen}"]
reader = ["{reader}"]

[[signing]]
signer = "kitchen"
roles = ["author"]
origins = [{{ sector = "test" }}]
duties = ["im.art4.*", "im.art12.marking"]

[[signing]]
signer = "reader"
roles = ["approver"]
origins = [{{ sector = "test" }}, {{ sector = "film" }}]
duties = ["*"]
"#
    )
}

/// A policy for the sector `test`.
pub(super) fn sectoral() -> Manifest {
    Manifest { governs: vec!["im.art4.violence.screen".to_owned()], ..Manifest::hostile() }
        .called("odd")
        .of_sector("test")
}

/// A signed edition with one more policy beside the built-in ones, and a trust policy that knows its author.
pub(super) fn with_policy(bytes: &[u8]) -> EditionFolder {
    let folder = EditionFolder::new();
    folder.write("policies/odd.wasm", bytes);
    folder.write("trust.toml", trust().as_bytes());
    folder.edit("profile.toml", |text| format!("{text}test = \"no\"\n"));
    folder
}

/// The host that is started where the edition is published, or why it is not.
fn start(folder: &EditionFolder) -> Result<specialis::Host, specialis::StageError> {
    folder.publish(&["alice", "bob"], |next| next.statement.reason = Some("the first".to_owned()));
    folder.host()
}

fn sound() -> Vec<u8> {
    endorsed(&super::answering("warn", sectoral()), &[("kitchen", AUTHOR), ("reader", APPROVER)])
}

#[test]
fn what_author_and_approver_signed_is_loaded() {
    let host = start(&with_policy(&sound())).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let policies = host.edition().policies();
    let odd = policies.iter().find(|policy| policy.id.as_str() == "odd").expect("it is loaded");
    assert_eq!(odd.signer, "kitchen");
}

#[test]
fn unsigned_is_refused() {
    refused(start(&with_policy(&super::answering("warn", sectoral()))), "verify", "nobody whom the trust policy names");
}

#[test]
fn wrong_key_is_refused() {
    let bytes = super::answering("warn", sectoral());
    let bytes = endorsed(&bytes, &[("stranger", AUTHOR), ("reader", APPROVER)]);
    refused(start(&with_policy(&bytes)), "verify", "nobody whom the trust policy names");
}

#[test]
fn signature_in_the_name_of_a_known_key_by_another_is_refused() {
    let (known, forged) = (key("kitchen").public().id().to_string(), key("stranger").public().id().to_string());
    let bytes = super::answering("warn", sectoral());
    let mut bytes = endorsed(&bytes, &[("stranger", AUTHOR), ("reader", APPROVER)]);
    let at = bytes.windows(forged.len()).position(|window| window == forged.as_bytes()).expect("it is named");
    bytes[at..at + known.len()].copy_from_slice(known.as_bytes());
    refused(start(&with_policy(&bytes)), "verify", "does not fit");
}

#[test]
fn key_for_another_sector_is_refused() {
    let film = sectoral().of_sector("film").called("odd");
    let bytes = endorsed(&super::answering("warn", film), &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    refused(start(&with_policy(&bytes)), "verify", "`kitchen` may not sign for the sector `film`");
}

#[test]
fn duty_outside_the_leave_is_refused() {
    let wide = Manifest { governs: vec!["im.art20.overseas".to_owned()], ..sectoral() };
    let answer = Guest::from_file("trap").under(wide).pack();
    let bytes = endorsed(&answer, &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    refused(start(&with_policy(&bytes)), "verify", "a policy that governs `im.art20.overseas`");
}

#[test]
fn author_without_approver_is_refused() {
    let bytes = endorsed(&super::answering("warn", sectoral()), &[("kitchen", AUTHOR)]);
    refused(start(&with_policy(&bytes)), "verify", "0 of 1 approval is there");
}

#[test]
fn author_who_approves_himself_is_refused() {
    let bytes = endorsed(&super::answering("warn", sectoral()), &[("kitchen", AUTHOR), ("kitchen", APPROVER)]);
    refused(start(&with_policy(&bytes)), "verify", "approve");
}

#[test]
fn who_signs_indexes_approves_no_policy() {
    let by = [("kitchen", AUTHOR), ("reader", SigningRole::Indexer)];
    let bytes = endorsed(&super::answering("warn", sectoral()), &by);
    refused(start(&with_policy(&bytes)), "verify", "`reader` may not sign a policy as indexer");
}

fn versioned(version: &str) -> Vec<u8> {
    endorsed(&super::answering("warn", sectoral().at(version)), &[("kitchen", AUTHOR), ("reader", APPROVER)])
}

#[test]
fn older_version_is_refused_but_by_a_rollback() {
    let folder = with_policy(&versioned("1.0.9"));
    let host = start(&folder).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let first = folder.newest_edition();
    folder.write("policies/odd.wasm", &versioned("1.1.0"));
    folder.publish(&["alice"], |_| {});
    folder.apply(&host).unwrap();
    folder.write("policies/odd.wasm", &versioned("1.0.10"));
    folder.sign(&["alice", "bob"], |next| next.statement.reason = Some("1.1.0 misreads recipes".to_owned()));
    let error = refused(folder.check(&host), "verify", "1.1.0 was already live");
    assert_eq!(error.policy().map(|id| id.as_str()), Some("odd"));
    folder.state(&["alice"], |next| next.edition = first);
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    // What comes after is held against what is live now.
    folder.write("policies/odd.wasm", &versioned("1.0.10"));
    folder.publish(&["alice"], |_| {});
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn versions_are_compared_as_versions_and_build_metadata_does_not_count() {
    let folder = with_policy(&versioned("1.10.0"));
    let host = start(&folder).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    for (version, words) in [
        ("1.9.0", "1.10.0 was already live"),
        ("1.10.0-rc.1", "1.10.0 was already live"),
        ("1.10.0+again", "it is another file than"),
    ] {
        folder.write("policies/odd.wasm", &versioned(version));
        folder.sign(&["alice", "bob"], |next| next.statement.reason = Some("a test".to_owned()));
        refused(folder.check(&host), "verify", words);
    }
}

#[test]
fn a_version_that_is_none_is_refused_when_it_is_packed_and_when_it_is_loaded() {
    for version in ["2.0", "1", "", "v1.0.0", "1.0.0.0", "latest", "01.0.0", "1.0.0 "] {
        let text = sectoral().at(version).text();
        let component = Guest::from_file("trap").under(sectoral()).component();
        let sources = specialis_bundle::Sources { component, manifest: text, ..Default::default() };
        let error = specialis_bundle::pack(sources).expect_err(version);
        assert!(hosts::chain(&error).contains("major.minor.patch"), "{version}: {}", hosts::chain(&error));
    }
    // A file that carries one all the same: the manifest is exchanged in the bytes.
    let sound = Guest::from_file("trap").under(sectoral().at("1.0.0")).pack();
    let at = sound.windows(5).position(|window| window == b"1.0.0").expect("it is there");
    let mut odd = sound;
    odd[at..at + 5].copy_from_slice(b"1.0.x");
    let host = hosts::builder(hosts::candidate()).build().unwrap();
    refused(host.stage(super::life::candidate(&[("odd", odd)])), "read", "major.minor.patch");
}

#[test]
fn expired_signature_and_expired_statement_are_refused() {
    let bytes = super::answering("warn", sectoral());
    let bundle = Bundle::parse(&bytes).unwrap();
    let bytes = bundle.sign(&key("kitchen"), AUTHOR, day("2026-11-01")).unwrap();
    let bytes = endorsed(&bytes, &[("reader", APPROVER)]);
    refused(start(&with_policy(&bytes)), "verify", "until 2026-11-01, and that is past");
    let folder = with_policy(&sound());
    folder.publish(&["alice", "bob"], |next| {
        next.statement.reason = Some("the first".to_owned());
        (next.statement.made, next.statement.expires) = (day("2026-10-01"), day("2026-11-01"));
    });
    refused(folder.host(), "verify", "2026-11-01, and that is past");
}

#[test]
fn one_byte_changed_in_any_section_is_refused() {
    let bytes = sound();
    let folder = with_policy(&bytes);
    let mut at = 8;
    let mut n_sections = 0;
    while at < bytes.len() {
        let (size, length) = leb(&bytes[at + 1..]);
        let start = at + 1 + length;
        for at in [start, start + size / 2, start + size - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            folder.write("policies/odd.wasm", &changed);
            let candidate = folder.unchecked(&changed);
            assert!(
                candidate.content(hosts::today()).is_err(),
                "byte {at} of section {n_sections} changed and was taken"
            );
        }
        at = start + size;
        n_sections += 1;
    }
    assert!(n_sections > 5, "there are {n_sections} sections");
}

/// A number of variable length, and how many bytes it takes.
fn leb(bytes: &[u8]) -> (usize, usize) {
    let mut value = 0;
    for (n, byte) in bytes.iter().enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return (value, n + 1);
        }
    }
    panic!("a number has an end")
}

/// The edition with a changed file: whoever put it together is fooled, the policy's own signatures are not.
trait Unchecked {
    fn unchecked(&self, changed: &[u8]) -> Candidate;
}

impl Unchecked for EditionFolder {
    fn unchecked(&self, changed: &[u8]) -> Candidate {
        let text = |name: &str| fs::read_to_string(self.path().join(name)).unwrap();
        let (registry, trust, profile) = (text("registry.toml"), text("trust.toml"), text("profile.toml"));
        let built_in = specialis_artifacts::POLICIES.iter().map(|(name, bytes)| (*name, bytes.to_vec()));
        let policies = built_in.chain([("odd", changed.to_vec())]);
        specialis::config::candidate(&registry, &trust, &profile, policies).unwrap()
    }
}

#[test]
fn floor_that_a_manifest_asks_to_displace_is_refused_at_stage() {
    let asks = ("im.art4.violence".to_owned(), "FILM".to_owned(), "16".to_owned());
    let manifest = Manifest { governs: vec![asks.0.clone()], displaces: vec![asks], ..sectoral() };
    let bytes = Guest::from_file("trap").under(manifest).pack();
    let bytes = endorsed(&bytes, &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    refused(start(&with_policy(&bytes)), "verify", "floor duty `im.art4.violence`");
}

#[test]
fn relaxation_without_a_grant_is_staged_and_refused_when_it_runs() {
    let asks = ("im.art4.violence.screen".to_owned(), "FILM".to_owned(), "16".to_owned());
    let manifest = Manifest { displaces: vec![asks], ..sectoral() }.on(&["output"]);
    let answer = r#"{"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"instead-of": {"level": "mark", "cite": {"instrument": "FILM", "article": "16"}, "reason": "because"}}}]}"#;
    let bytes = Guest::from_file("answers").with("answer", answer).under(manifest).pack();
    let bytes = endorsed(&bytes, &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    let host = start(&with_policy(&bytes)).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let mut context = Context { source: Some("platform".into()), ..Context::default() };
    context.sectors.insert("test".into(), Status::Yes);
    let event = Event::new(EventKind::Output).with_text("雨夜，两人拔刀砍人。");
    let decision = hosts::decide(&host, "s", &context, &event);
    let duty = decision.duty("im.art4.violence.screen").expect("it is spoken of");
    assert_eq!(duty.level, Level::Mark, "{}", hosts::json(&decision));
    assert!(hosts::json(&decision).contains("no-grant"), "{}", hosts::json(&decision));
}

#[test]
fn two_policies_with_one_id_are_refused() {
    let guest = super::answering("warn", Manifest::hostile());
    let host = hosts::builder(hosts::candidate().policy("one", guest.clone())).build().unwrap();
    let candidate = super::life::candidate(&[("one", guest.clone()), ("two", guest)]);
    let error = refused(host.stage(candidate), "read", "two policies have this id");
    assert_eq!(error.policy().map(|id| id.as_str()), Some("hostile"));
}

/// A published edition with the extra policy, and the object that holds it.
fn published() -> (EditionFolder, std::path::PathBuf) {
    let folder = with_policy(&sound());
    folder.publish(&["alice", "bob"], |next| next.statement.reason = Some("the first".to_owned()));
    let object = specialis::signed::files::object(&specialis_bundle::digest_of(&sound()));
    let object = folder.published().join(object);
    (folder, object)
}

#[cfg(unix)]
#[test]
fn symbolic_link_out_of_the_folder_is_refused() {
    let (folder, object) = published();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("odd.wasm"), sound()).unwrap();
    fs::remove_file(&object).unwrap();
    std::os::unix::fs::symlink(outside.path().join("odd.wasm"), &object).unwrap();
    let error = refused(folder.host(), "fetch", "it cannot be read");
    assert!(matches!(error.cause(), StageCause::File { .. }), "{}", hosts::chain(&error));
}

#[cfg(unix)]
#[test]
fn pipe_in_place_of_a_file_is_refused_and_nobody_waits_for_it() {
    let (folder, object) = published();
    fs::remove_file(&object).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&object).status().expect("mkfifo runs");
    assert!(made.success());
    refused(folder.host(), "fetch", "no regular file");
    let statement = folder.published().join(specialis::signed::files::statement(2));
    assert!(std::process::Command::new("mkfifo").arg(&statement).status().expect("mkfifo runs").success());
    refused(folder.host(), "fetch", "no regular file");
}

#[test]
fn file_of_a_gigabyte_is_refused_unread() {
    let (folder, object) = published();
    let file = fs::File::create(object).unwrap();
    file.set_len(1 << 30).unwrap();
    refused(folder.host(), "fetch", "1073741824 bytes");
}

/// A policy with one more module, which nobody instantiates.
fn with_module(text: &str) -> Vec<u8> {
    let component = Guest::from_file("trap").under(sectoral()).component();
    let module = wat::parse_str(text).expect("a module");
    let mut bytes = component;
    let section = wasm_encoder::RawSection { id: 1, data: &module };
    bytes.push(section.id);
    wasm_encoder::Encode::encode(&module.as_slice(), &mut bytes);
    let sources = specialis_bundle::Sources { component: bytes, manifest: sectoral().text(), ..Default::default() };
    let bytes = specialis_bundle::pack(sources).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    endorsed(&bytes, &[("kitchen", AUTHOR), ("reader", APPROVER)])
}

#[test]
fn huge_table_is_refused_before_it_is_compiled() {
    let bytes = with_module("(module (table 9000000 funcref))");
    refused(start(&with_policy(&bytes)), "imports", "9000000 table elements, and `Limits::table` allows 20000");
}

#[test]
fn hundred_thousand_functions_are_refused_before_they_are_compiled() {
    let bytes = with_module(&format!("(module {})", "(func)".repeat(100_000)));
    refused(start(&with_policy(&bytes)), "imports", "functions, and `limits.functions` allows 50000");
}

#[test]
fn huge_memory_is_refused_before_it_is_compiled() {
    let bytes = with_module("(module (memory 4096))");
    refused(start(&with_policy(&bytes)), "imports", "268435456 bytes of memory, and `Limits::memory` allows 16777216");
}

/// A live host, and a second edition in which something loosens: refused for one approver, and for two without a reason.
fn loosens(change: impl Fn(&EditionFolder), modes: &[(&str, Mode)], words: &str) {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let live = host.edition().id().to_owned();
    change(&folder);
    let sign = |signers: &[&str], reason: Option<&str>| {
        folder.sign(signers, |next| {
            for (id, mode) in modes {
                next.manifest.policies.get_mut(*id).expect("it is there").mode = *mode;
            }
            next.statement.reason = reason.map(str::to_owned);
        });
        folder.check(&host)
    };
    refused(sign(&["alice"], Some("because")), "difference", words);
    refused(sign(&["alice", "bob"], None), "difference", "no reason");
    refused(sign(&["alice", "stranger"], Some("because")), "difference", "there are 1");
    sign(&["alice", "bob"], Some("counsel's opinion of 2 November")).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    assert_eq!(host.edition().id(), live, "a check publishes nothing");
    specialis::signed::PublishedFolder::new(folder.published_dir()).unwrap().publish(&folder.dir()).unwrap();
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let edition = host.edition();
    assert_eq!(edition.record().reason.as_deref(), Some("counsel's opinion of 2 November"));
    assert_eq!(edition.record().approvers, ["alice", "bob"]);
}

/// A built-in policy with another manifest or lexicon, pinned in the trust policy.
pub(super) fn repacked(folder: &EditionFolder, name: &str, change: impl FnOnce(&mut specialis_bundle::Sources)) {
    let (_, bytes) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == name).expect("a policy");
    let (_, component) = specialis_artifacts::COMPONENTS.iter().find(|(id, _)| *id == name).expect("a policy");
    let bundle = Bundle::parse(bytes).unwrap();
    let mut sources = specialis_bundle::Sources {
        component: component.to_vec(),
        manifest: bundle.manifest_text.clone(),
        lexicons: bundle.lexicons.clone(),
        ..Default::default()
    };
    sources.manifest = sources.manifest.replacen("version = \"0.1.0\"", "version = \"0.1.1\"", 1);
    change(&mut sources);
    let bytes = specialis_bundle::pack(sources).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    folder.write(&format!("policies/{name}.wasm"), &bytes);
    folder.replace(
        "trust.toml",
        "specialis = [",
        &format!("specialis = [\"{}\", ", specialis_bundle::digest_of(&bytes)),
    );
}

#[test]
fn candidate_that_governs_less_loosens() {
    let change = |folder: &EditionFolder| {
        repacked(folder, "education", |sources| {
            let mut manifest: specialis_bundle::Manifest = toml::from_str(&sources.manifest).unwrap();
            let least = manifest.governs.iter().next_back().cloned().expect("it governs");
            manifest.governs.remove(&least);
            manifest.displaces.retain(|ask| ask.duty != least);
            for rule in manifest.rules.values_mut() {
                rule.duties.remove(&least);
            }
            manifest.rules.retain(|_, rule| !rule.duties.is_empty());
            sources.manifest = toml::to_string(&manifest).unwrap();
        });
    };
    loosens(change, &[], "no longer governs");
}

#[test]
fn deleted_line_of_a_lexicon_loosens() {
    let change = |folder: &EditionFolder| {
        repacked(folder, "general", |sources| {
            let lexicon = sources.lexicons.first_mut().expect("it has one");
            let text = String::from_utf8(lexicon.data.clone()).unwrap();
            let is_term = |line: &&str| !line.starts_with('#') && !line.contains("exception");
            let last = text.lines().rfind(is_term).expect("it has terms");
            lexicon.data = text.replace(&format!("{last}\n"), "").into_bytes();
        });
    };
    loosens(change, &[], "terms removed");
}

#[test]
fn end_of_an_instrument_in_the_past_loosens() {
    let change = |folder: &EditionFolder| {
        folder.edit("registry.toml", |text| {
            text.replacen("[instruments.\"IM\"]\n", "[instruments.\"IM\"]\nuntil = \"2026-10-31\"\n", 1)
        });
    };
    loosens(change, &[], "instrument `IM` has another `until`");
}

#[test]
fn general_set_to_monitor_loosens() {
    loosens(|_| {}, &[("general", Mode::Monitor)], "from `enforce` to `monitor`");
}

#[test]
fn forged_internal_audience_counts_as_unknown() {
    let host = hosts::builder(hosts::built_in()).build().unwrap();
    let mut context = Context { source: Some("user".into()), ..Context::default() };
    context.general.audience = Some(Audience::Internal);
    let decision = hosts::decide(&host, "s", &context, &Event::new(EventKind::Output).with_text("你好"));
    let refused = RefusedFact { path: "general.audience".to_owned(), source: "user".into() };
    assert!(decision.refused_facts.contains(&refused), "{}", hosts::json(&decision));
    let public = hosts::decide(&host, "s", &Context::default(), &Event::new(EventKind::Output).with_text("你好"));
    assert_eq!(decision.verdict, public.verdict);
}

#[test]
fn day_before_every_instrument_releases_nothing() {
    let host = hosts::builder(hosts::built_in()).build().unwrap();
    let mut session = host.open_as_of("s", Context::default(), day("1900-01-01"));
    let judged = session.submit(Event::new(EventKind::Output).with_text("拔刀砍人"));
    assert!(judged.decision.what_if);
    assert!(judged.release.parts.iter().all(|(_, text)| text.is_none()));
}

#[test]
fn sector_asserted_by_an_unwarranted_source_counts_as_unknown() {
    let host = hosts::builder(hosts::built_in()).build().unwrap();
    let mut context = Context { source: Some("platform".into()), ..Context::default() };
    context.subject.age = Some(Age::Adult);
    context.sectors.insert("film".into(), Status::Yes);
    context.sources.insert("sectors.film".to_owned(), "user".into());
    let event = Event::new(EventKind::Output).with_text("雨夜，两人拔刀砍人。");
    let decision = hosts::decide(&host, "s", &context, &event);
    let refused = RefusedFact { path: "sectors.film".to_owned(), source: "user".into() };
    assert!(decision.refused_facts.contains(&refused));
    assert_eq!(decision.sectors["film"].status, Status::Unknown);
}

#[test]
fn signed_host_takes_nothing_else() {
    let folder = with_policy(&sound());
    let host = start(&folder).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    refused(host.stage(Candidate::default()), "verify", "takes what approvers signed");
    refused(host.stage(folder.read().unwrap()), "verify", "takes what approvers signed");
    let changed = folder.read().unwrap().mode("odd", Mode::Monitor).approved_by(["alice", "bob"]).reason("none");
    refused(hosts::builder(changed).build(), "verify", "it was changed after it was signed");
    let other = key("other").public();
    let foreign = specialis::signed::SignedFolder::new(folder.published_dir(), other).candidate(hosts::today());
    refused(foreign, "verify", "the root key did not sign it");
}

#[test]
fn first_edition_without_anything_to_compare_it_with_needs_two() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let alone = specialis::signed::SignedFolder::new(folder.published_dir(), specialis_tests::root());
    refused(alone.candidate(hosts::today()), "difference", "there is none to compare it with");
}

#[test]
fn statements_that_do_not_follow_each_other_are_refused() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let both = ["alice", "bob"];
    let try_sign = |change: &dyn Fn(&mut specialis::signed::Statement)| {
        folder.sign(&both, |next| {
            next.statement.reason = Some("a test".to_owned());
            change(&mut next.statement);
        });
        folder.check(&host)
    };
    refused(try_sign(&|next| next.number = 3), "verify", "2 comes next");
    refused(try_sign(&|next| next.previous = None), "verify", "does not follow the statement before");
    refused(try_sign(&|next| next.made = day("2026-11-01")), "verify", "does not lie between");
    refused(try_sign(&|next| next.expires = day("2026-11-01")), "verify", "does not lie between");
    refused(try_sign(&|next| next.edition = specialis_bundle::digest_of(b"nothing")), "fetch", "it cannot be read");
    try_sign(&|_| {}).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn older_list_of_approvers_and_removed_approvers_do_not_count() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let old = fs::read(folder.path().join(specialis::signed::files::APPROVERS)).unwrap();
    folder.approvers(2, &["alice", "carol"]);
    folder.publish(&["bob"], |_| {});
    folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    // From here on bob is no approver any more, whatever list stands in the folder.
    folder.sign(&["bob"], |_| {});
    refused(folder.check(&host), "verify", "no approver of the list");
    folder.write(specialis::signed::files::APPROVERS, &old);
    folder.sign(&["carol"], |_| {});
    refused(folder.check(&host), "verify", "list 2 counts already");
    folder.approvers(3, &["bob"]);
    folder.sign(&["carol"], |_| {});
    folder.check(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}
