//! Measures the size of each function that `sam build` has left, plain and zipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::report;

/// The largest difference from the listed size, as a share of it.
const DRIFT: f64 = 0.03;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
    /// Fail if docs/benchmarks.md lists other functions, or a size that is more than 3 % off; write nothing.
    #[arg(long, conflicts_with = "print")]
    check: bool,
}

/// Measures and reports, or compares.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sizes = BTreeMap::new();
    let mut text = String::from(
        "Each function as `sam build` has left it, stripped, and in a zip file as it is uploaded. What they hold most of is in \
         `docs/operating.md`.\n\n| function | MB | MB zipped |\n|---|---|---|\n",
    );
    for binary in binaries(&root)? {
        let name = binary.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let size = std::fs::metadata(&binary).map_err(|error| error.to_string())?.len() as f64 / 1e6;
        if !arguments.check {
            text += &format!("| {name} | {size:.2} | {:.2} |\n", zipped(&binary)? as f64 / 1e6);
        }
        sizes.insert(name, size);
    }
    if !arguments.check {
        return report::write(&root, "sizes", &text, arguments.print);
    }
    let file = root.join("docs/benchmarks.md");
    let document = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let drifted = drifted(&sizes, &listed(&document));
    if drifted.is_empty() {
        return Ok(());
    }
    let drifted = drifted.join("\n");
    Err(format!("{drifted}\ndocs/benchmarks.md is out of date: run `cargo run --bin bench -- sizes` and commit it"))
}

/// Returns the functions that `sam build` has left, sorted by name.
fn binaries(root: &Path) -> Result<Vec<PathBuf>, String> {
    let build = root.join(".aws-sam/build");
    let listed =
        std::fs::read_dir(&build).map_err(|error| format!("{}: {error}; run sam build first", build.display()))?;
    let mut binaries: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path().join("bootstrap"))).collect();
    binaries.retain(|binary| binary.is_file());
    binaries.sort();
    Ok(binaries)
}

/// Returns the sizes in the section of the document, in MB.
fn listed(document: &str) -> BTreeMap<String, f64> {
    let section = document.split_once("\n## Sizes\n").map_or("", |(_, section)| section);
    let section = section.split("\n## ").next().unwrap_or_default();
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?))
    };
    section.lines().filter_map(row).collect()
}

/// Returns a line for each difference from the document.
fn drifted(built: &BTreeMap<String, f64>, listed: &BTreeMap<String, f64>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, size) in built {
        match listed.get(name) {
            None => lines.push(format!("{name} is {size:.2} MB, and not listed")),
            Some(listed) if (size - listed).abs() > listed * DRIFT => {
                lines.push(format!("{name} is {size:.2} MB, listed as {listed:.2}"));
            }
            Some(_) => {}
        }
    }
    let gone = listed.keys().filter(|name| !built.contains_key(*name));
    lines.extend(gone.map(|name| format!("{name} is listed, and not built")));
    lines
}

/// The SAM CLI zips with the same library.
fn zipped(binary: &Path) -> Result<u64, String> {
    let zip = std::env::temp_dir().join(format!("moments-{}.zip", std::process::id()));
    let status = Command::new("python3").args(["-m", "zipfile", "-c"]).arg(&zip).arg(binary).status();
    let size = std::fs::metadata(&zip).map(|zip| zip.len());
    let _ = std::fs::remove_file(&zip);
    match (status, size) {
        (Ok(status), Ok(size)) if status.success() => Ok(size),
        (Err(error), _) => Err(format!("python3: {error}")),
        _ => Err("python3 -m zipfile failed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in the issue: redeem-reward had grown from 5.63 MB to 9.62, and three functions were not listed.
    #[test]
    fn a_size_that_has_drifted_and_a_function_that_is_missing_are_named() {
        let document = "# B\n\n## Sizes\n\n| function | MB | MB zipped |\n|---|---|---|\n| RedeemRewardFunction | 5.63 | 2.49 |\n\
                        | GoneFunction | 1.00 | 1.00 |\n| SubmitMomentFunction | 9.47 | 3.48 |\n\n## Announce\n\n| x | 1 | 2 |\n";
        let listed = listed(document);
        assert_eq!(listed.len(), 3);
        let built = [("RedeemRewardFunction", 9.62), ("SubmitMomentFunction", 9.5), ("FulfilOrdersFunction", 9.0)];
        let built = built.map(|(name, size)| (name.to_owned(), size)).into();
        let expected = [
            "FulfilOrdersFunction is 9.00 MB, and not listed",
            "RedeemRewardFunction is 9.62 MB, listed as 5.63",
            "GoneFunction is listed, and not built",
        ];
        assert_eq!(drifted(&built, &listed), expected);
        assert!(drifted(&listed, &listed).is_empty());
    }
}
