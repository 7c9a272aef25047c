//! AWS Organizations, played by moto where it can and by a server of ours where AWS does what moto never does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_organizations::types::{OrganizationFeatureSet, Tag};
use axum::http::StatusCode;
use fanin::io::clock;
use fanin::tenant::State;
use fanin::tenant::lifecycle::Followed;
use serde_json::json;

use super::aws::{Front, calls_a_second, error, listed, page, tags};
use super::{Kept, account, aws, organizations};
use crate::support::rig::{self, Server};

const SELDOM: Duration = Duration::from_secs(3_600);
const OFTEN: Duration = Duration::from_millis(200);

/// moto with an organization, driven through the SDK as an administrator would.
struct Moto {
    server: Server,
    client: aws_sdk_organizations::Client,
}

impl Moto {
    async fn start() -> Self {
        let server = Server::start_moto();
        let client = aws_sdk_organizations::Client::new(&aws(&server.url()).await);
        let request = client.create_organization().feature_set(OrganizationFeatureSet::All);
        drop(request.send().await.expect("moto makes an organization"));
        Self { server, client }
    }

    /// Creates an account with tags, and tells its id.
    async fn create(&self, name: &str, tags: &[(&str, &str)]) -> String {
        let tags = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(*key).value(*value).build().expect("a tag has a key and a value"));
        let request = self.client.create_account().account_name(name).email(format!("{name}@example.com"));
        let created = request.set_tags(Some(tags.collect())).send().await.expect("moto makes an account");
        let status = created.create_account_status.expect("the answer has a status");
        status.account_id.expect("moto makes the account at once")
    }

    async fn close(&self, id: &str) {
        drop(self.client.close_account().account_id(id).send().await.expect("moto closes an account"));
    }
}

/// Scenario: 61 accounts, one of them closed. Guarantees: all are there with their tags, read within AWS's rates.
#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_read_page_by_page_with_tags_and_states() {
    if !rig::has(&["moto"]) {
        return;
    }
    let moto = Moto::start().await;
    let mut ids = Vec::new();
    for n in 0..60 {
        let tenant = format!("tenant-{n}");
        ids.push(moto.create(&format!("account-{n}"), &[("tenant", &tenant), ("tier", "gold"), ("team", "red")]).await);
    }
    moto.close(&ids[7]).await;
    let front = Front::before(&moto.server.url()).await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();

    assert_eq!(kept.handle.status().accounts, 61);
    for (n, id) in ids.iter().enumerate() {
        let entry = kept.entry(account(id)).unwrap();
        assert_eq!((entry.tenant, entry.tier.as_deref()), (format!("tenant-{n}"), Some("gold")));
        assert_eq!(entry.name, Some(format!("account-{n}")));
        assert_eq!(entry.labels, [("team".into(), "red".into())].into());
        assert_eq!(entry.state, if n == 7 { State::Suspended } else { State::Active });
        assert!(entry.created.is_some());
    }
    let management = kept.tenants().into_iter().find(|(id, _)| !ids.contains(id)).unwrap();
    assert_eq!(management.0, management.1, "an account without the tag is its own tenant");
    assert_eq!(front.calls("ListAccounts").len(), 4, "61 accounts in pages of 20");
    assert_eq!(front.tagged_from(0).len(), 61);
    assert!(calls_a_second(&front.calls("ListTagsForResource")) <= 25, "AWS allows 15 at once and 10 a second");
}

/// Scenario: one account is new, one is closed. Guarantees: the next refresh reads the tags of these two and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_reads_only_the_tags_of_what_changed() {
    if !rig::has(&["moto"]) {
        return;
    }
    let moto = Moto::start().await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(moto.create(&format!("account-{n}"), &[("tenant", "acme")]).await);
    }
    let front = Front::before(&moto.server.url()).await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, OFTEN), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    let first_fill = front.calls("ListTagsForResource").len();
    assert_eq!(first_fill, 13);

    let new = moto.create("new", &[("tenant", "newcomer")]).await;
    moto.close(&ids[3]).await;
    kept.until("the new account", |kept| kept.entry(account(&new)).is_some_and(|entry| entry.tenant == "newcomer"));
    kept.until("the closed account", |kept| {
        kept.entry(account(&ids[3])).is_some_and(|entry| entry.state == State::Suspended)
    });
    let listings = front.calls("ListAccounts").len();
    kept.until("two more refreshes", |_| front.calls("ListAccounts").len() >= listings + 2);
    let mut changed = [new, ids[3].clone()];
    changed.sort_unstable();
    assert_eq!(front.tagged_from(first_fill), changed);
}

