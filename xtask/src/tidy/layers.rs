//! `layers`: which crate may know which. Dependencies point one way, and only the host knows the sandbox.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Violation;
use super::tree::{Tree, numbered};

/// What one package of this workspace may depend on of the others, by kind of dependency.
struct Layer {
    package: &'static str,
    normal: &'static [&'static str],
    build: &'static [&'static str],
    dev: &'static [&'static str],
}

/// Every package but the guests, which all share [`GUEST`]. A new crate gets its line here.
const LAYERS: &[Layer] = &[
    Layer { package: "specialis-core", normal: &[], build: &[], dev: &[] },
    Layer { package: "specialis-text", normal: &["specialis-core"], build: &[], dev: &[] },
    Layer { package: "specialis-scorer", normal: &["specialis-core", "specialis-text"], build: &[], dev: &[] },
    Layer {
        package: "specialis-scorer-remote",
        normal: &["specialis-core", "specialis-scorer", "specialis-text"],
        build: &[],
        dev: &[],
    },
    Layer { package: "specialis-label", normal: &[], build: &[], dev: &[] },
    Layer { package: "specialis-label-web", normal: &["specialis-label"], build: &[], dev: &[] },
    Layer { package: "specialis-bundle", normal: &["specialis-core"], build: &[], dev: &[] },
    Layer { package: "specialis-ledger", normal: &["specialis-core"], build: &[], dev: &[] },
    Layer {
        package: "specialis",
        normal: &["specialis-core", "specialis-text", "specialis-bundle", "specialis-ledger", "specialis-scorer"],
        build: &[],
        // Benchmarks and examples: the compiled policies, and the same rules native as the baseline.
        dev: &["specialis-artifacts", "specialis-tests", "specialis-policy", "specialis-policy-*"],
    },
    Layer {
        package: "specialis-server",
        normal: &["specialis", "specialis-label", "specialis-ledger"],
        build: &[],
        dev: &["specialis-artifacts", "specialis-tests"],
    },
    Layer {
        package: "specialis-cli",
        normal: &[
            "specialis",
            "specialis-core",
            "specialis-text",
            "specialis-bundle",
            "specialis-label",
            "specialis-ledger",
            "specialis-scorer-remote",
            "specialis-server",
            "specialis-artifacts",
            // What reads and checks tables; the same code interprets them in the sandbox.
            "specialis-policy-table",
        ],
        build: &[],
        dev: &["specialis-tests"],
    },
    Layer { package: "specialis-policy", normal: &[], build: &[], dev: &[] },
    Layer { package: "specialis-artifacts", normal: &[], build: &["specialis-bundle"], dev: &[] },
    Layer { package: "specialis-tests", normal: &["*"], build: &[], dev: &["*"] },
    Layer {
        package: "xtask",
        // The scorer is trained with the code that scores.
        normal: &["specialis-core", "specialis-text", "specialis-scorer"],
        build: &[],
        dev: &[],
    },
];

/// The guests: the SDK and nothing else, ours or not, so that one crate decides what a component imports.
const GUEST: Layer =
    Layer { package: "specialis-policy-*", normal: &["specialis-policy"], build: &[], dev: &["specialis-policy"] };

/// The only package that knows the sandbox.
const HOST: &str = "specialis";

/// Async runtimes: deciding is work of microseconds, and the embedder calls it from where it likes.
const ASYNC_RUNTIMES: [&str; 8] =
    ["tokio", "async-std", "smol", "async-executor", "async-global-executor", "futures-executor", "monoio", "glommio"];

/// What is embedded or called from anywhere: the server alone has an async runtime, and the command line starts it.
const WITHOUT_RUNTIME: [&str; 3] = [HOST, "specialis-label", "specialis-scorer-remote"];

/// A package of this workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// The folder from the root, for example `host/core`.
    pub(super) folder: String,
}

/// The packages of this workspace.
///
/// # Errors
///
/// If `metadata` is not what `cargo metadata` prints.
pub(super) fn members(metadata: &Value) -> Result<Vec<Member>> {
    Ok(packages(metadata)?.into_iter().map(|(member, _)| member).collect())
}

