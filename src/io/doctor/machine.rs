//! Limits of the machine, and whether Fanin would read its own log.

use std::collections::BTreeMap;

use super::Finding;
use crate::config::Config;

/// Connections of senders, files of state, and the rest of a process.
const FILES_BESIDE: u64 = 512;

/// Variables that AWS sets where it runs a program whose output goes to CloudWatch Logs.
const AWS_RUNTIMES: [&str; 4] =
    ["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI", "AWS_LAMBDA_FUNCTION_NAME", "AWS_EXECUTION_ENV"];

/// Looks at the limits of the process and at the danger of recursion.
pub(super) fn examine(config: &Config, shards: usize, environment: &BTreeMap<String, String>) -> Vec<Finding> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok();
    let files = limits.as_deref().and_then(open_files_max).map(|limit| files(config, shards, limit));
    files.into_iter().chain(recursion(config, environment)).collect()
}

fn files(config: &Config, shards: usize, limit: u64) -> Finding {
    let requests: usize = config.destinations.iter().map(|destination| destination.requests_max).sum();
    let needed = FILES_BESIDE + u64::try_from(shards + requests).unwrap_or(u64::MAX);
    let message = format!("{limit} may be open, about {needed} are needed");
    if limit < needed {
        Finding::warn(
            "open files",
            message,
            format!("raise it: LimitNOFILE={} or ulimit -n", needed.next_power_of_two()),
        )
    } else {
        Finding::ok("open files", message)
    }
}

/// The soft limit. Source: proc(5), `/proc/pid/limits`.
fn open_files_max(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// A log group that holds Fanin's own output, and is read by Fanin, would grow for ever.
fn recursion(config: &Config, environment: &BTreeMap<String, String>) -> Option<Finding> {
    const SUBJECT: &str = "recursion";
    let own = &config.normalize.own_log_groups;
    let runtime = AWS_RUNTIMES.iter().find(|name| environment.contains_key(**name));
    match (own.is_empty(), runtime) {
        (false, _) => {
            let names: Vec<_> = own.iter().map(|(account, group)| format!("{group} of {account}")).collect();
            Some(Finding::ok(SUBJECT, format!("records of {} are rejected", names.join(", "))))
        }
        (true, Some(name)) => Some(Finding::warn(
            SUBJECT,
            format!("{name} is set, so this runs in AWS and may log to CloudWatch: Fanin might read its own log"),
            "name its log group in normalize.own_log_groups, and leave it out of the subscription policy",
        )),
        (true, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    const LIMITS: &str = "Limit                     Soft Limit           Hard Limit           Units     \n\
        Max processes             63432                63432                processes \n\
        Max open files            1024                 1048576              files     \n";

    #[test]
    fn the_soft_limit_of_open_files_is_found() {
        assert_eq!(open_files_max(LIMITS), Some(1_024));
        assert_eq!(open_files_max("Max open files  unlimited unlimited files"), Some(u64::MAX));
        assert_eq!(open_files_max(""), None);
    }

    #[test]
    fn many_shards_need_many_files() {
        let config = Config::default();
        assert_eq!(files(&config, 100, 1_024).health, Health::Ok);
        let finding = files(&config, 1_000, 1_024);
        assert_eq!(finding.message, "1024 may be open, about 1512 are needed");
        assert_eq!(finding.fix.as_deref(), Some("raise it: LimitNOFILE=2048 or ulimit -n"));
    }

    #[test]
    fn recursion_threatens_only_inside_aws() {
        let inside = [("AWS_EXECUTION_ENV".to_owned(), "AWS_ECS_FARGATE".to_owned())].into();
        let mut config = Config::default();
        assert_eq!(recursion(&config, &BTreeMap::new()), None);
        assert_eq!(recursion(&config, &inside).map(|finding| finding.health), Some(Health::Warn));
        let account = crate::id::AccountId::parse("111122223333").unwrap();
        config.normalize.own_log_groups = vec![(account, "/ecs/fanin".into())];
        assert_eq!(recursion(&config, &inside).map(|finding| finding.health), Some(Health::Ok));
    }
}
