//! A configuration in a bucket, with rules and directory beside it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::forwarder::PUT;
use crate::storage::moto_with_bucket;
use crate::support::fanin::{Fanin, command};
use crate::support::rig;

const URL: &str = "s3://letters/config/fanin.yaml";

fn rule(name: &str) -> String {
    format!("  - {{alert: {name}, kind: event, from: logs, match: 'message.contains(\"{name}\")', level: warning}}\n")
}

/// A folder to put into the bucket, with `work` for what the service keeps.
fn folder(work: &Path) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let work = work.display();
    let config = format!(
        "server: {{listen: '127.0.0.1:0'}}
sources: {{otlp: {{}}}}
directory: {{file: accounts.csv}}
destinations: [{{name: backend, endpoint: 'http://127.0.0.1:1'}}]
storage: {{state: '{work}/state', spill: '{work}/spill', dead_letters: '{work}/dead'}}
alerting: {{rules: [rules.yaml]}}
"
    );
    write(&folder, "fanin.yaml", &config);
    write(&folder, "rules.yaml", &format!("version: 1\nrules:\n{}", rule("Broken")));
    write(&folder, "accounts.csv", "account,tenant\n111122223333,acme\n");
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).expect("a file can be written");
}

/// Scenario: rules and directory in the bucket change, then the rules are broken. Guarantees: what changed counts after a reload, and
/// what is broken takes the place of nothing.
#[test]
fn what_changes_in_the_bucket_counts_after_a_reload_unless_it_is_broken() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let work = TempDir::new().expect("a temporary folder can be made");
    let folder = folder(work.path());
    let put = || drop(rig::python(PUT, &[&moto.url(), &folder.path().display().to_string()]));
    put();
    let url = moto.url();
    let fanin = Fanin::start(work, URL, &[("AWS_ENDPOINT_URL_S3", &url), ("AWS_REGION", "eu-central-1")]);
    write(&folder, "rules.yaml", &format!("version: 1\nrules:\n{}{}", rule("Broken"), rule("Torn")));
    write(&folder, "accounts.csv", "account,tenant\n111122223333,acme\n444455556666,acme\n");
    put();
    let reload = || fanin.post("/-/reload", String::new());
    let reloaded = |rules: u32| (200, format!("{{\"reloaded\":\"directory: 2 accounts, rules: {rules}\"}}"));
    assert_eq!(reload(), reloaded(2));
    write(&folder, "rules.yaml", "version: 1\nrules: [{alert: Broken}]\n");
    put();
    let (status, told) = reload();
    assert_ne!(status, 200, "{told}");
    write(&folder, "rules.yaml", &format!("version: 1\nrules:\n{}", rule("Torn")));
    put();
    assert_eq!(reload(), reloaded(1));
}

#[test]
fn a_configuration_in_a_bucket_is_checked_and_one_that_is_not_there_is_named() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let work = TempDir::new().expect("a temporary folder can be made");
    let folder = folder(work.path());
    drop(rig::python(PUT, &[&moto.url(), &folder.path().display().to_string()]));
    let check = |url: &str| {
        let mut command = command(work.path(), &["check", url]);
        let _ = command.env("AWS_ENDPOINT_URL_S3", moto.url()).env("AWS_REGION", "eu-central-1");
        let output = command.env("TMPDIR", work.path()).output().expect("the program was built");
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&told).into_owned())
    };
    let (code, told) = check(URL);
    assert_eq!(code, Some(0), "{told}");
    let left: Vec<_> =
        fs::read_dir(work.path()).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(left, [Path::new(""); 0], "the copy is gone");
    let (code, told) = check("s3://letters/config/other.yaml");
    assert_eq!(code, Some(69), "{told}");
    assert!(told.contains("there is no other.yaml in s3://letters/config"), "{told}");
}
