//! What a log group and log stream tell of the thing that wrote the log.

use crate::id::{AccountId, Region};

/// The producer of a log stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Producer<'a> {
    /// `service.name`: function, cluster, API or database; else the log group.
    pub service: &'a str,
    /// `cloud.platform`, where known.
    pub platform: Option<&'static str>,
    /// Lambda only: function name and version.
    pub function: Option<Function<'a>>,
}

/// A Lambda function as its log stream names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version or `$LATEST`; empty where the stream does not say.
    pub version: &'a str,
}

/// Reads the names. Sources: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs"
/// (default and custom log groups); user guides of RDS, EKS, API Gateway, Step Functions, CodeBuild and ECS for their log group names.
#[must_use]
pub fn producer<'a>(log_group: &'a str, log_stream: &'a str) -> Producer<'a> {
    if let Some(function) = function(log_group, log_stream) {
        return Producer { service: function.name, platform: Some("aws_lambda"), function: Some(function) };
    }
    let (service, platform) = named(log_group).unwrap_or((log_group, None));
    Producer { service, platform, function: None }
}

impl Producer<'_> {
    /// `cloud.resource_id`: the ARN, where all of its parts are known.
    #[must_use]
    pub fn arn(&self, account: AccountId, region: Option<Region>) -> Option<String> {
        let (function, region) = (self.function?, region?);
        let partition = match region.as_str() {
            china if china.starts_with("cn-") => "aws-cn",
            government if government.starts_with("us-gov-") => "aws-us-gov",
            sovereign if sovereign.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        };
        Some(format!("arn:{partition}:lambda:{region}:{account}:function:{}", function.name))
    }
}

/// A function by its own log group, or, in a shared group, by its log stream.
fn function<'a>(log_group: &'a str, log_stream: &'a str) -> Option<Function<'a>> {
    let (stream_name, version) = function_stream(log_stream).unwrap_or_default();
    let group_name = log_group.strip_prefix("/aws/lambda/").filter(|name| !name.is_empty());
    let name = group_name.or(Some(stream_name).filter(|name| !name.is_empty()))?;
    Some(Function { name, version })
}

/// `YYYY/MM/DD/[version]hex`, or `YYYY/MM/DD/function[version]hex` in a shared log group: function and version.
fn function_stream(log_stream: &str) -> Option<(&str, &str)> {
    const HEX_DIGITS: usize = 32;
    let (date, rest) = (log_stream.get(..11)?, log_stream.get(11..)?);
    let dated =
        date.bytes().enumerate().all(|(at, b)| if [4, 7, 10].contains(&at) { b == b'/' } else { b.is_ascii_digit() });
    let (front, hex) = rest.rsplit_once(']')?;
    let (name, version) = front.split_once('[')?;
    let shaped = hex.len() == HEX_DIGITS && hex.bytes().all(|b| b.is_ascii_hexdigit());
    (dated && shaped).then_some((name, version))
}

/// Service and platform of the log groups that AWS services name themselves.
fn named(log_group: &str) -> Option<(&str, Option<&'static str>)> {
    const PREFIXES: [(&str, Option<&str>); 11] = [
        ("/aws/rds/instance/", None),
        ("/aws/rds/cluster/", None),
        ("/aws/eks/", Some("aws_eks")),
        ("/aws/ecs/containerinsights/", Some("aws_ecs")),
        ("/aws/containerinsights/", Some("aws_eks")),
        ("/aws/vendedlogs/states/", None),
        ("/aws/codebuild/", None),
        ("/aws/apigateway/", None),
        ("/aws/apprunner/", Some("aws_app_runner")),
        ("API-Gateway-Execution-Logs_", None),
        ("/ecs/", Some("aws_ecs")),
    ];
    let (prefix, platform) = PREFIXES.iter().find(|(prefix, _)| log_group.starts_with(prefix))?;
    let name = log_group[prefix.len()..].split('/').next().filter(|name| !name.is_empty())?;
    Some((name, *platform))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_its_group_or_in_a_shared_group_by_its_stream() {
        let hex = "405d340d30f844c4ad376392489343f5";
        let own = format!("2026/04/09/[$LATEST]{hex}");
        let shared = format!("2026/04/09/orders[12]{hex}");
        let lambda = |group, stream| producer(group, stream).function;
        assert_eq!(lambda("/aws/lambda/orders", &own), Some(Function { name: "orders", version: "$LATEST" }));
        assert_eq!(lambda("/acme/all", &shared), Some(Function { name: "orders", version: "12" }));
        assert_eq!(lambda("/acme/all", &own), None);
        assert_eq!(lambda("/acme/all", "2026/04/09/orders[12]zz"), None);
    }

    #[test]
    fn services_are_named_by_their_groups_and_everything_else_by_its_group() {
        assert_eq!(producer("/aws/rds/instance/db-1/postgresql", "db-1.0").service, "db-1");
        assert_eq!(producer("API-Gateway-Execution-Logs_a1b2/prod", "x").service, "a1b2");
        assert_eq!(producer("/acme/app", "x").service, "/acme/app");
        assert_eq!(producer("", "").service, "");
    }

    #[test]
    fn an_arn_is_built_where_all_parts_are_known() {
        let account = AccountId::parse("111122223333").unwrap();
        let orders = producer("/aws/lambda/orders", "x");
        let arn = orders.arn(account, Region::parse("cn-north-1").ok());
        assert_eq!(arn.as_deref(), Some("arn:aws-cn:lambda:cn-north-1:111122223333:function:orders"));
        assert_eq!(orders.arn(account, None), None);
    }
}