/// Every dependency that points the wrong way.
///
/// # Errors
///
/// If `metadata` is not what `cargo metadata` prints.
pub(super) fn check(metadata: &Value, tree: &Tree) -> Result<Vec<Violation>> {
    let packages = packages(metadata)?;
    let ours: BTreeSet<&str> = packages.iter().map(|(member, _)| member.name.as_str()).collect();
    let mut violations = Vec::new();
    for (member, package) in &packages {
        let manifest = format!("{}/Cargo.toml", member.folder);
        let Some(layer) = layer_of(&member.name) else {
            let message =
                format!("`{}` has no layer; say in `xtask/src/tidy/layers.rs` what it may depend on", member.name);
            violations.push(Violation::new(manifest, 0, message));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            let name = text_of(dependency, "name");
            let kind = dependency.get("kind").and_then(Value::as_str).unwrap_or("normal");
            if let Some(reason) = refusal(layer, &member.name, name, kind, ours.contains(name)) {
                let message = format!("`{}` must not have the {kind} dependency `{name}`: {reason}", member.name);
                violations.push(Violation::new(manifest.as_str(), tree.line_of(&manifest, name), message));
            }
        }
    }
    violations.extend(async_runtimes(metadata));
    violations.extend(host_folders(tree));
    Ok(violations)
}

/// Imports between the folders of the host that point the wrong way: `control` knows `session`, and both know `runtime`.
fn host_folders(tree: &Tree) -> Vec<Violation> {
    let refused = [("runtime", "session"), ("runtime", "control"), ("session", "control")];
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(&["rs"]) {
        let Some(inside) = path.strip_prefix("host/src/").filter(|inside| !inside.ends_with("/tests.rs")) else {
            continue;
        };
        for (folder, other) in refused {
            if !inside.starts_with(&format!("{folder}/")) && inside != format!("{folder}.rs") {
                continue;
            }
            let imports = format!("crate::{other}::");
            for (at, _) in numbered(text).filter(|(_, line)| line.contains(&imports)) {
                let message =
                    format!("`{folder}` must not know `{other}`; move the code there, or pass in what it needs");
                violations.push(Violation::new(path, at, message));
            }
        }
    }
    violations
}

fn layer_of(package: &str) -> Option<&'static Layer> {
    let own = LAYERS.iter().find(|layer| layer.package == package);
    own.or_else(|| matches(GUEST.package, package).then_some(&GUEST))
}

/// Why this dependency is refused, if it is.
fn refusal(layer: &Layer, package: &str, dependency: &str, kind: &str, is_ours: bool) -> Option<String> {
    if (dependency == "wasmtime" || dependency.starts_with("wasmtime-")) && package != HOST {
        return Some(format!("only `{HOST}` knows the sandbox; go through its API"));
    }
    let allowed = match kind {
        "build" => layer.build,
        "dev" => layer.dev,
        _ => layer.normal,
    };
    let is_allowed = allowed.iter().any(|pattern| matches(pattern, dependency));
    let is_guest = layer.package == GUEST.package;
    if is_allowed || !(is_ours || (is_guest && kind == "normal")) {
        return None;
    }
    if is_guest {
        return Some(
            "a guest depends on `specialis-policy` alone; put what several guests need into the SDK".to_owned(),
        );
    }
    let list = if allowed.is_empty() { "none of ours".to_owned() } else { format!("only {}", allowed.join(", ")) };
    Some(format!("dependencies point one way, and here {list} may stand; move the code to the lower crate"))
}

/// The paths by which a library reaches an async runtime in ordinary builds.
fn async_runtimes(metadata: &Value) -> Vec<Violation> {
    let nodes = metadata.pointer("/resolve/nodes").and_then(Value::as_array);
    let edges: BTreeMap<&str, Vec<&str>> =
        nodes.into_iter().flatten().map(|node| (text_of(node, "id"), normal_edges(node))).collect();
    let all = metadata.get("packages").and_then(Value::as_array);
    let names: BTreeMap<&str, &str> =
        all.into_iter().flatten().map(|package| (text_of(package, "id"), text_of(package, "name"))).collect();
    let name = |id: &str| names.get(id).copied().unwrap_or_default().to_owned();

    let mut violations = Vec::new();
    let mut seen = BTreeSet::new();
    let starts = names.iter().filter(|(_, name)| WITHOUT_RUNTIME.contains(name));
    let mut paths: Vec<Vec<&str>> = starts.map(|(id, _)| vec![*id]).collect();
    while let Some(path) = paths.pop() {
        let Some(last) = path.last().copied() else { continue };
        if !seen.insert(last) {
            continue;
        }
        if ASYNC_RUNTIMES.contains(&name(last).as_str()) {
            let way = path.iter().map(|id| name(id)).collect::<Vec<_>>().join(" → ");
            let message = format!("a library reaches an async runtime ({way}); switch off the feature that brings it");
            violations.push(Violation::new("host/Cargo.toml", 0, message));
            continue;
        }
        for next in edges.get(last).into_iter().flatten() {
            paths.push(path.iter().copied().chain([*next]).collect());
        }
    }
    violations
}

