//! PostgreSQL of RDS and Aurora: lines that begin with the prefix `%t:%r:%u@%d:[%p]:`, or one that says more.
//!
//! `2022-10-05 22:05:56 UTC:52.95.4.1(11335):postgres@labdb:[3639]:ERROR:  syntax error at or near "test"`
//!
//! Also read: the prefix with `%m` and `:%l:%e:%s:%v:%x:%c:%q%a` that newer versions offer, the stock `%m [%p] %q%u@%d`,
//! and csvlog. DETAIL, HINT, STATEMENT and the like of the same process go on with the line before.
//! Sources: RDS user guide, "RDS for PostgreSQL database log files" and "Parameters that affect logging behavior"; PostgreSQL
//! documentation, "Error Reporting and Logging"; pgaudit, "Format". An auto_explain plan that is JSON is kept as text.

pub mod head;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{clock, csv};
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::value::Value;
use head::{Head, head, is_sqlstate, level, long_prefix, section, split_time};

/// Told by the group's name, or by a time with a zone and the process id behind it.
pub const FORMAT: Format = Format {
    name: FormatName::Postgres,
    encoding: "aws.rds.postgresql",
    shape: Shape::Line { starts: |byte| byte.is_ascii_digit(), parse },
    continues: Some(continues),
};

/// More parts than PostgreSQL writes of one message are left in the body.
const SECTIONS_MAX: usize = 32;

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let log = &mut draft.log;
    let Some(head) = head(line) else { return parse_csv(line, log, context) };
    log.attribute(attribute::DB_SYSTEM, Value::Text("postgresql"));
    take_time(head.time, head.zone, log);
    take_level(head.label, log);
    log.text(attribute::DB_NAMESPACE, head.database);
    log.text(attribute::USER_NAME, head.user);
    take_remote(head.remote, log);
    log.number(attribute::PROCESS_PID, head.pid);
    take_extra(head.extra, log);
    take_sections(head, log, context);
    true
}

/// The same process adds to what it said: `first` is the first line, `line` one that follows.
fn continues(first: &str, _: &str, line: &str) -> bool {
    if line.starts_with('\t') {
        return true;
    }
    head(line).is_some_and(|more| {
        section(more.label).is_some() && head(first).is_some_and(|head| head.pid == more.pid && head.user == more.user)
    })
}

fn take_time(time: &str, zone: &str, log: &mut Log<'_>) {
    if matches!(zone, "UTC" | "GMT") {
        clock::take_utc(log, time);
    }
}

fn take_level<'a>(label: &'a str, log: &mut Log<'a>) {
    if let Some(severity) = level(label) {
        log.severity = severity;
        log.severity_text = label;
    }
}

/// `52.95.4.1(11335)`; a client on the same host has no address.
fn take_remote<'a>(remote: &'a str, log: &mut Log<'a>) {
    if remote == "[local]" {
        return;
    }
    let (address, port) = remote.strip_suffix(')').and_then(|it| it.rsplit_once('(')).unwrap_or((remote, ""));
    log.text(attribute::CLIENT_ADDRESS, address);
    log.number(attribute::CLIENT_PORT, port);
}

/// What a longer prefix says: all of the one that RDS offers, or SQLSTATE and application of another.
fn take_extra<'a>(extra: &'a str, log: &mut Log<'a>) {
    if let Some([line, code, start, transaction]) = long_prefix(extra) {
        log.number(attribute::DB_POSTGRESQL_SESSION_LINE, line);
        log.text(attribute::DB_RESPONSE_STATUS_CODE, code);
        log.text(attribute::DB_POSTGRESQL_SESSION_START, start);
        let keys = [
            attribute::DB_POSTGRESQL_VIRTUAL_TRANSACTION,
            attribute::DB_POSTGRESQL_TRANSACTION,
            attribute::DB_POSTGRESQL_SESSION_ID,
            attribute::DB_POSTGRESQL_APPLICATION,
        ];
        keys.into_iter().zip(transaction.splitn(4, ':')).for_each(|(key, part)| log.text(key, part));
        return;
    }
    for part in extra.splitn(2, [':', ' ']).filter(|part| !part.is_empty()) {
        let key =
            if is_sqlstate(part) { attribute::DB_RESPONSE_STATUS_CODE } else { attribute::DB_POSTGRESQL_APPLICATION };
        log.text(key, part);
    }
}

