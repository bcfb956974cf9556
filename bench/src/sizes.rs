//! The sizes of the deployed functions after `sam build`: of the binary, and zipped for the upload.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::{Failure, report};

/// Allowed difference from the listed size, as a share of it.
const DRIFT: f64 = 0.03;

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
    /// Write nothing, and fail if docs/benchmarks.md lists other functions, or a size that is more than 3 % off.
    #[arg(long, conflicts_with = "print")]
    check: bool,
}

/// Measures and reports, or compares.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut sizes = BTreeMap::new();
    let mut text = String::from(
        "Each function after `sam build`, stripped, and zipped for the upload. `docs/operating.md` says what takes most of the \
         space.\n\n| function | MB | MB zipped |\n|---|---|---|\n",
    );
    for binary in binaries()? {
        let name = binary.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let size = std::fs::metadata(&binary)?.len() as f64 / 1e6;
        if !arguments.check {
            text += &format!("| {name} | {size:.2} | {:.2} |\n", zipped(&binary)? as f64 / 1e6);
        }
        sizes.insert(name, size);
    }
    if !arguments.check {
        return report::write("sizes", &text, arguments.print);
    }
    let file = report::root().join("docs/benchmarks.md");
    let document = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let drifted = drifted(&sizes, &listed(&document));
    if drifted.is_empty() {
        return Ok(());
    }
    let drifted = drifted.join("\n");
    Err(format!("{drifted}\ndocs/benchmarks.md is out of date: run `cargo run --bin bench -- sizes` and commit it")
        .into())
}

/// Returns the output of `sam build`, sorted by name.
fn binaries() -> Result<Vec<PathBuf>, Failure> {
    let build = report::root().join(".aws-sam/build");
    let listed =
        std::fs::read_dir(&build).map_err(|error| format!("{}: {error}; run sam build first", build.display()))?;
    let mut binaries: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path().join("bootstrap"))).collect();
    binaries.retain(|binary| binary.is_file());
    binaries.sort();
    Ok(binaries)
}

/// Reads the sizes in MB from the document.
fn listed(document: &str) -> BTreeMap<String, f64> {
    let section = document.split_once("\n## Sizes\n").map_or("", |(_, section)| section);
    let section = section.split("\n## ").next().unwrap_or_default();
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?))
    };
    section.lines().filter_map(row).collect()
}

/// Returns a line for each difference.
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

/// Returns the zipped size, by the library that the SAM CLI uses.
fn zipped(binary: &Path) -> Result<u64, Failure> {
    let zip = std::env::temp_dir().join(format!("moments-{}.zip", std::process::id()));
    let status = Command::new("python3").args(["-m", "zipfile", "-c"]).arg(&zip).arg(binary).status();
    let size = std::fs::metadata(&zip).map(|zip| zip.len());
    let _ = std::fs::remove_file(&zip);
    match (status, size) {
        (Ok(status), Ok(size)) if status.success() => Ok(size),
        (Err(error), _) => Err(format!("python3: {error}").into()),
        _ => Err("python3 -m zipfile failed".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From an issue: redeem-reward had grown from 5.63 MB to 9.62, and three functions were not listed.
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
