//! Holds `docs/data-model.md` to the code: every access pattern names functions that exist, every function that makes a
//! request is an access pattern, and every kind of item is described.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files of `shared/src/store` that hold entities.
const ENTITIES: &[&str] = &[
    "announcements",
    "apps",
    "campaigns",
    "codes",
    "deliveries",
    "devices",
    "expiries",
    "guards",
    "history",
    "keys",
    "ledger",
    "notices",
    "orders",
    "partners",
    "progress",
    "refusals",
    "reports",
    "reviews",
    "reports",
    "reward_changes",
    "reward_groups",
    "reward_pages",
    "rewards",
    "shipping_addresses",
    "signals",
    "users",
    "webhooks",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn store(file: &str) -> String {
    let folder = repository().join("shared/src/store");
    let places = [folder.join(format!("{file}.rs")), folder.join(file).join("mod.rs")];
    std::fs::read_to_string(places.iter().find(|place| place.is_file()).unwrap()).unwrap()
}

fn document() -> String {
    std::fs::read_to_string(repository().join("docs/data-model.md")).unwrap()
}

/// `module::function` in the last column of the table of access patterns.
fn documented() -> BTreeSet<String> {
    let document = document();
    let section = document.split("## Access patterns").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_end_matches('|').rsplit('|').next().unwrap().trim().trim_matches('`').to_owned()).collect()
}

/// Every function of the entities that makes a request.
fn in_code() -> BTreeSet<String> {
    let mut functions = BTreeSet::new();
    for entity in ENTITIES {
        for line in store(entity).lines() {
            let declared = line.strip_prefix("pub async fn ").or(line.strip_prefix("pub(crate) async fn "));
            if let Some(rest) = declared {
                let name = rest.split(['(', '<']).next().unwrap();
                functions.insert(format!("{entity}::{name}"));
            }
        }
    }
    functions
}

#[test]
fn every_access_pattern_is_a_function_and_every_function_an_access_pattern() {
    assert_eq!(documented(), in_code());
}

#[test]
fn every_kind_of_item_is_described() {
    let schema = store("schema");
    let variants = schema.split("pub enum Key {").nth(1).unwrap().split("\n}").next().unwrap();
    let document = document();
    for line in variants.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase)) {
        let variant = line.split('(').next().unwrap();
        assert!(document.contains(&format!("`Key::{variant}`")), "docs/data-model.md does not describe Key::{variant}");
    }
}

#[test]
fn every_entity_of_the_store_is_looked_at() {
    let folder = std::fs::read_dir(repository().join("shared/src/store")).unwrap();
    let files = folder.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    let plumbing = ["expression", "failure", "item", "meter", "mod", "record", "requests", "schema"];
    let entities: BTreeSet<String> = files.filter(|file| !plumbing.contains(&file.as_str())).collect();
    assert_eq!(entities, ENTITIES.iter().map(|entity| (*entity).to_owned()).collect());
}
