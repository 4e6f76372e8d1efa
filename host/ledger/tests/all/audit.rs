//! The audit in numbers, and the pack that others verify.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use specialis_core::{Level, Outcome};
use specialis_ledger::{
    AuditRange, EditionBody, EditionChange, EditionLacks, EditionOrigin, EditionSetting, PackOptions, Record,
    Sm2Signer, audit, write_pack,
};

use crate::peers::{go_verifier, says};
use crate::support::{Place, append, breach, day, decision, key, lawful, measure, settlement, signing_key, user};

fn range() -> AuditRange {
    AuditRange { from: day("2026-12-01"), to: day("2026-12-31"), today: day("2027-01-10") }
}

/// A ledger with decisions in November and December.
fn filled(place: &Place) {
    let ledger = place.open();
    append(&ledger, breach("d-1"), Some(&user("u")));
    place.clock.set("2026-12-02");
    let owed = [measure("record", json!({})), measure("complaint-ticket", json!({"within-days": {"number": 3}}))];
    let stopped = decision("d-2", "output", "stop", &owed);
    append(&ledger, stopped.clone(), Some(&user("u")));
    ledger.append(settlement(&stopped, &[(0, Outcome::Done)])).unwrap().wait().unwrap();
    append(&ledger, decision("d-3", "output", "redact", &owed), None);
    ledger.append_decision(lawful("d-4"), None).unwrap().wait().unwrap();
    for n in 0..300 {
        ledger.append_decision(lawful(&format!("e-{n}")), None).unwrap().wait().unwrap();
    }
    ledger.close().unwrap();
}

#[test]
fn audit_counts_what_was_decided_owed_and_done_in_its_days() {
    let place = Place::new();
    filled(&place);
    let numbers = audit(&mut place.reader(), range()).unwrap();
    assert_eq!(numbers.verdicts.total(), 303);
    assert_eq!(numbers.verdicts.0[&Level::Stop], 1);
    assert_eq!(numbers.days.len(), 1);
    assert_eq!(numbers.articles["im 14(2)"].total(), 303);
    assert_eq!(numbers.policies["general"].total(), 303);
    assert_eq!(numbers.editions["e-1"].total(), 303);
    let ticket = numbers.measures["complaint-ticket"];
    assert_eq!((ticket.owed, ticket.done, ticket.undone, ticket.overdue), (2, 0, 2, 2));
    let record = numbers.measures["record"];
    assert_eq!((record.owed, record.done, record.undone, record.overdue), (2, 1, 1, 0));
    assert_eq!((numbers.n_unsettled, numbers.n_without_body, numbers.n_in_gaps), (1, 0, 0));
}

/// The test key of SM2.
fn sm2_signer() -> Sm2Signer {
    Sm2Signer::from_pem("example.cn/node-1/sm2", include_str!("../data/sm2-test-key.pem")).unwrap()
}

/// An edition with a change that loosens, a setting of its own and three things that it lacks.
fn edition(approver: &str) -> Box<EditionBody> {
    let change =
        |loosens: bool, what: &str| EditionChange { loosens, place: "policy `news`".to_owned(), what: what.to_owned() };
    Box::new(EditionBody {
        origin: EditionOrigin { number: Some(7), approvers: vec![approver.to_owned()], ..EditionOrigin::default() },
        changes: vec![change(true, "record-days is less"), change(false, "a term is new")],
        settings: vec![EditionSetting {
            policy: "news".to_owned(),
            setting: "record-days".to_owned(),
            value: "60".to_owned(),
            default: "1095".to_owned(),
        }],
        lacks: EditionLacks {
            ungoverned: vec!["im.art9".to_owned()],
            empty_lexicons: vec!["news names".to_owned()],
            unverified_citations: vec!["IISM 14".to_owned()],
        },
        ..EditionBody::default()
    })
}