fn normal_edges(node: &Value) -> Vec<&str> {
    let dependencies = node.get("deps").and_then(Value::as_array).into_iter().flatten();
    let is_normal = |dependency: &&Value| {
        let kinds = dependency.get("dep_kinds").and_then(Value::as_array);
        kinds.into_iter().flatten().any(|kind| kind.get("kind").is_none_or(Value::is_null))
    };
    dependencies.filter(is_normal).map(|dependency| text_of(dependency, "pkg")).collect()
}

/// The members with what cargo says about each.
fn packages(metadata: &Value) -> Result<Vec<(Member, &Value)>> {
    let list = |key: &str| {
        let values = metadata.get(key).and_then(Value::as_array);
        values.with_context(|| format!("`cargo metadata` has no `{key}`; update cargo"))
    };
    let ids: BTreeSet<&str> = list("workspace_members")?.iter().filter_map(Value::as_str).collect();
    let root = text_of(metadata, "workspace_root");
    let own = list("packages")?.iter().filter(|package| ids.contains(text_of(package, "id")));
    let members = own.map(|package| {
        let manifest = text_of(package, "manifest_path").replace('\\', "/");
        let inside = manifest.strip_prefix(&root.replace('\\', "/")).unwrap_or(&manifest);
        let folder = inside.trim_start_matches('/').trim_end_matches("/Cargo.toml").to_owned();
        (Member { name: text_of(package, "name").to_owned(), folder }, package)
    });
    Ok(members.collect())
}

/// Whether a name fits a pattern; a pattern may end in `*`.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

