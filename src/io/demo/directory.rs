//! The demo's directory file, written again when a release goes out.

use std::io;
use std::path::PathBuf;

use crate::simulate::Simulation;
use crate::tenant::Entry;
use crate::time::Timestamp;

/// The file, and what it says.
#[derive(Debug)]
pub(super) struct DirectoryFile {
    path: PathBuf,
    begun: Timestamp,
    /// The release that it names.
    release: Option<usize>,
}

impl DirectoryFile {
    /// Nothing was written yet.
    pub(super) const fn new(path: PathBuf, begun: Timestamp) -> Self {
        Self { path, begun, release: None }
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Writes it again where the fleet has changed.
    pub(super) async fn keep(&mut self, simulation: &Simulation) -> io::Result<()> {
        if self.release == simulation.newest_release() { Ok(()) } else { self.write(simulation).await }
    }

    /// Writes it, so that nobody sees half of it.
    pub(super) async fn write(&mut self, simulation: &Simulation) -> io::Result<()> {
        self.release = simulation.newest_release();
        let written = self.path.with_extension("new");
        tokio::fs::write(&written, self.csv(simulation)).await?;
        tokio::fs::rename(&written, &self.path).await
    }

    fn csv(&self, simulation: &Simulation) -> String {
        let mut csv = String::from("account,tenant,name,tier,region,ou_path,created,ring,release\n");
        for entry in simulation.directory() {
            let joined = simulation.joined() == Some(entry.account);
            let created = if joined { self.begun.to_string() } else { String::new() };
            csv += &line(&entry, &created);
        }
        csv
    }
}

fn line(entry: &Entry, created: &str) -> String {
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let columns = [
        entry.account.to_string(),
        entry.tenant.clone(),
        text(entry.name.as_ref()),
        text(entry.tier.as_ref()),
        entry.region.map(|region| region.to_string()).unwrap_or_default(),
        text(entry.ou_path.as_ref()),
        created.to_owned(),
        text(entry.labels.get("ring")),
        text(entry.labels.get("release")),
    ];
    columns.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::simulate::scenario::Scenario;
    use crate::tenant::file;

    #[test]
    fn it_is_a_directory_file_that_tells_the_release_of_each_account() {
        let begun = Timestamp::from_seconds(1_800_000_000);
        let mut simulation = Simulation::new(100, 1).with_scenario(Scenario::BadDeploy);
        let directory = DirectoryFile::new("accounts.csv".into(), begun);
        let released = |simulation: &Simulation| directory.csv(simulation).matches(",2026.11.3\n").count();
        let before = released(&simulation);
        simulation.advance(Duration::from_secs(30));
        assert_eq!((before, released(&simulation)), (0, 8));
        let read = file::parse("accounts.csv", directory.csv(&simulation).as_bytes());
        assert_eq!(read.expect("it has no problem").len(), 100);
    }

    #[test]
    fn it_tells_when_an_account_joined_that_never_spoke() {
        let begun = Timestamp::from_seconds(1_800_000_000);
        let simulation = Simulation::new(100, 1).with_scenario(Scenario::SilentAccounts);
        let csv = DirectoryFile::new("accounts.csv".into(), begun).csv(&simulation);
        assert_eq!(csv.matches(&begun.to_string()).count(), 1);
    }
}
