//! Configurations in a bucket: copied to this machine before a command reads them, and gone when it ends.

use std::path::PathBuf;

use fanin::io::aws;
use fanin::io::configuration::remote::{self, Remote};

use super::{Environment, Exit, Failure, block_on, output};

/// Another endpoint of S3 than AWS, as the AWS SDKs call it.
const S3_ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";

/// A copy of a configuration, for as long as this value lives.
#[derive(Debug)]
pub(super) struct Copied {
    folder: PathBuf,
    /// Where it came from; `None` once somebody else follows it.
    pub(super) remote: Option<Remote>,
}

impl Drop for Copied {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            output::talk(&format!("the copy of the configuration in {} is left: {error}", self.folder.display()));
        }
    }
}

/// Copies those of the files that are in a bucket, and puts the copies in their place.
pub(super) fn copy(files: Vec<&mut PathBuf>, environment: &Environment) -> Result<Vec<Copied>, Failure> {
    let mut copied = Vec::new();
    for file in files {
        if !remote::is_remote(file) {
            continue;
        }
        let (url, endpoint) = (file.display().to_string(), environment.get(S3_ENDPOINT).cloned());
        let folder = std::env::temp_dir().join(format!("fanin-{}-{}", std::process::id(), copied.len()));
        let remote = block_on(async {
            let mut remote = Remote::open(&url, endpoint, &folder, &aws::look_up().await).await?;
            let _ = remote.copy().await?;
            Ok(remote)
        });
        let remote = remote.map_err(|error: remote::Error| Failure::new(Exit::Unavailable, error))?;
        *file = remote.file();
        copied.push(Copied { folder, remote: Some(remote) });
    }
    Ok(copied)
}
