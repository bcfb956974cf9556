//! The journal of an import: how far a file is loaded, kept beside the file and replaced as a whole, so that a cut in any
//! instant leaves the last one or the next, and never half of one.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::stock_file::Resume;

use crate::api::Failure;

/// What of a file is looked at to tell whether it is still the same, besides its size.
const HEAD: u64 = 64 * 1024;

/// What became of the rows.
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

/// How far everything is loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// API, app and group.
    place: [String; 3],
    size: u64,
    head: String,
    pub(super) at: Resume,
    pub(super) counts: Counts,
}

pub(super) struct Journal {
    path: PathBuf,
    state: State,
    /// Whether it was said that nothing can be written.
    told: bool,
}

impl Journal {
    /// The journal of a file: where an earlier import of the same file to the same place was cut off, or at the beginning.
    pub(super) fn open(file: &Path, opened: &mut File, place: [String; 3], restart: bool) -> Result<Self, Failure> {
        let cannot = |error| Failure::unexpected(format!("{} cannot be read: {error}", file.display()));
        let size = opened.metadata().map_err(cannot)?.len();
        let mut head = Vec::new();
        opened.seek(SeekFrom::Start(0)).map_err(cannot)?;
        opened.take(HEAD).read_to_end(&mut head).map_err(cannot)?;
        let head = Sha256::digest(&head).iter().map(|byte| format!("{byte:02x}")).collect();
        let fresh = State { place, size, head, ..State::default() };
        let mut name = file.as_os_str().to_owned();
        name.push(".moments-import");
        let path = PathBuf::from(name);
        let earlier = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<State>(&text).ok());
        let same = |earlier: &State| {
            let State { at, counts, .. } = earlier.clone();
            !restart && *earlier == State { at, counts, ..fresh.clone() }
        };
        Ok(Self { path, state: earlier.filter(same).unwrap_or(fresh), told: false })
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Notes that everything before `at` is loaded. Where that cannot be written, the import goes on without: begun anew it
    /// finds what is loaded.
    pub(super) fn advance(&mut self, at: Resume, counts: Counts) {
        self.state.at = at;
        self.state.counts.accepted += counts.accepted;
        self.state.counts.duplicate += counts.duplicate;
        self.state.counts.invalid += counts.invalid;
        let next = self.path.with_extension("moments-import-next");
        let text = serde_json::to_vec(&self.state).map_err(std::io::Error::from);
        let written =
            text.and_then(|text| std::fs::write(&next, text)).and_then(|()| std::fs::rename(&next, &self.path));
        if let Err(error) = written
            && !std::mem::replace(&mut self.told, true)
        {
            let path = self.path.display();
            eprintln!("moments: {path} cannot be written: {error}; if this import is cut off, it begins anew");
        }
    }

    /// The file is loaded, and the journal of no more use.
    pub(super) fn remove(self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("moments: {} is of no more use, and cannot be removed: {error}", self.path.display());
        }
    }
}
