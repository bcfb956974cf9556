//! What documents refer to exists: links with their anchors, files, `module::function`, `Type::Variant`,
//! NAMED_CONDITIONS, and resources of the template.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use tests::document::{read, repository};

/// A file of the repository that is no document. Its text has no lines that are only a comment.
struct File {
    path: String,
    text: String,
}

/// All files that documents may refer to.
struct Repository(Vec<File>);

impl Repository {
    fn new() -> Self {
        let (mut folders, mut files) = (vec![repository()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(repository()).unwrap().to_string_lossy().into_owned();
                let is_hidden = name.starts_with('.') && !name.starts_with(".ci");
                let is_made = ["target", "node_modules", "dist"].iter().any(|made| path.ends_with(made));
                if path.is_dir() && !is_hidden && !is_made {
                    folders.push(path);
                } else if path.is_file() && !is_hidden {
                    let code = |line: &&str| !line.trim_start().starts_with("//");
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    files.push(File { path: name, text: text.lines().filter(code).collect::<Vec<_>>().join("\n") });
                }
            }
        }
        Self(files)
    }

    /// The files of that path, or of that end of a path.
    fn files<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a File> {
        let is_end =
            move |whole: &str| whole.strip_suffix(path).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        self.0.iter().filter(move |file| is_end(&file.path))
    }

    /// The code of a module or of a crate.
    fn modules<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a File> {
        let folder = format!("/{}/", name.replace('_', "-"));
        let is_module = move |path: &str| {
            let parents = format!("/{}", path.rsplit_once('/').map_or("", |(parents, _)| parents));
            path.ends_with(&format!("/{name}.rs"))
                || format!("{parents}/").contains(&format!("/{name}/"))
                || format!("{parents}/").contains(&folder)
        };
        self.0.iter().filter(move |file| file.path.ends_with(".rs") && is_module(&file.path))
    }

    fn code(&self) -> impl Iterator<Item = &File> {
        self.0.iter().filter(|file| !file.path.ends_with(".md") && !file.path.ends_with("documents/references.rs"))
    }

    /// `module::item` and `Type::Variant`, also behind a path.
    fn has_item(&self, path: &str) -> bool {
        let (owner, item) = path.rsplit_once("::").unwrap();
        let owner = owner.rsplit("::").next().unwrap();
        if owner.starts_with(char::is_uppercase) {
            let declares = Regex::new(&format!(r"\b(enum|struct|trait|impl) {owner}\b")).unwrap();
            let has = Regex::new(&format!(r"(?m)(^\s+{item}\b[,(\s]|fn {item}\b|^\s+(pub )?{item}:)")).unwrap();
            let mut files = self.code().filter(|file| file.text.contains(owner) && file.text.contains(item));
            return files.any(|file| declares.is_match(&file.text) && has.is_match(&file.text));
        }
        self.modules(owner).any(|file| declares(&file.text, item))
    }

    fn has_word(&self, name: &str) -> bool {
        let word = Regex::new(&format!(r"\b{name}\b")).unwrap();
        self.code().any(|file| file.text.contains(name) && word.is_match(&file.text))
    }
}

/// True if the code declares an item of that name.
fn declares(code: &str, name: &str) -> bool {
    let item = format!(r"\b(fn|struct|enum|trait|type|const|static|mod) {name}\b");
    code.contains(name) && Regex::new(&item).unwrap().is_match(code)
}

/// The whole of a word, for each kind of word that refers to something. Making a pattern takes longer than comparing.
fn whole(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).unwrap()
}

static ITEM_OF_FILE: LazyLock<Regex> = LazyLock::new(|| whole(r"[\w./-]+\.rs::\w+(::\w+)*"));
static FILE: LazyLock<Regex> = LazyLock::new(|| whole(r"[\w./-]+\.(rs|yaml|toml|sh|py|mjs|css)"));
static PATH: LazyLock<Regex> =
    LazyLock::new(|| whole(r"(bench|cli|clients|docs|events|examples|functions|local|shared|tests)/[\w./-]*(/\*)?"));
