//! Flags that stand for settings. They win over the environment, and the environment over the file.

use std::path::{Path, PathBuf};

use clap::Args;
use fanin::config::check::Checked;
use fanin::config::problem::{Code, Place, Problem};
use fanin::io::aws;
use fanin::io::configuration::remote::{self, Remote};
use fanin::io::configuration::{self, Flag, Secrets, Source};

use super::Environment;

/// The configuration that is read when none is named, if it is there.
const FILE: &str = "config.yaml";

/// The configuration file, and settings that stand over it.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Settings {
    /// Configuration file, or s3://bucket/folder/fanin.yaml with its rules and directory beside it [default: config.yaml in the current folder, if there is one]
    #[arg(short, long, env = "FANIN_CONFIG", value_name = "FILE", hide_env_values = true)]
    pub(super) config: Option<PathBuf>,
    /// Listen on this address and port [default: 127.0.0.1:8080]
    #[arg(long, env = "FANIN_LISTEN", value_name = "ADDRESS", help_heading = "Settings", hide_env_values = true)]
    listen: Option<String>,
    /// Read this Kinesis stream too, by name or ARN; may be given again
    #[arg(long, value_name = "NAME", help_heading = "Settings")]
    stream: Vec<String>,
    /// Serve the Firehose HTTP endpoint
    #[arg(long, help_heading = "Settings")]
    firehose: bool,
    /// Serve the OTLP/HTTP receiver
    #[arg(long, help_heading = "Settings")]
    otlp: bool,
    /// Send everything to this OTLP endpoint, instead of to the destinations of the file
    #[arg(long, value_name = "URL", help_heading = "Settings")]
    endpoint: Option<String>,
    /// Take accounts and tenants from this CSV, YAML or JSON file
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    directory: Option<PathBuf>,
    /// Keep checkpoints there: a folder or s3://bucket/prefix
    #[arg(long, value_name = "PLACE", help_heading = "Settings")]
    state: Option<String>,
}

impl Settings {
    /// The settings of one file alone.
    pub(super) fn of_file(file: &Path) -> Self {
        Self { config: Some(file.to_owned()), ..Self::default() }
    }

    /// The file that is read when none is named, if it is there.
    pub(super) fn usual_file() -> Option<PathBuf> {
        Path::new(FILE).exists().then(|| FILE.into())
    }

    /// The file that is read, if any is.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(Self::usual_file)
    }

    /// The directory file of the command line.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Where the configuration comes from.
    pub(super) fn source(&self, environment: &Environment) -> Source {
        let file = self.file();
        Source {
            file,
            flags: self.flags(),
            endpoint: self.endpoint.clone(),
            environment: environment.clone(),
            keep_only: &[],
        }
    }

    /// Loads the configuration and checks it. One in a bucket is copied first.
    pub(super) async fn load(&self, environment: &Environment, secrets: Secrets) -> Result<Checked, Vec<Problem>> {
        self.load_watched(environment, secrets).await.map(|(checked, _)| checked)
    }

    /// The same, and where it lies in a bucket, so that it can be seen when it changes.
    pub(super) async fn load_watched(
        &self,
        environment: &Environment,
        secrets: Secrets,
    ) -> Result<(Checked, Option<Remote>), Vec<Problem>> {
        let mut source = self.source(environment);
        let remote = match source.file.as_deref().filter(|file| remote::is_remote(file)) {
            Some(url) => {
                let (remote, copy) = copied(url, environment).await.map_err(|problem| vec![problem])?;
                source.file = Some(copy);
                Some(remote)
            }
            None => None,
        };
        Ok((configuration::load(&source, secrets).await?, remote))
    }

    fn flags(&self) -> Vec<Flag> {
        let mut flags = Vec::new();
        let mut set = |name, path, text: Option<String>| flags.push(Flag { name, path, text });
        if let Some(listen) = &self.listen {
            set("--listen", &["server", "listen"], Some(listen.clone()));
        }
        for stream in &self.stream {
            set("--stream", &["sources", "kinesis", "+", "stream"], Some(stream.clone()));
        }
        if self.firehose {
            set("--firehose", &["sources", "firehose"], None);
        }
        if self.otlp {
            set("--otlp", &["sources", "otlp"], None);
        }
        if let Some(directory) = &self.directory {
            set("--directory", &["directory", "file"], Some(absolute(directory)));
        }
        if let Some(state) = &self.state {
            let is_folder = !state.contains("://") && !state.starts_with("firehose:");
            let place = if is_folder { absolute(Path::new(state)) } else { state.clone() };
            set("--state", &["storage", "state"], Some(place));
        }
        flags
    }
}

/// Where this process copies a configuration to.
fn copies() -> PathBuf {
    std::env::temp_dir().join(format!("fanin-config-{}", std::process::id()))
}

/// Removes what was copied, once the command is done.
pub(super) fn remove_copies() {
    // Mostly there is nothing; what cannot be removed is left to the system, as all temporary files are.
    drop(std::fs::remove_dir_all(copies()));
}

async fn copied(url: &Path, environment: &Environment) -> Result<(Remote, PathBuf), Problem> {
    let copy = async {
        let endpoint = environment.get(remote::ENDPOINT).cloned();
        let mut remote = Remote::open(&url.display().to_string(), endpoint, &copies(), &aws::look_up().await).await?;
        let copy = remote.copy().await?;
        Ok((remote, copy.unwrap_or_else(|| url.to_owned())))
    };
    copy.await.map_err(|error: remote::Error| Problem {
        code: Code::Unreadable,
        file: url.display().to_string().into(),
        place: Place::default(),
        message: fanin::io::chain(&error),
    })
}

/// A path of the command line begins at the current folder, not at that of the configuration. A dollar sign is one.
fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.display().to_string().replace('$', "$$")
}
