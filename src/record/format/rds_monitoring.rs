//! Enhanced monitoring of RDS and Aurora: what the operating system of a database instance measured, one object an interval.
//!
//! `{"engine":"POSTGRES","instanceID":"orders","instanceResourceID":"db-S3UI","timestamp":"2019-01-31T11:52:54Z","numVCPUs":1,`
//! `"cpuUtilization":{"total":4.08,"idle":95.93},"diskIO":[{"device":"rdsdev","readIOsPS":0.00}],"processList":[..]}`
//!
//! The numbers become readings of the namespace `RDSOSMetrics`, which is the name of the log group: CloudWatch has no such
//! metrics of its own. They are named by their place (`cpuUtilization.total`, `diskIO.readIOsPS`), with the dimension
//! `DBInstanceIdentifier` and those that tell items of a list apart. Processes come and go, and make no metrics; the log
//! record keeps all of it.
//!
//! Source: Amazon RDS user guide, "OS metrics in Enhanced Monitoring".

use std::fmt::Write;

use bumpalo::Bump;
use bumpalo::collections;

use super::embedded_metrics::{mark_left_out, rounded};
use super::{Format, Shape};
use crate::config::{FormatName, LogMetrics};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::metric::reading::{Reading, Values};
use crate::record::metric::{Dimension, unit};
use crate::record::value::{Attribute, Members, Value};
use crate::time::{Timestamp, parse_rfc3339};

/// Takes objects that name a database instance and what it measured.
pub const FORMAT: Format = Format {
    name: FormatName::RdsMonitoring,
    encoding: "aws.rds_monitoring",
    shape: Shape::Object { markers: &["instanceResourceID"], recognise, parse },
    continues: None,
};

/// Namespace of the metrics, and name of the log group that RDS writes to.
const NAMESPACE: &str = "RDSOSMetrics";

/// Readings of one object. A large instance with 30 volumes, each in two lists of 15 numbers, has about 1,000.
const READINGS_MAX: usize = 1_500;

/// Members whose numbers are metrics.
const GROUPS: [&str; 11] = [
    "cpuUtilization",
    "loadAverageMinute",
    "memory",
    "swap",
    "tasks",
    "system",
    "network",
    "diskIO",
    "physicalDeviceIO",
    "fileSys",
    "disks",
];

/// Members that tell the items of a list apart.
const ITEM_NAMES: [&str; 4] = ["device", "interface", "name", "mountPoint"];

/// Engines as RDS writes them and as the semantic conventions do. Aurora may be either of two.
const ENGINES: [(&str, &str); 7] = [
    ("POSTGRES", "postgresql"),
    ("MYSQL", "mysql"),
    ("MARIADB", "mariadb"),
    ("SqlServer", "microsoft.sql_server"),
    ("ORACLE", "oracle.db"),
    ("DB2", "ibm.db2"),
    ("AURORA_POSTGRESQL", "postgresql"),
];

fn recognise(members: &Members<'_>) -> bool {
    !members.text("instanceID").is_empty() && (members.has("cpuUtilization") || members.has("memory"))
}

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (time, line) = (time(&members, &draft.log), line(&members, context.bump));
    if context.settings.log_metrics != LogMetrics::Never {
        readings(&members, time, draft, context.bump);
    }
    let log = &mut draft.log;
    log.body = Value::Text(line);
    log.finer_time(time);
    engine(&members, log);
    for (member, name) in [("instanceID", attribute::HOST_NAME), ("instanceResourceID", attribute::HOST_ID)] {
        if let Some(text) = members.take_text(member) {
            log.text(name, text);
        }
    }
    for Attribute { key, value } in members.into_vec() {
        let name = bumpalo::format!(in context.bump, "{}{key}", attribute::RDS_MONITORING_PREFIX).into_bump_str();
        log.attribute(name, value);
    }
}

/// When it was measured, to the second; else the event's time.
fn time(members: &Members<'_>, log: &Log<'_>) -> Timestamp {
    let written = parse_rfc3339(members.text("timestamp")).map(|(time, _)| time);
    written.or(log.time).unwrap_or(log.observed)
}

