//! The borders between crates that ARCHITECTURE.md names, read from `Cargo.toml` and `Cargo.lock`.

use std::collections::BTreeMap;

use regex_lite::Regex;
use tests::document::read;

/// The members that others depend on: their paths by name.
fn paths() -> BTreeMap<String, String> {
    let member = Regex::new(r#"(?m)^([\w-]+) = \{ path = "([^"]+)""#).unwrap();
    member.captures_iter(&read("Cargo.toml")).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Each of these members with the names of its dependencies.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let (lock, paths) = (read("Cargo.lock"), paths());
    let packages = lock.split("[[package]]\n").filter(|package| !package.contains("\nsource = "));
    let name = |line: &str| line.trim_matches([' ', '"', ',']).split(' ').next().unwrap_or_default().to_owned();
    let of = |package: &str| {
        let of_package = package.split("dependencies = [\n").nth(1).unwrap_or_default().split(']').next().unwrap();
        of_package.lines().map(name).collect()
    };
    let named = packages.filter_map(|package| {
        let (_, rest) = package.split_once("name = \"")?;
        Some((rest.split('"').next()?.to_owned(), of(package)))
    });
    named.filter(|(name, _)| paths.contains_key(name)).collect()
}

/// Fails for each dependency of a crate of that path which is not allowed.
#[track_caller]
fn refuse(of: impl Fn(&str) -> bool, is_refused: impl Fn(&str) -> bool) {
    let paths = paths();
    let dependencies = dependencies();
    assert_eq!(dependencies.len(), paths.len(), "Cargo.lock has every member");
    for (name, dependencies) in dependencies.iter().filter(|(name, _)| of(&paths[*name])) {
        let refused: Vec<_> = dependencies.iter().filter(|dependency| is_refused(dependency)).collect();
        assert!(refused.is_empty(), "{name} depends on {refused:?}");
    }
}

/// True if the dependency is a member below that folder.
fn is_in(dependency: &str, folder: &str) -> bool {
    paths().get(dependency).is_some_and(|path| path.starts_with(folder))
}

/// What shared crates must not know, as ARCHITECTURE.md says.
const BORDERS: &[(&str, &[&str])] = &[
    ("shared/rules", &["store", "edge", "invocation", "aws"]),
    ("shared/aws", &["domain", "store", "invocation"]),
    ("shared/invocation", &["store", "edge", "aws"]),
    ("shared/store", &["rules", "rewarding", "edge", "triggers"]),
    ("shared/rewarding", &["edge", "triggers"]),
    ("shared/edge", &["store", "rules", "rewarding"]),
    ("shared/triggers", &["edge", "rules", "rewarding"]),
    ("shared/outbound/", &["edge", "rules", "rewarding"]),
    ("shared/stock_file", &["aws", "store"]),
    ("shared/user_tokens", &["aws", "store", "edge"]),
];

#[test]
fn shared_crates_keep_to_their_borders() {
    for (crates, refused) in BORDERS {
        refuse(|path| path.starts_with(crates), |name| refused.contains(&name));
    }
}

#[test]
fn the_domain_knows_no_runtime_no_service_and_no_rules() {
    let refused = |name: &str| ["tokio", "cel"].contains(&name) || name.starts_with("aws") || is_in(name, "");
    refuse(|path| path == "shared/domain", refused);
}

#[test]
fn only_the_rules_know_their_language() {
    refuse(|path| path != "shared/rules", |name| name == "cel");
}

#[test]
fn only_one_function_speaks_with_an_identity_provider() {
    refuse(|path| path != "shared/outbound/identity", |name| name == "openidconnect");
    let may = ["functions/sign-in", "local", "tests"];
    refuse(|path| !may.contains(&path), |name| name == "outbound-identity");
}

#[test]
fn only_shared_crates_have_clients_of_services() {
    refuse(|path| !path.starts_with("shared/"), |name| name.starts_with("aws-sdk-"));
}

#[test]
fn no_function_depends_on_another_and_nothing_deployed_on_the_laptop() {
    let is_deployed = |path: &str| path.starts_with("functions/") || path.starts_with("shared/");
    refuse(is_deployed, |name| name == "local" || is_in(name, "functions/"));
}

#[test]
fn every_crate_is_on_the_map() {
    let map = read("ARCHITECTURE.md");
    for (name, path) in paths() {
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        let names = [format!("`{name}`"), format!("`{path}`"), format!("`{path}/`"), format!("`{folder}/*`")];
        assert!(names.iter().any(|name| map.contains(name)), "ARCHITECTURE.md does not name {path}");
    }
}
