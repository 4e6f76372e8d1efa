//! The pages of the ledger: search, one record with its proof, the standing of a user, the audit, and how the ledger does.

use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ed25519_dalek::SigningKey;
use serde_json::json;
use specialis_ledger::{BodyState, EntryKind, FolderDisk, Index, Keyring, Ledger, NoteKey, RedbStanding};
use specialis_server::{Config, RecordedLedger, Running, Server};
use specialis_tests::{events, hosts};

use crate::console::{open, operator, sign_in};
use crate::support::{PHONE, get, post, server, tenant};

const OPERATOR: &str = "sp-operator";
const ORIGIN: &str = "example.cn/node-1/2026";

fn dir(folder: &Path, name: &str) -> Dir {
    std::fs::create_dir_all(folder.join(name)).unwrap();
    Dir::open_ambient_dir(folder.join(name), ambient_authority()).unwrap()
}

/// A server whose host records in a ledger in a folder, with this configuration beside the tenant's.
pub(crate) fn recording(folder: &Path, more: &str) -> (Running, Arc<Ledger>) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = NoteKey::ed25519(ORIGIN, key.verifying_key());
    let keys = Keyring::open(Arc::new(FolderDisk::new(dir(folder, "keys")))).unwrap();
    let standing = RedbStanding::open(&dir(folder, "standing")).unwrap();
    let builder = Ledger::builder(ORIGIN).key(key).keys(Arc::new(keys)).standing(Arc::new(standing));
    let ledger = Arc::new(builder.open(Arc::new(FolderDisk::new(dir(folder, "log")))).unwrap().0);
    let host = hosts::build(hosts::builder(hosts::built_in()).ledger(ledger.clone()));
    let config = format!("listen = \"127.0.0.1:0\"\nopen-metrics = true\n{more}\n{}", tenant());
    let config = Config::parse(&config).unwrap();
    let index = Index::open(&dir(folder, "index")).unwrap();
    let recorded = RecordedLedger::new(ledger.clone(), index, public);
    (Server::bind(config, host).unwrap().ledger(recorded).spawn(), ledger)
}

#[test]
fn officer_finds_records_reads_one_with_its_proof_and_counts_an_audit() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ledger) = recording(folder.path(), &operator());
    let address = server.address();
    let mut context = serde_json::to_value(events::context()).unwrap();
    context["pseudonym"] = json!("u-17");
    let body = json!({ "session": "s-1", "context": context, "event": { "kind": "output", "text": format!("客服电话 {PHONE}") } });
    let id = post(address, "/v1/decide", &body).json()["decision"]["id"].as_str().unwrap().to_owned();
    ledger.sign().unwrap();
    let cookie = sign_in(address, OPERATOR).unwrap();
    let page = |path: &str| open(address, &cookie, path);

    let found = page("/console/ledger?subject=u-17&tenant=&verdict=redact").text();
    assert!(found.contains("breaches in a row") || found.contains("连续违规"), "{found}");
    let row = found.split("href=\"/console/ledger/").nth(1).unwrap();
    let index: u64 = row.split('"').next().unwrap().parse().unwrap();
    let record = page(&format!("/console/ledger/{index}")).text();
    assert!(record.contains("Verified") || record.contains("已核验"), "{record}");
    assert!(
        record.contains(&id) && record.contains("结论（遮盖）") && record.contains("c2sp.org/tlog-proof"),
        "{record}"
    );
    let none = page("/console/ledger?subject=nobody").text();
    assert!(none.contains("No record fits") || none.contains("没有符合条件的记录"), "{none}");
    assert!(none.contains("name it too") || none.contains("请一并填写"), "users belong to a tenant: {none}");
    let audit = page("/console/ledger/audit?from=2000-01-01&to=2100-12-31");
    assert_eq!((audit.status, audit.text().contains("<h1>")), (200, true));
    assert!(!audit.header("content-security-policy").unwrap().contains("script"));
    for text in [&found, &record, &audit.text()] {
        assert!(!text.contains(PHONE), "{text}");
    }
    assert_eq!(page("/console/ledger/999999").status, 404);
    assert_eq!(page("/console/ledger?from=yesterday").status, 400);

    // Each look was recorded before anything was shown.
    ledger.sign().unwrap();
    let mut reader = ledger.reader().unwrap();
    let kinds: Vec<EntryKind> = (0..reader.size()).map(|index| reader.entry(index).unwrap().kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == EntryKind::Read).count(), 5, "{kinds:?}");
    let looks = (0..).zip(&kinds).filter(|(_, kind)| **kind == EntryKind::Read).map(|(index, _)| index);
    let looks = looks.map(|index| match reader.body(index).unwrap() {
        BodyState::There(body) => String::from_utf8(body.json().to_vec()).unwrap(),
        gone @ (BodyState::None | BodyState::Erased | BodyState::Expired) => panic!("{gone:?}"),
    });
    let looks: String = looks.collect();
    assert!(looks.contains("subject=") && !looks.contains("u-17"), "a look names a user by a tag: {looks}");
    assert!(kinds.contains(&EntryKind::Edition), "which edition is live is recorded at the start");
    let metrics = get(address, "/metrics").text();
    assert!(metrics.contains(&format!("specialis_ledger_signed {}", kinds.len())), "{metrics}");
    assert!(
        metrics.contains("specialis_ledger_queued 0") && metrics.contains("specialis_ledger_stopped 0"),
        "{metrics}"
    );
}

#[test]
fn content_of_a_restricted_record_is_not_shown_and_its_proof_is() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ledger) = recording(folder.path(), &operator());
    let address = server.address();
    let body =
        json!({ "context": events::context(), "event": { "kind": "output", "text": format!("客服电话 {PHONE}") } });
    post(address, "/v1/decide", &body).json();
    ledger.sign().unwrap();
    let mut reader = ledger.reader().unwrap();
    let mut indices = 0..reader.size();
    let index = indices.find(|index| reader.entry(*index).unwrap().kind == EntryKind::Decision).unwrap();
    let cookie = sign_in(address, OPERATOR).unwrap();
    let page = || open(address, &cookie, &format!("/console/ledger/{index}")).text();
    assert!(page().contains("结论（遮盖）"));
    ledger.restrict(&[index]).unwrap();
    ledger.sign().unwrap();
    let record = page();
    assert!(record.contains("--with-restricted") && record.contains("c2sp.org/tlog-proof"), "{record}");
    assert!(!record.contains("结论（遮盖）") && !record.contains("common.pi.output"), "{record}");
}

#[test]
fn server_without_a_ledger_says_so() {
    let server = server(&operator());
    let cookie = sign_in(server.address(), OPERATOR).unwrap();
    for path in ["/console/ledger", "/console/ledger/3", "/console/ledger/audit?from=2026-01-01&to=2026-12-31"] {
        let page = open(server.address(), &cookie, path).text();
        assert!(page.contains("--ledger"), "{path}: {page}");
    }
}
