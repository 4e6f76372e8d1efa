//! `label-checker`: the page that checks labels in a browser, as one file without a server, tested in a headless Chromium.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE64;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::setup;
use crate::step::{heading, status_of};
use crate::workspace::Workspace;

const PACKAGE: &str = "specialis-label-web";
const TARGET: &str = "wasm32-unknown-unknown";
/// The program that makes JavaScript and a smaller module of what the compiler gives.
const PROGRAM: &str = "wasm-bindgen";
const NAME: &str = "wasm-bindgen-cli";
/// The parts of the page.
const PARTS: &str = "docs/label-checker";
/// A page that is larger is no page to be sent around.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Builds the page and tests it.
///
/// # Errors
///
/// If a tool is missing and cannot be installed, or the page cannot be built or does not do what it should.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::guest_target(workspace)?;
    let version = version(&workspace.metadata(&[])?)?;
    let folder = workspace.target_dir()?.join("label-checker");
    let program = match program(workspace, &folder, &version) {
        Some(program) => program,
        None => install(workspace, &folder, &version)?,
    };
    let page = build(workspace, &folder, &program)?;
    test(workspace, &page)
}

/// Builds and tests the page where the program is there already: it takes minutes to install, which nobody's check waits for.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn run_where_installed(workspace: &Workspace) -> Result<()> {
    let version = version(&workspace.metadata(&[])?)?;
    if program(workspace, &workspace.target_dir()?.join("label-checker"), &version).is_some() {
        return run(workspace);
    }
    heading(
        "label-checker",
        &format!("not run, {PROGRAM} {version} is not installed; `cargo xtask label-checker` adds it"),
    );
    Ok(())
}

/// The version of the library, which the program has to be of.
fn version(metadata: &Value) -> Result<String> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let found = packages.into_iter().flatten().find(|package| package.get("name").is_some_and(|name| name == PROGRAM));
    let version = found.and_then(|package| package.get("version")).and_then(Value::as_str);
    Ok(version.with_context(|| format!("`cargo metadata` names no `{PROGRAM}`; update cargo"))?.to_owned())
}

/// The program in this version: in the folder of its own, else on the path.
fn program(workspace: &Workspace, folder: &Path, version: &str) -> Option<PathBuf> {
    let is_right = |program: &PathBuf| {
        let asked = workspace.command(program).arg("--version").output();
        asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).split_whitespace().nth(1) == Some(version))
    };
    [folder.join("bin").join(PROGRAM), PathBuf::from(PROGRAM)].into_iter().find(is_right)
}

fn install(workspace: &Workspace, folder: &Path, version: &str) -> Result<PathBuf> {
    println!("the page needs `{PROGRAM}` {version}; installing it, once, in a few minutes: cargo install {NAME}");
    // The versions that it was published with may be gone from the registry: then others do.
    for locked in [["--locked"].as_slice(), &[]] {
        let mut cargo = workspace.cargo();
        cargo.args(["install", NAME, "--version", version, "--bin", PROGRAM, "--root"]).arg(folder).args(locked);
        if status_of(&mut cargo).unwrap_or(false) {
            break;
        }
    }
    program(workspace, folder, version).with_context(|| {
        format!(
            "`{PROGRAM}` {version} could not be installed; with a connection to crates.io run `cargo install {NAME} --version \
             {version}`, then repeat this command"
        )
    })
}

/// Compiles the crate, and puts the page together.
fn build(workspace: &Workspace, folder: &Path, program: &Path) -> Result<PathBuf> {
    heading("label-checker", &format!("{PACKAGE} for {TARGET}, and one page"));
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--profile", "page", "--lib", "--package", PACKAGE, "--target", TARGET]);
    cargo.arg("--config").arg(flags(workspace.root()));
    ensure!(status_of(&mut cargo)?, "`{PACKAGE}` could not be compiled; mend what cargo reports above");
    let module = workspace.target_dir()?.join(TARGET).join("page").join("specialis_label_web.wasm");
    let mut bindgen = workspace.command(program);
    bindgen.args(["--target", "no-modules", "--no-typescript", "--remove-name-section", "--remove-producers-section"]);
    bindgen.args(["--out-name", "label", "--out-dir"]).arg(folder);
    ensure!(status_of(bindgen.arg(&module))?, "`{PROGRAM}` refused `{}`; see its message above", module.display());
    let part = |name: &str| read(&workspace.root().join(PARTS).join(name));
    let module = folder.join("label_bg.wasm");
    let module = fs::read(&module).with_context(|| format!("`{}` cannot be read", module.display()))?;
    let parts = Parts {
        page: part("page.html")?,
        style: part("checker.css")?,
        checker: part("checker.js")?,
        bindings: read(&folder.join("label.js"))?,
        module,
    };
    let text = parts.joined()?;
    ensure!(
        text.len() <= MOST_BYTES,
        "the page has {} bytes, more than {MOST_BYTES}; see what made it grow",
        text.len()
    );
    let page = folder.join("index.html");
    fs::write(&page, &text).with_context(|| format!("`{}` cannot be written", page.display()))?;
    let digest = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    println!("{}: {} bytes, sha256 {digest}", page.display(), text.len());
    Ok(page)
}

