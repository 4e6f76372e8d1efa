//! `serve`: the host over HTTP, for platforms in any language.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use specialis_server::{Area, Config, Role, Server, TenantConfig, TokenConfig, TokenDigest, log_json};

use super::policy::PlaygroundTables;
use crate::input::file;
use crate::keys;
use crate::options::{EditionOptions, LedgerOption, ThreadOptions, directory};
use crate::output::{self, Exit};

const AFTER_HELP: &str = r#"Without `--config` it listens on this machine alone, under a token that is made for the run and printed once. With it, the file
says where to listen, who may call and where requests are passed on to; `docs/gateway.md` shows one for each gateway, and
`specialis schema server` prints its schema. SIGHUP reads the file again, SIGTERM stops: what is open ends cleanly.

Examples:
  specialis serve
  specialis serve --new-token                         a token, and the digest of it for the configuration
  specialis serve --config serve.toml --check         whether the configuration can be used
  specialis serve --config serve.toml --profile mine.toml

Exit codes: 0 stopped as it was told, or the configuration can be used; 2 usage or configuration."#;

/// The tenant of the token that is made for a run.
const LOCAL: &str = "local";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ServeArgs {
    /// The configuration
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// The address to listen on, in place of the configuration's [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Read and check the configuration, every file that it names, and the edition, and end
    #[arg(long)]
    check: bool,
    /// Print a new token and its digest, and end
    #[arg(long, conflicts_with_all = ["config", "check", "listen"])]
    new_token: bool,
    #[command(flatten)]
    ledger: LedgerOption,
    #[command(flatten)]
    threads: ThreadOptions,
    #[command(flatten)]
    edition: EditionOptions,
}

pub(crate) fn run(args: &ServeArgs, out: &mut dyn Write) -> Result<Exit> {
    if args.new_token {
        let token = keys::new_token()?;
        writeln!(out, "token   {token}")?;
        writeln!(out, "sha256  {}", TokenDigest::of(&token))?;
        return Ok(Exit::Complete);
    }
    let (mut config, token) = match &args.config {
        Some(path) => (read(path)?, None),
        None => {
            let token = keys::new_token()?;
            (of_a_run(&token), Some(token))
        }
    };
    if let Some(listen) = args.listen {
        config.listen = listen;
        config.check()?;
    }
    if args.check {
        Server::check(&config)?;
        let edition = args.edition.content()?;
        let id = edition.id(&specialis::Limits::default());
        writeln!(out, "the configuration can be used; it would serve the edition {id}")?;
        return Ok(Exit::Complete);
    }
    log_json();
    let ledger = args.ledger.open()?;
    let host = args.edition.host_with(args.threads.count(), &ledger)?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let mut server = Server::bind(config, host)?.tables(Box::new(PlaygroundTables));
    if let Some(folder) = args.edition.published() {
        server = server.editions(directory(folder)?)?;
    }
    if let Some(recorded) = ledger.recorded()? {
        server = server.ledger(recorded);
    }
    let at = format!("{scheme}://{}", server.address());
    greet(server.address(), &at, (token.as_deref(), server.console_code().as_deref()), out)?;
    let (path, listen) = (args.config.clone(), args.listen);
    server.run(path.map(|path| -> specialis_server::Reload {
        Box::new(move || {
            let mut config = read(&path).map_err(|error| output::chain(error.as_ref()))?;
            config.listen = listen.unwrap_or(config.listen);
            Ok(config)
        })
    }));
    ledger.close()?;
    Ok(Exit::Complete)
}

fn read(path: &Path) -> Result<Config> {
    let text = file::text(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Config::parse(&text).with_context(|| format!("`{}`", path.display()))
}

/// The configuration of a run without a file: this machine alone, one token.
fn of_a_run(token: &str) -> Config {
    let token = TokenConfig {
        sha256: TokenDigest::of(token),
        name: None,
        tenant: Some(LOCAL.to_owned()),
        areas: vec![Area::Native, Area::Proxy, Area::Contracts, Area::Metrics, Area::Console],
        role: Role::Operator,
        reviews: Vec::new(),
        sources: vec!["platform".into()],
        until: None,
    };
    Config { tokens: vec![token], tenants: [(LOCAL.to_owned(), TenantConfig::default())].into(), ..Config::default() }
}

/// Says where it listens, where the console is and, where a token was made, what to try.
fn greet(
    address: SocketAddr,
    at: &str,
    (token, code): (Option<&str>, Option<&str>),
    out: &mut dyn Write,
) -> Result<()> {
    writeln!(out, "listening on {address}")?;
    if let Some(code) = code {
        writeln!(out, "\nThe console, for an operator, once:\n  {at}/console/sign-in?code={code}")?;
    }
    if let Some(token) = token {
        writeln!(
            out,
            "\nThe token of this run, printed once:\n  {token}\n\nTo try it:\n  \
             curl -s {at}/v1/decide -H 'authorization: Bearer {token}' -d '{{\"event\": {{\"kind\": \"output\", \"text\": \"图书馆周一闭馆。\"}}}}'\n  \
             curl -s {at}/v1/scan -H 'authorization: Bearer {token}' -d '{{\"text\": \"客服电话 13912345678\"}}'\n  \
             curl -s {at}/v1/coverage -H 'authorization: Bearer {token}'"
        )?;
    }
    out.flush()?;
    Ok(())
}
