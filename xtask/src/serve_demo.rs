//! `cargo xtask serve-demo`: the server between a client and a model, as a platform without Rust would use it.
//!
//! A scripted model answers what it is asked to say. The server is the program itself, with a configuration that a user could
//! have written. A client streams three answers through: a harmless one, one with a number that is masked, one that is stopped.

mod client;
mod model;

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::setup;
use crate::step::{Step, heading};
use crate::workspace::Workspace;

/// One exchange: what is asked, what the model says, and what of it the client reads.
struct Exchange {
    what: &'static str,
    asked: &'static str,
    said: &'static str,
    read: &'static str,
}

const EXCHANGES: [Exchange; 3] = [
    Exchange {
        what: "a harmless answer",
        asked: "图书馆何时开放？",
        said: "图书馆周一闭馆，周二至周日开放。",
        read: "图书馆周一闭馆，周二至周日开放。",
    },
    Exchange {
        what: "an answer with somebody's number",
        asked: "预约成功了吗？",
        said: "预约成功，请拨打 13912345678 联系李女士。",
        read: "预约成功，请拨打 ［已隐去］ 联系李女士。",
    },
    Exchange {
        what: "an answer that a person has to see first",
        asked: "今天有什么消息？",
        said: "今天天气很好。内部消息称全城停水。之后的话。",
        read: "今天天气很好。",
    },
];

/// A server that ends with the demo.
struct Serving {
    server: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It ends what is open first; a demo has nothing open.
        let told = Command::new("kill").args(["-TERM", &self.server.id().to_string()]).status();
        if !told.is_ok_and(|status| status.success()) {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
}

/// Runs the demo.
///
/// # Errors
///
/// If the set-up, the server or a call fails, or an answer does not come out as it has to.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::guest_target(workspace)?;
    // With the tests, as `cargo xtask demo` does: their dependencies switch features on.
    Step::cargo("build", &["build", "--workspace", "--bins", "--tests"]).run(workspace)?;
    let target = workspace.target_dir()?;
    let folder = target.join("serve-demo");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be created", folder.display()))?;
    let binary = target.join("debug").join(format!("specialis{EXE_SUFFIX}"));

    let model = model::start(|asked| EXCHANGES.iter().find(|one| one.asked == asked).map_or("", |one| one.said))?;
    let (token, digest) = new_token(&binary)?;
    let config = folder.join("serve.toml");
    fs::write(&config, configuration(&digest, &model)).with_context(|| format!("`{}`", config.display()))?;
    let shown = config.strip_prefix(workspace.root()).unwrap_or(&config).display().to_string();
    heading("serve", &format!("specialis serve --config {shown} --profile texts"));
    let serving = start(&binary, &config)?;
    println!("listening on {}; the model is scripted and listens on {model}", serving.address);

    for exchange in EXCHANGES {
        let request = client::Request { address: &serving.address, token: &token, asks: exchange.asked };
        heading(exchange.what, &request.curl());
        println!("the model says   {}", exchange.said);
        let answer = request.stream()?;
        println!("the client reads {}", answer.text);
        println!("it ended with    {}, the verdict was {}", answer.finish, answer.verdict);
        ensure!(
            answer.text == exchange.read,
            "the client was to read `{}`; see `{shown}` and the log above",
            exchange.read
        );
    }
    println!("\nThe configuration is `{shown}`; docs/gateway.md says how each client and gateway is connected.");
    Ok(())
}

/// A configuration as a user would write it, with a free port.
fn configuration(digest: &str, model: &str) -> String {
    format!(
        "listen = \"127.0.0.1:0\"\n\n[[tokens]]\nsha256 = \"{digest}\"\n\n[[routes]]\npath = \"/openai\"\n\
         interface = \"openai\"\nupstream = \"http://{model}/v1\"\n"
    )
}

/// A token and its digest, from the program.
fn new_token(binary: &Path) -> Result<(String, String)> {
    let made = Command::new(binary).args(["serve", "--new-token"]).output();
    let made = made.with_context(|| format!("`{}` cannot be run", binary.display()))?;
    let text = String::from_utf8(made.stdout).context("a token is no text")?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned()).with_context(|| format!("`serve --new-token` printed no `{name}`"))
    };
    Ok((field("token")?, field("sha256")?))
}

/// Starts the server and waits until it listens.
fn start(binary: &Path, config: &Path) -> Result<Serving> {
    let mut command = Command::new(binary);
    command.arg("serve").arg("--config").arg(config).args(["--profile", "texts"]).stdout(Stdio::piped());
    let mut server = command.spawn().with_context(|| format!("`{}` cannot be run", binary.display()))?;
    let Some(out) = server.stdout.take() else { bail!("the server has no output") };
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).context("the server says nothing")?;
    let address = line.trim().strip_prefix("listening on ").map(str::to_owned);
    let serving = Serving { server, address: address.clone().unwrap_or_default() };
    ensure!(address.is_some(), "the server did not start; its log above says why");
    Ok(serving)
}