fn engine<'a>(members: &Members<'a>, log: &mut Log<'a>) {
    let written = members.text("engine");
    if let Some((_, system)) = ENGINES.iter().find(|(engine, _)| engine.eq_ignore_ascii_case(written)) {
        log.attribute(attribute::DB_SYSTEM, Value::Text(system));
    }
}

/// What is looked at first: `orders POSTGRES cpu=4.08% load=0 memory=88% disk=6.38%`
fn line<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    let number = |group: &str, name: &str| members.get(group).and_then(|it| it.get(name)).and_then(|it| it.double());
    let mut line = collections::String::new_in(bump);
    let mut tell = |name: &str, value: Option<f64>, unit: &str| {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            write!(line, " {name}={}{unit}", rounded(value)).expect("a text takes all that is written");
        }
    };
    let cpu = number("cpuUtilization", "total").or_else(|| Some(100.0 - number("cpuUtilization", "idle")?));
    tell("cpu", cpu, "%");
    tell("load", number("loadAverageMinute", "one"), "");
    tell("memory", memory_used(&number), "%");
    tell("disk", disk_used(members), "%");
    bumpalo::format!(in bump, "{} {}{line}", members.text("instanceID"), members.text("engine")).into_bump_str()
}

/// Share of memory in use. What only speeds up disks and files can be had back.
fn memory_used(number: &impl Fn(&str, &str) -> Option<f64>) -> Option<f64> {
    let total = number("memory", "total").or_else(|| number("memory", "physTotKb"))?;
    let free = number("memory", "physAvailKb").or_else(|| {
        let reclaimable = ["buffers", "cached"].iter().filter_map(|name| number("memory", name)).sum::<f64>();
        Some(number("memory", "free")? + reclaimable)
    })?;
    (total > 0.0).then(|| (1.0 - free / total) * 100.0)
}

/// The fullest file system or disk.
fn disk_used(members: &Members<'_>) -> Option<f64> {
    let lists = [("fileSys", "usedPercent"), ("disks", "usedPc")];
    let each = lists.iter().flat_map(|(group, name)| {
        let items = members.get(group).unwrap_or(Value::Null).list();
        items.iter().filter_map(|item| item.get(name)?.double())
    });
    each.reduce(f64::max)
}

/// Adds a reading for each number.
fn readings<'a>(members: &Members<'a>, time: Timestamp, draft: &mut Draft<'a>, bump: &'a Bump) {
    let instance = Dimension { name: "DBInstanceIdentifier", value: members.text("instanceID") };
    let whole = bump.alloc_slice_copy(&[instance]);
    let mut left_out = 0;
    let mut add = |name: &'a str, unit, dimensions, value: Value<'a>| {
        let number = match value {
            Value::Int(_) | Value::Double(_) => value.double().filter(|number| number.is_finite()),
            Value::Text(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
        };
        let Some(number) = number else { return };
        if draft.readings.len() == READINGS_MAX {
            left_out += 1;
            return;
        }
        let (values, namespace) = (Values::One(number), NAMESPACE);
        let reading = Reading { namespace, name, unit, dimensions, start: time, end: time, values, once: "" };
        draft.readings.push(reading);
    };
    add("numVCPUs", unit::COUNT, whole, members.get("numVCPUs").unwrap_or(Value::Null));
    for Attribute { key: group, value } in members.as_slice().iter().filter(|it| GROUPS.contains(&it.key)) {
        let items = if let Value::List(items) = value { items } else { std::slice::from_ref(value) };
        for item in items {
            let dimensions = dimensions(instance, item, bump).unwrap_or(whole);
            for Attribute { key, value } in item.map() {
                let name = bumpalo::format!(in bump, "{}.{}", group, key).into_bump_str();
                add(name, unit_of(group, key), dimensions, *value);
            }
        }
    }
    mark_left_out(draft, left_out);
}

/// The instance and what tells the item apart; `None` where nothing does.
fn dimensions<'a>(instance: Dimension<'a>, item: &Value<'a>, bump: &'a Bump) -> Option<&'a [Dimension<'a>]> {
    let named = |name: &&'static str| {
        let value = item.get(name).and_then(|value| value.text()).filter(|text| !text.is_empty())?;
        Some(Dimension { name, value })
    };
    let mut dimensions = collections::Vec::new_in(bump);
    dimensions.push(instance);
    dimensions.extend(ITEM_NAMES.iter().filter_map(named));
    (dimensions.len() > 1).then(|| dimensions.into_bump_slice())
}

