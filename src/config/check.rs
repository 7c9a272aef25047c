//! From the file as written to the configuration that runs: every problem at once, each with its place.

mod fill;
mod overlay;
mod rules;

use std::path::PathBuf;

use super::Config;
use super::effective::{self, Origins};
use super::file::File;
use super::problem::{Problem, Problems};
use super::read::Read;
use super::substitute::{self, Outside};
use super::yaml::Document;

/// What a configuration depends on besides its file.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Environment and secrets.
    pub outside: Outside,
    /// Where relative paths begin: the folder of the file.
    pub folder: PathBuf,
    /// Cores of the machine: the default number of workers.
    pub cores: usize,
    /// The only place to send to, whatever file and environment say: the flag `--endpoint`.
    pub endpoint: Option<String>,
}

/// A configuration that can run.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The configuration.
    pub config: Config,
    /// What someone should look at.
    pub warnings: Vec<Problem>,
    /// Where each value came from.
    pub origins: Origins,
}

/// Checks a document. The variables `OTEL_EXPORTER_OTLP_*` stand over the file, `endpoint` over both.
///
/// # Errors
/// With everything that is wrong, errors and warnings, in the order of the file.
pub fn check(mut document: Document, surroundings: &Surroundings) -> Result<Checked, Vec<Problem>> {
    let mut problems = Problems::new(document.file.clone());
    substitute::substitute(&mut document, &surroundings.outside, &mut problems);
    let file = File::read(&document.root, &mut problems).unwrap_or_default();
    let mut config = fill::config(file, surroundings, &mut problems);
    let before = effective::tree(&config);
    let overlay = overlay::apply(&mut config.destinations, surroundings, &mut problems);
    rules::check(&config, &document, &mut problems);
    if problems.has_error() {
        return Err(problems.into_list());
    }
    let origins = Origins::new(&document, &before, &effective::tree(&config), |key| overlay.origin(key));
    Ok(Checked { config, warnings: problems.into_list(), origins })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::config::substitute::Reference;
    use crate::config::{Destination, Kinesis, Place, Storage, render, yaml};

    /// Small, and right but for what a test adds.
    const BASE: &str = "\
sources: {otlp: {}}
directory: {file: accounts.csv}
destinations: [{endpoint: \"http://localhost:4318\"}]
";

    fn surroundings() -> Surroundings {
        let environment = [("PORT", "80a"), ("TOKEN", "s3cret")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let gone = (Reference::File("gone".into()), Err("no such file".into()));
        Surroundings {
            outside: Outside { environment, secrets: BTreeMap::from([gone]) },
            folder: "/etc/fanin".into(),
            cores: 3,
            endpoint: None,
        }
    }

    fn checked(text: &str) -> Result<Checked, Vec<String>> {
        let lines = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
        let document = yaml::parse("c.yaml", text).map_err(|problem| lines(vec![problem]))?;
        check(document, &surroundings()).map_err(lines)
    }

    #[track_caller]
    fn config(text: &str) -> Config {
        checked(text).map(|checked| checked.config).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// Claims that a file with these lines, and a right rest, has exactly these problems, errors or warnings.
    #[track_caller]
    fn refused(lines: &str, expected: &[&str]) {
        let given = |section: &str| lines.lines().any(|line| line.starts_with(section));
        let rest: String = BASE
            .lines()
            .filter(|line| !given(&line[..=line.find(':').unwrap()]))
            .map(|line| format!("{line}\n"))
            .collect();
        let problems = match checked(&format!("{lines}\n{rest}")) {
            Ok(checked) => checked.warnings.iter().map(ToString::to_string).collect(),
            Err(problems) => problems,
        };
        assert_eq!(problems, expected, "{lines}");
    }

    #[test]
    fn a_small_file_is_enough() {
        let config = config(BASE);
        assert_eq!(config.destinations, [Destination::new("main", "http://localhost:4318")]);
        assert_eq!(config.storage, Storage::in_folder(std::path::Path::new("/etc/fanin")));
        assert_eq!(config.directory.file, Some("/etc/fanin/accounts.csv".into()));
        assert_eq!(config.delivery.workers, 3);
        assert_eq!(config.otlp, Some(crate::config::HttpSource::otlp()));
        assert_eq!(config.firehose, None);
    }

    #[test]
    fn every_section_is_read() {
        let config = config(include_str!("check/every_key.yaml"));
        insta::assert_debug_snapshot!(config);
    }

    #[test]
    fn shapes_are_checked() {
        refused(
            "server: 1",
            &["E010 c.yaml:1:9 server: a section belongs here, not a single value; its keys are listen, grace_period"],
        );
        refused("server: {listen: [1]}", &["E010 c.yaml:1:18 server.listen: one value belongs here, not a list"]);
        refused(
            "destinations: {name: x}",
            &["E010 c.yaml:1:15 destinations: a list belongs here, not a section: begin each item with \"- \""],
        );
        refused(
            "destinations:\n  -\n",
            &["E011 c.yaml:2:4 destinations[0]: nothing is given here: give a value or take the line out"],
        );
        refused(
            "- 1",
            &["E002 c.yaml:2:1 not valid YAML: while parsing a block collection, did not find expected '-' indicator"],
        );
    }

    #[test]
    fn unknown_keys_are_refused_with_a_suggestion() {
        refused(
            "server:\n  grace_perod: 5s\n",
            &["E012 c.yaml:2:3 server: unknown key \"grace_perod\", did you mean \"grace_period\"?"],
        );
        refused("sevrer: {}", &["E012 c.yaml:1:1 unknown key \"sevrer\", did you mean \"server\"?"]);
        refused(
            "telemetry: {colour: red}",
            &["E012 c.yaml:1:13 telemetry: unknown key \"colour\"; known keys are otlp_endpoint, interval"],
        );
    }

    #[test]
    fn values_are_checked() {
        refused(
            "server: {listen: localhost:80}",
            &[
                "E013 c.yaml:1:18 server.listen: \"localhost:80\" is not an IP address and a port, did you mean \"127.0.0.1:80\"?",
            ],
        );
        refused(
            "server: {grace_period: 10}",
            &["E014 c.yaml:1:24 server.grace_period: \"10\" has no unit, did you mean \"10s\"?"],
        );
        refused(
            "server: {grace_period: 2h}",
            &["E015 c.yaml:1:24 server.grace_period: \"2h\" is not between 1s and 1h"],
        );
        refused(
            "delivery: {memory_max: 1000}",
            &["E014 c.yaml:1:24 delivery.memory_max: \"1000\" has no unit, did you mean \"1kB\"?"],
        );
        refused(
            "delivery: {memory_max: 8GiB}",
            &["E015 c.yaml:1:24 delivery.memory_max: \"8GiB\" is not between 16MiB and 3GiB"],
        );
        refused("delivery: {workers: many}", &["E013 c.yaml:1:21 delivery.workers: \"many\" is not a whole number"]);
        refused("delivery: {workers: 0}", &["E015 c.yaml:1:21 delivery.workers: \"0\" is not between 1 and 256"]);
        refused(
            "delivery: {spill_after: nevr}",
            &[
                "E013 c.yaml:1:25 delivery.spill_after: \"nevr\" is no duration: write a whole number and a unit, such as \"5s\", \"10m\" or \"250ms\"",
            ],
        );
        refused(
            "normalize: {raw: yes}",
            &["E013 c.yaml:1:18 normalize.raw: \"yes\" is not true or false, did you mean \"true\"?"],
        );
        refused(
            "normalize: {metric_shape: gauge}",
            &["E013 c.yaml:1:27 normalize.metric_shape: \"gauge\" is not known, did you mean \"gauges\"?"],
        );
        refused(
            "normalize: {own_log_groups: [{account: 42, log_group: x}]}",
            &[
                "E013 c.yaml:1:40 normalize.own_log_groups[0].account: \"42\" is not an AWS account id, which has 12 digits",
            ],
        );
        refused(
            "directory: {file: \"\"}",
            &["E013 c.yaml:1:19 directory.file: \"\" is empty: give a text or take the line out"],
        );
        refused(
            "directory: {file: x, tenant_attribute: a b}",
            &[
                "E013 c.yaml:1:40 directory.tenant_attribute: \"a b\" is no attribute name, such as \"com.acme.tenant.id\"",
            ],
        );
        refused(
            "directory: {organizations: {role_arn: admin}}",
            &[
                "E013 c.yaml:1:39 directory.organizations.role_arn: \"admin\" is not the ARN of a role, such as \"arn:aws:iam::111122223333:role/fanin\"",
            ],
        );
        refused(
            "storage: {spill: gs://bucket}",
            &[
                "E013 c.yaml:1:18 storage.spill: \"gs://bucket\" is neither a folder nor s3://bucket/prefix nor firehose:stream-name",
            ],
        );
        refused(
            "storage: {s3: {region: EU}}",
            &["E013 c.yaml:1:24 storage.s3.region: \"EU\" is not an AWS Region, such as \"eu-central-1\""],
        );
    }

    #[test]
    fn sources_are_checked() {
        refused(
            "sources: {}",
            &["E030 c.yaml:1:10 sources: there is nothing to read from: add kinesis, firehose or otlp"],
        );
        refused(
            "sources: {kinesis: [{region: eu-central-1}]}",
            &["E011 c.yaml:1:21 sources.kinesis[0]: \"stream\" is missing"],
        );
        refused(
            "sources: {kinesis: [{stream: a b}]}",
            &["E013 c.yaml:1:30 sources.kinesis[0].stream: \"a b\" is neither name nor ARN of a Kinesis data stream"],
        );
        refused(
            "sources: {kinesis: [{stream: a}, {stream: a, region: eu-west-1}, {stream: a}]}",
            &[
                "E032 c.yaml:1:75 sources.kinesis[2].stream: the stream \"a\" is read twice: every record would come twice",
            ],
        );
        refused(
            "sources: {kinesis: [{stream: a, start: yesterday}]}",
            &[
                "E013 c.yaml:1:40 sources.kinesis[0].start: \"yesterday\" is not trim_horizon, latest, or a time such as \"2026-11-22T06:00:00Z\"",
            ],
        );
        refused(
            "sources: {kinesis: [{stream: a, consumer_arn: me}]}",
            &[
                "E013 c.yaml:1:47 sources.kinesis[0].consumer_arn: \"me\" is not the ARN of a registered consumer of a stream",
            ],
        );
        refused(
            "sources: {kinesis: [{stream: a, poll_interval: 100ms}]}",
            &["E015 c.yaml:1:48 sources.kinesis[0].poll_interval: \"100ms\" is not between 200ms and 1m"],
        );
        refused(
            "server: {listen: \"0.0.0.0:80\"}",
            &[
                "E034 c.yaml:2:17 sources.otlp: without keys anyone who reaches 0.0.0.0:80 could send: add keys, or listen on 127.0.0.1",
            ],
        );
        refused(
            "sources: {firehose: {keys: [{name: a}]}}",
            &["E011 c.yaml:1:29 sources.firehose.keys[0]: \"secret\" is missing"],
        );
        refused(
            "sources: {otlp: {keys: [{name: a, secret: x}]}}",
            &[
                "W002 c.yaml:1:43 sources.otlp.keys[0].secret: the secret stands in the file as plain text: put it elsewhere and write \"${file:/run/secrets/NAME}\" or \"${secretsmanager:NAME}\"",
            ],
        );
        refused(
            "sources: {otlp: {keys: [{name: a, secret: \"${file:x}\"}, {name: a, secret: \"${file:x}\"}]}}",
            &[
                "E032 c.yaml:1:64 sources.otlp.keys[1].name: another key is called \"a\" already: names are unique",
                "E032 c.yaml:1:75 sources.otlp.keys[1].secret: another key has the same secret",
            ],
        );
    }

    #[test]
    fn destinations_are_checked() {
        refused(
            "destinations: []",
            &[
                "E031 c.yaml:1:15 destinations: there is nowhere to send to: add a destination, or set OTEL_EXPORTER_OTLP_ENDPOINT",
            ],
        );
        refused(
            "destinations: [{}]",
            &["E011 c.yaml:1:16 destinations[0]: \"endpoint\" is missing, such as http://localhost:4318"],
        );
        refused(
            "destinations: [{endpoint: localhost:4318}]",
            &[
                "E013 c.yaml:1:27 destinations[0].endpoint: \"localhost:4318\" is not a URL that begins with http:// or https://",
            ],
        );
        refused(
            "destinations: [{endpoint: http://a}, {endpoint: http://b}]",
            &[
                "E011 c.yaml:1:16 destinations[0]: \"name\" is missing",
                "E011 c.yaml:1:38 destinations[1]: \"name\" is missing",
            ],
        );
        refused(
            "destinations: [{name: a, endpoint: http://a}, {name: a, endpoint: http://b}]",
            &["E032 c.yaml:1:54 destinations[1].name: another destination is called \"a\" already: names are unique"],
        );
        refused(
            "destinations: [{endpoint: http://a, protocol: http}]",
            &["E013 c.yaml:1:47 destinations[0].protocol: \"http\" is not one of http/protobuf, grpc"],
        );
        refused(
            "destinations: [{endpoint: http://a, signals: []}]",
            &[
                "E011 c.yaml:1:46 destinations[0].signals: a destination without signals gets nothing: name logs, metrics or both",
            ],
        );
        refused(
            "destinations: [{endpoint: http://a, signals: [traces]}]",
            &["E013 c.yaml:1:47 destinations[0].signals[0]: \"traces\" is not one of logs, metrics"],
        );
        refused(
            "destinations: [{endpoint: http://a, route: {attribute: tenant.tier}}]",
            &["E011 c.yaml:1:44 destinations[0].route: \"values\" is missing: a route without values takes no account"],
        );
        refused(
            "destinations: [{endpoint: http://a, headers: {a b: \"${TOKEN}\"}}]",
            &[
                "W004 c.yaml:1:27 destinations[0].endpoint: headers or token travel unencrypted over http://: write https://",
                "E013 c.yaml:1:47 destinations[0].headers.a b: \"a b\" is no name of a header",
            ],
        );
        refused(
            "destinations: [{endpoint: https://a, tls: {client_key_file: k}}]",
            &[
                "E036 c.yaml:1:61 destinations[0].tls.client_key_file: a client certificate needs its key: add \"client_certificate_file\" or take this out",
            ],
        );
        refused(
            "destinations: [{endpoint: http://a, tls: {ca_file: k}}]",
            &[
                "E037 c.yaml:1:27 destinations[0].endpoint: certificates are given, but http:// does not use them: write https://",
            ],
        );
        refused(
            "destinations: [{endpoint: https://a, protocol: grpc, bearer: \"${TOKEN}\", sigv4: {region: eu-west-1, service: logs}}]",
            &[
                "E037 c.yaml:1:81 destinations[0].sigv4: requests are signed over HTTP only: use protocol http/protobuf",
                "E037 c.yaml:1:81 destinations[0].sigv4: a signature and a token both want the Authorization header: keep one",
            ],
        );
        refused(
            "destinations: [{endpoint: https://a, headers: {Authorization: \"${TOKEN}\"}, bearer: \"${TOKEN}\"}]",
            &["E037 c.yaml:1:84 destinations[0].bearer: bearer and the header Authorization are the same: keep one"],
        );
        refused(
            "destinations: [{endpoint: https://a, sigv4: {}}]",
            &[
                "E011 c.yaml:1:45 destinations[0].sigv4: \"region\" is missing",
                "E011 c.yaml:1:45 destinations[0].sigv4: \"service\" is missing",
            ],
        );
        let many: String = (0..65).map(|i| format!("\n- {{name: d{i}, endpoint: \"http://a\"}}")).collect();
        refused(
            &format!("destinations:{many}"),
            &["E033 c.yaml:2:3 destinations: 65 destinations are more than the 64 that can be"],
        );
    }

    #[test]
    fn the_page_is_checked() {
        refused(
            "page: {access: {tokens: [{name: a, token: short}, {token: \"${TOKEN}\"}]}}",
            &[
                "E015 c.yaml:1:43 page.access.tokens[0].token: a token of 5 characters could be guessed: give at least 16, such as from `openssl rand -hex 24`",
                "W002 c.yaml:1:43 page.access.tokens[0].token: the secret stands in the file as plain text: put it elsewhere and write \"${file:/run/secrets/NAME}\" or \"${secretsmanager:NAME}\"",
                "E011 c.yaml:1:51 page.access.tokens[1]: \"name\" is missing",
                "E015 c.yaml:1:59 page.access.tokens[1].token: a token of 6 characters could be guessed: give at least 16, such as from `openssl rand -hex 24`",
            ],
        );
        refused(
            "page: {access: {tokens: [{name: a, token: \"${T:-sixteen-letters-}\"}, {name: a, token: \"${T:-sixteen-letters-}\", tenants: []}]}}",
            &[
                "E011 c.yaml:1:70 page.access.tokens[1]: a token for no tenant shows nothing: name tenants, or take \"tenants\" out for the fleet",
            ],
        );
        refused(
            "page: {access: {tokens: [{name: a, token: \"${T:-sixteen-letters-}\"}, {name: a, token: \"${T:-sixteen-letters-}\"}]}}",
            &[
                "E032 c.yaml:1:77 page.access.tokens[1].name: another token is called \"a\" already: names are unique",
                "E032 c.yaml:1:87 page.access.tokens[1].token: another entry has the same token: who has it could not be told",
            ],
        );
        refused(
            "page: {access: {proxy: {tenants_header: a b, from: [there]}}}",
            &[
                "E011 c.yaml:1:24 page.access.proxy: \"user_header\" is missing",
                "E013 c.yaml:1:41 page.access.proxy.tenants_header: \"a b\" is no name of a header, such as \"X-Forwarded-User\"",
                "E013 c.yaml:1:53 page.access.proxy.from[0]: \"there\" is not an IP address, such as \"10.0.0.5\"",
            ],
        );
        refused(
            "page: {links: {x: \"javascript:alert(1)\", y: \"https://a/{acount_id}\"}, views: [{name: a, url: //evil}], store: {logs: some}, price: {per_gigabyte: -1}}",
            &[
                "E013 c.yaml:1:19 page.links.x: \"javascript:alert(1)\" is not a URL that begins with http:// or https://",
                "E013 c.yaml:1:45 page.links.y: {acount_id} is nothing that can be filled in: account_id, tenant, region, from, to, query are",
                "E013 c.yaml:1:94 page.views[0].url: \"//evil\" is no place of the page: write what follows its root, such as \"?state=critical\" or \"alerts\"",
                "E013 c.yaml:1:118 page.store.logs: \"some\" is not one of off, errors, all",
                "E015 c.yaml:1:147 page.price.per_gigabyte: \"-1\" is not 0 or more",
            ],
        );
    }

    #[test]
    fn the_policy_is_checked() {
        refused(
            "policy: {redact: {detectors: [email], action: hash, patterns: [{name: a, pattern: \"(a\"}, {name: B, pattern: x}]}}",
            &[
                "E013 c.yaml:1:31 policy.redact.detectors[0]: \"email\" is not known, did you mean \"emails\"?",
                "E036 c.yaml:1:47 policy.redact.action: hashes need a key, or they could be guessed: add \"hash_key\" to policy.redact",
                "E013 c.yaml:1:83 policy.redact.patterns[0].pattern: \"(a\" is no regular expression: unclosed group, at character 1",
                "E013 c.yaml:1:97 policy.redact.patterns[1].name: \"B\" is no name: write at most 32 lower case letters, digits and \"_\"",
            ],
        );
        refused(
            "policy: {redact: {hash_key: short, fields: [{action: mask}], exempt: [{detectors: [cards]}]}}",
            &[
                "E015 c.yaml:1:29 policy.redact.hash_key: a key of 5 bytes could be guessed: give at least 16",
                "W002 c.yaml:1:29 policy.redact.hash_key: the secret stands in the file as plain text: put it elsewhere and write \"${file:/run/secrets/NAME}\" or \"${secretsmanager:NAME}\"",
                "E011 c.yaml:1:45 policy.redact.fields[0]: \"names\" is missing",
                "E011 c.yaml:1:71 policy.redact.exempt[0]: names no records, so it would spare all: name accounts, tenants, tiers or log_groups, or leave the detector out of \"detectors\"",
            ],
        );
        refused(
            "policy: {filter: [{}, {keep: {}, drop: {}}, {drop: {}}, {drop: {severity_below: warn, severity_from: error}}]}",
            &[
                "E011 c.yaml:1:19 policy.filter[0]: an item is one of \"keep\" or \"drop\": give one",
                "E037 c.yaml:1:23 policy.filter[1]: an item is one of \"keep\" or \"drop\": give one",
                "E011 c.yaml:1:52 policy.filter[2].drop: names nothing, so it would drop every record: say which",
                "E037 c.yaml:1:102 policy.filter[3].drop.severity_from: no severity is both from this and below severity_below",
            ],
        );
        refused(
            "policy: {sample: [{}, {rate: 2}], attributes: [{}, {rename: {from: a}}, {remove: [a], add: {b: c}}]}",
            &[
                "E011 c.yaml:1:19 policy.sample[0]: \"rate\" is missing",
                "E015 c.yaml:1:30 policy.sample[1].rate: \"2\" is not between 0 and 1",
                "E011 c.yaml:1:48 policy.attributes[0]: an item is one of \"rename\", \"remove\" or \"add\": give one",
                "E011 c.yaml:1:61 policy.attributes[1].rename: \"to\" is missing",
                "E037 c.yaml:1:73 policy.attributes[2]: an item is one of \"rename\", \"remove\" or \"add\": give one",
            ],
        );
    }

    #[test]
    fn receivers_are_checked() {
        refused(
            "alerting: {receivers: [{name: a}, {name: b, log: {}, webhook: {url: http://localhost}}]}",
            &[
                "E011 c.yaml:1:24 alerting.receivers[0]: a receiver is one of pagerduty, slack, alertmanager, sns, webhook, jsm or log: give one",
                "E037 c.yaml:1:35 alerting.receivers[1]: a receiver is one of pagerduty, slack, alertmanager, sns, webhook, jsm or log: give one",
            ],
        );
        refused(
            "alerting: {receivers: [{log: }, {name: b, slack: {}}, {name: c, sns: {topic_arn: t}}]}",
            &[
                "E011 c.yaml:1:24 alerting.receivers[0]: \"name\" is missing",
                "E011 c.yaml:1:50 alerting.receivers[1].slack: Slack is reached by \"webhook_url\" or by \"bot_token\": give one",
                "E013 c.yaml:1:82 alerting.receivers[2].sns.topic_arn: \"t\" is not the ARN of a topic, such as \"arn:aws:sns:eu-central-1:111122223333:alerts\"",
            ],
        );
        refused(
            "alerting: {receivers: [{name: a, jsm: {api_key: \"${TOKEN}\", url: http://b, responders: [ops]}}, {name: a, log: }]}",
            &[
                "E013 c.yaml:1:89 alerting.receivers[0].jsm.responders[0]: \"ops\" is no responder: write team:, user:, escalation: or schedule: and a name",
            ],
        );
        refused(
            "alerting: {receivers: [{name: a, jsm: {api_key: \"${TOKEN}\", url: http://b}}, {name: a, log: }]}",
            &[
                "W004 c.yaml:1:66 alerting.receivers[0].jsm.url: secrets travel unencrypted over http://: write https://",
                "E032 c.yaml:1:85 alerting.receivers[1].name: another receiver is called \"a\" already: names are unique",
            ],
        );
        refused(
            "alerting: {receivers: [{name: a, webhook: {url: http://localhost, secret: \"${TOKEN}\"}}]}",
            &[
                "E015 c.yaml:1:75 alerting.receivers[0].webhook.secret: a key of 6 bytes could be guessed: give at least 16",
            ],
        );
    }

    #[test]
    fn routes_heartbeat_and_mutes_are_checked() {
        refused(
            "alerting: {receivers: [{name: oncall, log: }], routes: [{}, {receivers: {page: [onkall]}}], heartbeat: {receiver: x}}",
            &[
                "E011 c.yaml:1:57 alerting.routes[0]: \"receivers\" is missing: a route leads classes to receivers, such as page: [oncall]",
                "E013 c.yaml:1:81 alerting.routes[1].receivers.page[0]: there is no receiver \"onkall\", did you mean \"oncall\"?",
                "E013 c.yaml:1:115 alerting.heartbeat.receiver: there is no receiver \"x\"",
            ],
        );
        refused(
            "alerting: {receivers: [{name: p, pagerduty: {routing_key: \"${TOKEN}\"}}], heartbeat: {receiver: p}}",
            &[
                "E037 c.yaml:1:96 alerting.heartbeat.receiver: people would be told each time: use a webhook, alertmanager, sns, jsm or log",
            ],
        );
        refused(
            "alerting: {mutes: [{name: n}, {name: m, match: [a=b], weekdays: [sunday], times: [{from: \"25:00\", to: \"6\"}], location: Berlin}]}",
            &[
                "E011 c.yaml:1:20 alerting.mutes[0]: \"match\" is missing: without matchers every alert would be muted",
                "E013 c.yaml:1:66 alerting.mutes[1].weekdays[0]: \"sunday\" is not one of mon, tue, wed, thu, fri, sat, sun",
                "E013 c.yaml:1:90 alerting.mutes[1].times[0].from: \"25:00\" is not a time of day, such as \"22:00\" in quotes",
                "E013 c.yaml:1:103 alerting.mutes[1].times[0].to: \"6\" is not a time of day, such as \"22:00\" in quotes",
                "E013 c.yaml:1:120 alerting.mutes[1].location: \"Berlin\" is no time zone, such as \"Europe/Berlin\" or \"UTC\"",
            ],
        );
    }

    #[test]
    fn settings_must_fit_together() {
        refused(
            "delivery: {retry_wait_min: 1m}",
            &["E037 c.yaml:1:28 delivery.retry_wait_min: 1m is over retry_wait_max, which is 30s"],
        );
        refused(
            "normalize: {record_max: 1GiB}",
            &["E037 c.yaml:1:25 normalize.record_max: 1GiB is over delivery_max, which is 512MiB"],
        );
        refused(
            "delivery: {memory_max: 16MiB}\ndestinations: [{endpoint: http://a, batch_max: 32MiB}]",
            &[
                "E037 c.yaml:2:48 destinations[0].batch_max: 32MiB is over delivery.memory_max, which is 16MiB: no batch would ever fill",
            ],
        );
        refused(
            "storage: {state: \"firehose:a\"}",
            &[
                "E035 c.yaml:1:18 storage.state: Firehose cannot give back what it took: keep state in a folder or s3://bucket/prefix",
            ],
        );
        refused(
            "storage: {state: spill}",
            &["E032 c.yaml:1:10 storage.spill: another part of storage has the same place: give each its own"],
        );
        refused(
            "directory: {}",
            &[
                "W001 c.yaml:1:12 directory: neither file nor organizations is given: every account will be \"unassigned\"",
            ],
        );
    }

    #[test]
    fn what_comes_from_outside_is_never_shown() {
        refused(
            "server: {listen: \"127.0.0.1:${PORT}\"}",
            &[
                "E013 c.yaml:1:18 server.listen: the value of \"127.0.0.1:${PORT}\" is not an IP address and a port, such as \"127.0.0.1:8080\"",
            ],
        );
        refused(
            "destinations: [{endpoint: \"${TOKEN}\"}]",
            &["E013 c.yaml:1:27 destinations[0].endpoint: the value is not a URL that begins with http:// or https://"],
        );
        refused(
            "destinations: [{endpoint: \"${NOWHERE}\"}]",
            &[
                "E020 c.yaml:1:27 destinations[0].endpoint: the environment variable NOWHERE is not set: set it, or write \"${NOWHERE:-default}\"",
            ],
        );
        refused(
            "destinations: [{endpoint: https://a, bearer: \"${file:gone}\"}]",
            &["E022 c.yaml:1:46 destinations[0].bearer: cannot read ${file:gone}: no such file"],
        );
    }

    #[test]
    fn all_problems_are_told_in_the_order_of_the_file() {
        let text = "server: {listen: x, grace: 1s}\nsources: {kinesis: [{}]}\ndestinations: [{name: a}]\nstorage: {spill: \"\"}\n";
        let codes: Vec<_> =
            checked(text).unwrap_err().iter().map(|line| line[..line.find(' ').unwrap()].to_owned()).collect();
        assert_eq!(codes, ["W001", "E013", "E012", "E011", "E011", "E013"]);
    }

    fn checked_with(text: &str, environment: &[(&str, &str)], endpoint: Option<&str>) -> Result<Checked, Vec<String>> {
        let mut surroundings = surroundings();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        surroundings.outside.environment.extend(environment);
        surroundings.endpoint = endpoint.map(Into::into);
        let lines = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
        let document = yaml::parse("c.yaml", text).map_err(|problem| lines(vec![problem]))?;
        check(document, &surroundings).map_err(lines)
    }

    #[test]
    fn the_environment_stands_over_the_file_and_a_flag_over_both() {
        let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "7000")];
        let text = "sources: {otlp: {}}\ndestinations: [{endpoint: \"http://a\", compression: none}]\n";

        let checked = checked_with(text, &environment, None).unwrap();
        assert_eq!(checked.config.destinations[0].endpoint, "http://b");
        assert_eq!(checked.config.destinations[0].timeout, Duration::from_secs(7));
        assert_eq!(checked.origins.get("destinations[0].endpoint").to_string(), "OTEL_EXPORTER_OTLP_ENDPOINT");
        assert_eq!(checked.origins.get("destinations[0].timeout").to_string(), "OTEL_EXPORTER_OTLP_TIMEOUT");
        assert_eq!(checked.origins.get("destinations[0].compression").to_string(), "c.yaml:2:52");

        let checked = checked_with(text, &environment, Some("http://c")).unwrap();
        assert_eq!(checked.config.destinations[0].endpoint, "http://c");
        assert_eq!(checked.origins.get("destinations[0].endpoint").to_string(), "--endpoint");
    }

    #[test]
    fn the_environment_alone_makes_a_destination() {
        let environment = [("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:4318/v1/logs")];
        let checked = checked_with("sources: {kinesis: [{stream: a}]}", &environment, None).unwrap();
        assert_eq!(checked.config.kinesis, [Kinesis::new("a")]);
        assert_eq!(checked.config.destinations.len(), 1);
        let origin = checked.origins.get("destinations[0].signal_endpoints.logs");
        assert_eq!(origin.to_string(), "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");
        assert!(checked_with("sources: {otlp: {}}", &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1")], None).is_err());
    }

    #[test]
    fn the_environment_does_not_guess_between_destinations() {
        let text = "sources: {otlp: {}}\ndirectory: {file: a}\ndestinations: [{name: a, endpoint: http://a}, {name: b, endpoint: http://b}]\n";
        let checked = checked_with(text, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c")], None).unwrap();
        assert_eq!(checked.config.destinations[1], Destination::new("b", "http://b"));
        let warnings: Vec<_> = checked.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            ["W006 OTEL_EXPORTER_OTLP_ENDPOINT is not used: it does not say which of 2 destinations it is for"]
        );
    }

    #[test]
    fn a_variable_or_flag_that_cannot_be_used_stops_the_start() {
        let problems = checked_with(BASE, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")], Some("x")).unwrap_err();
        assert!(problems[1].starts_with("E023 OTEL_EXPORTER_OTLP_TIMEOUT "), "{problems:?}");
        assert_eq!(problems[0], "E013 --endpoint \"x\" is not a URL that begins with http:// or https://");
    }

    #[test]
    fn the_effective_configuration_tells_where_values_came_from_and_no_secret() {
        let text = "server:\n  listen: ${LISTEN:-127.0.0.1:1}\nsources:\n  firehose:\n    keys: [{name: a, secret: \"${TOKEN}\"}, {name: b, secret: \"plain\"}, {name: c, secret: \"${NONE:-plainer}\"}]\ndestinations: [{endpoint: \"http://a\"}]\n";
        let mut document = yaml::parse("c.yaml", text).unwrap();
        document.set(&["sources", "kinesis", "+", "stream"], "central", "--stream");
        let checked = check(document, &surroundings()).unwrap();
        let printed = render::yaml(&effective::tree(&checked.config), &checked.origins);
        assert!(!printed.contains("s3cret") && !printed.contains("plain"), "{printed}");
        insta::assert_snapshot!(printed);
    }

    #[test]
    fn the_effective_configuration_reads_as_the_same() {
        for text in [BASE, include_str!("check/every_key.yaml")] {
            let first = checked(text).unwrap();
            let printed = render::yaml(&effective::tree(&first.config), &first.origins);
            let second = checked(&printed).unwrap_or_else(|problems| panic!("{problems:#?}\n{printed}"));
            assert_eq!(second.config, first.config, "{printed}");
        }
    }

    #[test]
    fn places_are_folders_buckets_and_firehose_streams() {
        let text = format!(
            "{BASE}storage: {{state: \"s3://bucket/a/b/\", spill: /var/spill, dead_letters: \"firehose:dead\", s3: {{region: eu-west-1}}}}"
        );
        let storage = config(&text).storage;
        let region = crate::id::Region::parse("eu-west-1").ok();
        assert_eq!(storage.state, Place::S3 { bucket: "bucket".into(), prefix: "a/b".into(), endpoint: None, region });
        assert_eq!(storage.spill, Place::Folder("/var/spill".into()));
        assert_eq!(storage.dead_letters, Place::Firehose { stream: "dead".into(), endpoint: None, region: None });
    }

    #[test]
    fn never_is_never() {
        assert_eq!(config(&format!("{BASE}delivery: {{spill_after: never}}")).delivery.spill_after, Duration::MAX);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[-:\\[\\]{}&*!|>'\"%@`#,?~$ \n])*") {
            drop(checked(&text));
        }

        #[test]
        fn no_value_anywhere_makes_it_panic(value in "[\\PC&&[^\"\\\\$]]{0,12}", at in 0..200_usize) {
            let text = include_str!("check/every_key.yaml");
            let scalars: Vec<_> = text.match_indices(": ").map(|(index, _)| index + 2).collect();
            let start = scalars[at % scalars.len()];
            let end = start + text[start..].find('\n').unwrap_or_default();
            drop(checked(&format!("{}\"{value}\"{}", &text[..start], &text[end..])));
        }
    }
}
