//! What stands ready for running the server, looked at by the tools that will read it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::program;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

/// Runs a tool; none, said aloud, where it is not installed.
fn tool(name: &str, install: &str, args: &[&str]) -> Option<Output> {
    match Command::new(name).args(args).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("SKIPPED: `{name}` does not start ({error}); {install}");
            None
        }
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_unit_is_one_that_systemd_reads() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("specialis.service");
    // What it starts is not installed here.
    let text = fs::read_to_string(file("specialis.service")).unwrap();
    fs::write(&unit, text.replace("/usr/bin/specialis serve", "/bin/true serve")).unwrap();
    let unit = unit.display().to_string();
    let checked =
        tool("systemd-analyze", "it comes with systemd", &["verify", "--man=no", "--recursive-errors=no", &unit]);
    let Some(checked) = checked else { return };
    let said = said(&checked);
    assert!(checked.status.success() && !said.contains("specialis.service:"), "{said}");
}

#[test]
fn the_configuration_of_nginx_is_one_that_nginx_reads() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display().to_string();
    let config = file("nginx.conf").display().to_string();
    let checked =
        tool("nginx", "`apt-get install nginx-light` adds it", &["-t", "-e", "stderr", "-p", &at, "-c", &config]);
    let Some(checked) = checked else { return };
    assert!(checked.status.success(), "{}", said(&checked));
}

#[test]
fn the_configuration_of_envoy_is_one_that_envoy_reads() {
    let config = file("envoy.yaml").display().to_string();
    let envoy = program("envoy/bin/envoy").display().to_string();
    let checked = tool(&envoy, "`cargo xtask server-peers` installs it", &["--mode", "validate", "-c", &config]);
    let Some(checked) = checked else { return };
    assert!(checked.status.success(), "{}", said(&checked));
}

#[test]
fn the_manifests_hold_to_the_schemas_of_kubernetes() {
    let manifests = file("kubernetes.yaml").display().to_string();
    let checked = tool("kubeconform", "its releases hold one binary", &["-strict", "-summary", &manifests]);
    let Some(checked) = checked else { return };
    assert!(checked.status.success(), "{}", said(&checked));
}
