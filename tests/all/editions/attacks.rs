//! What is tried against editions, one test each: all of it is refused, and the live edition stays.

use std::fs;

use specialis::{BuildError, Candidate, Host};
use specialis_bundle::{Bundle, SecretKey};
use specialis_core::{Age, Audience, Context, Event, EventKind, Level, Mode, RefusedFact, SigningRole, Status};
use specialis_tests::{EditionFolder, Guest, Manifest, day, endorsed, hosts, key};

use super::refused;

const AUTHOR: SigningRole = SigningRole::Author;
const APPROVER: SigningRole = SigningRole::Approver;

/// Leave for `kitchen` to write for the sector `test` and for `reader` to approve that.
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
fn sectoral() -> Manifest {
    Manifest { governs: vec!["im.art4.violence.screen".to_owned()], ..Manifest::hostile() }
        .called("odd")
        .of_sector("test")
}

/// A signed edition with one more policy beside the built-in ones, and a trust policy that knows its author.
fn with_policy(bytes: &[u8]) -> EditionFolder {
    let folder = EditionFolder::new();
    folder.write("policies/odd.wasm", bytes);
    folder.write("trust.toml", trust().as_bytes());
    folder.edit("profile.toml", |text| format!("{text}test = \"no\"\n"));
    folder.sign(1, &["alice"], |_| {});
    folder
}

fn sound() -> Vec<u8> {
    endorsed(&super::answering("warn", sectoral()), &[("kitchen", AUTHOR), ("reader", APPROVER)])
}

#[test]
fn what_author_and_approver_signed_is_loaded() {
    let host = with_policy(&sound()).host().unwrap_or_else(|e| panic!("{e}"));
    let policies = host.edition().policies();
    let odd = policies.iter().find(|policy| policy.id.as_str() == "odd").expect("it is loaded");
    assert_eq!(odd.signer, "kitchen");
}

#[test]
fn unsigned_is_refused() {
    refused(with_policy(&super::answering("warn", sectoral())).host(), "verify", "nobody whom the trust policy names");
}

#[test]
fn wrong_key_is_refused() {
    let bytes = super::answering("warn", sectoral());
    let bytes = endorsed(&bytes, &[("stranger", AUTHOR), ("reader", APPROVER)]);
    refused(with_policy(&bytes).host(), "verify", "nobody whom the trust policy names");
}

#[test]
fn signature_in_the_name_of_a_known_key_by_another_is_refused() {
    let (known, forged) = (key("kitchen").public().id().to_string(), key("stranger").public().id().to_string());
    let bytes = super::answering("warn", sectoral());
    let mut bytes = endorsed(&bytes, &[("stranger", AUTHOR), ("reader", APPROVER)]);
    let at = bytes.windows(forged.len()).position(|window| window == forged.as_bytes()).expect("it is named");
    bytes[at..at + known.len()].copy_from_slice(known.as_bytes());
    refused(with_policy(&bytes).host(), "verify", "does not fit");
}

