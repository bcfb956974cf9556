//! Databases that are made once per process and copied into all worlds and models that begin alike. Making one takes a
//! hundred times as long as copying it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use domain::secret::ApiKey;
use dynoxide::Database;
use local::template::Template;
use local::{Local, Options, Saved};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A database and its keys.
pub(crate) struct Made {
    bytes: Vec<u8>,
    admin_key: ApiKey,
    /// The live and the test key of its app, if it has one.
    pub(crate) app_keys: Option<(String, String)>,
}

/// A copy in a file. Dropping it deletes the file.
pub(crate) struct Unpacked {
    pub(crate) saved: Saved,
    _folder: TempDir,
}

impl Made {
    /// Copies a system's database.
    pub(crate) fn of(local: &Local, app_keys: Option<(String, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let saved = local.save(copy_in(&folder)).unwrap();
        Self { bytes: std::fs::read(&saved.file).unwrap(), admin_key: saved.admin_key, app_keys }
    }

    /// Writes it to a file.
    pub(crate) fn unpack(&self) -> Unpacked {
        let folder = tempfile::tempdir().unwrap();
        let file = copy_in(&folder);
        std::fs::write(&file, &self.bytes).unwrap();
        Unpacked { saved: Saved { file, admin_key: self.admin_key.clone() }, _folder: folder }
    }
}

fn copy_in(folder: &TempDir) -> PathBuf {
    folder.path().join("copy.db")
}

/// Returns an empty system with the operator's key.
pub(crate) async fn empty_system(options: Options) -> Unpacked {
    static EMPTY: OnceCell<Made> = OnceCell::const_new();
    let make = || async {
        let local = Local::start(Options { saved: None, ..options }).await.unwrap();
        let made = Made::of(&local, None);
        local.stop().await;
        made
    };
    EMPTY.get_or_init(make).await.unpack()
}

/// Returns the database of this name. The first caller makes it, with `make`.
pub(crate) async fn named<Making>(name: String, make: impl FnOnce() -> Making) -> Arc<Made>
where
    Making: Future<Output = Made>,
{
    type ByName = HashMap<String, Arc<OnceCell<Arc<Made>>>>;
    static MADE: LazyLock<Mutex<ByName>> = LazyLock::new(Mutex::default);
    let made = Arc::clone(MADE.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default());
    Arc::clone(made.get_or_init(|| async { Arc::new(make().await) }).await)
}

/// Makes a database the built-in template's empty one, with its tables and the index on the stream's records.
pub(crate) fn empty_tables(database: &Database) {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = tempfile::tempdir().unwrap();
    let file = copy_in(&folder);
    let bytes = EMPTY.get_or_init(|| {
        let made = local::database::open(None, &Template::built_in().unwrap(), None).unwrap();
        local::database::save(&made, &file).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        bytes
    });
    std::fs::write(&file, bytes).unwrap();
    local::database::restore(database, &file).unwrap();
}