/// An event of AWS Organizations a second from now, as EventBridge hands it on.
fn told(name: &str, member: &str, value: &serde_json::Value) -> Vec<u8> {
    let time = clock::now().plus(Duration::from_secs(1)).to_string();
    let detail = json!({
        "eventSource": "organizations.amazonaws.com",
        "eventName": name,
        "eventTime": time,
        member: value,
    });
    json!({"version": "0", "source": "aws.organizations", "time": time, "detail": detail}).to_string().into_bytes()
}

/// Scenario: accounts are created, tagged, closed and removed long before the next refresh. Guarantees: events tell of all of it;
/// only what they lack is asked for, of that account alone; the copy for the next start has it.
#[tokio::test(flavor = "multi_thread")]
async fn events_keep_the_directory_fresh_between_two_refreshes() {
    if !rig::has(&["moto"]) {
        return;
    }
    let moto = Moto::start().await;
    let mut ids = Vec::new();
    for name in ["tagged", "closed", "removed"] {
        ids.push(moto.create(name, &[("tenant", "acme")]).await);
    }
    let front = Front::before(&moto.server.url()).await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    let (listings, tags) = (front.calls("ListAccounts").len(), front.calls("ListTagsForResource").len());

    let new = moto.create("new", &[("tenant", "newcomer")]).await;
    let created = json!({"createAccountStatus": {"state": "SUCCEEDED", "accountName": "****", "accountId": new}});
    let event = told("CreateAccountResult", "serviceEventDetails", &created);
    assert_eq!(kept.handle.apply_lifecycle(&event).unwrap(), Followed::Applied);
    kept.until("the new account with its tags", |kept| {
        kept.entry(account(&new))
            .is_some_and(|entry| entry.tenant == "newcomer" && entry.name.as_deref() == Some("new"))
    });
    let tag = json!({"resourceId": ids[0], "tags": [{"key": "tier", "value": "gold"}]});
    let closed = json!({"closeAccountStatus": {"state": "SUCCEEDED", "accountId": ids[1]}});
    let events = [
        told("TagResource", "requestParameters", &tag),
        told("CloseAccountResult", "serviceEventDetails", &closed),
        told("RemoveAccountFromOrganization", "requestParameters", &json!({"accountId": ids[2]})),
    ];
    for event in &events {
        assert_eq!(kept.handle.apply_lifecycle(event).unwrap(), Followed::Applied);
    }
    let entry = |id: &String| kept.entry(account(id));
    assert_eq!(entry(&ids[0]).unwrap().tier.as_deref(), Some("gold"), "at once, not soon");
    assert_eq!(entry(&ids[1]).unwrap().state, State::Closed);
    assert_eq!(entry(&ids[2]), None);
    assert!(kept.handle.current().ended(account(&ids[2])).is_some());
    assert_eq!(kept.handle.apply_lifecycle(&events[0]).unwrap(), Followed::Old, "what comes twice counts once");

    assert_eq!(front.calls("DescribeAccount").len(), 1);
    assert_eq!(front.tagged_from(tags), std::slice::from_ref(&new));
    assert_eq!(front.calls("ListAccounts").len(), listings, "nothing else is listed for it");
    let store = object_store::local::LocalFileSystem::new_with_prefix(state.path()).unwrap();
    let settings = organizations(&front.url, SELDOM).organizations.unwrap();
    let mut last = None;
    for _ in 0..600 {
        let copy = fanin::io::directory::cache::load(&store).await.unwrap().unwrap();
        let facts = copy.facts(&settings).into_iter().find(|facts| facts.account == account(&ids[1])).unwrap();
        last = facts.state;
        if last == Some(State::Closed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(last, Some(State::Closed), "the copy follows");
}

/// Scenario: AWS cannot be reached any more, then the service restarts. Guarantees: the last good copy in both.
#[tokio::test(flavor = "multi_thread")]
async fn without_aws_the_last_good_copy_stays_and_serves_the_next_start() {
    if !rig::has(&["moto"]) {
        return;
    }
    let moto = Moto::start().await;
    let id = moto.create("one", &[("tenant", "acme")]).await;
    let endpoint = moto.server.url();
    let sdk = aws(&endpoint).await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&endpoint, OFTEN), &sdk, state.path()).await;
    kept.until_organizations_are_read();
    drop(moto);
    let message = kept.until_organizations_fail();
    assert!(message.starts_with("organizations:ListAccounts failed after 3 attempts: "), "{message}");
    assert_eq!(kept.entry(account(&id)).map(|entry| entry.tenant), Some("acme".into()));
    drop(kept);

    let restarted = Kept::start(organizations(&endpoint, OFTEN), &sdk, state.path()).await;
    assert_eq!(restarted.entry(account(&id)).map(|entry| entry.tenant), Some("acme".into()));
    assert!(restarted.handle.status().is_loaded());
    let _ = restarted.until_organizations_fail();
    assert_eq!(restarted.handle.status().accounts, 2);
    let source = restarted.handle.status().organizations.unwrap();
    assert!(source.age(clock::now()).is_some());
}

