//! The file: where it lies, who may write it, and what happens to one that is damaged.

use std::fs::{self, DirBuilder, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Error, schema};
use crate::config::page;
use crate::io::clock;

/// Customers' data lie in it: only its owner may look.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// How long the writer waits for someone else who writes, such as a shell.
const BUSY: Duration = Duration::from_secs(2);

/// How a connection for writing works: a power cut may lose the last moments, and never damages the file.
const PRAGMAS: &str = "
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 67108864;
PRAGMA wal_autocheckpoint = 2000;
PRAGMA cache_size = -32768;
PRAGMA temp_store = MEMORY;
";

/// A file that is open for writing. Nobody else writes to it while this lives.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    _lock: fs::File,
}

/// Why a file is not open for writing.
#[derive(Debug)]
pub(super) enum Failure {
    /// It will never be by itself.
    Fatal(Error),
    /// It may be later.
    Passing(String),
}

impl Failure {
    fn of(path: &Path) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |error| Self::Passing(format!("{} cannot be opened: {error}", path.display()))
    }
}

/// Where the file lies, and whether it is for this run alone.
pub(super) fn place(settings: &page::Store, folder: Option<&Path>) -> (PathBuf, bool) {
    match (&settings.file, folder) {
        (Some(file), _) => (file.clone(), false),
        (None, Some(folder)) => (folder.join("page.sqlite"), false),
        // Several processes may use this folder, and what an ended one left there is of no use.
        (None, None) => {
            (std::env::temp_dir().join(format!("fanin-page-{}", std::process::id())).join("page.sqlite"), true)
        }
    }
}

/// Opens the file, makes it if it is not there, and brings it up to date. A damaged one is moved aside; also one that was found to
/// be `damaged` while it was used.
pub(super) fn open(path: &Path, damaged: bool) -> Result<Opened, Failure> {
    let failed = Failure::of(path);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(|error| failed(&error))?;
    }
    let lock = lock(path)?;
    if damaged {
        set_aside(path, &"it was found while it was used")?;
    }
    match connect(path) {
        Ok(connection) => Ok(Opened { connection, _lock: lock }),
        Err(Trouble::Newer(found)) => {
            let known = schema::VERSION;
            Err(Failure::Fatal(Error::Newer { path: path.into(), found, known }))
        }
        Err(Trouble::Sql(error)) if is_damage(&error) => {
            set_aside(path, &error)?;
            let connection = connect(path).map_err(|trouble| failed(&trouble))?;
            Ok(Opened { connection, _lock: lock })
        }
        Err(trouble @ (Trouble::Sql(_) | Trouble::Io(_))) => Err(failed(&trouble)),
    }
}

/// Removes the folder of a store that was for one run alone.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::remove_dir_all)
}

/// Whether it is the file that is at fault.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// Whether someone else is writing.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// A connection for reading.
pub(super) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it is newer")]
    Newer(i64),
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn connect(path: &Path) -> Result<Connection, Trouble> {
    // Made here, so that nobody but its owner may read it from the beginning.
    drop(OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path)?);
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    let found = schema::version(&connection)?;
    if found > schema::VERSION {
        return Err(Trouble::Newer(found));
    }
    connection.execute_batch(PRAGMAS)?;
    schema::migrate(&mut connection, clock::now().nanos().cast_signed())?;
    Ok(connection)
}

/// Two that write number their records each by itself, so only one may.
fn lock(path: &Path) -> Result<fs::File, Failure> {
    let failed = Failure::of(path);
    let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(beside(path, ".lock"));
    let file = file.map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(failed(&"another fanin writes to it; give each a file of its own as page.store.file"))
        }
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

fn set_aside(path: &Path, why: &dyn std::fmt::Display) -> Result<(), Failure> {
    let aside = move_aside(path).map_err(|error| Failure::of(path)(&error))?;
    let (file, aside) = (path.display(), aside.display());
    tracing::error!(%file, %aside, error = %why, "the page's store is damaged and was moved aside; it begins empty");
    Ok(())
}

/// Only the last damaged one is kept: it may be as large as the store.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = beside(path, ".damaged");
    fs::rename(path, &aside)?;
    for ending in ["-wal", "-shm"] {
        match fs::rename(beside(path, ending), beside(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
