//! A headless Chromium with one page, spoken to over the DevTools protocol by pipes.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The most messages that are read for one answer; the others are events.
const MAX_MESSAGES: usize = 10_000;

/// The programs that are looked for, under the names that distributions give them.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser that ends with this value.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    last_id: u64,
    session: Option<String>,
    /// The events that came while an answer was waited for.
    events: Vec<String>,
    _home: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Opens a page; nothing, with a word on why, where there is no browser.
    pub(crate) fn open(page: &Path) -> Option<Self> {
        let has =
            |program: &&str| Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success());
        let Some(program) = PROGRAMS.into_iter().find(has) else {
            eprintln!("skipped: there is no Chromium; on Debian `apt-get install chromium` brings one");
            return None;
        };
        let home = TempDir::new().unwrap();
        let pipe = |name: &str| {
            let path = home.path().join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            path
        };
        let (to, from) = (pipe("to"), pipe("from"));
        // The shell gives the pipes the numbers that the browser expects. In a container it has no sandbox of its own; it opens
        // nothing but this page.
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
                      --remote-debugging-pipe --user-data-dir=\"$3\" about:blank 3<\"$1\" 4>\"$2\"";
        let child = Command::new("sh")
            .args(["-c", script, program])
            .args([&to, &from, &home.path().join("profile")])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(&to).unwrap();
        let from = BufReader::new(File::open(&from).unwrap());
        let mut browser = Self { child, to, from, last_id: 0, session: None, events: Vec::new(), _home: home };
        browser.attach();
        browser.call("Page.enable", &json!({}));
        browser.events.clear();
        browser.call("Page.navigate", &json!({ "url": format!("file://{}", page.display()) }));
        browser.wait_for("Page.loadEventFired");
        Some(browser)
    }

    /// Attaches to the page that the browser opens with.
    fn attach(&mut self) {
        let is_page = |target: &&Value| target["type"] == "page";
        let page = (0..1000).find_map(|_| {
            let targets = self.call("Target.getTargets", &json!({}));
            targets["targetInfos"].as_array()?.iter().find(is_page)?["targetId"].as_str().map(str::to_owned)
        });
        let attached = self.call("Target.attachToTarget", &json!({ "targetId": page.unwrap(), "flatten": true }));
        self.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
    }

    /// Calls a method of the protocol and gives its result.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        for _ in 0..MAX_MESSAGES {
            let answer = self.message();
            if answer["id"] == self.last_id {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.extend(answer["method"].as_str().map(str::to_owned));
        }
        panic!("{method}: no answer among {MAX_MESSAGES} messages");
    }

    /// The next message of the browser.
    fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&bytes).unwrap()
    }

    fn wait_for(&mut self, event: &str) {
        let was_seen = self.events.iter().any(|seen| seen == event);
        assert!(was_seen || (0..MAX_MESSAGES).any(|_| self.message()["method"] == event), "no {event}");
    }

    /// What a script in the page gives, once it is settled.
    pub(crate) fn evaluate(&mut self, script: &str) -> Value {
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let result = self.call("Runtime.evaluate", &params);
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    /// Chooses a file in an input of the page.
    pub(crate) fn choose(&mut self, selector: &str, file: &Path) {
        let root = self.call("DOM.getDocument", &json!({}))["root"]["nodeId"].clone();
        let input = self.call("DOM.querySelector", &json!({ "nodeId": root, "selector": selector }));
        let params = json!({ "files": [file], "nodeId": input["nodeId"] });
        self.call("DOM.setFileInputFiles", &params);
    }
}
