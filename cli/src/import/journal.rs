//! The journal of an import: how far a file is loaded, kept beside the file and replaced as a whole, so that a cut in any
//! instant leaves the last one or the next, and never half of one.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use edge::text_file::Decoded;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use stock_file::Resume;

use crate::api::Failure;

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
    pub(super) at: Resume,
    /// The SHA-256 of everything before, to tell whether it is still the same.
    before: String,
    pub(super) counts: Counts,
}

pub(super) struct Journal {
    path: PathBuf,
    state: State,
    /// The file once more, read as far as it is loaded.
    loaded: Decoded<File>,
    hasher: Sha256,
    /// Whether it was said that nothing can be written.
    told: bool,
}

impl Journal {
    /// The journal of a file: where an earlier import of the same file to the same place was cut off, or at the beginning.
    /// What was loaded must be as it was; what comes behind may have changed, or grown.
    pub(super) fn open(file: &Path, place: [String; 3], restart: bool) -> Result<Self, Failure> {
        let cannot = |error| Failure::new(2, format!("{} cannot be read: {error}", file.display()));
        let mut name = file.as_os_str().to_owned();
        name.push(".moments-import");
        let path = PathBuf::from(name);
        let earlier = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<State>(&text).ok());
        let fresh = State { place, ..State::default() };
        let (loaded, hasher) = (Decoded::new(File::open(file).map_err(cannot)?), Sha256::new());
        let mut journal = Self { path, state: fresh, loaded, hasher, told: false };
        let Some(earlier) = earlier.filter(|earlier| !restart && earlier.place == journal.state.place) else {
            return Ok(journal);
        };
        if journal.read_on(earlier.at.offset).map_err(cannot)? == earlier.before {
            journal.state = earlier;
        } else {
            eprintln!("moments: {} has changed since it was loaded in part; beginning anew", file.display());
            journal.begin_anew();
        }
        Ok(journal)
    }

    /// Forgets what was loaded.
    pub(super) fn begin_anew(&mut self) {
        self.state = State { place: self.state.place.clone(), ..State::default() };
        self.hasher = Sha256::new();
        // What cannot be read from the beginning cannot be noted either, which is said then.
        let _ = self.loaded.rewind();
    }

    /// Reads so many bytes more: the hash of everything up to there.
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

    /// Notes that everything before `at` is loaded. Where that cannot be written, the import goes on without: begun anew it
    /// finds what is loaded.
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