/// The unit that the guide gives, in UCUM. Its kilobytes are CloudWatch's.
fn unit_of(group: &str, name: &str) -> &'static str {
    match (group, name) {
        ("cpuUtilization", _) => unit::PERCENT,
        ("loadAverageMinute" | "tasks" | "system", _) => unit::COUNT,
        ("memory", "pageSize") => "By",
        ("memory", name) if name.starts_with("hugePages") && name != "hugePagesSize" => unit::COUNT,
        ("memory" | "swap", _) => "kBy",
        ("network", _) => "By/s",
        (_, "total" | "used" | "totalKb" | "usedKb" | "availKb" | "readKb" | "writeKb" | "avgReqSz") => "kBy",
        (_, "usedPercent" | "usedFilePercent" | "usedPc" | "availPc" | "util") => unit::PERCENT,
        (_, "maxFiles" | "usedFiles" | "avgQueueLen" | "diskQueueDepth") => unit::COUNT,
        (_, "readKbPS" | "writeKbPS") => "kBy/s",
        (_, "readThroughput" | "writeThroughput" | "rdBytesPS" | "wrBytesPS") => "By/s",
        (_, "readIOsPS" | "writeIOsPS" | "rrqmPS" | "wrqmPS" | "tps" | "rdCountPS" | "wrCountPS") => "{Count}/s",
        (_, "await" | "readLatency" | "writeLatency") => "ms",
        _ => unit::NONE,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Normalize;
    use crate::record::normalize::tests::{Given, TIME, show};

    const NEW_RELIC: &str = include_str!("../../../tests/data/newrelic/test/events/entry_rds.json");

    /// SQL Server, reduced from the guide's members.
    const SQL_SERVER: &str = r#"{"engine":"SqlServer","instanceID":"orders","instanceResourceID":"db-YWCA","timestamp":"2020-03-05T16:30:36Z","version":1,"uptime":"0 days, 00:10:43","numVCPUs":1,"cpuUtilization":{"idle":64.13,"kern":11.85,"user":24.01},"memory":{"physTotKb":1000,"physAvailKb":250,"pageSize":4096},"system":{"handles":14874},"disks":[{"name":"rdsdbdata","totalKb":20838336,"usedPc":0.78,"rdCountPS":2,"wrBytesPS":5}],"network":[{"interface":"Ethernet 2","rdBytesPS":7}],"processList":[{"name":"OS processes","cpuUsedPc":0.3}]}"#;

    fn message(payload: &str) -> String {
        let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
        payload["logEvents"][0]["message"].as_str().unwrap().to_owned()
    }

    fn told(message: &str) -> String {
        Given::new("RDSOSMetrics", &[message]).told().remove(0)
    }

    #[test]
    fn a_record_of_postgresql_is_a_line_with_its_names_and_all_of_its_members() {
        let told = told(&message(NEW_RELIC));
        let (record, _) = told.split_once('\n').unwrap();
        assert!(
            record.starts_with(concat!(
                r#"aws.rds_monitoring 0  | "postgresql-single-instance POSTGRES cpu=4.08% load=0 memory=34.037% disk=6.38%" | "#,
                r#"db.system.name="postgresql" host.name="postgresql-single-instance" host.id="db-S3UICBWGL2VCXBEQLUXQHZG37A" "#,
                r#"aws.rds.monitoring.engine="POSTGRES" aws.rds.monitoring.timestamp="2019-01-31T11:52:54Z" "#,
                r#"aws.rds.monitoring.version=1.0 aws.rds.monitoring.uptime="100 days, 1:11:27" aws.rds.monitoring.numVCPUs=1 "#,
                r#"aws.rds.monitoring.cpuUtilization={guest:0.0,"#,
            )),
            "{record}"
        );
        assert!(record.contains(r#"aws.rds.monitoring.processList=[{vss:88800,name:"postgres: logger process   ","#));
    }

    #[test]
    fn its_numbers_become_readings_with_the_units_of_the_guide() {
        let told = told(&message(NEW_RELIC));
        let readings: Vec<_> = told.lines().skip(1).collect();
        assert_eq!(readings.len(), 1 + 9 + 3 + 16 + 6 + 5 + 2 + 13 + 6);
        let instance = "DBInstanceIdentifier=postgresql-single-instance";
        for expected in [
            format!("RDSOSMetrics/numVCPUs {{{instance}}} One(1.0) {{Count}}"),
            format!("RDSOSMetrics/cpuUtilization.total {{{instance}}} One(4.08) %"),
            format!("RDSOSMetrics/loadAverageMinute.fifteen {{{instance}}} One(0.0) {{Count}}"),
            format!("RDSOSMetrics/memory.free {{{instance}}} One(122836.0) kBy"),
            format!("RDSOSMetrics/memory.hugePagesTotal {{{instance}}} One(0.0) {{Count}}"),
            format!("RDSOSMetrics/memory.hugePagesSize {{{instance}}} One(2048.0) kBy"),
            format!("RDSOSMetrics/tasks.sleeping {{{instance}}} One(157.0) {{Count}}"),
            format!("RDSOSMetrics/swap.free {{{instance}}} One(4095808.0) kBy"),
            format!("RDSOSMetrics/network.rx {{{instance},interface=eth0}} One(1767.67) By/s"),
            format!("RDSOSMetrics/diskIO.readIOsPS {{{instance},device=rdsdev}} One(0.0) {{Count}}/s"),
            format!("RDSOSMetrics/diskIO.writeKbPS {{{instance},device=rdsdev}} One(12.53) kBy/s"),
            format!("RDSOSMetrics/diskIO.await {{{instance},device=rdsdev}} One(0.0) ms"),
            format!(
                "RDSOSMetrics/fileSys.usedPercent {{{instance},name=rdsfilesys,mountPoint=/rdsdbdata}} One(6.38) %"
            ),
        ] {
            assert!(readings.contains(&expected.as_str()), "{expected} is not in {told}");
        }
        assert!(!told.lines().skip(1).any(|line| line.contains("process")), "processes are no metrics");
    }

    #[test]
    fn values_have_the_time_that_is_written() {
        let time = |written: &str| {
            let mut times = Vec::new();
            let message = SQL_SERVER.replace("2020-03-05T16:30:36Z", written);
            Given::new("RDSOSMetrics", &[&message]).check(|draft| times.push(draft.readings[0].end.millis()));
            times
        };
        assert_eq!(time("2020-03-05T16:30:00Z"), [1_583_425_800_000]);
        assert_eq!(time("lately"), [TIME]);
    }

    #[test]
    fn sql_server_is_read_by_its_own_names() {
        let told = told(SQL_SERVER);
        let record = told.lines().next().unwrap();
        assert!(
            record.contains(
                r#"| "orders SqlServer cpu=35.87% memory=75% disk=0.78%" | db.system.name="microsoft.sql_server""#
            ),
            "{record}"
        );
        let readings: Vec<_> = told.lines().skip(1).collect();
        assert_eq!(
            readings,
            [
                "RDSOSMetrics/numVCPUs {DBInstanceIdentifier=orders} One(1.0) {Count}",
                "RDSOSMetrics/cpuUtilization.idle {DBInstanceIdentifier=orders} One(64.13) %",
                "RDSOSMetrics/cpuUtilization.kern {DBInstanceIdentifier=orders} One(11.85) %",
                "RDSOSMetrics/cpuUtilization.user {DBInstanceIdentifier=orders} One(24.01) %",
                "RDSOSMetrics/memory.physTotKb {DBInstanceIdentifier=orders} One(1000.0) kBy",
                "RDSOSMetrics/memory.physAvailKb {DBInstanceIdentifier=orders} One(250.0) kBy",
                "RDSOSMetrics/memory.pageSize {DBInstanceIdentifier=orders} One(4096.0) By",
                "RDSOSMetrics/system.handles {DBInstanceIdentifier=orders} One(14874.0) {Count}",
                "RDSOSMetrics/disks.totalKb {DBInstanceIdentifier=orders,name=rdsdbdata} One(20838336.0) kBy",
                "RDSOSMetrics/disks.usedPc {DBInstanceIdentifier=orders,name=rdsdbdata} One(0.78) %",
                "RDSOSMetrics/disks.rdCountPS {DBInstanceIdentifier=orders,name=rdsdbdata} One(2.0) {Count}/s",
                "RDSOSMetrics/disks.wrBytesPS {DBInstanceIdentifier=orders,name=rdsdbdata} One(5.0) By/s",
                "RDSOSMetrics/network.rdBytesPS {DBInstanceIdentifier=orders,interface=Ethernet 2} One(7.0) By/s",
            ]
        );
    }

    #[test]
    fn it_is_told_by_content_in_a_log_group_of_another_name() {
        assert!(Given::new("/acme/copied", &[SQL_SERVER]).told()[0].starts_with("aws.rds_monitoring "));
        let other = r#"{"instanceResourceID":"db-1","n":1}"#;
        assert!(Given::new("RDSOSMetrics", &[other]).told()[0].starts_with("aws.cloudwatch "));
    }

    #[test]
    fn no_metrics_are_made_where_the_operator_wants_none() {
        let settings = Normalize { log_metrics: LogMetrics::Never, ..Normalize::default() };
        Given { settings, ..Given::new("RDSOSMetrics", &[SQL_SERVER]) }
            .check(|draft| assert!(draft.readings.is_empty()));
    }

    #[test]
    fn a_flood_of_devices_is_bounded_and_marked() {
        let devices = vec![r#"{"device":"d","tps":1}"#; READINGS_MAX + 9].join(",");
        let message = format!(r#"{{"instanceID":"i","instanceResourceID":"r","memory":{{}},"diskIO":[{devices}]}}"#);
        Given::new("RDSOSMetrics", &[&message]).check(|draft| {
            assert_eq!(draft.readings.len(), READINGS_MAX);
            assert!(
                draft.log.attributes.contains(&Attribute { key: attribute::METRICS_LEFT_OUT, value: Value::Int(9) })
            );
        });
    }

    /// Members by their names in the record.
    fn lost(message: &str, draft: &Draft<'_>) -> Option<String> {
        let bump = Bump::new();
        let members = Members::parse(message, &bump).unwrap().into_vec();
        let lost = members.iter().find(|member| {
            let renamed = format!("{}{}", attribute::RDS_MONITORING_PREFIX, member.key);
            let names = [renamed.as_str(), attribute::HOST_NAME, attribute::HOST_ID];
            !member.value.is_blank()
                && !draft.log.attributes.iter().any(|it| names.contains(&it.key) && it.value == member.value)
        });
        lost.map(|member| format!("{}={}", member.key, show(&member.value)))
    }

    proptest! {
        #[test]
        fn every_member_is_in_the_record(
            members in prop::collection::vec(("(instanceID|engine|memory|diskIO|fileSys|version|[a-z]{1,4})",
                prop::sample::select(&["1", "\"x\"", "[1,{\"a\":1,\"device\":\"d\"}]", "{\"total\":5,\"free\":\"x\"}", "null", "\"-\""][..])), 0..12),
        ) {
            let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let message = format!("{{\"instanceResourceID\":\"r\",\"instanceID\":\"i\",\"cpuUtilization\":{{\"total\":1}}{}{}}}",
                if members.is_empty() { "" } else { "," }, members.join(","));
            Given::new("RDSOSMetrics", &[&message]).check(|draft| assert_eq!(lost(&message, draft), None));
        }

        #[test]
        fn a_damaged_record_does_no_harm(
            at in any::<prop::sample::Index>(),
            length in 0..9_usize,
            instead in "[\\[\\]{}\",:0-9a-z\u{e9}-]{0,4}",
        ) {
            let mut message = SQL_SERVER.to_owned();
            let start = at.index(message.len());
            message.replace_range(start..(start + length).min(message.len()), &instead);
            let _ = told(&message);
        }
    }
}