/// The text of the message, and those of the parts that were joined to it.
fn take_sections<'a>(head: Head<'a>, log: &mut Log<'a>, context: &Context<'a>) {
    let mut label = head.label;
    let mut rest = head.text;
    for _ in 0..SECTIONS_MAX {
        let Some((end, next)) = next_section(rest) else { break };
        take_section(label, rest.get(..end).unwrap_or_default(), log, context);
        (label, rest) = (next.label, next.text);
    }
    take_section(label, rest, log, context);
}

/// Where the next part begins, and what it is.
fn next_section(text: &str) -> Option<(usize, Head<'_>)> {
    memchr::memchr_iter(b'\n', text.as_bytes()).find_map(|at| {
        let next = head(text.get(at + 1..)?)?;
        section(next.label).map(|_| (at, next))
    })
}

fn take_section<'a>(label: &str, text: &'a str, log: &mut Log<'a>, context: &Context<'a>) {
    match section(label) {
        Some(attribute::DB_QUERY_TEXT) => take_query(text, log),
        Some(key) => log.text(key, text.trim_ascii_end()),
        None => take_message(text, log, context),
    }
}

/// What PostgreSQL and its extensions put in the text of a message: a duration, a statement, a plan, an audit entry.
fn take_message<'a>(text: &'a str, log: &mut Log<'a>, context: &Context<'a>) {
    let timed = text.strip_prefix("duration: ").and_then(|rest| rest.split_once(" ms"));
    let rest = match timed.and_then(|(number, rest)| Some((number.parse().ok()?, rest))) {
        Some((duration, rest)) => {
            log.attribute(attribute::DB_POSTGRESQL_DURATION_MS, Value::Double(duration));
            rest.trim_ascii_start()
        }
        None => text,
    };
    if let Some(entry) = rest.strip_prefix("AUDIT: ") {
        take_audit(entry, log, context);
    } else if let Some(plan) = rest.strip_prefix("plan:") {
        take_plan(plan.trim_ascii(), log);
    } else if let Some(statement) = rest.strip_prefix("statement: ") {
        take_query(statement, log);
    } else if let Some((name, statement)) = prepared(rest) {
        log.text(attribute::DB_POSTGRESQL_PREPARED_STATEMENT, name);
        take_query(statement, log);
    }
}

/// `execute S_1: SELECT $1`, `bind <unnamed>: ...`; the first of them that nobody named has no name.
fn prepared(text: &str) -> Option<(&str, &str)> {
    let step =
        ["execute fetch from ", "execute ", "parse ", "bind "].iter().find_map(|step| text.strip_prefix(step))?;
    let (name, statement) = step.split_once(": ")?;
    let name = if name == "<unnamed>" { "" } else { name };
    (!name.contains([' ', '\n'])).then_some((name, statement))
}

/// A plan of auto_explain, with the statement before its first node.
fn take_plan<'a>(plan: &'a str, log: &mut Log<'a>) {
    if let Some(text) = plan.strip_prefix("Query Text: ") {
        let node = text.find("(cost=").and_then(|at| text.get(..at)?.rfind('\n'));
        take_query(text.get(..node.unwrap_or(text.len())).unwrap_or(text), log);
    }
    log.text(attribute::DB_POSTGRESQL_PLAN, plan);
}

