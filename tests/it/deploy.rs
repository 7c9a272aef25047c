//! What is deployed: Terraform of the central account, the template of tenant accounts, the unit of systemd, and what documents say
//! about them.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::Fanin;
use crate::support::rig::{self, Server};

const TEMPLATE: &str = include_str!("../../deploy/tenant/fanin-tenant.yaml");
const GUIDE: &str = include_str!("../../deploy/README.md");
const RUNBOOK: &str = include_str!("../../docs/runbook.md");
const UNIT: &str = include_str!("../../deploy/systemd/fanin.service");
const FLEET_RULES: &str = include_str!("../../alerts/fleet/rules.yaml");
const MANIFEST: &str = include_str!("../../Cargo.toml");

/// Every folder that is a module of Terraform or uses one.
const MODULES: [&str; 6] = [
    "deploy/terraform",
    "deploy/terraform/modules/region",
    "deploy/terraform/modules/metrics",
    "deploy/terraform/modules/management",
    "deploy/terraform/modules/tenants",
    "deploy/terraform/examples/complete",
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files of Terraform, by their paths from the top.
fn terraform_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for module in MODULES {
        for entry in fs::read_dir(repository().join(module)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "tf") {
                let name = path.strip_prefix(repository()).unwrap().display().to_string();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            let _ = fs::copy(&path, &target).unwrap();
        }
    }
}

/// Terraform in a copy of what it works on, so that it leaves nothing in the repository.
struct Terraform {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Terraform {
    /// `None` where Terraform or its provider is not on this machine.
    #[track_caller]
    fn find() -> Option<Self> {
        if !rig::has_by_chance(&["terraform", "terraform-providers"]) {
            return None;
        }
        let folder = TempDir::new().unwrap();
        for name in ["deploy", "alerts"] {
            copy(&repository().join(name), &folder.path().join(name));
        }
        let mirror = rig::part("terraform-providers").unwrap();
        let settings = folder.path().join("terraform.rc");
        let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        fs::write(&settings, text).unwrap();
        let mut environment: Vec<_> =
            rig::AWS_ENVIRONMENT.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        environment.push(("TF_CLI_CONFIG_FILE".into(), settings.display().to_string()));
        environment.push(("CHECKPOINT_DISABLE".into(), "1".into()));
        Some(Self { folder, environment })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn output(&self, folder: &str, arguments: &[&str]) -> Output {
        Command::new(rig::part("terraform").unwrap())
            .args(arguments)
            .current_dir(self.path(folder))
            .envs(self.environment.iter().cloned())
            .env_remove("AWS_PROFILE")
            .output()
            .unwrap()
    }

    #[track_caller]
    fn run(&self, folder: &str, arguments: &[&str]) -> String {
        let output = self.output(folder, arguments);
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "terraform {arguments:?} in {folder}:\n{said}\n{errors}");
        said.into_owned()
    }
}

#[test]
fn terraform_is_formatted_and_valid() {
    let Some(terraform) = Terraform::find() else { return };
    assert_eq!(terraform.run("deploy", &["fmt", "-check", "-recursive"]), "");
    for module in MODULES {
        let _ = terraform.run(module, &["init", "-backend=false", "-input=false", "-no-color"]);
        let said: Value = serde_json::from_str(&terraform.run(module, &["validate", "-json"])).unwrap();
        assert_eq!(said["diagnostics"], json!([]), "{module}");
    }
}

/// What a plan would change, attribute by attribute.
fn changes(plan: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for resource in plan["resource_changes"].as_array().unwrap() {
        let change = &resource["change"];
        if change["actions"] == json!(["no-op"]) || change["actions"] == json!(["read"]) {
            continue;
        }
        let (Some(before), Some(after)) = (change["before"].as_object(), change["after"].as_object()) else {
            found.push(format!("{} {}", resource["address"], change["actions"]));
            continue;
        };
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let is_same = before.get(key) == after.get(key) || change["after_unknown"][key] == true;
            if !is_same {
                found.push(format!("{} {key}: {:?} -> {:?}", resource["address"], before.get(key), after.get(key)));
            }
        }
    }
    found
}

