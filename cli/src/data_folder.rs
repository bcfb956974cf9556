//! Watches the data folder of `moments local`, and says when what is written there will be lost: the database was
//! deleted, or its disk is nearly full.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The time between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// With less space than this, the database may not be able to write soon.
const LEAST_BYTES: u64 = 32 << 20;

/// Looks until it is dropped. Says each trouble once, and again if it comes back. The database of this moment is the one
/// that has to stay.
pub(crate) fn watch(folder: PathBuf) -> impl Future<Output = ()> {
    let file = folder.join("moments.db");
    let mine = inode(&file);
    async move {
        let mut said = None;
        loop {
            tokio::time::sleep(EVERY).await;
            let is_there = mine.is_some() && inode(&file) == mine;
            let found = trouble(is_there, free_bytes(&folder));
            if let Some(text) = found.filter(|_| said != found) {
                eprintln!("moments: {} {text}", file.display());
            }
            said = found;
        }
    }
}

/// Returns what is wrong with a database, if anything.
fn trouble(is_there: bool, free: Option<u64>) -> Option<&'static str> {
    match free {
        _ if !is_there => Some(
            "was deleted or replaced: nothing that happens from now on is kept; stop this with Ctrl-C and start it again",
        ),
        Some(free) if free < LEAST_BYTES => {
            Some("is on a disk that is nearly full: calls will fail, and may be repeated once there is space")
        }
        _ => None,
    }
}

fn inode(file: &Path) -> Option<u64> {
    std::fs::metadata(file).ok().map(|found| found.ino())
}

/// Returns the space that the user may still fill.
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_missing_database_are_troubles() {
        assert_eq!(trouble(true, Some(LEAST_BYTES)), None);
        assert_eq!(trouble(true, None), None, "a disk that cannot be measured is none");
        assert!(trouble(true, Some(LEAST_BYTES - 1)).unwrap().contains("nearly full"));
        assert!(trouble(false, Some(0)).unwrap().contains("deleted"));
    }
}
