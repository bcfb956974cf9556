//! The journal of an import: the position in a file, kept beside the file. It is replaced as a whole, so an
//! interruption leaves the old or the new journal, never half of one.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use edge::text_file::Decoded;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use stock_file::{Cells, Resume};

use crate::api::Failure;

/// The results of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) duplicate: u64,
    pub(super) invalid: u64,
}

impl Counts {
    pub(super) fn rows(self) -> u64 {
        self.accepted + self.duplicate + self.invalid
    }
}

/// The progress of loading the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// API, app and group.
    #[serde(rename = "place")]
    target: [String; 3],
    #[serde(default)]
    cells: Cells,
    pub(super) at: Resume,
    /// SHA-256 of the file up to there, to detect changes.
    before: String,
    pub(super) counts: Counts,
}

impl State {
    /// True if the other one loads the same cells of the file to the same place.
    fn is_same(&self, other: &Self) -> bool {
        self.target == other.target && self.cells == other.cells
    }
}

pub(super) struct Journal {
    path: PathBuf,
    state: State,
    /// A second reader of the file, at the loaded position.
    loaded: Decoded<File>,
    hasher: Sha256,
    /// True after the warning that the journal cannot be written.
    warned: bool,
}

impl Journal {
    /// Opens a file's journal: at the position of an interrupted import to the same target, or at the beginning. The
    /// loaded part must be unchanged; the rest may differ.
    pub(super) fn open(file: &Path, target: [String; 3], cells: Cells, restart: bool) -> Result<Self, Failure> {
        let cannot = |error| Failure::new(2, format!("{} cannot be read: {error}", file.display()));
        let mut name = file.as_os_str().to_owned();
        name.push(".moments-import");
        let path = PathBuf::from(name);
        let earlier = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<State>(&text).ok());
        let fresh = State { target, cells, ..State::default() };
        let (loaded, hasher) = (Decoded::new(File::open(file).map_err(cannot)?), Sha256::new());
        let mut journal = Self { path, state: fresh, loaded, hasher, warned: false };
        let Some(earlier) = earlier.filter(|earlier| !restart && journal.state.is_same(earlier)) else {
            return Ok(journal);
        };
        if journal.read_on(earlier.at.offset).map_err(cannot)? == earlier.before {
            journal.state = earlier;
        } else {
            eprintln!("moments: {} has changed since it was loaded in part; starting over", file.display());
            journal.start_over();
        }
        Ok(journal)
    }

    /// Returns to the beginning of the file.
    pub(super) fn start_over(&mut self) {
        let State { target, cells, .. } = self.state.clone();
        self.state = State { target, cells, ..State::default() };
        self.hasher = Sha256::new();
        // If this fails, so does the next `advance`, which warns.
        let _ = self.loaded.rewind();
    }

    /// Reads `bytes` more. Returns the hash of the file up to there.
    fn read_on(&mut self, bytes: u64) -> std::io::Result<String> {
        let (mut part, mut left) = ([0; 16 * 1024], self.loaded.by_ref().take(bytes));
        loop {
            match left.read(&mut part)? {
                0 => break,
                read => self.hasher.update(&part[..read]),
            }
        }
        Ok(self.hasher.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Writes that everything before `at` is loaded. The import continues if this fails: after an interruption it
    /// starts over.
    pub(super) fn advance(&mut self, at: Resume, counts: Counts) {
        let more = at.offset.saturating_sub(self.state.at.offset);
        self.state.at = at;
        self.state.counts.accepted += counts.accepted;
        self.state.counts.duplicate += counts.duplicate;
        self.state.counts.invalid += counts.invalid;
        let next = self.path.with_extension("moments-import-next");
        let written = self.read_on(more).and_then(|before| {
            self.state.before = before;
            std::fs::write(&next, serde_json::to_vec(&self.state)?)?;
            std::fs::rename(&next, &self.path)
        });
        if let Err(error) = written
            && !std::mem::replace(&mut self.warned, true)
        {
            let path = self.path.display();
            eprintln!("moments: {path} cannot be written: {error}; if this import is cut off, it starts over");
        }
    }

    /// Removes the journal of a loaded file.
    pub(super) fn remove(self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("moments: {} is no longer needed, but cannot be removed: {error}", self.path.display());
        }
    }
}
