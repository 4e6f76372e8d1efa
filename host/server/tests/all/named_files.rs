//! The files and folders that a configuration names: what is wrong with one is said before a server starts, with its place.

use std::fs;

use specialis_server::{Config, Server};

/// What is said of a configuration; nothing where it can be used.
fn trouble(text: &str) -> Option<String> {
    let config =
        Config::parse(&format!("listen = \"127.0.0.1:0\"\n{text}")).unwrap_or_else(|e| panic!("{e:?}: {text}"));
    Server::check(&config).err().map(|error| error.to_string())
}

#[test]
fn every_file_that_is_missing_is_named_with_what_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key").display().to_string();
    let file = folder.path().join("file");
    fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    fs::write(&file, "").unwrap();
    let absent = folder.path().join("absent").display().to_string();
    let inside = file.join("inside").display().to_string();
    let (pem, pem_key) = (folder.path().join("tls.pem"), folder.path().join("tls.key"));
    // As far as they are looked at before the file that is missing.
    fs::write(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    fs::write(&pem_key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    let (pem, pem_key) = (pem.display().to_string(), pem_key.display().to_string());

    let webhook = |key: &str, folder: &str| {
        format!("[webhook]\nurl = \"https://a.example/\"\nkey-file = \"{key}\"\nfolder = \"{folder}\"")
    };
    let reviews = |key: &str, folder: &str| format!("[reviews]\nkey-file = \"{key}\"\nfolder = \"{folder}\"");
    let tls = |certificates: &str, key: &str, more: &str| {
        format!("[tls]\ncertificates = \"{certificates}\"\nkey = \"{key}\"\n{more}")
    };
    let authorities = format!("client-authorities = \"{absent}\"");
    let named = [
        ("webhook.key-file", webhook(&absent, &absent)),
        ("webhook.folder", webhook(&key, &inside)),
        ("reviews.key-file", reviews(&absent, &absent)),
        ("reviews.folder", reviews(&key, &inside)),
        (
            "traces.authorization-file",
            format!("[traces]\nurl = \"https://a.example/\"\nauthorization-file = \"{absent}\""),
        ),
        (
            "routes.key-file",
            format!(
                "[[routes]]\npath = \"/a\"\ninterface = \"openai\"\nupstream = \"https://a.example/v1\"\nkey-file = \"{absent}\""
            ),
        ),
        (
            "mcp.key-file",
            format!(
                "[[mcp]]\npath = \"/mcp/a\"\nname = \"a\"\nupstream = \"https://a.example/mcp\"\nkey-file = \"{absent}\""
            ),
        ),
        ("jwt.keys-file", format!("[[jwt]]\nissuer = \"i\"\naudience = \"a\"\nkeys-file = \"{absent}\"")),
        (
            "contracts.aliyun-keys.secret-file",
            format!(
                "[contracts]\nspeak = [\"aliyun\"]\n[[contracts.aliyun-keys]]\nid = \"a\"\nsecret-file = \"{absent}\""
            ),
        ),
        ("tls.certificates", tls(&absent, &pem_key, "")),
        ("tls.key", tls(&pem, &absent, "")),
        ("tls.client-authorities", tls(&pem, &pem_key, &authorities)),
    ];
    for (name, text) in named {
        let said = trouble(&text).unwrap_or_else(|| panic!("nothing is said of {name}: {text}"));
        let path = if name.ends_with("folder") { &inside } else { &absent };
        assert!(said.contains(&format!("`{name}`")) && said.contains(path.as_str()), "{name}: {said}");
    }

    // A folder that is missing is made by the start, not by looking.
    assert_eq!(trouble(&webhook(&key, &absent)), None);
    assert_eq!(trouble(&reviews(&key, &absent)), None);
    assert!(!folder.path().join("absent").exists());
}
