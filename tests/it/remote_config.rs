//! A configuration in a bucket, with its rules and directory beside it.

use std::fs;
use std::path::Path;
use std::process::Command;

use fanin::io::configuration::remote::{Error, Remote};
use tempfile::TempDir;

use crate::storage::moto_with_bucket;
use crate::support::kept::sdk;
use crate::support::rig::{self, AWS_ENVIRONMENT, Server};

const CONFIG: &str = "
sources: {otlp: {}}
directory: {file: fleet/accounts.csv}
destinations: [{name: backend, endpoint: 'http://localhost:4318'}]
";

const PUT: &str = "
import boto3, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-central-1')
for key, text in zip(sys.argv[2::2], sys.argv[3::2]):
    s3.put_object(Bucket='letters', Key=key, Body=text.encode())
";

fn put(moto: &Server, objects: &[(&str, &str)]) {
    let url = moto.url();
    let mut args = vec![url.as_str()];
    objects.iter().for_each(|(key, text)| args.extend([*key, *text]));
    drop(rig::python(PUT, &args));
}

async fn open(moto: &Server, url: &str, folder: &Path) -> Result<Remote, Error> {
    Remote::open(url, Some(moto.url()), folder, &sdk()).await
}

#[tokio::test]
async fn it_is_copied_when_it_changes_and_its_path_stays_the_same() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    put(&moto, &[("config/fanin.yaml", CONFIG), ("config/rules/a.yaml", "first"), ("other/b.yaml", "not ours")]);
    let folder = TempDir::new().expect("a temporary folder can be made");
    let mut remote = open(&moto, "s3://letters/config/fanin.yaml", folder.path()).await.expect("a bucket");
    let file = remote.copy().await.expect("it can be copied").expect("it was not there before");
    let rules = file.with_file_name("rules").join("a.yaml");
    let read = |path: &Path| fs::read_to_string(path).expect("it was copied");
    assert_eq!((read(&file), read(&rules)), (CONFIG.to_owned(), "first".to_owned()));
    assert!(!file.with_file_name("b.yaml").exists());
    assert_eq!(remote.copy().await.expect("it can be looked at"), None);
    for text in ["second, longer", "third, longer still"] {
        put(&moto, &[("config/rules/a.yaml", text)]);
        assert_eq!(remote.copy().await.expect("it can be copied"), Some(file.clone()));
        assert_eq!(read(&rules), text);
    }
}

#[tokio::test]
async fn what_cannot_be_copied_is_told_with_what_to_do() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let folder = TempDir::new().expect("a temporary folder can be made");
    for url in ["s3://letters", "s3://letters/", "s3:///fanin.yaml"] {
        let error = open(&moto, url, folder.path()).await.expect_err("it names no object").to_string();
        assert!(error.contains("write s3://bucket/folder/fanin.yaml"), "{error}");
    }
    let mut remote = open(&moto, "s3://letters/config/fanin.yaml", folder.path()).await.expect("a bucket");
    let error = remote.copy().await.expect_err("there is nothing").to_string();
    assert!(error.contains("there is no fanin.yaml in s3://letters/config"), "{error}");
    let mut remote = open(&moto, "s3://lettres/config/fanin.yaml", folder.path()).await.expect("a bucket's name");
    let error = remote.copy().await.expect_err("there is no bucket");
    assert!(fanin::io::chain(&error).contains("there is no bucket \"lettres\""), "{}", fanin::io::chain(&error));
}

#[tokio::test]
async fn commands_read_it_and_leave_no_copy() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    put(&moto, &[("config/fanin.yaml", CONFIG), ("config/fleet/accounts.csv", "account,tenant\n123456789012,acme\n")]);
    let temporary = TempDir::new().expect("a temporary folder can be made");
    let output = Command::new(env!("CARGO_BIN_EXE_fanin"))
        .args(["config", "--effective", "-c", "s3://letters/config/fanin.yaml"])
        .env_clear()
        .envs(AWS_ENVIRONMENT)
        .env("TMPDIR", temporary.path())
        .env("AWS_ENDPOINT_URL_S3", moto.url())
        .output()
        .expect("fanin starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("fleet/accounts.csv"), "{text}");
    assert_eq!(fs::read_dir(temporary.path()).expect("the folder is there").count(), 0);
}