fn text_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Metadata of a workspace with these packages, each with the (name, kind) of what it depends on.
    fn metadata(packages: &[(&str, &[(&str, &str)])]) -> Value {
        let kind = |kind: &str| if kind == "normal" { Value::Null } else { json!(kind) };
        let listed: Vec<Value> = packages
            .iter()
            .map(|(name, dependencies)| {
                let dependencies: Vec<Value> =
                    dependencies.iter().map(|(name, k)| json!({"name": name, "kind": kind(k)})).collect();
                json!({"id": name, "name": name, "manifest_path": format!("/w/{name}/Cargo.toml"),
                       "dependencies": dependencies})
            })
            .collect();
        let nodes: Vec<Value> = packages
            .iter()
            .map(|(name, dependencies)| {
                let deps: Vec<Value> =
                    dependencies.iter().map(|(n, k)| json!({"pkg": n, "dep_kinds": [{"kind": kind(k)}]})).collect();
                json!({"id": name, "deps": deps})
            })
            .collect();
        let ids: Vec<&str> = packages
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| layer_of(name).is_some() || name.starts_with("specialis"))
            .collect();
        json!({"packages": listed, "workspace_members": ids, "workspace_root": "/w", "resolve": {"nodes": nodes}})
    }

    fn refused(packages: &[(&str, &[(&str, &str)])]) -> Vec<String> {
        let violations = check(&metadata(packages), &Tree::default());
        violations.map(|list| list.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    #[test]
    fn layers_of_the_design_are_accepted() {
        let refused = refused(&[
            ("specialis-core", &[("serde", "normal"), ("proptest", "dev")]),
            ("specialis-text", &[("specialis-core", "normal")]),
            ("specialis", &[("specialis-text", "normal"), ("wasmtime", "normal"), ("specialis-artifacts", "dev")]),
            ("specialis-cli", &[("specialis", "normal"), ("specialis-artifacts", "normal")]),
            ("specialis-policy", &[("wit-bindgen", "normal")]),
            ("specialis-policy-film", &[("specialis-policy", "normal")]),
            ("specialis-artifacts", &[("specialis-bundle", "build")]),
            ("specialis-bundle", &[]),
            ("specialis-label", &[("quick-xml", "normal")]),
            ("specialis-ledger", &[("specialis-core", "normal")]),
            ("specialis-tests", &[("specialis", "normal"), ("specialis-policy-film", "normal")]),
        ]);
        assert_eq!(refused, Vec::<String>::new());
    }

    #[test]
    fn dependency_that_points_up_is_refused() {
        for (package, dependency, kind) in [
            ("specialis-core", "specialis-text", "normal"),
            ("specialis-text", "specialis-bundle", "dev"),
            ("specialis-artifacts", "specialis-bundle", "normal"),
            ("specialis", "specialis-artifacts", "normal"),
            ("specialis-policy", "specialis-core", "normal"),
            ("specialis-policy-film", "specialis-core", "normal"),
            ("specialis-policy-film", "specialis-policy-news", "dev"),
            ("specialis-label", "specialis-core", "normal"),
            ("specialis-ledger", "specialis", "normal"),
            ("specialis-label-web", "specialis-core", "normal"),
            ("xtask", "specialis-bundle", "normal"),
        ] {
            let refused = refused(&[(package, &[(dependency, kind)]), (dependency, &[])]);
            assert_eq!(refused.len(), 1, "{package} → {dependency} ({kind}): {refused:?}");
        }
    }

    #[test]
    fn sandbox_belongs_to_the_host_alone() {
        for package in ["specialis-core", "specialis-cli", "specialis-tests", "xtask"] {
            assert_eq!(refused(&[(package, &[("wasmtime-wizer", "dev")])]).len(), 1, "{package}");
        }
    }

    #[test]
    fn guest_with_a_crate_of_its_own_is_refused() {
        assert_eq!(refused(&[("specialis-policy-news", &[("regex", "normal")])]).len(), 1);
    }

    #[test]
    fn async_runtime_below_the_host_is_found_with_its_way() {
        let refused = refused(&[("specialis", &[("a", "normal")]), ("a", &[("tokio", "normal")]), ("tokio", &[])]);
        assert_eq!(refused.len(), 1);
        assert!(refused[0].contains("specialis → a → tokio"), "{}", refused[0]);
    }

    #[test]
    fn async_runtime_of_the_server_is_accepted_and_one_below_labels_is_found() {
        let packages: &[(&str, &[(&str, &str)])] = &[
            ("specialis-server", &[("tokio", "normal"), ("specialis-label", "normal")]),
            ("specialis-label", &[]),
            ("tokio", &[]),
        ];
        assert_eq!(refused(packages), Vec::<String>::new());
        let below: &[(&str, &[(&str, &str)])] = &[("specialis-label", &[("tokio", "normal")]), ("tokio", &[])];
        assert_eq!(refused(below).len(), 1);
    }

    #[test]
    fn async_runtime_in_tests_or_build_scripts_is_accepted() {
        let packages: &[(&str, &[(&str, &str)])] = &[
            ("specialis", &[("a", "dev"), ("b", "build")]),
            ("a", &[("tokio", "normal")]),
            ("b", &[("smol", "normal")]),
            ("tokio", &[]),
            ("smol", &[]),
        ];
        assert_eq!(refused(packages), Vec::<String>::new());
    }

    #[test]
    fn folder_of_the_host_that_knows_a_higher_one_is_refused() {
        let tree = Tree::of(&[
            ("host/src/runtime/limits.rs", "use crate::runtime::Call;\nuse crate::session::Session;\n"),
            ("host/src/session.rs", "use crate::runtime::Edition;\nuse crate::control::Host;\n"),
            ("host/src/control/host.rs", "use crate::session::Session;\n"),
            ("host/src/session/stream/tests.rs", "use crate::control::Host;\n"),
        ]);
        let found: Vec<String> = host_folders(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|line| line.contains("host/src/runtime/limits.rs:2")), "{found:?}");
    }

    #[test]
    fn new_crate_without_a_layer_is_refused() {
        assert_eq!(refused(&[("specialis-unheard-of", &[])]).len(), 1);
    }
}