/// Keeps the folders of this machine out of the module: with the same compiler, the same sources give the same page.
fn flags(root: &Path) -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let maps = [(home, "cargo"), (root.to_owned(), "specialis")];
    let maps = maps.map(|(from, to)| format!("--remap-path-prefix={}=/{to}", from.display()));
    format!("target.{TARGET}.rustflags={maps:?}")
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// What the page is made of.
struct Parts {
    page: String,
    style: String,
    checker: String,
    bindings: String,
    module: Vec<u8>,
}

impl Parts {
    /// One page, whose policy allows these scripts and this style alone, and no connection to anywhere.
    fn joined(&self) -> Result<String> {
        // Each call gives bindings of their own, with an instance and a memory of their own.
        let script =
            format!("const bindings = () => {{\n{}\nreturn wasm_bindgen;\n}};\n{}", self.bindings, self.checker);
        for (name, text) in [("script", &script), ("style", &self.style)] {
            ensure!(
                !text.to_ascii_lowercase().contains(&format!("</{name}")),
                "the {name} would end early at a `</{name}`; write it otherwise"
            );
        }
        let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text)));
        let policy = format!(
            "default-src 'none'; script-src {} 'wasm-unsafe-eval'; style-src {}; base-uri 'none'; form-action 'none'",
            hash(&script),
            hash(&self.style)
        );
        let filled = [
            ("policy", policy.as_str()),
            ("style", &self.style),
            ("module", &BASE64.encode(&self.module)),
            ("script", &script),
        ];
        let mut page = self.page.clone();
        for (name, text) in filled {
            let place = format!("{{{{{name}}}}}");
            ensure!(page.matches(&place).count() == 1, "`{PARTS}/page.html` has no `{place}`, or several; keep one");
            page = page.replace(&place, text);
        }
        Ok(page)
    }
}

/// Opens the page in a browser; where none can be had, the test says so.
fn test(workspace: &Workspace, page: &Path) -> Result<()> {
    let has = |program: &&str| workspace.command(*program).arg("--version").output().is_ok();
    if !["chromium", "chromium-browser", "google-chrome"].iter().any(has) {
        println!("the page is tested in Chromium; installing it: apt-get install -y chromium");
        let mut apt = workspace.command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends", "chromium"]);
        let is_done = status_of(workspace.command("apt-get").args(["update", "-q"])).unwrap_or(false)
            && status_of(&mut apt).unwrap_or(false);
        if !is_done {
            println!("note: Chromium could not be installed, so the page was built and not opened");
            return Ok(());
        }
    }
    let mut cargo = workspace.cargo();
    cargo.args(["test", "-q", "--package", PACKAGE, "--test", "browser"]).env("LABEL_CHECKER_PAGE", page);
    ensure!(status_of(&mut cargo)?, "the page does not do what it should; the lines above say what");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            page: "<meta content=\"{{policy}}\"><style>{{style}}</style><i>{{module}}</i><script>{{script}}</script>"
                .to_owned(),
            style: "p{}".to_owned(),
            checker: "check()".to_owned(),
            bindings: "let wasm_bindgen = 1;".to_owned(),
            module: vec![0, 1, 2],
        }
    }

    #[test]
    fn page_allows_its_own_script_and_style_alone() {
        let page = parts().joined().unwrap();
        let script = page.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
        let hash = BASE64.encode(&Sha256::digest(script));
        assert!(page.contains(&format!("script-src 'sha256-{hash}' 'wasm-unsafe-eval';")), "{page}");
        assert!(page.contains("default-src 'none'") && !page.contains("'unsafe-inline'") && !page.contains("{{"));
        assert!(page.contains("<i>AAEC</i>"));
    }

    #[test]
    fn script_that_would_end_early_and_page_without_a_place_are_refused() {
        assert!(Parts { checker: "'</Script>'".to_owned(), ..parts() }.joined().is_err());
        assert!(Parts { page: "{{policy}}{{style}}{{script}}".to_owned(), ..parts() }.joined().is_err());
    }

    #[test]
    fn version_is_that_of_the_library() {
        let metadata =
            serde_json::json!({ "packages": [{ "name": "a" }, { "name": "wasm-bindgen", "version": "0.2.1" }] });
        assert_eq!(version(&metadata).unwrap(), "0.2.1");
        assert!(version(&serde_json::json!({ "packages": [] })).is_err());
    }
}