/// Scenario: the process assumes a role of the management account. Guarantees: Organizations sees the role's key only.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_assumed_before_the_first_call() {
    if !rig::has(&["moto"]) {
        return;
    }
    let moto = Moto::start().await;
    let front = Front::before(&moto.server.url()).await;
    let state = tempfile::tempdir().unwrap();
    let mut settings = organizations(&front.url, SELDOM);
    if let Some(organizations) = &mut settings.organizations {
        organizations.role_arn = Some("arn:aws:iam::123456789012:role/fanin-directory".into());
    }
    let kept = Kept::start(settings, &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    let keys = |action: &str| front.calls(action).into_iter().map(|call| call.key).collect::<BTreeSet<_>>();
    assert_eq!(keys("AssumeRole"), ["AKIDOFTHEPROCESS".into()].into());
    let organizations = keys("ListAccounts");
    assert!(organizations.len() == 1 && !organizations.contains("AKIDOFTHEPROCESS"), "{organizations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_pages_do_not_end_a_listing() {
    let front = Front::alone(|call, _| {
        Some(match (call.action.as_str(), call.body["NextToken"].as_str()) {
            ("ListAccounts", None) => page(&[], Some("a")),
            ("ListAccounts", Some("a")) => page(&[listed("111111111111")], Some("b")),
            ("ListAccounts", Some("b")) => page(&[], Some("c")),
            ("ListAccounts", _) => page(&[listed("222222222222")], None),
            _ => tags(&[("tenant", "acme")]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    assert_eq!(kept.tenants(), ["111111111111", "222222222222"].map(|id| (id.into(), "acme".into())));
    assert!(front.calls("ListAccounts").iter().all(|call| call.body["MaxResults"] == 20));
}

/// Scenario: AWS drops `Status` on 2026-09-09. Guarantees: before, while and after, states are right.
#[tokio::test(flavor = "multi_thread")]
async fn states_are_read_from_old_and_new_answers() {
    let front = Front::alone(|call, _| {
        let described = |id: &str, state: Option<&str>, status: Option<&str>| {
            let mut account = json!({ "Id": id });
            for (key, value) in [("State", state), ("Status", status)] {
                if let Some(value) = value {
                    account[key] = value.into();
                }
            }
            account
        };
        Some(match call.action.as_str() {
            "ListAccounts" => page(
                &[
                    described("111111111111", Some("CLOSED"), Some("SUSPENDED")),
                    described("222222222222", None, Some("PENDING_CLOSURE")),
                    described("333333333333", Some("PENDING_ACTIVATION"), None),
                    described("444444444444", Some("A_STATE_OF_2030"), None),
                ],
                None,
            ),
            _ => tags(&[]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    let states: Vec<_> = kept.handle.current().entries().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Closed, State::PendingClosure, State::PendingActivation, State::Active]);
}

/// Scenario: AWS throttles and stumbles. Guarantees: the calls come again, later each time, and nothing is missing.
#[tokio::test(flavor = "multi_thread")]
async fn throttled_calls_wait_and_come_again() {
    let front = Front::alone(|call, before| {
        Some(match (call.action.as_str(), before) {
            ("ListAccounts", 0) => error("TooManyRequestsException", "slow down"),
            ("ListAccounts", 1) => (StatusCode::SERVICE_UNAVAILABLE, json!({})),
            ("ListAccounts", _) => page(&[listed("111111111111")], None),
            (_, 0..=1) => error("ThrottlingException", "Rate exceeded"),
            _ => tags(&[("tenant", "acme")]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    assert_eq!(kept.tenants(), [("111111111111".into(), "acme".into())]);
    for action in ["ListAccounts", "ListTagsForResource"] {
        let times: Vec<_> = front.calls(action).into_iter().map(|call| call.time).collect();
        assert_eq!(times.len(), 3, "{action}");
        assert!(times[1].duration_since(times[0]) >= Duration::from_millis(250), "{action}");
        assert!(times[2].duration_since(times[1]) >= Duration::from_millis(500), "{action}");
    }
    assert_eq!(kept.handle.status().organizations.map(|source| source.failures), Some(0));
}

/// Scenario: a policy takes the permission away. Guarantees: the last good copy stays, and the message names what to allow.
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_listing_keeps_the_last_good_copy() {
    let denied = Arc::new(AtomicBool::new(false));
    let deny = Arc::clone(&denied);
    let front = Front::alone(move |call, _| {
        Some(match call.action.as_str() {
            "ListAccounts" if deny.load(Ordering::Relaxed) => {
                error("AccessDeniedException", "You don't have permissions")
            }
            "ListAccounts" => page(&[listed("111111111111")], None),
            _ => tags(&[("tenant", "acme")]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, OFTEN), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    denied.store(true, Ordering::Relaxed);
    assert_eq!(
        kept.until_organizations_fail(),
        "organizations:ListAccounts was denied: allow it to the role that fanin runs with or assumes, and let that role \
         belong to the management account or a delegated administrator (AWS: AccessDeniedException: You don't have \
         permissions)"
    );
    assert_eq!(kept.tenants(), [("111111111111".into(), "acme".into())]);
    denied.store(false, Ordering::Relaxed);
    kept.until_organizations_are_read();
}

/// Scenario: accounts may be listed and tags not be read. Guarantees: no account gets a tenant that it may not have.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_whose_tags_are_denied_stay_unassigned() {
    let front = Front::alone(|call, _| {
        Some(match call.action.as_str() {
            "ListAccounts" => page(&[listed("111111111111"), listed("222222222222")], None),
            _ => error("AccessDeniedException", "no"),
        })
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = organizations(&front.url, SELDOM);
    let file = folder.path().join("accounts.csv");
    std::fs::write(&file, "account,tenant\n222222222222,acme\n").unwrap();
    settings.file = Some(file);
    let kept = Kept::start(settings, &aws(&front.url).await, folder.path()).await;
    let message = kept.until_organizations_fail();
    assert!(message.starts_with("organizations:ListTagsForResource was denied"), "{message}");
    assert_eq!(kept.tenants(), [("222222222222".into(), "acme".into())]);
    let listed = kept.entry(account("222222222222")).unwrap();
    assert_eq!(
        (listed.name.as_deref(), listed.ou_path.as_deref()),
        (Some("name of 222222222222"), Some("o-1/r-1/ou-1/"))
    );
    assert_eq!(kept.handle.status().organizations.map(|source| source.without_tags), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_without_accounts_empties_nothing() {
    let front = Front::alone(|call, before| {
        Some(match (call.action.as_str(), before) {
            ("ListAccounts", 0) => page(&[listed("111111111111")], None),
            ("ListAccounts", _) => page(&[], None),
            _ => tags(&[]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, OFTEN), &aws(&front.url).await, state.path()).await;
    let message = kept.until_organizations_fail();
    assert!(message.starts_with("organizations:ListAccounts gave no account"), "{message}");
    assert_eq!(kept.handle.status().accounts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_closes_between_listing_and_reading_fails_nothing() {
    let front = Front::alone(|call, _| {
        Some(match call.action.as_str() {
            "ListAccounts" => page(&[listed("111111111111"), listed("222222222222")], None),
            _ if call.body["ResourceId"] == "111111111111" => error("TargetNotFoundException", "gone"),
            _ => tags(&[("tenant", "acme")]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    assert_eq!(kept.tenants(), [("222222222222".into(), "acme".into())]);
}

/// Scenario: someone asks for a reload long before the next refresh. Guarantees: AWS is asked at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_asks_aws_without_waiting_for_the_interval() {
    let front = Front::alone(|call, before| {
        Some(match (call.action.as_str(), before) {
            ("ListAccounts", 0) => page(&[listed("111111111111")], None),
            ("ListAccounts", _) => page(&[listed("111111111111"), listed("222222222222")], None),
            _ => tags(&[]),
        })
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let kept = Kept::start(organizations(&front.url, SELDOM), &aws(&front.url).await, state.path()).await;
    kept.until_organizations_are_read();
    kept.handle.note_unknown(account("222222222222"), 5, clock::now());
    kept.handle.reload().await.unwrap();
    kept.until("the second account", |kept| kept.handle.status().accounts == 2);
    assert_eq!(kept.handle.unknown_accounts(), 0, "what is known now is no longer listed as unknown");
}