#[test]
fn page_shows_who_approved_which_edition_what_it_lacks_and_whether_the_log_is_complete() {
    let place = Place::new();
    let ledger = place.open();
    let live = |edition: &str, body| {
        ledger.append(Record::Edition { edition: edition.to_owned(), body }).unwrap().wait().unwrap();
    };
    live("e-0", edition("nobody-asked"));
    live("e-1", edition("lin <lin@example.cn>"));
    place.clock.set("2026-12-05");
    live("e-1", edition("lin"));
    append(&ledger, decision("d-1", "output", "stop", &[]), None);
    live("e-2", edition("zhao"));
    let look = Record::Read { reader: "console, operator".to_owned(), query: "verdict=stop".to_owned(), n_records: 1 };
    ledger.append(look).unwrap().wait().unwrap();
    place.clock.set("2027-01-02");
    live("e-3", edition("too late"));
    ledger.close().unwrap();
    let key = signing_key();
    let options = PackOptions {
        range: range(),
        key: &key,
        sm2: None,
        bodies: BTreeSet::new(),
        n_standings_differing: Some(2),
        is_inspection: false,
    };
    let numbers = write_pack(&mut place.reader(), &options, &*place.disk("pack")).unwrap();
    let live: Vec<_> = numbers.live.iter().map(|live| (live.edition.as_str(), live.since.to_string())).collect();
    assert_eq!(live, [("e-1", "2026-11-30".to_owned()), ("e-2", "2026-12-05".to_owned())], "the one before, each once");
    let completeness = numbers.completeness.unwrap();
    assert!(completeness.is_sound && completeness.witnesses.is_empty() && completeness.omissions.is_empty());
    let read = |name: &str| std::fs::read_to_string(place.temp.path().join("pack").join(name)).unwrap();
    let page = read("audit.en.html");
    for said in [
        "Approved by: lin &lt;lin@example.cn&gt;",
        "policy `news`: record-days is less",
        "news record-days = 60 (default 1095)",
        "<li>im.art9</li>",
        "<li>news names</li>",
        "<li>IISM 14</li>",
        "nothing is altered",
        "2 users stand otherwise",
        "Timestamps of authorities: none",
        "example.cn/node-1/2026\n8\n",
        "<tr><td>console, operator</td><td>1</td></tr>",
        "class=\"line\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for said in ["nobody-asked", "too late", "a term is new"] {
        assert!(!page.contains(said), "{said}");
    }
    assert!(read("changes.csv").contains("2026-12-05,e-2,7,zhao,yes,policy `news`,record-days is less"));
    assert!(read("settings.csv").contains("2026-12-05,e-2,news,record-days,60,1095"));
}

fn packed(place: &Place) -> std::path::PathBuf {
    filled(place);
    let (key, sm2) = (signing_key(), sm2_signer());
    let options = PackOptions {
        range: range(),
        key: &key,
        sm2: Some(&sm2),
        bodies: BTreeSet::from([4, 5]),
        n_standings_differing: Some(0),
        is_inspection: false,
    };
    write_pack(&mut place.reader(), &options, &*place.disk("pack")).unwrap();
    place.temp.path().join("pack")
}

/// What `verify.py` prints and whether it accepts; nothing where this machine has no Python or no openssl.
fn verified(pack: &Path) -> Option<(bool, String)> {
    let has = |program: &str, argument: &str| Command::new(program).arg(argument).output().is_ok();
    if !has("python3", "--version") || !has("openssl", "version") {
        eprintln!("skipped: there is no python3 or no openssl");
        return None;
    }
    let output = Command::new("python3").arg(pack.join("verify.py")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text))
}

/// Who accepts a pack: `verify.py`, openssl with the sums, and Go's packages for transparency logs where they are there.
fn accepting(pack: &Path, go: Option<&Path>) -> Option<Vec<&'static str>> {
    let (is_sound, _) = verified(pack)?;
    let ran = |program: &str, args: &[&str]| {
        Command::new(program).args(args).current_dir(pack).output().is_ok_and(|output| output.status.success())
    };
    let signature =
        ["-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-in", "SHA256SUMS", "-sigfile", "SHA256SUMS.sig"];
    let by_openssl =
        ran("openssl", &[&["pkeyutl"], &signature[..]].concat()) && ran("sha256sum", &["-c", "SHA256SUMS"]);
    let by_go = go.is_some_and(|go| says(go, &[pack.to_str().unwrap(), &key().to_string()]).is_ok());
    let all = [(is_sound, "verify.py"), (by_openssl, "openssl"), (by_go, "go")];
    Some(all.into_iter().filter(|(accepts, _)| *accepts).map(|(_, name)| name).collect())
}