#[test]
fn key_for_another_sector_is_refused() {
    let film = sectoral().of_sector("film").called("odd");
    let bytes = endorsed(&super::answering("warn", film), &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    refused(with_policy(&bytes).host(), "verify", "`kitchen` may not sign for the sector `film`");
}

#[test]
fn duty_outside_the_leave_is_refused() {
    let wide = Manifest { governs: vec!["im.art20.overseas".to_owned()], ..sectoral() };
    let answer = Guest::from_file("trap").under(wide).pack();
    let bytes = endorsed(&answer, &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    refused(with_policy(&bytes).host(), "verify", "a policy that governs `im.art20.overseas`");
}

#[test]
fn author_without_approver_is_refused() {
    let bytes = endorsed(&super::answering("warn", sectoral()), &[("kitchen", AUTHOR)]);
    refused(with_policy(&bytes).host(), "verify", "0 of 1 approvals");
}

#[test]
fn author_who_approves_himself_is_refused() {
    let bytes = endorsed(&super::answering("warn", sectoral()), &[("kitchen", AUTHOR), ("kitchen", APPROVER)]);
    refused(with_policy(&bytes).host(), "verify", "approve");
}

#[test]
fn older_version_is_refused_unless_approvers_say_so() {
    let signed = |version: &str| {
        endorsed(&super::answering("warn", sectoral().at(version)), &[("kitchen", AUTHOR), ("reader", APPROVER)])
    };
    let folder = with_policy(&signed("1.1.0"));
    let host = folder.host().unwrap_or_else(|e| panic!("{e}"));
    folder.write("policies/odd.wasm", &signed("1.0.9"));
    folder.sign(2, &["alice"], |_| {});
    let error = refused(host.stage(folder.read().unwrap()), "verify", "1.1.0 was already live");
    assert_eq!((error.policy(), error.file()), (Some("odd"), Some("policies/odd.wasm")));
    folder.sign(2, &["alice", "bob"], |manifest| {
        manifest.rolls_back = true;
        manifest.reason = Some("1.1.0 misreads recipes".to_owned());
    });
    assert!(host.stage(folder.read().unwrap()).is_ok());
}

#[test]
fn older_edition_is_refused_after_a_restart_too() {
    let memory = tempfile::tempdir().unwrap();
    let dir = || cap_std::fs::Dir::open_ambient_dir(memory.path(), cap_std::ambient_authority()).unwrap();
    let (old, new) = (with_policy(&sound()), with_policy(&sound()));
    new.sign(7, &["alice"], |_| {});
    let start = |folder: &EditionFolder| folder.builder().unwrap().memory(dir(), [9; 32]).start();
    start(&new).unwrap_or_else(|e| panic!("{e}"));
    start(&new).unwrap_or_else(|e| panic!("the same again: {e}"));
    refused(start(&old), "verify", "7, ");
    fs::write(memory.path().join("seen.json"), "{}").unwrap();
    refused(start(&new), "activate", "damaged");
}

#[test]
fn expired_signature_and_expired_edition_are_refused() {
    let bytes = super::answering("warn", sectoral());
    let bundle = Bundle::parse(&bytes).unwrap();
    let bytes = bundle.sign(&key("kitchen"), AUTHOR, day("2026-11-01")).unwrap();
    let bytes = endorsed(&bytes, &[("reader", APPROVER)]);
    refused(with_policy(&bytes).host(), "verify", "until 2026-11-01, and that is past");
    let folder = with_policy(&sound());
    folder.sign(1, &["alice"], |manifest| manifest.expires = day("2026-11-01"));
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
            folder.sign_unchecked(&bytes, &changed);
            let came = folder.host();
            assert!(came.is_err(), "byte {at} of section {n_sections} changed and was taken");
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

/// Signing a manifest that fits the changed file: the approvers are fooled, the policy's own signatures are not.
trait SignUnchecked {
    fn sign_unchecked(&self, sound: &[u8], changed: &[u8]);
}

impl SignUnchecked for EditionFolder {
    fn sign_unchecked(&self, sound: &[u8], changed: &[u8]) {
        self.write("policies/odd.wasm", sound);
        let mut manifest =
            specialis::EditionManifest::of_folder(&self.dir(), 1, hosts::today(), day("2027-12-31")).unwrap();
        let pin = manifest.policies.get_mut("odd").expect("it is there");
        pin.digest = specialis_bundle::digest_of(changed);
        self.write("policies/odd.wasm", changed);
        self.sign_as(&manifest, &["alice"]);
    }
}

#[test]
fn floor_that_a_manifest_asks_to_displace_is_refused_at_stage() {
    let asks = ("im.art4.violence".to_owned(), "FILM".to_owned(), "16".to_owned());
    let manifest = Manifest { governs: vec![asks.0.clone()], displaces: vec![asks], ..sectoral() };
    let bytes = Guest::from_file("trap").under(manifest).pack();
    let bytes = endorsed(&bytes, &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    refused(with_policy(&bytes).host(), "verify", "floor duty `im.art4.violence`");
}

#[test]
fn relaxation_without_a_grant_is_staged_and_refused_when_it_runs() {
    let asks = ("im.art4.violence.screen".to_owned(), "FILM".to_owned(), "16".to_owned());
    let manifest = Manifest { displaces: vec![asks], ..sectoral() }.on(&["output"]);
    let answer = r#"{"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"instead-of": {"level": "mark", "cite": {"instrument": "FILM", "article": "16"}, "reason": "because"}}}]}"#;
    let bytes = Guest::from_file("answers").with("answer", answer).under(manifest).pack();
    let bytes = endorsed(&bytes, &[("kitchen", AUTHOR), ("reader", APPROVER)]);
    let host = with_policy(&bytes).host().unwrap_or_else(|e| panic!("{e}"));
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
    let host = hosts::builder().policy("one", guest.clone()).build().unwrap();
    let candidate = super::life::candidate(&[("one", guest.clone()), ("two", guest)]);
    let came = host.stage(candidate);
    refused(came, "read", "two policies are called `hostile`");
}

#[cfg(unix)]
#[test]
fn symbolic_link_out_of_the_folder_is_refused() {
    let folder = with_policy(&sound());
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("odd.wasm"), sound()).unwrap();
    fs::remove_file(folder.path().join("policies/odd.wasm")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("odd.wasm"), folder.path().join("policies/odd.wasm")).unwrap();
    let error = refused(folder.host(), "fetch", "policies/odd.wasm");
    assert!(matches!(error.cause(), BuildError::File { .. }), "{error}");
}

#[test]
fn file_of_a_gigabyte_is_refused_unread() {
    let folder = with_policy(&sound());
    let file = fs::File::create(folder.path().join("policies/odd.wasm")).unwrap();
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
    let bytes = specialis_bundle::pack(sources).unwrap_or_else(|e| panic!("{e}"));
    endorsed(&bytes, &[("kitchen", AUTHOR), ("reader", APPROVER)])
}

#[test]
fn huge_table_is_refused_before_it_is_compiled() {
    let bytes = with_module("(module (table 9000000 funcref))");
    refused(with_policy(&bytes).host(), "imports", "9000000 table elements, and `Limits::table` allows 20000");
}

#[test]
fn hundred_thousand_functions_are_refused_before_they_are_compiled() {
    let bytes = with_module(&format!("(module {})", "(func)".repeat(100_000)));
    refused(with_policy(&bytes).host(), "imports", "functions, and `limits.functions` allows 50000");
}

#[test]
fn huge_memory_is_refused_before_it_is_compiled() {
    let bytes = with_module("(module (memory 4096))");
    refused(with_policy(&bytes).host(), "imports", "268435456 bytes of memory, and `Limits::memory` allows 16777216");
}

/// A live host, and a second edition in which something loosens: refused for one approver, and for two without a reason.
fn loosens(change: impl Fn(&EditionFolder), modes: &[(&str, Mode)], words: &str) {
    let folder = EditionFolder::new();
    folder.sign(1, &["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{e}"));
    let live = host.edition().id().to_owned();
    change(&folder);
    let sign = |signers: &[&str], reason: Option<&str>| {
        folder.sign(2, signers, |manifest| {
            for (id, mode) in modes {
                manifest.policies.get_mut(*id).expect("it is there").mode = *mode;
            }
            manifest.reason = reason.map(str::to_owned);
            manifest.rolls_back = true;
        });
    };
    sign(&["alice"], Some("because"));
    refused(host.stage(folder.read().unwrap()), "difference", words);
    sign(&["alice", "bob"], None);
    refused(host.stage(folder.read().unwrap()), "difference", "no reason");
    assert_eq!(host.edition().id(), live);
    sign(&["alice", "bob"], Some("counsel's opinion of 2 November"));
    let staged = host.stage(folder.read().unwrap()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(staged.edition().record().reason.as_deref(), Some("counsel's opinion of 2 November"));
    assert_eq!(staged.edition().record().approvers, ["alice", "bob"]);
}

/// A built-in policy with another manifest or lexicon, pinned in the trust policy.
fn repacked(folder: &EditionFolder, name: &str, change: impl FnOnce(&mut specialis_bundle::Sources)) {
    let (_, bytes) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == name).expect("a policy");
    let (_, component) = specialis_artifacts::COMPONENTS.iter().find(|(id, _)| *id == name).expect("a policy");
    let bundle = Bundle::parse(bytes).unwrap();
    let mut sources = specialis_bundle::Sources {
        component: component.to_vec(),
        manifest: bundle.manifest_text.clone(),
        lexicons: bundle.lexicons.clone(),
        vectors: Vec::new(),
    };
    change(&mut sources);
    let bytes = specialis_bundle::pack(sources).unwrap_or_else(|e| panic!("{e}"));
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
    let host = hosts::built_in().build().unwrap();
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
    let host = hosts::built_in().build().unwrap();
    let mut session = host.open_as_of("s", Context::default(), day("1900-01-01"));
    let judged = session.submit(Event::new(EventKind::Output).with_text("拔刀砍人"));
    assert!(judged.decision.what_if);
    assert!(judged.release.parts.iter().all(|(_, text)| text.is_none()));
}

#[test]
fn sector_asserted_by_an_unwarranted_source_counts_as_unknown() {
    let host = hosts::built_in().build().unwrap();
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
    let host = folder.host().unwrap_or_else(|e| panic!("{e}"));
    refused(host.stage(Candidate::default()), "verify", "takes editions that approvers signed");
    let changed = folder.read().unwrap().mode("odd", Mode::Monitor).approved_by(["alice", "bob"]).reason("none");
    refused(host.stage(changed), "verify", "takes editions that approvers signed");
    let settings = specialis::Settings::new();
    assert!(matches!(host.swap_settings(settings).err(), Some(BuildError::NotSigned)));
    let other = SecretKey::from_seed([3; 32]).public();
    let foreign = Host::builder().threads(1).root(other).candidate(folder.read().unwrap());
    refused(foreign.start(), "verify", "takes editions that approvers signed");
}
