//! What others make of a log: Go's packages for transparency logs, and DuckDB.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Place, append, breach, key, lawful, user};

/// Where Debian's `golang-golang-x-mod-dev` lies.
const GO_PATH: &str = "/usr/share/gocode";

/// The verifier in Go, compiled; nothing, with a word on why, where that cannot be.
pub(crate) fn go_verifier(folder: &Path) -> Option<PathBuf> {
    if !Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb/tlog").exists() {
        eprintln!("skipped: there is no `golang-golang-x-mod-dev`; `cargo xtask label-tools` installs it");
        return None;
    }
    let verifier = folder.join("verify");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/verify.go");
    let built = Command::new("go")
        .args(["build", "-o", verifier.to_str()?, source])
        .envs([("GO111MODULE", "off"), ("GOPATH", GO_PATH), ("GOFLAGS", ""), ("CGO_ENABLED", "0")])
        .env("GOCACHE", folder.join("go-cache"))
        .output();
    let Ok(built) = built else {
        eprintln!("skipped: there is no `go`; `cargo xtask label-tools` installs it");
        return None;
    };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(verifier)
}

pub(crate) fn says(verifier: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new(verifier).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn go_verifies_the_log_and_refuses_it_where_anything_was_changed() {
    let place = Place::new();
    let Some(verifier) = go_verifier(place.temp.path()) else { return };
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    for n in 0..700 {
        ledger.append_decision(lawful(&format!("d-{n}")), None).unwrap().wait().unwrap();
    }
    ledger.close().unwrap();
    let mut reader = place.reader();
    let at = |name: &str| place.temp.path().join(name).display().to_string();
    std::fs::write(at("proof"), reader.prove(300).unwrap().to_string()).unwrap();
    std::fs::write(at("entry"), reader.leaf(300).unwrap()).unwrap();
    let (log, public) = (at("log"), key().to_string());
    let said = says(&verifier, &[&log, &public, &at("proof"), &at("entry")]).unwrap();
    assert_eq!(said, "702 entries are as they were signed\nentry 300 stands in the log\n");
    std::fs::write(at("entry"), reader.leaf(301).unwrap()).unwrap();
    assert!(says(&verifier, &[&log, &public, &at("proof"), &at("entry")]).is_err(), "the proof of another entry");

    for path in ["checkpoint", "tile/entries/000", "tile/entries/002.p/190", "tile/0/001", "tile/1/000.p/2"] {
        let file = place.temp.path().join("log").join(path);
        let whole = std::fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        std::fs::write(&file, flipped).unwrap();
        assert!(says(&verifier, &[&log, &public]).is_err(), "{path}");
        std::fs::write(&file, whole).unwrap();
    }
    assert!(says(&verifier, &[&log, &public]).is_ok());
}

#[test]
fn duckdb_reads_the_export_with_its_types() {
    use specialis_ledger::{Index, Query, export_parquet};

    const SCRIPT: &str = "\
import duckdb, sys
columns = duckdb.sql(f\"describe select * from '{sys.argv[1]}'\").fetchall()
print(' '.join(f'{name}:{kind}' for name, kind, *_ in columns))
for row in duckdb.sql(f\"\"\"
    select kind, count(*), count(distinct user), min(day), bool_or(restricted), list_sort(list_distinct(flatten(list(duties)))), sum(owed)
    from '{sys.argv[1]}' where kind in ('boot', 'decision') group by kind order by kind\"\"\").fetchall():
    print(row)
print(duckdb.sql(f\"select index from '{sys.argv[1]}' where len(duties) = 0 and due is null order by index limit 2\").fetchall())
";
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/label-tools/bin/python");
    let own = if Path::new(own).exists() { own } else { "python3" };
    let python = std::env::var("LEDGER_PYTHON").unwrap_or_else(|_| own.to_owned());
    if !Command::new(&python).args(["-c", "import duckdb"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: `{python}` has no `duckdb`; `cargo xtask label-tools` installs it");
        return;
    }
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), Some(&user("u-1")));
    append(&ledger, breach("d-2"), Some(&user("u-2")));
    ledger.append_decision(lawful("d-3"), Some(&user("u-1"))).unwrap().wait().unwrap();
    ledger.close().unwrap();
    let index = Index::open(&place.dir("caches")).unwrap();
    index.catch_up(&mut place.reader()).unwrap();
    let rows = index.search(&Query::default()).unwrap();
    let file = place.temp.path().join("records.parquet");
    export_parquet(&rows, &mut std::fs::File::create(&file).unwrap()).unwrap();
    let said = says(Path::new(&python), &["-c", SCRIPT, file.to_str().unwrap()]).unwrap();
    let expected = "\
index:UBIGINT time:TIMESTAMP WITH TIME ZONE day:DATE kind:VARCHAR decision:VARCHAR session:VARCHAR user:VARCHAR verdict:VARCHAR \
edition:VARCHAR duties:VARCHAR[] policies:VARCHAR[] owed:UINTEGER undone:UINTEGER due:DATE class:VARCHAR restricted:BOOLEAN
('boot', 1, 0, datetime.date(2026, 11, 30), False, [], 0)
('decision', 3, 2, datetime.date(2026, 11, 30), False, ['im.art14.ladder'], 2)
[(0,), (2,)]
";
    assert_eq!(said, expected);
}
