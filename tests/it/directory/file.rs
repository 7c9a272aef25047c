//! A directory file that people and deployments change while it is in use.

use std::fs;
use std::path::Path;

use fanin::config::DirectorySource;
use fanin::io::directory::{DirectoryHandle, ReloadError};

use super::{Kept, account, aws};

/// A directory of `file` alone, once the file is being watched.
async fn keep(file: &Path) -> Kept {
    let settings = DirectorySource {
        file: Some(file.into()),
        organizations: None,
        tenant_attribute: "tenant.id".into(),
        tags: Vec::new(),
    };
    let kept =
        Kept::start(settings, &aws("http://127.0.0.1:9").await, file.parent().expect("the file lies in a folder"))
            .await;
    reload(&kept.handle).await.expect("the file is good");
    kept
}

fn tenant(kept: &Kept) -> String {
    kept.entry(account("111122223333")).map(|entry| entry.tenant).unwrap_or_default()
}

fn csv(tenant: &str) -> String {
    format!("account,tenant\n111122223333,{tenant}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_rewritten_or_replaced_takes_effect() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounts.csv");
    fs::write(&file, csv("a")).unwrap();
    let kept = keep(&file).await;
    assert_eq!(tenant(&kept), "a");
    fs::write(&file, csv("rewritten")).unwrap();
    kept.until("the rewritten file", |kept| tenant(kept) == "rewritten");
    let aside = folder.path().join(".accounts.csv.swp");
    fs::write(&aside, csv("renamed over it")).unwrap();
    fs::rename(&aside, &file).unwrap();
    kept.until("the file that an editor renamed over it", |kept| tenant(kept) == "renamed over it");
}

/// Scenario: a ConfigMap changes; Kubernetes swaps the link `..data` that the file's own link goes through.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_link_takes_effect() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    for (name, tenant) in [("..1", "a"), ("..2", "b")] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("accounts.csv"), csv(tenant)).unwrap();
    }
    symlink("..1", folder.path().join("..data")).unwrap();
    let file = folder.path().join("accounts.csv");
    symlink("..data/accounts.csv", &file).unwrap();
    let kept = keep(&file).await;
    assert_eq!(tenant(&kept), "a");
    symlink("..2", folder.path().join("..data_tmp")).unwrap();
    fs::rename(folder.path().join("..data_tmp"), folder.path().join("..data")).unwrap();
    kept.until("the new version of the volume", |kept| tenant(kept) == "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_or_missing_file_never_replaces_a_good_directory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounts.csv");
    fs::write(&file, csv("good")).unwrap();
    let kept = keep(&file).await;
    let failing = |kept: &Kept| kept.handle.status().file.and_then(|file| file.failing().cloned());
    let says = |kept: &Kept, words: &str| failing(kept).is_some_and(|failure| failure.message.contains(words));

    fs::write(&file, "account,tenant\n1111,bad\n").unwrap();
    kept.until("the bad file to be seen", |kept| says(kept, "accounts.csv:2:1: an AWS account id has 12 digits"));
    assert_eq!(tenant(&kept), "good");
    fs::remove_file(&file).unwrap();
    kept.until("the missing file to be seen", |kept| says(kept, "cannot read the directory file"));
    assert_eq!(tenant(&kept), "good");
    fs::write(&file, csv("good again")).unwrap();
    kept.until("the good file", |kept| tenant(kept) == "good again");
    assert_eq!(failing(&kept), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_effect_before_it_answers_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounts.csv");
    fs::write(&file, csv("a")).unwrap();
    let kept = keep(&file).await;
    fs::write(&file, csv("b")).unwrap();
    reload(&kept.handle).await.unwrap();
    assert_eq!(tenant(&kept), "b");
    fs::write(&file, "account,tenent\n").unwrap();
    let error = reload(&kept.handle).await.unwrap_err();
    assert!(
        error.to_string().contains("accounts.csv:1:9: unknown column \"tenent\", did you mean \"tenant\"?"),
        "{error}"
    );
    assert_eq!(tenant(&kept), "b");
}

/// Reloads, as soon as someone keeps the directory.
async fn reload(handle: &DirectoryHandle) -> Result<(), ReloadError> {
    loop {
        match handle.reload().await {
            Err(ReloadError::NotRunning) => tokio::task::yield_now().await,
            outcome => return outcome,
        }
    }
}

#[tokio::test]
async fn a_reload_without_anyone_to_do_it_is_refused() {
    let settings =
        DirectorySource { file: None, organizations: None, tenant_attribute: "tenant.id".into(), tags: Vec::new() };
    let handle = DirectoryHandle::new(&settings, Vec::new());
    assert!(matches!(handle.reload().await, Err(ReloadError::NotRunning)));
}
