//! What a log group and log stream tell of the thing that wrote the log.

use crate::config::ServiceName;
use crate::id::{AccountId, Region};

/// The producer of a log stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Producer<'a> {
    /// `service.name`: function, cluster, API or database; else the log group.
    pub service: &'a str,
    /// `cloud.platform`, where the semantic conventions have a name for it.
    pub platform: Option<&'static str>,
    /// Lambda only: function name and version.
    pub function: Option<Function<'a>>,
    /// The resource that the names tell of.
    pub resource: Option<Named<'a>>,
    /// ECS only: container and task.
    pub task: Option<Task<'a>>,
}

/// A Lambda function as its log stream names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version or `$LATEST`; empty where the stream does not say.
    pub version: &'a str,
}

/// A resource that a log group or log stream names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// Its name.
    pub name: &'a str,
    /// What stands behind the name, where the ARN needs it: the stage of an API, the id of an App Runner service.
    detail: &'a str,
    /// How its ARN is built, without partition; empty where it needs more than the names tell.
    pattern: &'static str,
}

/// A task of ECS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task<'a> {
    /// Name of the container in the task definition.
    pub container: &'a str,
    /// Id of the task.
    pub id: &'a str,
}

/// Reads the names. Sources: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs"
/// (default and custom log groups); user guides of the services for their log group names; ECS developer guide,
/// `awslogs-stream-prefix`.
#[must_use]
pub fn producer<'a>(log_group: &'a str, log_stream: &'a str) -> Producer<'a> {
    if let Some(function) = function(log_group, log_stream) {
        return Producer {
            service: function.name,
            platform: Some("aws_lambda"),
            function: Some(function),
            ..Producer::default()
        };
    }
    let task = task(log_group, log_stream);
    let (resource, platform) = by_stream(log_group, log_stream).or_else(|| by_group(log_group)).unzip();
    let platform = platform.flatten().or(task.map(|_| ECS));
    Producer { service: resource.map_or(log_group, |it: Named<'a>| it.name), platform, function: None, resource, task }
}

impl<'a> Producer<'a> {
    /// With the service that the operator gave to the log group; the first rule that matches.
    #[must_use]
    pub fn named(self, rules: &'a [ServiceName], log_group: &str) -> Self {
        let rule = rules.iter().find(|rule| rule.log_groups.matches(log_group));
        Self { service: rule.map_or(self.service, |rule| &rule.name), ..self }
    }

    /// `cloud.resource_id`: the ARN, where all of its parts are known.
    #[must_use]
    pub fn arn(&self, account: AccountId, region: Option<Region>) -> Option<String> {
        let region = region?;
        let partition = match region.as_str() {
            china if china.starts_with("cn-") => "aws-cn",
            government if government.starts_with("us-gov-") => "aws-us-gov",
            sovereign if sovereign.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        };
        if let Some(function) = self.function {
            return Some(format!("arn:{partition}:lambda:{region}:{account}:function:{}", function.name));
        }
        let Named { name, detail, pattern } = self.resource.filter(|it| !it.pattern.is_empty())?;
        if detail.is_empty() && pattern.contains("{detail}") {
            return None;
        }
        let filled = pattern.replace("{region}", region.as_str()).replace("{account}", account.as_str());
        // Names last, so that braces in them are not taken for a part of the pattern.
        let (front, back) = filled.split_once("{name}")?;
        let back = back.replacen("{detail}", detail, 1);
        Some(format!("arn:{partition}:{front}{name}{back}"))
    }

    /// Name of the Kubernetes cluster, where it is one.
    #[must_use]
    pub fn kubernetes_cluster(&self) -> Option<&'a str> {
        self.resource.filter(|_| self.platform == Some(EKS)).map(|cluster| cluster.name)
    }
}

const EKS: &str = "aws_eks";
const ECS: &str = "aws_ecs";

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

/// Prefix of a log group, platform, and how the ARN of what the next part of the name tells is built.
/// Databases have no platform by the semantic conventions, and neither have services without compute.
const GROUPS: [(&str, Option<&str>, &str); 34] = [
    ("/aws/rds/instance/", None, "rds:{region}:{account}:db:{name}"),
    ("/aws/rds/cluster/", None, "rds:{region}:{account}:cluster:{name}"),
    ("/aws/rds/proxy/", None, ""),
    ("/aws/docdb/", None, "rds:{region}:{account}:cluster:{name}"),
    ("/aws/neptune/", None, "rds:{region}:{account}:cluster:{name}"),
    ("/aws/redshift/cluster/", None, "redshift:{region}:{account}:cluster:{name}"),
    ("/aws/OpenSearchService/domains/", None, "es:{region}:{account}:domain/{name}"),
    ("/aws/aes/domains/", None, "es:{region}:{account}:domain/{name}"),
    ("/aws/elasticache/", None, ""),
    ("/aws/msk/", None, ""),
    ("/aws/amazonmq/broker/", None, ""),
    ("/aws/eks/", Some(EKS), "eks:{region}:{account}:cluster/{name}"),
    ("/aws/ecs/containerinsights/", Some(ECS), "ecs:{region}:{account}:cluster/{name}"),
    ("/aws/containerinsights/", Some(EKS), ""),
    ("/aws/codebuild/", None, "codebuild:{region}:{account}:project/{name}"),
    ("API-Gateway-Execution-Logs_", None, "apigateway:{region}::/restapis/{name}/stages/{detail}"),
    ("/aws/apigateway/", None, ""),
    ("/aws/appsync/apis/", None, "appsync:{region}:{account}:apis/{name}"),
    ("/aws/apprunner/", Some("aws_app_runner"), "apprunner:{region}:{account}:service/{name}/{detail}"),
    ("/aws/elasticbeanstalk/", Some("aws_elastic_beanstalk"), ""),
    ("/aws/vendedlogs/events/event-bus/", None, "events:{region}:{account}:event-bus/{name}"),
    ("/aws/vendedlogs/pipes/", None, "pipes:{region}:{account}:pipe/{name}"),
    ("/aws/events/", None, ""),
    ("/aws/sagemaker/Endpoints/", None, "sagemaker:{region}:{account}:endpoint/{name}"),
    ("/aws/bedrock-agentcore/runtimes/", None, ""),
    ("/aws/transfer/", None, "transfer:{region}:{account}:server/{name}"),
    ("/aws/kinesisfirehose/", None, "firehose:{region}:{account}:deliverystream/{name}"),
    ("/aws/kinesis-analytics/", None, "kinesisanalytics:{region}:{account}:application/{name}"),
    ("/aws/amplify/", None, "amplify:{region}:{account}:apps/{name}"),
    ("/aws/imagebuilder/", None, ""),
    ("/ecs/", Some(ECS), ""),
    ("/aws/ecs/", Some(ECS), ""),
    ("/aws/vendedlogs/states/", None, ""),
    ("/aws/connect/", None, ""),
];

/// The resource and platform of the log groups that AWS services name themselves.
fn by_group(log_group: &str) -> Option<(Named<'_>, Option<&'static str>)> {
    if let Some(topic) = log_group.strip_prefix("sns/") {
        return sns_topic(topic).map(|topic| (topic, None));
    }
    let (prefix, platform, pattern) = GROUPS.iter().find(|(prefix, ..)| log_group.starts_with(prefix))?;
    let mut parts = log_group.get(prefix.len()..)?.split('/');
    let name = parts.next().filter(|name| !name.is_empty())?;
    // The console puts this behind the name of the state machine.
    let name = if prefix.ends_with("/states/") { name.strip_suffix("-Logs").unwrap_or(name) } else { name };
    Some((Named { name, detail: parts.next().unwrap_or_default(), pattern }, *platform))
}

/// `<region>/<account>/<topic>`, with `/Failure` behind for failures. The account is that of the record, never of the name.
fn sns_topic(name: &str) -> Option<Named<'_>> {
    let topic = name.splitn(3, '/').nth(2)?;
    let topic = topic.strip_suffix("/Failure").unwrap_or(topic);
    let pattern = if topic == "DirectPublishToPhoneNumber" { "" } else { "sns:{region}:{account}:{name}" };
    Some(Named { name: topic, detail: "", pattern }).filter(|it| !it.name.is_empty())
}