#[test]
fn pack_is_verified_by_python_and_openssl_alone() {
    let place = Place::new();
    let pack = packed(&place);
    let Some((is_sound, text)) = verified(&pack) else { return };
    assert!(is_sound, "{text}");
    assert!(text.contains("2 bodies are those of their entries") && text.contains("everything holds"), "{text}");
    let page = std::fs::read_to_string(pack.join("audit.zh.html")).unwrap();
    assert!(text.contains("ok   SHA256SUMS is signed by key.pem"), "{text}");
    let told = key().to_string();
    assert!(text.lines().any(|line| line == told), "{text}");
    let by_sm2 = ["ok   SHA256SUMS is signed by sm2-key.pem", "not checked: this openssl has no SM2"];
    assert!(by_sm2.iter().any(|said| text.contains(said)), "{text}");
    assert!(page.contains("生成式人工智能决定的内部审计") && page.contains("尚无第三方对本日志签名"), "{page}");
    std::fs::write(pack.join("audit.json"), "{}").unwrap();
    let (is_sound, text) = verified(&pack).unwrap();
    assert!(!is_sound && text.contains("FAIL file audit.json") && text.contains("\n1 check failed"), "{text}");
}

#[test]
fn tampered_pack_is_refused_by_all_even_where_its_sums_were_made_anew() {
    let place = Place::new();
    let pack = packed(&place);
    let go = go_verifier(place.temp.path());
    let go = go.as_deref();
    let Some(accepted) = accepting(&pack, go) else { return };
    assert_eq!(accepted.len(), 2 + usize::from(go.is_some()), "{accepted:?}");
    let sums = std::fs::read_to_string(pack.join("SHA256SUMS")).unwrap();
    let flip = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    for (name, change) in [
        ("checkpoint", 30),
        ("hashes.bin", 100),
        ("entries.txt", 40),
        ("bodies.jsonl", 30),
        ("key.pem", 60),
        ("audit.json", 20),
    ] {
        let whole = std::fs::read(pack.join(name)).unwrap();
        let changed = flip(&whole, change);
        std::fs::write(pack.join(name), &changed).unwrap();
        // Whoever tampers can make the sums anew; only the numbers in `audit.json` are then for the reader to count again.
        if name != "audit.json" {
            let old = specialis_ledger::Hash::of(&whole).hex();
            let new = specialis_ledger::Hash::of(&changed).hex();
            std::fs::write(pack.join("SHA256SUMS"), sums.replace(&old, &new)).unwrap();
        }
        assert_eq!(accepting(&pack, go).unwrap(), [""; 0], "{name}");
        std::fs::write(pack.join(name), whole).unwrap();
        std::fs::write(pack.join("SHA256SUMS"), &sums).unwrap();
    }
    // An entry that is left out.
    let entries = std::fs::read_to_string(pack.join("entries.txt")).unwrap();
    let fewer: Vec<&str> = entries.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| line).collect();
    let fewer = format!("{}\n", fewer.join("\n"));
    std::fs::write(pack.join("entries.txt"), &fewer).unwrap();
    let old = specialis_ledger::Hash::of(entries.as_bytes()).hex();
    std::fs::write(pack.join("SHA256SUMS"), sums.replace(&old, &specialis_ledger::Hash::of(fewer.as_bytes()).hex()))
        .unwrap();
    let (_, text) = verified(&pack).unwrap();
    assert!(text.contains("FAIL no entry is left out"), "{text}");
    assert_eq!(accepting(&pack, go).unwrap(), [""; 0]);
}
