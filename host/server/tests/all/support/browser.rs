//! A headless Chromium that is talked with through pipes, by the protocol of its developer tools.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64;
use serde_json::{Value, json};

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    page: String,
    n_sent: u64,
    // Goes with the browser.
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Starts one; none where Chromium is not installed.
    pub(crate) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let (to, from) = (folder.path().join("to"), folder.path().join("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status();
        if !made.is_ok_and(|made| made.success()) || !is_installed() {
            eprintln!("SKIPPED: `chromium` is not installed; `apt-get install chromium` adds it");
            return None;
        }
        // The descriptors 3 and 4 are where Chromium reads and writes.
        let start = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-pipe \
                     --no-first-run --disable-background-networking --disable-component-update --lang=en-US \
                     --window-size=1200,800 --user-data-dir=\"$2/profile\" about:blank 3<\"$0\" 4>\"$1\"";
        let child = Command::new("sh")
            .arg("-c")
            .arg(start)
            .args([&to, &from])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let to = OpenOptions::new().write(true).open(&to).expect("the pipe to it");
        let from = BufReader::new(File::open(&from).expect("the pipe from it"));
        let mut browser = Self { child, to, from, page: String::new(), n_sent: 0, _folder: folder };
        let made = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let target = made["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.page = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "DOM", "Network"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        browser.ask("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
        Some(browser)
    }

    /// Asks and waits for the answer.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.n_sent += 1;
        let mut message = json!({ "id": self.n_sent, "method": method, "params": params });
        if !self.page.is_empty() {
            message["sessionId"] = json!(self.page);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser reads");
        loop {
            let message = self.message();
            if message["id"] == json!(self.n_sent) {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).expect("the browser writes");
        assert_eq!(bytes.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&bytes).expect("a message")
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&mut self, address: &str) {
        self.ask("Page.navigate", &json!({ "url": address }));
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// What an expression of the page comes to; a promise is waited for.
    pub(crate) fn eval(&mut self, script: &str) -> Value {
        let asked = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let result = self.ask("Runtime.evaluate", &asked);
        assert!(result.get("exceptionDetails").is_none(), "{script}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression holds, on whatever page is then there.
    pub(crate) fn wait(&mut self, script: &str) {
        for _ in 0..600 {
            let waited = format!("new Promise((go) => setTimeout(() => go(Boolean({script})), 20))");
            let asked = json!({ "expression": waited, "awaitPromise": true, "returnByValue": true });
            self.n_sent += 1;
            let message =
                json!({ "id": self.n_sent, "method": "Runtime.evaluate", "params": asked, "sessionId": self.page });
            self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser reads");
            // A page that is left takes its promise with it: that is an error, and no end.
            let answer = loop {
                let answer = self.message();
                if answer["id"] == json!(self.n_sent) {
                    break answer;
                }
            };
            if answer["result"]["result"]["value"] == json!(true) {
                return;
            }
        }
        panic!("{script} does not come to hold: {}", self.eval("document.body.innerText"));
    }

    /// Clicks what a selector names and waits for the page that comes.
    pub(crate) fn follow(&mut self, selector: &str) {
        self.eval("window.isOld = true");
        self.eval(&format!("document.querySelector({}).click()", json!(selector)));
        self.wait("!window.isOld && document.readyState === 'complete'");
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        let code = if key == "Tab" { 9 } else { 13 };
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let pressed = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
            self.ask("Input.dispatchKeyEvent", &pressed);
        }
    }

    /// Chooses files in a field.
    pub(crate) fn choose(&mut self, selector: &str, files: &[&Path]) {
        let root = self.ask("DOM.getDocument", &json!({}))["root"]["nodeId"].clone();
        let node = self.ask("DOM.querySelector", &json!({ "nodeId": root, "selector": selector }))["nodeId"].clone();
        self.ask("DOM.setFileInputFiles", &json!({ "nodeId": node, "files": files }));
    }

    /// Light or dark.
    pub(crate) fn color_scheme(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.ask("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// A picture of what is seen, in PNG.
    pub(crate) fn picture(&mut self) -> Vec<u8> {
        let shot = self.ask("Page.captureScreenshot", &json!({ "format": "png", "optimizeForSpeed": false }));
        BASE64.decode(shot["data"].as_str().expect("a picture").as_bytes()).expect("base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn is_installed() -> bool {
    Command::new("chromium")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}