/// Scenario: the central account, a second Region and the management account are applied, looked at, planned again and destroyed.
/// Guarantees: both Regions lead to one stream, for the organisation only; the forwarder reads that and finds its configuration; there
/// is no user with keys; nothing would change; nothing is left.
#[test]
fn the_central_account_is_applied_and_destroyed() {
    let Some(mut terraform) = Terraform::find() else { return };
    if !rig::has(&["moto", "python"]) {
        return;
    }
    let moto = Server::start_moto();
    terraform.environment.push(("AWS_ENDPOINT_URL".into(), moto.url()));
    fs::write(terraform.path("main.tf"), include_str!("../rig/terraform/main.tf")).unwrap();
    fs::write(terraform.path("forwarder.zip"), b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    let _ = terraform.run("", &["init", "-input=false", "-no-color"]);
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=30"];
    let _ = terraform.run("", &apply);

    let looked = rig::python(include_str!("../rig/scripts/deployed.py"), &["--endpoint", &moto.url()]);
    let found: Value = serde_json::from_slice(&looked.stdout).unwrap();
    let logs = "arn:aws:kinesis:eu-central-1:123456789012:stream/fanin-logs";
    let destination = json!([[logs, { "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }]]);
    assert_eq!(found["destinations"], json!({ "eu-central-1": destination, "us-east-1": destination }));
    let forwarder = "arn:aws:lambda:eu-central-1:123456789012:function:fanin-forwarder";
    assert_eq!(found["mapping"], json!([logs, forwarder, ["ReportBatchItemFailures"]]));
    let config = "s3://fanin-123456789012-eu-central-1/config/fanin.yaml";
    assert_eq!(found["function"], json!(["provided.al2023", ["arm64"], config]));
    assert_eq!((&found["config"], &found["rules"]), (&json!(["config/fanin.yaml"]), &json!(true)));
    assert_eq!(found["users"], json!([]));
    assert_eq!(found["secrets"], json!(["fanin/backend", "fanin/endpoint"]));

    let outputs: Value = serde_json::from_str(&terraform.run("", &["output", "-json"])).unwrap();
    check_runbook(&outputs["alarm_names"]["value"]);
    check_example(&terraform.path("deploy/terraform/examples/complete/config"), &outputs["environment"]["value"]);

    // moto forgets some of what a resource is made with, as tags of a stream, and takes it the second time.
    let _ = terraform.run("", &apply);
    let _ = terraform.run("", &["plan", "-input=false", "-no-color", "-parallelism=30", "-out=plan"]);
    let plan: Value = serde_json::from_str(&terraform.run("", &["show", "-json", "plan"])).unwrap();
    assert_eq!(changes(&plan), [""; 0]);

    let said = terraform.run("", &["destroy", "-auto-approve", "-input=false", "-no-color", "-parallelism=30"]);
    assert!(said.contains("Destroy complete!"), "{said}");
    assert_eq!(terraform.run("", &["state", "list"]), "");
}

/// The runbook has a section for each of these alarms.
#[track_caller]
fn check_runbook(alarms: &Value) {
    let alarms = alarms.as_array().unwrap();
    assert!(alarms.len() > 10, "{alarms:?}");
    for alarm in alarms {
        let heading = format!("### {}\n", alarm.as_str().unwrap());
        assert!(RUNBOOK.contains(&heading), "docs/runbook.md has no {heading}");
    }
}

/// The configuration of the example is right, with the environment that the module gives to both programs.
#[track_caller]
fn check_example(folder: &Path, environment: &Value) {
    let mut fanin =
        Fanin::new().env("BACKEND_URL", "https://otlp.example.net").env("FANIN_PAGE_HOST", "fanin.example.net");
    for (key, value) in environment.as_object().unwrap() {
        fanin = fanin.env(key, value.as_str().unwrap());
    }
    copy(folder, fanin.path());
    copy(&repository().join("alerts"), &fanin.path().join("alerts"));
    let ended = fanin.run(&["check", "--strict", "fanin.yaml"]);
    assert_eq!(ended.exit, 0, "{ended:?}");
}

#[test]
fn the_configuration_of_the_example_is_right() {
    let environment = json!({
        "FANIN_ACCOUNT_ID": "111122223333",
        "FANIN_BUCKET": "fanin-111122223333-eu-central-1",
        "FANIN_LOGS_STREAM_ARN": "arn:aws:kinesis:eu-central-1:111122223333:stream/fanin-logs",
        "FANIN_ORGANIZATIONS_ROLE_ARN": "arn:aws:iam::111111111111:role/FaninOrganizationsReader",
        "FANIN_SAMPLES_STREAM_ARN": "arn:aws:kinesis:eu-central-1:111122223333:stream/fanin-samples",
        "FANIN_SPILL_STREAM": "fanin-spill",
    });
    check_example(&repository().join("deploy/terraform/examples/complete/config"), &environment);
}

/// Alarms by their names in alarms.tf, and rules that look at Fanin itself.
#[test]
fn the_runbook_has_a_section_for_each_alarm_and_each_rule_on_fanin_itself() {
    let alarms = fs::read_to_string(repository().join("deploy/terraform/alarms.tf")).unwrap();
    let names: Vec<_> = alarms.lines().filter_map(|line| line.trim().strip_suffix(" = {")).collect();
    let names: Vec<_> = names.into_iter().filter(|name| name.contains('-') || *name == "spilled").collect();
    assert!(names.len() > 10, "{names:?}");
    check_runbook(&json!(names));
    let mut rules = BTreeSet::from(["SilentAccount", "FleetSilent"]);
    for rule in FLEET_RULES.split("- alert: ").skip(1).filter(|rule| rule.contains("from: self")) {
        let _ = rules.insert(rule.lines().next().unwrap());
    }
    assert!(rules.len() > 5, "{rules:?}");
    for rule in rules {
        assert!(RUNBOOK.contains(&format!("### {rule}\n")), "docs/runbook.md has no section for {rule}");
    }
}

#[test]
fn every_statement_of_a_policy_says_why_it_is_there_and_allows_no_whole_service() {
    let mut n_statements = 0;
    let mut files = terraform_files();
    files.push(("deploy/tenant/fanin-tenant.yaml".into(), TEMPLATE.into()));
    for (name, text) in files {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let place = format!("{name}:{}: {line}", at + 1);
            let begins = ["statement {", "content {", "- Sid:"].iter().any(|begin| line.starts_with(begin));
            let is_statement = begins
                && lines[at + 1..].iter().take(4).any(|line| line.starts_with("sid ") || line.starts_with("Effect:"));
            if is_statement {
                n_statements += 1;
                let comment: Vec<_> = lines[..at].iter().rev().take_while(|line| line.starts_with('#')).collect();
                let has_reason = comment.last().is_some_and(|line| line.starts_with("# Reason: "));
                assert!(has_reason, "{place}: say why, in a comment that begins with `Reason:`");
            }
            if line.to_lowercase().contains("action") && !line.contains("not_actions") && !line.starts_with('#') {
                let wide = line.split(['"', '[', ']', ' ', ',']).any(|word| word == "*" || word.ends_with(":*"));
                assert!(!wide, "{place}: name the actions");
            }
            let lower = line.to_lowercase();
            let has_key =
                ["access_key ", "secret_key ", "aws_iam_access_key", "aws_iam_user", "iam::user", "iam::accesskey"];
            assert!(!has_key.iter().any(|word| lower.contains(word)), "{place}: no long-lived keys");
        }
    }
    assert!(n_statements > 50, "{n_statements}");
}

#[test]
fn variables_and_outputs_are_described() {
    let mut n_described = 0;
    for (name, text) in terraform_files() {
        for kind in ["variable", "output"] {
            for block in text.split(&format!("\n{kind} \"")).skip(1).chain(text.strip_prefix(&format!("{kind} \""))) {
                let block = block.split("\n}").next().unwrap();
                let has_words = block.lines().any(|line| line.trim().starts_with("description") && line.len() > 25);
                assert!(has_words, "{name}: {kind} {}", block.lines().next().unwrap());
                n_described += 1;
            }
        }
    }
    assert!(n_described > 60, "{n_described}");
}

/// Parameters of the template with their text, up to the next one.
fn parameters() -> Vec<(&'static str, &'static str)> {
    let section = TEMPLATE.split("\nParameters:\n").nth(1).unwrap().split("\nRules:\n").next().unwrap();
    section.split("\n\n").map(|text| (text.trim_start().split(':').next().unwrap(), text)).collect()
}

#[test]
fn every_parameter_of_the_template_says_what_it_costs() {
    let parameters = parameters();
    assert!(parameters.len() > 10, "{parameters:?}");
    for (name, text) in parameters {
        let is_priced = text.contains("Costs nothing") || text.contains("USD") || text.contains("for nothing");
        assert!(text.contains("Description:") && is_priced, "{name}: {text}");
    }
}

#[test]
fn metrics_are_lists_of_names_and_hold_what_completeness_and_quotas_need() {
    let filters = TEMPLATE.split("IncludeFilters:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    assert_eq!(filters.matches("Namespace:").count(), filters.matches("MetricNames:").count(), "{filters}");
    let central = fs::read_to_string(repository().join("deploy/terraform/modules/metrics/variables.tf")).unwrap();
    for text in [TEMPLATE, &central] {
        for name in ["ForwardedLogEvents", "ResourceCount", "ConcurrentExecutions"] {
            assert!(text.contains(name), "{name}");
        }
    }
    assert!(
        !TEMPLATE.contains("ExcludeFilters"),
        "a list of what is left out lets in, and bills, what AWS adds tomorrow"
    );
}

#[test]
fn the_central_account_has_no_account_policy() {
    for (name, text) in terraform_files() {
        assert!(!text.contains("aws_cloudwatch_log_account_policy"), "{name}: Fanin would read what it logs");
        assert!(!text.contains("aws_cloudwatch_log_subscription_filter"), "{name}: Fanin would read what it logs");
    }
}

#[test]
fn the_template_has_no_finding_of_cfn_lint() {
    if !rig::has(&["cfn-lint"]) {
        return;
    }
    let output = Command::new(rig::part("cfn-lint").unwrap())
        .args(["--include-checks", "I", "--regions", "eu-central-1", "us-east-1", "--"])
        .arg(repository().join("deploy/tenant/fanin-tenant.yaml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Names of Fanin's roles.
fn names(roles: &Value) -> Vec<&str> {
    let names = roles.as_object().unwrap().keys().map(String::as_str);
    let mut names: Vec<_> = names.filter(|name| name.starts_with("Fanin")).collect();
    names.sort_unstable();
    names
}

/// Scenario: the template is given to an organisational unit. Guarantees: its account is reached; with the defaults it has a sender and
/// a reader of quotas, each trusted by nobody else than it says; the reader is made in one Region only; and what is switched off is not
/// there. moto plays no account policy, metric stream or link in a template.
#[test]
fn a_member_account_gets_what_the_template_says() {
    if !rig::has(&["moto", "python"]) {
        return;
    }
    let given = |more: &[&str]| -> Value {
        let moto = Server::start_moto();
        let url = moto.url();
        let template = repository().join("deploy/tenant/fanin-tenant.yaml").display().to_string();
        let mut args = vec!["--endpoint", &url, "--template", &template, "--parameter", "OrganizationId=o-a1b2c3d4e5"];
        args.extend(["--parameter", "CentralAccountId=111122223333"]);
        more.iter().for_each(|parameter| args.extend(["--parameter", parameter]));
        serde_json::from_slice(&rig::python(include_str!("../rig/scripts/stack_set.py"), &args).stdout).unwrap()
    };
    let found = given(&[]);
    assert_eq!(found["instances"], json!([found["account"]]));
    assert_eq!(names(&found["roles"]), ["FaninQuotaReader", "FaninSender"]);
    assert_eq!(found["users"], json!([]));
    let sender = &found["roles"]["FaninSender"];
    assert_eq!(sender["trust"]["Statement"][0]["Principal"], json!({ "Service": "logs.amazonaws.com" }));
    assert_eq!(sender["trust"]["Statement"][0]["Condition"]["StringEquals"]["aws:SourceAccount"], found["account"]);
    assert_eq!(sender["policies"][0]["Statement"][0]["Action"], "logs:PutLogEvents");
    let reader = &found["roles"]["FaninQuotaReader"]["trust"]["Statement"][0];
    assert_eq!(reader["Condition"]["ArnEquals"]["aws:PrincipalArn"], "arn:aws:iam::111122223333:role/fanin-run");
    assert_eq!(reader["Condition"]["StringEquals"]["aws:PrincipalOrgID"], "o-a1b2c3d4e5");

    // In another Region than that of the roles for all Regions.
    let found = given(&["HomeRegion=us-east-1"]);
    assert_eq!(names(&found["roles"]), ["FaninSender-eu-central-1"]);
    assert_eq!(names(&given(&["Logs=None"])["roles"]), ["FaninQuotaReader"]);
    assert_eq!(names(&given(&["Logs=None", "QuotaReader=No"])["roles"]), [""; 0]);
}

/// Prices of us-east-1 in USD, as deploy/README.md lists them.
mod price {
    pub(super) const STREAM_HOUR: f64 = 0.04;
    pub(super) const STREAM_GB_IN: f64 = 0.08;
    pub(super) const STREAM_GB_OUT: f64 = 0.04;
    pub(super) const STREAM_GB_MONTH_KEPT: f64 = 0.10;
    pub(super) const SHARD_HOUR: f64 = 0.015;
    pub(super) const SHARD_UNITS: f64 = 0.014 / 1e6;
    pub(super) const INVOCATION: f64 = 0.20 / 1e6;
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4;
    pub(super) const CPU_HOUR: f64 = 0.040_48;
    pub(super) const MEMORY_GB_HOUR: f64 = 0.004_445;
    pub(super) const UPDATE: f64 = 0.003 / 1e3;
    pub(super) const FIREHOSE_GB: f64 = 0.029;
    pub(super) const SECRET_CALL: f64 = 0.05 / 1e4;
    pub(super) const KMS_CALL: f64 = 0.03 / 1e4;
}

/// Minutes of a month of 30 days.
const MINUTES: f64 = 43_200.0;

const HOURS: f64 = 730.0;

fn dollars(amount: f64) -> String {
    let cents = format!("{amount:.2}");
    let (whole, rest) = cents.split_once('.').unwrap();
    let digits: Vec<char> = whole.chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
    format!("{}.{rest}", groups.join(",").chars().rev().collect::<String>())
}

#[test]
fn what_parameters_cost_is_computed_right() {
    let series = |n: f64| dollars(n * MINUTES * price::UPDATE);
    let of =
        |name: &str| parameters().into_iter().find(|(found, _)| *found == name).unwrap().1.replace("\n      ", " ");
    let metrics = of("Metrics");
    for (n, words) in [(1.0, "a month, 30"), (30.0, "USD, 300 series"), (300.0, "USD. A Firehose")] {
        let (amount, text) = (series(n), metrics.replace("series that is always there costs", "costs"));
        assert!(text.contains(&amount) && text.contains(words), "{n} series are {amount}: {text}");
    }
    assert!(metrics.contains(&dollars(30.0 * MINUTES * 265.0 / 1e9 * price::FIREHOSE_GB)));
    assert!(of("CompletenessMetrics").contains(&format!("40 series, {} USD", series(40.0))));
    assert!(of("CompletenessMetrics").contains(&format!("{} USD then", series(20.0))));
    assert!(of("UsageMetrics").contains(&format!("20 series are {} USD", series(20.0))));
    assert!(of("LambdaMetrics").contains(&format!("5 are {} USD", series(5.0))));
    let gb = price::STREAM_GB_IN + price::STREAM_GB_OUT;
    assert!(of("Logs").contains(&format!("{} USD for each GB", dollars(gb))));
    assert!(of("Logs").contains(&format!("20 GB a month costs {} USD", dollars(20.0 / 10.0 * gb))));
    assert!(of("EndpointSecretArn").contains(&dollars(MINUTES / 10.0 * price::SECRET_CALL)));
    assert!(of("EndpointKeyArn").contains(&dollars(MINUTES / 10.0 * price::KMS_CALL)));
}

#[test]
fn the_worked_table_of_costs_is_computed_right() {
    let (accounts, text_gb, ratio) = (6_000.0, 20.0, 10.0);
    let compressed = accounts * text_gb / ratio;
    let invocations = compressed * 1e9 / 500e3;
    let rows = [
        ("Stream of logs, the hours", HOURS * price::STREAM_HOUR),
        ("Stream of logs, in", compressed * 1.125 * price::STREAM_GB_IN),
        ("Stream of logs, out", compressed * price::STREAM_GB_OUT),
        ("Stream of logs, two more days", compressed / 30.0 * 2.0 * price::STREAM_GB_MONTH_KEPT),
        ("Forwarder", invocations * (price::INVOCATION + 0.3 * 0.5 * price::GB_SECOND)),
        ("Stream of samples", 4.0 * HOURS * price::SHARD_HOUR + 10e6 * price::SHARD_UNITS),
        ("`fanin run`, two tasks", 2.0 * HOURS * (price::CPU_HOUR + 4.0 * price::MEMORY_GB_HOUR)),
    ];
    for (name, amount) in rows {
        let row =
            GUIDE.lines().find(|line| line.starts_with(&format!("| {name}"))).unwrap_or_else(|| panic!("no {name}"));
        assert!(row.ends_with(&format!("| {} |", dollars(amount))), "{name} is {}: {row}", dollars(amount));
    }
    let all: f64 = rows.iter().map(|(_, amount)| amount).sum();
    assert!(GUIDE.contains(&format!("| **All accounts** | | **{}** |", dollars(all))), "{}", dollars(all));
    assert!(
        GUIDE.contains(&format!("| **One account** | | **{}** |", dollars(all / accounts))),
        "{}",
        dollars(all / accounts)
    );
    for n in [5.0, 20.0, 30.0, 300.0] {
        let row = format!(
            "| {n} | {} | {} |",
            dollars(n * MINUTES * price::UPDATE),
            dollars(accounts * n * MINUTES * price::UPDATE)
        );
        assert!(GUIDE.contains(&row), "{row}");
    }
}

#[test]
fn the_unit_is_right_and_shut_in() {
    let folder = TempDir::new().unwrap();
    let unit = folder.path().join("fanin.service");
    fs::write(&unit, UNIT.replace("/usr/bin/fanin", env!("CARGO_BIN_EXE_fanin"))).unwrap();
    let analyze = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).arg(&unit).output();
    let Ok(output) = analyze(&["verify"]) else {
        rig::note("not run: tests/it/deploy.rs: systemd-analyze is not on this machine\n");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    let output = analyze(&["security", "--offline=yes", "--threshold=20"]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn every_file_that_packages_are_made_of_is_there() {
    let assets = MANIFEST.split("\nassets = [\n").nth(1).unwrap().split("\n]").next().unwrap();
    for line in assets.lines() {
        let source = line.split('"').nth(1).unwrap();
        let path = source.split('*').next().unwrap();
        assert!(source.starts_with("target/") || repository().join(path).exists(), "{source}");
    }
    let dockerfile = fs::read_to_string(repository().join("deploy/container/Dockerfile")).unwrap();
    let toolchain = fs::read_to_string(repository().join("rust-toolchain.toml")).unwrap_or_default();
    let version = MANIFEST.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(
        dockerfile.contains(&format!("FROM rust:{version}-")),
        "the image is built by another Rust than the program"
    );
    assert!(toolchain.is_empty() || toolchain.contains(version), "{toolchain}");
    assert!(dockerfile.contains("\nUSER 65532:65532\n") && dockerfile.contains("\"fanin\", \"healthcheck\""));
}

#[test]
fn the_configuration_of_the_debian_package_is_right() {
    let fanin = Fanin::new().write("config.yaml", include_str!("../../deploy/debian/config.yaml"));
    let ended = fanin.run(&["check", "config.yaml"]);
    assert_eq!(ended.exit, 0, "{ended:?}");
}