/// Resources that the log stream tells, in a log group of any name or in one for all of a kind.
fn by_stream<'a>(log_group: &str, log_stream: &'a str) -> Option<(Named<'a>, Option<&'static str>)> {
    const OF_GROUPS: [(&str, &str); 6] = [
        ("/aws/sagemaker/TrainingJobs", "sagemaker:{region}:{account}:training-job/{name}"),
        ("/aws/sagemaker/ProcessingJobs", "sagemaker:{region}:{account}:processing-job/{name}"),
        ("/aws/sagemaker/TransformJobs", "sagemaker:{region}:{account}:transform-job/{name}"),
        ("/aws/sagemaker/NotebookInstances", "sagemaker:{region}:{account}:notebook-instance/{name}"),
        ("/aws-glue/crawlers", "glue:{region}:{account}:crawler/{name}"),
        ("/aws/batch/job", ""),
    ];
    let mut parts = log_stream.split('/');
    let first = parts.next().filter(|name| !name.is_empty())?;
    if first == "states"
        && let (Some(name), Some(date)) = (parts.next(), parts.next())
        && date.len() == "2022-11-10-15-50".len()
        && date.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    {
        return Some((Named { name, detail: "", pattern: "states:{region}:{account}:stateMachine:{name}" }, None));
    }
    let (_, pattern) = OF_GROUPS.iter().find(|(group, _)| *group == log_group)?;
    Some((Named { name: first, detail: "", pattern }, None))
}