/// `SESSION,1,1,DDL,CREATE TABLE,TABLE,public.account,"create table account (id int);",<not logged>`
fn take_audit<'a>(entry: &'a str, log: &mut Log<'a>, context: &Context<'a>) {
    let ([kind, statement_id, substatement_id, class, command, object_type, object_name, statement, parameter], _) =
        csv::fields::<9>(entry, context.bump);
    log.text(attribute::DB_POSTGRESQL_AUDIT_TYPE, kind);
    log.number(attribute::DB_POSTGRESQL_AUDIT_STATEMENT_ID, statement_id);
    log.number(attribute::DB_POSTGRESQL_AUDIT_SUBSTATEMENT_ID, substatement_id);
    log.text(attribute::DB_POSTGRESQL_AUDIT_CLASS, class);
    log.text(attribute::DB_OPERATION_NAME, command);
    log.text(attribute::DB_POSTGRESQL_AUDIT_OBJECT_TYPE, object_type);
    log.text(attribute::DB_POSTGRESQL_AUDIT_OBJECT_NAME, object_name);
    take_query(statement, log);
    if !parameter.starts_with('<') {
        log.text(attribute::DB_POSTGRESQL_AUDIT_PARAMETER, parameter);
    }
}

/// The first statement of a message is its query.
fn take_query<'a>(statement: &'a str, log: &mut Log<'a>) {
    if !statement.starts_with('<') && log.attributes.iter().all(|it| it.key != attribute::DB_QUERY_TEXT) {
        log.text(attribute::DB_QUERY_TEXT, statement.trim_ascii());
    }
}

/// csvlog: `2022-10-05 22:05:56.123 UTC,"postgres","labdb",3639,"52.95.4.1:11335",...,ERROR,42601,"syntax error",...`
fn parse_csv<'a>(line: &'a str, log: &mut Log<'a>, context: &Context<'a>) -> bool {
    /// The fields behind the time. Source: PostgreSQL documentation, "Using CSV-Format Log Output".
    const KEYS: [&str; 25] = [
        attribute::USER_NAME,
        attribute::DB_NAMESPACE,
        attribute::PROCESS_PID,
        attribute::CLIENT_ADDRESS,
        attribute::DB_POSTGRESQL_SESSION_ID,
        attribute::DB_POSTGRESQL_SESSION_LINE,
        attribute::DB_OPERATION_NAME,
        attribute::DB_POSTGRESQL_SESSION_START,
        attribute::DB_POSTGRESQL_VIRTUAL_TRANSACTION,
        attribute::DB_POSTGRESQL_TRANSACTION,
        "",
        attribute::DB_RESPONSE_STATUS_CODE,
        "",
        attribute::DB_POSTGRESQL_DETAIL,
        attribute::DB_POSTGRESQL_HINT,
        attribute::DB_POSTGRESQL_INTERNAL_QUERY,
        "",
        attribute::DB_POSTGRESQL_CONTEXT,
        "",
        "",
        attribute::DB_POSTGRESQL_LOCATION,
        attribute::DB_POSTGRESQL_APPLICATION,
        attribute::DB_POSTGRESQL_BACKEND_TYPE,
        "",
        attribute::DB_POSTGRESQL_QUERY_ID,
    ];
    const LEVEL: usize = 10;
    const MESSAGE: usize = 12;
    const QUERY: usize = 18;
    let Some((time, zone, rest)) = split_time(line) else { return false };
    let Some(rest) = rest.strip_prefix(',') else { return false };
    let (fields, count) = csv::fields::<{ KEYS.len() }>(rest, context.bump);
    if count <= MESSAGE || level(fields[LEVEL]).is_none() {
        return false;
    }
    log.attribute(attribute::DB_SYSTEM, Value::Text("postgresql"));
    take_time(time, zone, log);
    take_level(fields[LEVEL], log);
    for (key, field) in KEYS.into_iter().zip(fields).filter(|(key, _)| !key.is_empty()) {
        match key {
            attribute::CLIENT_ADDRESS => take_csv_remote(field, log),
            attribute::PROCESS_PID | attribute::DB_POSTGRESQL_SESSION_LINE => log.number(key, field),
            _ => log.text(key, field),
        }
    }
    take_message(fields[MESSAGE], log, context);
    take_query(fields[QUERY], log);
    true
}

