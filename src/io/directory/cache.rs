//! The copy of AWS Organizations that outlives the process: one object, replaced as a whole.

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::tenant::organizations::{self, Inventory};

/// Where the copy lies in the store.
const PATH: &str = "directory/organizations.json";

/// Why the copy could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error("cannot reach {PATH} in the state storage")]
    Store(#[from] object_store::Error),
    /// The copy cannot be used.
    #[error("cannot use {PATH} in the state storage")]
    Content(#[from] organizations::Error),
}

/// The copy that was stored last; `None` if there is none.
///
/// # Errors
/// When the store fails, or the copy is damaged or of another version.
pub async fn load(store: &dyn ObjectStore) -> Result<Option<Inventory>, Error> {
    let found = match store.get(&Path::from(PATH)).await {
        Ok(found) => found,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let bytes = found.bytes().await?;
    Ok(Some(Inventory::from_bytes(&bytes)?))
}

/// Replaces the copy. Another reader sees the old one or the new one, never a part.
///
/// # Errors
/// When the store fails; the old copy is then still there.
pub async fn store(store: &dyn ObjectStore, inventory: &Inventory) -> Result<(), Error> {
    let _ = store.put(&Path::from(PATH), inventory.to_bytes().into()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use object_store::local::LocalFileSystem;

    use super::*;
    use crate::id::AccountId;
    use crate::tenant::organizations::Listed;
    use crate::time::Timestamp;

    #[tokio::test]
    async fn what_is_stored_is_loaded_by_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let disk = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        assert!(load(&disk).await.unwrap().is_none());
        let account = AccountId::parse("111122223333").unwrap();
        let listed = Listed { account, name: Some("prod".into()), state: None, ou_path: None, joined_millis: None };
        let mut inventory = Inventory::default();
        let _ = inventory.apply(vec![listed], Timestamp::from_seconds(1));
        store(&disk, &inventory).await.unwrap();
        assert_eq!(load(&disk).await.unwrap(), Some(inventory));
    }

    #[tokio::test]
    async fn a_damaged_copy_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let disk = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let _ = disk.put(&Path::from(PATH), "{\"version\":1".into()).await.unwrap();
        let error = load(&disk).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot use directory/organizations.json in the state storage");
    }
}
