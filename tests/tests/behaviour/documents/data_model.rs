//! Holds `docs/data-model.md` to the code: writes its access patterns from the functions of the store that make a
//! request, and finds every kind of item described.

use std::collections::BTreeSet;

use regex_lite::Regex;
use tests::document::{read, repository, rows, section};

/// The folder of the table.
const STORE: &str = "shared/store/src";

/// The file of the keys.
pub(super) const SCHEMA: &str = "shared/store/src/schema.rs";

/// Files of the store that hold no entity.
const PLUMBING: &[&str] =
    &["catalogs", "environment", "conditions", "failure", "item", "lib", "meter", "record", "requests", "schema"];

/// A function of an entity that makes a request.
struct AccessPattern {
    name: String,
    does: String,
}

/// The entities of the store by name, each with the text of its file.
fn entities() -> Vec<(String, String)> {
    let mut entities = Vec::new();
    for entry in std::fs::read_dir(repository().join(STORE)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file = if path.is_dir() { path.join("mod.rs") } else { path };
        if !PLUMBING.contains(&name.as_str()) && file.is_file() {
            entities.push((name, std::fs::read_to_string(file).unwrap()));
        }
    }
    entities.sort();
    entities
}

/// The first sentence of a doc comment.
fn first_sentence(comment: &str) -> String {
    let links = Regex::new(r"\[(`[^`]+`)\](\([^)]*\))?").unwrap();
    let sentence = comment.split_inclusive(". ").next().unwrap_or_default().trim();
    links.replace_all(sentence, "$1").into_owned()
}

/// The names that `declares` finds in a file, each with its doc comment.
fn documented_names(text: &str, declares: &Regex) -> Vec<(String, String)> {
    let (mut names, mut comment) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(words) = line.trim().strip_prefix("///") {
            comment.push(words.trim());
        } else if let Some(found) = declares.captures(line) {
            names.push((found[1].to_owned(), std::mem::take(&mut comment).join(" ")));
        } else if !line.trim().starts_with("#[") {
            comment.clear();
        }
    }
    names
}

/// The variants of an enum, each with the first sentence of its doc comment.
pub(super) fn doc_comments(text: &str, name: &str) -> Vec<(String, String)> {
    let body = text.split(&format!("pub enum {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
    let variants = documented_names(body, &Regex::new(r"^    ([A-Z]\w*)").unwrap());
    variants.into_iter().map(|(variant, comment)| (variant, first_sentence(&comment))).collect()
}

fn access_patterns() -> Vec<AccessPattern> {
    let requests = Regex::new(r"^pub(?:\(crate\))? async fn (\w+)").unwrap();
    let of_entity = |(entity, text): (String, String)| {
        let functions = documented_names(&text, &requests).into_iter();
        let pattern = move |(function, comment): (String, String)| AccessPattern {
            name: format!("{entity}::{function}"),
            does: first_sentence(&comment),
        };
        functions.map(pattern).collect::<Vec<_>>()
    };
    entities().into_iter().flat_map(of_entity).collect()
}

/// `module::function` in the first column of the table of access patterns.
fn documented() -> BTreeSet<String> {
    let document = read("docs/data-model.md");
    let section = document.split("## Access patterns").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn every_access_pattern_is_a_function_and_the_other_way_round() {
    let patterns = access_patterns();
    let table = rows(patterns.iter().map(|pattern| [format!("`{}`", pattern.name), pattern.does.clone()]));
    let table = format!("| function | what it does |\n|---|---|\n{table}");
    section("docs/data-model.md", "access patterns", &table);
    assert_eq!(documented(), patterns.into_iter().map(|pattern| pattern.name).collect());
}

#[test]
fn every_kind_of_item_is_described() {
    let document = read("docs/data-model.md");
    for (variant, _) in doc_comments(&read(SCHEMA), "Key") {
        assert!(document.contains(&format!("`Key::{variant}`")), "docs/data-model.md does not describe Key::{variant}");
    }
}

#[test]
fn every_entity_of_the_store_is_looked_at() {
    let documented: BTreeSet<String> =
        documented().iter().map(|name| name.split("::").next().unwrap().to_owned()).collect();
    assert_eq!(documented, entities().into_iter().map(|(entity, _)| entity).collect());
}