fn take_csv_remote<'a>(remote: &'a str, log: &mut Log<'a>) {
    if remote == "[local]" {
        return;
    }
    let (address, port) = remote.rsplit_once(':').unwrap_or((remote, ""));
    log.text(attribute::CLIENT_ADDRESS, address);
    log.number(attribute::CLIENT_PORT, port);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::Given;

    const GROUP: &str = "/aws/rds/instance/db-1/postgresql";

    fn told(messages: &[&str]) -> Vec<String> {
        Given::new(GROUP, messages).told()
    }

    fn one(message: &str) -> String {
        told(&[message]).pop().unwrap()
    }

    #[test]
    fn the_sample_of_the_user_guide_gives_client_user_database_process_and_statement() {
        let messages = [
            "2022-10-05 22:05:56 UTC:52.95.4.1(11335):postgres@labdb:[3639]:ERROR:  syntax error at or near \"test\" at character 1",
            "2022-10-05 22:05:56 UTC:52.95.4.1(11335):postgres@labdb:[3639]:STATEMENT:  test ;",
            "2022-10-05 22:05:57 UTC:52.95.4.1(11335):postgres@labdb:[3639]:LOG:  next",
        ];
        let told = told(&messages);
        assert_eq!(told.len(), 2);
        let (head, attributes) = told[0].split_once("test ;\" | ").unwrap();
        assert!(
            head.starts_with("aws.rds.postgresql 17 ERROR | \"2022-10-05 22:05:56 UTC:52.95.4.1(11335):"),
            "{head}"
        );
        assert_eq!(
            attributes,
            "db.system.name=\"postgresql\" db.namespace=\"labdb\" user.name=\"postgres\" client.address=\"52.95.4.1\" \
             client.port=11335 process.pid=3639 db.query.text=\"test ;\" aws.log.event.joined_ids=[\"1\"]"
        );
    }

    #[test]
    fn the_sample_of_the_datadog_forwarder_has_no_client_no_user_and_no_database() {
        let sample = include_str!(
            "../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestAWSLogsHandler.test_awslogs_handler_rds_postgresql.approved.json"
        );
        let message = "2021-01-02 03:04:05 UTC::@:[5306]:LOG:  database system is ready to accept connections";
        assert!(sample.contains(message));
        assert_eq!(
            one(message),
            format!("aws.rds.postgresql 9 LOG | {message:?} | db.system.name=\"postgresql\" process.pid=5306")
        );
    }

    #[test]
    fn every_level_of_postgresql_has_its_severity() {
        for (label, number) in [
            ("DEBUG5", 5),
            ("INFO", 9),
            ("LOG", 9),
            ("NOTICE", 10),
            ("WARNING", 13),
            ("ERROR", 17),
            ("FATAL", 21),
            ("PANIC", 21),
        ] {
            let told = one(&format!("2022-10-05 22:05:56 UTC:[local]:rdsadmin@rdsadmin:[1]:{label}:  x"));
            assert!(told.starts_with(&format!("aws.rds.postgresql {number} {label} | ")), "{told}");
            assert!(!told.contains("client.address"), "{told}");
        }
    }

    #[test]
    fn the_longer_prefix_of_rds_gives_sqlstate_and_session_and_a_finer_time() {
        let message = "2020-03-05 16:30:36.900 UTC:10.24.1.2(34110):my@corp.example@books:[32032]:2:40001:2020-03-05 16:30:00 UTC:\
                       25/112:7:693c34cb.2398:psqlERROR:  could not serialize access";
        Given::new(GROUP, &[message]).check(|draft| {
            assert_eq!(draft.log.time.map(|time| time.millis()), Some(1_583_425_836_900));
            assert_eq!(
                crate::record::normalize::tests::attributes(&draft.log),
                "db.system.name=\"postgresql\" db.namespace=\"books\" user.name=\"my@corp.example\" \
                 client.address=\"10.24.1.2\" client.port=34110 process.pid=32032 db.postgresql.session.line=2 \
                 db.response.status_code=\"40001\" db.postgresql.session.start=\"2020-03-05 16:30:00 UTC\" \
                 db.postgresql.transaction.virtual_id=\"25/112\" db.postgresql.transaction.id=\"7\" \
                 db.postgresql.session.id=\"693c34cb.2398\" db.postgresql.application_name=\"psql\""
            );
        });
    }

    #[test]
    fn other_prefixes_are_told_by_content() {
        let told = Given::new(
            "/acme/db",
            &[
                "2024-01-01 00:00:00.123 UTC [77] app@shop FATAL:  password authentication failed for user \"app\"",
                "2024-01-01 00:00:00 UTC:2001:db8::1(5432):app@shop:[77]:42P01:psql:ERROR:  relation does not exist",
            ],
        )
        .told();
        assert!(told[0].starts_with("aws.rds.postgresql 21 FATAL | "), "{told:?}");
        assert!(told[0].ends_with("db.namespace=\"shop\" user.name=\"app\" process.pid=77"), "{told:?}");
        assert!(
            told[1].ends_with(
                "client.address=\"2001:db8::1\" client.port=5432 process.pid=77 db.response.status_code=\"42P01\" \
                 db.postgresql.application_name=\"psql\""
            ),
            "{told:?}"
        );
    }

    fn attributes_of(text: &str) -> String {
        let told = one(&format!("2022-10-05 22:05:56 UTC:[local]:u@d:[1]:LOG:  {text}"));
        told.split_once("process.pid=1").unwrap().1.trim().into()
    }

    #[test]
    fn durations_statements_and_plans_become_attributes() {
        for (text, expected) in [
            ("duration: 12.345 ms  statement: SELECT 1", "db.postgresql.duration_ms=12.345 db.query.text=\"SELECT 1\""),
            ("duration: 3 ms", "db.postgresql.duration_ms=3.0"),
            ("statement: CREATE TABLE t()", "db.query.text=\"CREATE TABLE t()\""),
            (
                "duration: 0.1 ms  execute S_1: SELECT $1",
                "db.postgresql.duration_ms=0.1 db.postgresql.prepared_statement=\"S_1\" db.query.text=\"SELECT $1\"",
            ),
            ("execute <unnamed>: SELECT 1", "db.query.text=\"SELECT 1\""),
            (
                "duration: 9.1 ms  plan:\n\tQuery Text: SELECT count(*)\n\tFROM t;\n\tAggregate  (cost=1.00..2.00 rows=1 width=8)\n\t  ->  Seq Scan",
                "db.postgresql.duration_ms=9.1 db.query.text=\"SELECT count(*)\\n\\tFROM t;\" \
                 db.postgresql.plan=\"Query Text: SELECT count(*)\\n\\tFROM t;\\n\\tAggregate  (cost=1.00..2.00 rows=1 width=8)\\n\\t  ->  Seq Scan\"",
            ),
            ("checkpoint starting: time", ""),
        ] {
            assert_eq!(attributes_of(text), expected, "{text}");
        }
    }

    #[test]
    fn an_entry_of_pgaudit_is_taken_apart() {
        assert_eq!(
            attributes_of(
                "AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.account,\"create table account (\"\"id\"\" int, n int);\",<not logged>"
            ),
            "db.postgresql.audit.type=\"SESSION\" db.postgresql.audit.statement_id=1 db.postgresql.audit.substatement_id=1 \
             db.postgresql.audit.class=\"DDL\" db.operation.name=\"CREATE TABLE\" db.postgresql.audit.object_type=\"TABLE\" \
             db.postgresql.audit.object_name=\"public.account\" db.query.text=\"create table account (\\\"id\\\" int, n int);\""
        );
    }

    #[test]
    fn csvlog_is_read() {
        let line = "2020-03-05 16:30:36.900 UTC,\"postgres\",\"labdb\",3639,\"52.95.4.1:11335\",633e0001.e37,4,\"SELECT\",\
                    2020-03-05 16:30:00 UTC,3/4,0,ERROR,42601,\"syntax error, at \"\"x\"\"\",,\"look\",,,,\"SELEC 1\",1,,\"psql\",\"client backend\",,0";
        assert_eq!(
            one(line).split_once(" | db").unwrap().1,
            ".system.name=\"postgresql\" user.name=\"postgres\" db.namespace=\"labdb\" process.pid=3639 \
             client.address=\"52.95.4.1\" client.port=11335 db.postgresql.session.id=\"633e0001.e37\" \
             db.postgresql.session.line=4 db.operation.name=\"SELECT\" \
             db.postgresql.session.start=\"2020-03-05 16:30:00 UTC\" db.postgresql.transaction.virtual_id=\"3/4\" \
             db.postgresql.transaction.id=\"0\" db.response.status_code=\"42601\" db.postgresql.hint=\"look\" \
             db.postgresql.application_name=\"psql\" db.postgresql.backend_type=\"client backend\" \
             db.postgresql.query_id=\"0\" db.query.text=\"SELEC 1\""
        );
    }

    #[test]
    fn only_the_same_process_goes_on_and_indented_lines_belong_to_the_line_before() {
        let head = |pid, label| format!("2022-10-05 22:05:56 UTC:[local]:u@d:[{pid}]:{label}:  x");
        let lines = [
            head(1, "ERROR"),
            head(1, "DETAIL"),
            "\tmore".into(),
            head(1, "HINT"),
            head(2, "STATEMENT"),
            head(1, "CONTEXT"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let told = told(&lines);
        assert_eq!(told.len(), 3);
        assert!(
            told[0].ends_with("db.postgresql.detail=\"x\\n\\tmore\" db.postgresql.hint=\"x\" aws.log.event.joined_ids=[\"1\",\"1\",\"1\"]"),
            "{told:?}"
        );
        assert!(
            told[1].starts_with("aws.rds.postgresql 0  | ") && told[1].ends_with("db.query.text=\"x\""),
            "{told:?}"
        );
    }

    #[test]
    fn lines_of_other_formats_are_declined() {
        for line in [
            "2024-10-09 19:26:59 220 [Warning] Aborted connection",
            "2024-01-01 12:00:00,123 [main] WARN  com.acme.Orders - slow",
            "2024-01-01 12:00:00 UTC [12] nothing here: to see",
            "2024-01-01 12:00:00 UTC,a,b,c",
            "2024-01-01 12:00:00 UTC:x@y:[12]:ERROR: one space only",
            "12",
        ] {
            assert!(!one(line).starts_with("aws.rds.postgresql "), "{line}");
        }
    }

    #[test]
    fn iam_and_upgrade_logs_are_text_with_a_level() {
        let told = Given::new("/aws/rds/instance/db-1/iam-db-auth-error", &["ERROR: token is not valid"]).told();
        assert_eq!(told, ["aws.cloudwatch 17 ERROR | \"ERROR: token is not valid\" | "]);
    }

    proptest! {
        #[test]
        fn no_line_panics_and_none_loses_its_text(
            cut in 0_usize..200, insert in ".{0,4}", tail in "[:@\\[\\]() LOGA-Z0-9\n\t,\"]{0,40}",
        ) {
            let samples = [
                "2022-10-05 22:05:56.123 UTC:52.95.4.1(11335):postgres@labdb:[3639]:ERROR:  duration: 1 ms  plan:\nx",
                "2020-03-05 16:30:36.900 UTC:1(3):m@b:[3]:2:40001:2020-03-05 16:30:00 UTC:2/1:7:6.2:psqlLOG:  AUDIT: SESSION,1,\"",
                "2020-03-05 16:30:36.900 UTC,\"p\",\"l\",3,\"5:1\",6,4,\"S\",2,3/4,0,ERROR,42601,\"syntax\"\"",
            ];
            for sample in samples {
                let cut = (0..=cut.min(sample.len())).rev().find(|at| sample.is_char_boundary(*at)).unwrap_or(0);
                let line = format!("{}{insert}{}{tail}", &sample[..cut], &sample[cut..]);
                Given::new(GROUP, &[&line, &tail]).check(|draft| {
                    let Value::Text(body) = draft.log.body else { panic!("a line is a text") };
                    assert!(line.starts_with(body) || body.starts_with(line.trim_end_matches(['\n', '\r'])) || tail.starts_with(body));
                });
            }
        }
    }
}
