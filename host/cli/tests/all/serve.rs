//! The first minute of `serve`: what it prints works. And an officer's act, from the upload to what is decided.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::policy_tables::workbook;
use crate::publish::Desk;
use crate::run::{Ran, finish, program, run};

/// A server that ends with the test, and what it printed.
struct Serving {
    child: Child,
    lines: Vec<String>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Serving {
    /// Starts one, and reads up to the line with these words.
    fn start(words: &[&str], last: &str) -> Self {
        let mut command = program(&[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut serving = Self { child, lines: Vec::new() };
        while !serving.lines.last().is_some_and(|line| line.contains(last)) {
            let line = out.next().expect("it goes on").unwrap();
            serving.lines.push(line.trim().to_owned());
        }
        // What it says later has to go somewhere.
        thread::spawn(move || out.for_each(drop));
        serving
    }

    /// The address that lets one operator into the console.
    fn console(&self) -> &str {
        self.lines.iter().find(|line| line.contains("/console/sign-in?code=")).expect("an address")
    }
}

#[test]
fn without_options_it_prints_the_address_of_the_console_a_token_and_three_lines_that_work() {
    let serving = Serving::start(&[], "/v1/coverage");
    let page = serving.lines.join("\n");
    assert!(page.starts_with("listening on 127.0.0.1:"), "{page}");
    assert!(serving.console().starts_with("http://127.0.0.1:"), "{page}");
    let tries: Vec<&String> = serving.lines.iter().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(tries.len(), 3, "{page}");
    for (line, wanted) in tries.into_iter().zip(["\"verdict\":\"", "\"category\":\"pi.mobile\"", "\"governed\""]) {
        let ran = Command::new("sh").args(["-c", line]).output().unwrap();
        if ran.status.code() == Some(127) {
            eprintln!("SKIPPED: `curl` is not installed; `apt-get install curl` adds it");
            return;
        }
        let answer = String::from_utf8(ran.stdout).unwrap();
        assert!(answer.contains(wanted), "{line}\n{answer}");
    }
}

/// Somebody at the console.
struct Officer {
    agent: ureq::Agent,
    at: String,
    cookie: String,
}

/// What a page answers: its status, where it leads to, and its text.
type Page = (u16, Option<String>, String);

impl Officer {
    fn sign_in(address: &str) -> Self {
        let (at, code) = address.split_once("/console/sign-in?code=").unwrap();
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).build();
        let mut officer = Self { agent: config.into(), at: at.to_owned(), cookie: String::new() };
        let sent = officer.agent.post(format!("{at}/console/sign-in")).send(format!("token={code}")).unwrap();
        let cookie = sent.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        officer.cookie = cookie;
        officer
    }

    fn read(mut response: ureq::http::Response<ureq::Body>) -> Page {
        let to = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (response.status().as_u16(), to, response.body_mut().read_to_string().unwrap())
    }

    fn open(&self, path: &str) -> Page {
        let request = self.agent.get(format!("{}{path}", self.at)).header("cookie", &self.cookie);
        Self::read(request.call().unwrap())
    }

    fn send(&self, path: &str, token: &str, body: &[u8]) -> Page {
        let request = self.agent.post(format!("{}{path}", self.at)).header("cookie", &self.cookie);
        Self::read(request.header("x-form-token", token).send(body).unwrap())
    }

    fn form_token(&self) -> String {
        let page = self.open("/console/editions").2;
        page.split_once("name=\"form-token\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    }

    /// Uploads the files of a folder; the page of the act.
    fn upload(&self, folder: &Path, token: &str) -> String {
        let (status, _, draft) = self.send("/console/editions/drafts", token, b"");
        assert_eq!(status, 200, "{draft}");
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                let (status, _, said) =
                    self.send(&format!("{draft}/files?path={name}"), token, &fs::read(&path).unwrap());
                assert_eq!(status, 204, "{name}: {said}");
            }
        }
        draft
    }

    fn publish(&self, draft: &str, token: &str) -> Page {
        self.send(&format!("{draft}/publish"), token, format!("form-token={token}").as_bytes())
    }
}

#[test]
fn an_officer_tries_a_table_in_the_playground_and_reads_what_is_wrong_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    run(&["policy", "new", &mine.display().to_string(), "--lang", "table"]).ok();
    let text = |name: &str| fs::read_to_string(mine.join(name)).unwrap();
    let (rows, head, terms, registry) =
        (text("rules.csv"), text("policy.toml"), text("lexicons/terms.csv"), text("registry.toml"));
    let serving = Serving::start(&[], "/console/sign-in");
    let officer = Officer::sign_in(serving.console());
    let token = officer.form_token();
    let judge = |rows: &str| {
        let encoded = |value: &str| value.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let fields: [(&str, &str); 8] = [
            ("form-token", &token),
            ("kind", "output"),
            ("text", "这里有示例用语。"),
            ("facts", "{\"subject\": {\"age\": \"adult\"}}"),
            ("rows", rows),
            ("head", &head),
            ("terms", &terms),
            ("registry", &registry),
        ];
        let body = fields.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
        officer.send("/console/playground", &token, body.as_bytes())
    };
    let (status, _, page) = judge(&rows);
    assert_eq!(status, 200, "{page}");
    // The form holds the rows as well.
    let result = page.split_once("id=\"result\"").unwrap().1;
    assert!(result.contains("my-sector.term") && result.contains("A listed term is in it"), "{page}");
    // A workbook is read as `policy build` reads it: its rows fill the form, and keep their numbers.
    let read = |name: &str, file: &[u8]| officer.send(&format!("/console/playground/rows?name={name}"), &token, file);
    let (status, _, filled) = read("rules.xlsx", &workbook(&rows.replace(",warn,", ",wern,")));
    assert_eq!(status, 200, "{filled}");
    let (status, _, said) = read("rules.xlsx", b"PK no archive");
    assert!(status == 400 && said.contains("it is no whole workbook"), "{said}");
    let (status, _, page) = judge(&filled);
    assert_eq!(status, 400, "{page}");
    assert!(page.contains("rules.csv: row 3, column `level`: `wern` is no level"), "{page}");
    assert!(!page.contains("Verdict"), "{page}");
    assert!(!officer.open("/console/policies").2.contains("my-sector"), "nothing of it is live");
}

#[test]
fn an_operator_uploads_a_signed_edition_sees_what_it_changes_publishes_it_and_goes_back() {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let (live, root) = (desk.path("live"), desk.public("root"));
    let serving = Serving::start(&["--edition", &live, "--root", &root, "--no-state"], "/console/sign-in");
    let officer = Officer::sign_in(serving.console());
    // The code counts once.
    let again = officer.agent.post(format!("{}/console/sign-in", officer.at));
    let code = serving.console().split_once("code=").unwrap().1;
    assert_eq!(again.send(format!("token={code}")).unwrap().status().as_u16(), 401);
    let token = officer.form_token();

    let write =
        ["edition", "write", "next", "--expires", "2099-12-31", "--live", "live", "--mode", "education=monitor"];
    desk.run(&[&write[..], &["--reason", "a trial of the console"]].concat()).ok();
    // Not signed: it says so, and nothing changes.
    let next = desk.path("next");
    let draft = officer.upload(Path::new(&next), &token);
    let page = officer.open(&draft).2;
    assert!(page.contains("It cannot be published:"), "{page}");
    assert_eq!(officer.publish(&draft, &token).0, 409);
    // One approver is not enough for what loosens, whoever clicks.
    desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    let draft = officer.upload(Path::new(&next), &token);
    let page = officer.open(&draft).2;
    assert!(page.contains("needs two approvers") && page.contains("loosening"), "{page}");
    let (status, _, said) = officer.publish(&draft, &token);
    assert_eq!((status, said.contains("needs two approvers")), (409, true), "{said}");
    assert!(!officer.open("/console/policies").2.contains("monitor"));
    desk.run(&["edition", "sign", "next", "--key", "bob.pem"]).ok();
    let draft = officer.upload(Path::new(&next), &token);
    let page = officer.open(&draft).2;
    assert!(page.contains("loosening") && page.contains("approved by alice, bob"), "{page}");
    let (status, to, said) = officer.publish(&draft, &token);
    assert_eq!((status, to.as_deref()), (303, Some("/console/editions")), "{said}");
    let page = officer.open("/console/editions").2;
    assert!(page.contains("a trial of the console") && page.contains("Ready to go back to"), "{page}");
    assert!(officer.open("/console/policies").2.contains("monitor"));

    // Back, by one statement that is signed in a copy of the folder.
    let copy = desk.path("copy");
    copy_of(Path::new(&live), Path::new(&copy));
    let words = ["edition", "rollback", &copy, "--to", "1", "--expires", "2099-12-31", "--reason", "the trial is over"];
    desk.run(&[&words[..], &["--key", "alice.pem"]].concat()).ok();
    let (_, _, draft) = officer.send("/console/editions/drafts", &token, b"");
    let newest = fs::read_dir(Path::new(&copy).join("statements")).unwrap().map(|one| one.unwrap().path()).max();
    let statement = fs::read(newest.unwrap()).unwrap();
    assert_eq!(officer.send(&format!("{draft}/files?path=statement.json"), &token, &statement).0, 204);
    let (status, _, said) = officer.publish(&draft, &token);
    assert_eq!(status, 303, "{said}");
    let page = officer.open("/console/policies").2;
    assert!(!page.contains("monitor"), "{page}");
}

fn copy_of(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_of(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A server before a model at a port, with the facts that let an ordinary answer through.
fn before_a_model(folder: &Path, port: u16) -> Serving {
    let config = format!(
        "listen = \"127.0.0.1:0\"\nlabel-producer = \"001191110000MAAAAAAA0210002\"\n\
         [[routes]]\npath = \"/up\"\ninterface = \"openai\"\nupstream = \"http://127.0.0.1:{port}\"\n\
         [[tokens]]\nsha256 = \"{}\"\ntenant = \"t\"\nsources = [\"platform\"]\n\
         [tenants.t.facts]\nprovider.origin = \"mainland\"\nsubject.age = \"adult\"\n\
         agreement = {{ version = \"1\", current-version = \"1\", accepted-on = \"2026-03-09\", clauses = [\"rights-duties\"] }}\n",
        specialis_server::TokenDigest::of(TOKEN)
    );
    let file = folder.join("serve.toml");
    fs::write(&file, config).unwrap();
    Serving::start(&["--config", &file.display().to_string()], "listening on")
}

/// The token under which the kit calls.
const TOKEN: &str = "sp-test";

#[test]
fn nothing_gets_past_this_gateway_and_the_kit_sees_what_gets_past_none() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serving = before_a_model(folder.path(), port);
    let address = serving.lines[0].strip_prefix("listening on ").unwrap();
    let (url, model) = (format!("http://{address}/up"), format!("127.0.0.1:{port}"));
    let kit = |url: &str, model: &str, rest: &[&str]| -> Ran {
        let mut command = program(&[&["torture", "gateway", url, "--upstream", model][..], rest].concat());
        command.env("SPECIALIS_GATEWAY_TOKEN", TOKEN);
        finish(command, b"")
    };
    let out = kit(&url, &model, &[]).ok();
    let last = out.lines().last().unwrap();
    let (held, all) = last.strip_suffix(" hold").unwrap().split_once(" of ").unwrap();
    assert!(held == all && all.parse::<u32>().unwrap() > 30, "{out}");

    // Asked itself, the model lets everything out.
    let bare = kit(&format!("http://{model}"), &model, &["--format", "json"]);
    assert_eq!(bare.code, 1, "{}", bare.err);
    let cases: Vec<serde_json::Value> = serde_json::from_str(&bare.out).unwrap();
    let held = |name: &str| cases.iter().find(|case| case["case"] == name).unwrap()["holds"].as_bool().unwrap();
    assert!(["whole-ordinary", "stream-ordinary", "crlf", "broken-off", "failing-model"].into_iter().all(held));
    let leaks =
        ["letters", "letters-bytes", "mixed-choices", "wide", "hidden-letters", "tool-stream", "twice", "packed"];
    assert!(!leaks.into_iter().any(held), "{}", bare.out);

    // A gateway that has another model.
    let other = kit(&url, "127.0.0.1:0", &["--case", "crlf", "--format", "json"]);
    assert!(other.code == 1 && other.out.contains("the gateway did not ask the model"), "{}{}", other.out, other.err);
    assert!(run(&["torture", "gateway", "gateway.example"]).refused().contains("is no address of a gateway"));
    assert!(
        run(&["torture", "gateway", "http://127.0.0.1:9", "--case", "nobody"]).refused().contains("leave out `--case`")
    );
}
