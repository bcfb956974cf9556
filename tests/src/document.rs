//! Sections of documents that tests generate from the code. A section is between `<!-- generated: NAME -->` and
//! `<!-- end -->`. With the variable `MOMENTS_REGENERATE` a test rewrites its section instead of comparing it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Tests run in parallel and share documents. A test that fails while it holds this fails alone.
static WRITING: Mutex<()> = Mutex::new(());

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file, by its path from the root of the repository.
#[track_caller]
pub fn read(file: &str) -> String {
    std::fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Fails unless the section of the file holds the text.
#[track_caller]
pub fn section(file: &str, name: &str, text: &str) {
    let _one_at_a_time = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let document = read(file);
    let begin = format!("<!-- generated: {name} -->\n");
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("{file} has no section {name}"));
    let (found, after) = rest.split_once("<!-- end -->").expect("a section has an end");
    if found.trim() == text.trim() {
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "the caller decides whether to compare or to write")]
    let regenerate = std::env::var_os("MOMENTS_REGENERATE").is_some();
    let command = "MOMENTS_REGENERATE=1 cargo test --workspace --test behaviour -- documents:: capacity::";
    assert!(regenerate, "{file}: the section {name} is out of date; run {command}\n\nfound:\n{found}\nnow:\n{text}");
    std::fs::write(repository().join(file), format!("{before}{begin}\n{}\n\n<!-- end -->{after}", text.trim()))
        .unwrap();
}

/// A table of Markdown, without its head.
pub fn rows<const COLUMNS: usize>(cells: impl IntoIterator<Item = [String; COLUMNS]>) -> String {
    let row = |cells: [String; COLUMNS]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    cells.into_iter().map(row).collect()
}
