//! The first minute of `serve`: what it prints works.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::run::program;

/// A server that ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn without_options_it_prints_the_address_of_the_console_a_token_and_three_lines_that_work() {
    let mut command = program(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let _serving = Serving(child);
    let mut lines: Vec<String> = Vec::new();
    for line in out.lines() {
        lines.push(line.unwrap());
        if lines.last().unwrap().contains("/v1/coverage") {
            break;
        }
    }
    let page = lines.join("\n");
    assert!(page.starts_with("listening on 127.0.0.1:"), "{page}");
    let console = lines.iter().find(|line| line.contains("/console/sign-in?code=")).expect("an address").trim();
    assert!(console.starts_with("http://127.0.0.1:"), "{console}");
    let tries: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(tries.len(), 3, "{page}");
    let wanted = ["\"verdict\":\"", "\"category\":\"pi.phone\"", "\"governed\""];
    for (line, wanted) in tries.into_iter().zip(wanted) {
        let ran = Command::new("sh").args(["-c", line]).output().unwrap();
        if ran.status.code() == Some(127) {
            eprintln!("SKIPPED: `curl` is not installed; `apt-get install curl` adds it");
            return;
        }
        let answer = String::from_utf8(ran.stdout).unwrap();
        assert!(answer.contains(wanted), "{line}\n{answer}");
    }
    let ran = Command::new("curl").args(["-s", console]).output().unwrap();
    assert!(String::from_utf8(ran.stdout).unwrap().contains("action=\"/console/sign-in\""));
}
