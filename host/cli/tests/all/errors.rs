//! Errors as a person reads them: one line, in which every cause stands once.

use std::collections::BTreeSet;
use std::fs;

use crate::run::{finish, program, run};

/// The sentences of a message: what stands between its colons.
fn sentences(message: &str) -> Vec<&str> {
    message.split(": ").map(str::trim).collect()
}

#[test]
fn failing_command_names_every_cause_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        path(name)
    };
    let broken = write("broken.wasm", b"not wasm");
    let pem = write("broken.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let table = write("broken.toml", b"duties = 5\n");
    let lexicon = write("broken.csv", b"# source: ours\nterm,category,weight\n\xE8\xB5\x8C,Bad Category,1\n");
    fs::create_dir_all(path("edition")).unwrap();
    write("edition/statement.json", b"{\"payloadType\": 5}");
    fs::create_dir_all(path("policies")).unwrap();
    let loaded = write("policies/broken.wasm", b"not wasm");
    let (absent, edition, policies) = (path("absent"), path("edition"), path("policies"));
    let cases: [(&[&str], &[&str]); 9] = [
        (
            &["policy", "inspect", &broken],
            &["`{broken.wasm}`", "not a whole WebAssembly component", "it is not WebAssembly"],
        ),
        (&["policy", "pack", &absent, "--module", &broken, "-o", "x"], &["the module does not become a component"]),
        (&["key", "show", &pem], &["it holds no Ed25519 secret key", "PKCS#8 ASN.1 error"]),
        (&["key", "show", &absent], &["`{absent}` cannot be read; give a secret key", "No such file"]),
        (&["registry", "show", "--file", &table], &["`{broken.toml}`", "TOML parse error at line 1, column 10"]),
        (&["lexicon", "check", &lexicon], &["`Bad Category` is not a category"]),
        (&["edition", "show", &edition], &["it is no signed statement", "invalid type"]),
        (&["evaluate", "--policies", &policies], &["not a whole WebAssembly component", "it is not WebAssembly"]),
        (&["evaluate", "--profile", &absent], &["`{absent}` cannot be read", "No such file"]),
    ];
    for (args, parts) in cases {
        let message = run(args).refused();
        let sentences = sentences(&message);
        let different: BTreeSet<_> = sentences.iter().collect();
        assert_eq!(different.len(), sentences.len(), "{args:?}: {message}");
        for part in parts {
            let part = part.replace('{', &format!("{}/", folder.path().display())).replace('}', "");
            assert_eq!(message.matches(&part).count(), 1, "{args:?}: `{part}` in `{message}`");
        }
    }
    drop(loaded);
}

#[test]
fn cause_that_names_a_file_of_many_stands_once_beside_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("cut.png");
    fs::write(&png, b"\x89PNG\r\n\x1a\n\0\0").unwrap();
    let shown = png.display().to_string();
    let ran = finish(program(&["label", "mark", &shown, "--in-place"]), b"");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 1, "{}", ran.err);
    let sentences = sentences(lines[0]);
    assert_eq!(sentences[0], shown);
    assert_eq!(sentences.iter().collect::<BTreeSet<_>>().len(), sentences.len(), "{}", ran.err);
}
