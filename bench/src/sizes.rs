//! What is deployed: the size of each function as `sam build` has left it, as it is and zipped, as it is uploaded.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::report;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// Measures and reports.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let build = root.join(".aws-sam/build");
    let listed =
        std::fs::read_dir(&build).map_err(|error| format!("{}: {error}; run sam build first", build.display()))?;
    let mut binaries: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path().join("bootstrap"))).collect();
    binaries.retain(|binary| binary.is_file());
    binaries.sort();
    let mut text = String::from(
        "Each function as `sam build` has left it, stripped, and in a zip file as it is uploaded. What they hold most of is in \
         `docs/operating.md`.\n\n| function | MB | MB zipped |\n|---|---|---|\n",
    );
    for binary in binaries {
        let name = binary.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let size = std::fs::metadata(&binary).map_err(|error| error.to_string())?.len();
        text += &format!("| {name} | {:.2} | {:.2} |\n", size as f64 / 1e6, zipped(&binary)? as f64 / 1e6);
    }
    report::write(&root, "sizes", &text, arguments.print)
}

/// By the library that the SAM CLI zips with, too.
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
