//! What a registry and those who depend on the crates are told: the manifests, and the order in which the crates are published.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    manifest_path: PathBuf,
    rust_version: Option<String>,
    description: Option<String>,
    license: Option<String>,
    readme: Option<String>,
    repository: Option<String>,
    /// The registries it may go to: `null` is all of them, an empty list is none.
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Metadata {
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--locked"])
            .arg("--all-features")
            .arg("--manifest-path")
            .arg(root().join("Cargo.toml"))
            .output()
            .unwrap();
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{problem}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| {
            self.workspace_members.contains(&package.id) && package.publish.is_none()
        })
    }

    /// A package with everything that is built for its users.
    fn tree<'m>(&'m self, package: &'m Package) -> BTreeSet<&'m str> {
        let edges: BTreeMap<&str, &[Edge]> = self
            .resolve
            .nodes
            .iter()
            .map(|node| (node.id.as_str(), node.deps.as_slice()))
            .collect();
        let mut tree = BTreeSet::new();
        let mut next = vec![package.id.as_str()];
        while let Some(id) = next.pop() {
            if tree.insert(id) {
                let for_users = |edge: &&Edge| {
                    let mut kinds = edge.dep_kinds.iter();
                    kinds.any(|kind| kind.kind.as_deref() != Some("dev"))
                };
                next.extend(edges[id].iter().filter(for_users).map(|edge| &*edge.pkg));
            }
        }
        tree
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// A version of Rust as numbers that can be compared: `1.88` is `1.88.0`.
fn numbers(version: &str) -> [u64; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap());
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

/// Every place where a crate comes before one of those that its manifest names.
fn too_early<'a>(order: &[&'a str], needs: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<String> {
    let place = |name: &str| order.iter().position(|listed| *listed == name);
    needs
        .iter()
        .flat_map(|(name, needs)| needs.iter().map(move |needed| (name, needed)))
        .filter(|(name, needed)| place(needed) >= place(name))
        .map(|(name, needed)| format!("{name} before {needed}"))
        .collect()
}

#[test]
fn the_release_guide_lists_the_crates_in_the_order_of_their_dependencies() {
    let metadata = Metadata::read();
    // A dependency of tests with a version stays in the published manifest; one by path alone does not.
    let needs: BTreeMap<&str, Vec<&str>> = metadata
        .published()
        .map(|package| {
            let own = package
                .dependencies
                .iter()
                .filter(|needed| needed.path.is_some() && needed.req != "*")
                .map(|needed| needed.name.as_str());
            (package.name.as_str(), own.collect())
        })
        .collect();
    let guide = file("RELEASING.md");
    let order: Vec<&str> = guide
        .lines()
        .filter_map(|line| {
            let (number, name) = line.strip_prefix("   ")?.split_once(". `")?;
            number.parse::<u32>().ok()?;
            name.strip_suffix('`')
        })
        .collect();
    let sorted = |mut names: Vec<_>| {
        names.sort_unstable();
        names
    };
    assert_eq!(
        sorted(order.clone()),
        needs.keys().copied().collect::<Vec<_>>()
    );
    assert_eq!(too_early(&order, &needs), [""; 0]);

    // The comparison finds what is wrong.
    let reversed: Vec<&str> = order.iter().rev().copied().collect();
    assert!(
        too_early(&reversed, &needs).contains(&"green-api-cli before green-api-sandbox".to_owned())
    );
}

#[test]
fn no_dependency_needs_a_newer_rust_than_the_crate_says() {
    let metadata = Metadata::read();
    let all: BTreeMap<&str, &Package> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    for package in metadata.published() {
        let promised = package.rust_version.as_deref().unwrap();
        let newer: Vec<String> = metadata
            .tree(package)
            .into_iter()
            .map(|id| all[id])
            .filter(|one| {
                one.rust_version
                    .as_deref()
                    .is_some_and(|needed| numbers(needed) > numbers(promised))
            })
            .map(|one| format!("{} {} needs {:?}", one.name, one.version, one.rust_version))
            .collect();
        assert_eq!(newer, [""; 0], "{} says {promised}", package.name);
    }
}

#[test]
fn every_manifest_says_what_a_registry_asks_for() {
    let metadata = Metadata::read();
    let packages: Vec<&Package> = metadata.published().collect();
    for package in &packages {
        let name = &package.name;
        assert!(package.description.is_some(), "{name}");
        assert_eq!(package.license.as_deref(), Some("MIT"), "{name}");
        assert_eq!(package.readme.as_deref(), Some("README.md"), "{name}");
        assert_eq!(package.version, packages[0].version, "{name}");
        // One line in the workspace's manifest, which may still be empty.
        assert!(package.repository.is_some(), "{name}");
        assert_eq!(package.repository, packages[0].repository, "{name}");
        for needed in &package.dependencies {
            if needed.path.is_some() && needed.req != "*" {
                assert_eq!(needed.req, format!("^{}", package.version), "{name}");
            }
        }
    }
}

#[test]
fn every_crate_carries_the_licence_and_its_readme() {
    let licence = file("LICENSE");
    for package in Metadata::read().published() {
        // A package has what is in its folder, and nothing above it.
        let folder = package.manifest_path.parent().unwrap();
        let own = fs::read_to_string(folder.join("LICENSE")).unwrap_or_default();
        assert_eq!(own, licence, "{}", folder.display());
        assert!(folder.join("README.md").exists(), "{}", folder.display());
    }
}