/// `<prefix>/<container>/<task id>`, where the log group or the prefix is of ECS.
fn task<'a>(log_group: &str, log_stream: &'a str) -> Option<Task<'a>> {
    let mut parts = log_stream.rsplitn(3, '/');
    let (id, container, prefix) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = id.bytes().filter(u8::is_ascii_hexdigit).count();
    let shaped = digits == 32 && (id.len() == 32 || (id.len() == 36 && id.bytes().filter(|b| *b == b'-').count() == 4));
    let of_ecs =
        prefix == "ecs" || ["/ecs/", "/aws/ecs/", "/aws/batch/job"].iter().any(|start| log_group.starts_with(start));
    (of_ecs && shaped && !container.is_empty()).then_some(Task { container, id })
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
        let account = AccountId::parse("111122223333").unwrap();
        let none = "";
        for (group, service, platform, arn) in [
            ("/aws/rds/instance/db-1/postgresql", "db-1", none, "rds:eu-west-1:111122223333:db:db-1"),
            ("/aws/rds/cluster/shop/audit", "shop", none, "rds:eu-west-1:111122223333:cluster:shop"),
            ("/aws/docdb/docs/profiler", "docs", none, "rds:eu-west-1:111122223333:cluster:docs"),
            ("/aws/eks/prod/cluster", "prod", EKS, "eks:eu-west-1:111122223333:cluster/prod"),
            ("/aws/containerinsights/prod/application", "prod", EKS, none),
            ("/aws/ecs/containerinsights/web/performance", "web", ECS, "ecs:eu-west-1:111122223333:cluster/web"),
            ("/ecs/web", "web", ECS, none),
            ("API-Gateway-Execution-Logs_a1b2/prod", "a1b2", none, "apigateway:eu-west-1::/restapis/a1b2/stages/prod"),
            ("API-Gateway-Execution-Logs_a1b2", "a1b2", none, none),
            ("/aws/appsync/apis/pmo28", "pmo28", none, "appsync:eu-west-1:111122223333:apis/pmo28"),
            ("/aws/codebuild/build", "build", none, "codebuild:eu-west-1:111122223333:project/build"),
            (
                "/aws/apprunner/web/8fe1/application",
                "web",
                "aws_app_runner",
                "apprunner:eu-west-1:111122223333:service/web/8fe1",
            ),
            ("/aws/elasticbeanstalk/shop-env/var/log/web.stdout.log", "shop-env", "aws_elastic_beanstalk", none),
            ("/aws/sagemaker/Endpoints/score", "score", none, "sagemaker:eu-west-1:111122223333:endpoint/score"),
            ("/aws/OpenSearchService/domains/logs/audit", "logs", none, "es:eu-west-1:111122223333:domain/logs"),
            ("/aws/transfer/s-1234", "s-1234", none, "transfer:eu-west-1:111122223333:server/s-1234"),
            (
                "/aws/vendedlogs/events/event-bus/orders",
                "orders",
                none,
                "events:eu-west-1:111122223333:event-bus/orders",
            ),
            ("/aws/amazonmq/broker/b-1/general", "b-1", none, none),
            ("/aws/msk/stream", "stream", none, none),
            ("/aws/vendedlogs/states/orders-Logs", "orders", none, none),
            ("sns/eu-west-1/999999999999/orders/Failure", "orders", none, "sns:eu-west-1:111122223333:orders"),
            ("sns/eu-west-1/999999999999/DirectPublishToPhoneNumber", "DirectPublishToPhoneNumber", none, none),
            ("/aws/rds/instance/", "/aws/rds/instance/", none, none),
            ("/acme/app", "/acme/app", none, none),
            ("", "", none, none),
        ] {
            let told = producer(group, "x");
            let told_arn = told.arn(account, Region::parse("eu-west-1").ok()).unwrap_or_default();
            assert_eq!((told.service, told.platform.unwrap_or_default()), (service, platform), "{group}");
            assert_eq!(told_arn.strip_prefix("arn:aws:").unwrap_or_default(), arn, "{group}");
        }
    }

    #[test]
    fn state_machines_jobs_and_crawlers_are_named_by_their_streams() {
        let account = AccountId::parse("111122223333").unwrap();
        for (group, stream, service, arn) in [
            (
                "/acme/flows",
                "states/orders/2022-11-10-15-50/7851b2d9",
                "orders",
                "arn:aws:states:eu-west-1:111122223333:stateMachine:orders",
            ),
            ("/acme/flows", "states/of/the/union", "/acme/flows", ""),
            (
                "/aws/sagemaker/TrainingJobs",
                "train-7/algo-1-1583425836",
                "train-7",
                "arn:aws:sagemaker:eu-west-1:111122223333:training-job/train-7",
            ),
            ("/aws-glue/crawlers", "nightly", "nightly", "arn:aws:glue:eu-west-1:111122223333:crawler/nightly"),
            ("/aws/batch/job", "report/default/405d340d30f844c4ad376392489343f5", "report", ""),
        ] {
            let told = producer(group, stream);
            assert_eq!(told.service, service);
            assert_eq!(told.arn(account, Region::parse("eu-west-1").ok()).unwrap_or_default(), arn);
        }
    }

    #[test]
    fn container_and_task_are_told_where_group_or_stream_say_ecs() {
        let id = "405d340d30f844c4ad376392489343f5";
        let told = |group: &str, stream: String| {
            let told = producer(group, &stream);
            (told.platform, told.task.map(|task| (task.container.to_owned(), task.id.to_owned())))
        };
        let web = Some(("web".to_owned(), id.to_owned()));
        assert_eq!(told("/ecs/shop", format!("shop/web/{id}")), (Some(ECS), web.clone()));
        assert_eq!(told("/acme/shop", format!("ecs/web/{id}")), (Some(ECS), web.clone()));
        assert_eq!(told("/ecs/shop", format!("a/b/web/{id}")), (Some(ECS), web));
        assert_eq!(told("/acme/shop", format!("shop/web/{id}")), (None, None));
        assert_eq!(told("/ecs/shop", "shop/web/4711".into()), (Some(ECS), None));
    }

    #[test]
    fn a_name_that_the_operator_gave_wins_and_changes_nothing_else() {
        use crate::glob::Glob;
        let rule = |pattern: &str, name: &str| ServiceName { log_groups: Glob::new(pattern), name: name.into() };
        let rules = [rule("/aws/lambda/shop-*", "shop"), rule("/aws/*", "other")];
        let named = producer("/aws/lambda/shop-cart", "x").named(&rules, "/aws/lambda/shop-cart");
        assert_eq!((named.service, named.function.map(|it| it.name)), ("shop", Some("shop-cart")));
        assert_eq!(producer("/acme/app", "x").named(&rules, "/acme/app").service, "/acme/app");
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