static ITEM: LazyLock<Regex> = LazyLock::new(|| whole(r"\w+(::\w+)+"));
static CONSTANT: LazyLock<Regex> = LazyLock::new(|| whole(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+"));
static RESOURCE: LazyLock<Regex> =
    LazyLock::new(|| whole(r"[A-Z]\w+(Alarm|Concurrency|DeadLetters|Function|Logs|Queue|Role)"));

/// What is wrong with one word in backticks, if it refers to something.
fn fault(repository: &Repository, word: &str) -> Option<String> {
    let is = |pattern: &Regex| pattern.is_match(word);
    let missing = |found: bool, what: &str| (!found).then(|| format!("`{word}`: no such {what}"));
    if is(&ITEM_OF_FILE) {
        let (path, item) = word.split_once("::").unwrap();
        let item = item.rsplit("::").next().unwrap();
        return missing(repository.files(path).any(|file| declares(&file.text, item)), "item in such a file");
    }
    if is(&FILE) {
        return missing(repository.files(word).next().is_some(), "file");
    }
    if is(&PATH) {
        let path = word.trim_end_matches("/*");
        return missing(tests::document::repository().join(path).exists(), "path");
    }
    if is(&ITEM) && !word.starts_with("AWS::") {
        return missing(repository.has_item(word), "item");
    }
    if is(&CONSTANT) {
        return missing(repository.has_word(word), "name in the code");
    }
    if is(&RESOURCE) {
        return missing(repository.files("template.yaml").any(|file| file.text.contains(word)), "resource");
    }
    None
}

/// The document without its blocks of code.
fn prose(document: &str) -> String {
    let mut is_code = false;
    let mut keep = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    };
    document.lines().filter(|line| keep(line)).collect::<Vec<_>>().join("\n")
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = |character: &char| character.is_alphanumeric() || " -_".contains(*character);
    heading.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

/// What is wrong with a link of a document.
fn broken(document: &str, link: &str) -> Option<String> {
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let mut target = PathBuf::new();
    for part in Path::new(document).parent().unwrap().join(path).components() {
        match part {
            Component::ParentDir => assert!(target.pop(), "{document}: {link} leads out of the repository"),
            part => target.push(part),
        }
    }
    let target = if path.is_empty() { PathBuf::from(document) } else { target };
    if !repository().join(&target).exists() {
        return Some(format!("{link}: no such file"));
    }
    let text = || prose(&read(&target.to_string_lossy()));
    let found = fragment.is_empty() || text().lines().any(|line| line.starts_with('#') && anchor(line) == fragment);
    (!found).then(|| format!("{link}: no such heading"))
}

/// What is wrong with the links of a document.
fn broken_links(document: &str, text: &str) -> Vec<String> {
    let links = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let text = prose(text);
    let links = links.captures_iter(&text).map(|link: Captures| link[1].to_owned());
    links.filter(|link| !link.contains("://")).filter_map(|link| broken(document, &link)).collect()
}

/// What is wrong with the names of a document.
fn wrong_names(repository: &Repository, text: &str) -> Vec<String> {
    let words = Regex::new(r"`([^`\n]+)`").unwrap();
    let text = prose(text);
    // Most words stand there many times.
    let words: BTreeSet<&str> = words.captures_iter(&text).map(|word| word.get(1).unwrap().as_str()).collect();
    words.into_iter().filter_map(|word| fault(repository, word)).collect()
}

/// The Markdown files of a folder.
fn markdown(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}").replace("./", "")).collect()
}

#[test]
fn what_documents_refer_to_exists() {
    let repository = Repository::new();
    let documents = [".", "docs", "docs/walkthroughs", "clients/typescript"].into_iter().flat_map(markdown);
    let wrong = documents.flat_map(|document| {
        let text = read(&document);
        let wrong = [broken_links(&document, &text), wrong_names(&repository, &text)].concat();
        wrong.into_iter().map(move |wrong| format!("{document}: {wrong}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Their text may be out of date: a decision record is superseded and never rewritten.
#[test]
fn links_of_decision_records_lead_somewhere() {
    let records = markdown("docs/decisions").into_iter();
    let broken: Vec<String> = records.flat_map(|record| broken_links(&record, &read(&record))).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_wrong_name_in_a_document_is_found() {
    let right = "`template.yaml` `events/` `Key::App` `races.rs::the_same_event_50_times_at_once_counts_once` \
                 `apps::get` `NOT_YET_WRITTEN` `DeadLetters` `POST /v1/rewards` [a](ARCHITECTURE.md#map)";
    let wrong = "`no_such.rs` `events/nobody` `Key::Nobody` `races.rs::nobody` `apps::nobody` `NEVER_WRITTEN` \
                 `LostDeadLetters`";
    let repository = Repository::new();
    assert_eq!(wrong_names(&repository, right), Vec::<String>::new());
    assert_eq!(wrong_names(&repository, wrong).len(), 7);
    assert_eq!(broken_links("README.md", right), Vec::<String>::new());
    assert_eq!(broken_links("README.md", "[a](nobody.md) [b](ARCHITECTURE.md#nobody) [c](#nobody)").len(), 3);
}
