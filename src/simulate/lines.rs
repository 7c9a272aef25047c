//! What simulated services write: lines as AWS and common loggers write them.

use fastrand::Rng;
use serde_json::json;

use crate::id::AccountId;
use crate::time::Timestamp;

pub(super) const FUNCTIONS: [&str; 6] =
    ["orders-create", "orders-query", "stock-sync", "invoice-render", "auth-token", "mail-send"];
const WORDS: [&str; 16] = [
    "order",
    "accepted",
    "for",
    "customer",
    "stock",
    "reserved",
    "in",
    "warehouse",
    "payment",
    "captured",
    "after",
    "retry",
    "shipment",
    "label",
    "printed",
    "again",
];
const PATHS: [&str; 5] = ["/orders", "/orders/{id}", "/stock", "/login", "/health"];

/// What a log stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lambda's own lines and those of a Node function.
    LambdaText,
    /// JSON of an application's logger.
    ApplicationJson,
    /// Access log of an API Gateway in JSON.
    AccessLog,
    /// VPC flow log, version 2.
    FlowLog,
    /// Java stack traces.
    StackTrace,
    /// PostgreSQL of RDS.
    Postgres,
}

impl Kind {
    pub(super) fn pick(random: &mut Rng) -> Self {
        match random.u32(..100) {
            0..35 => Self::LambdaText,
            35..65 => Self::ApplicationJson,
            65..80 => Self::AccessLog,
            80..92 => Self::FlowLog,
            92..96 => Self::StackTrace,
            _ => Self::Postgres,
        }
    }
}

/// A log group and a log stream in it.
pub(super) struct Place {
    pub(super) log_group: String,
    pub(super) log_stream: String,
}

pub(super) fn place(kind: Kind, random: &mut Rng, now: Timestamp) -> Place {
    let (year, month, day) = now.date();
    let function = FUNCTIONS[random.usize(..FUNCTIONS.len())];
    let hex = |random: &mut Rng| format!("{:032x}", u128::from(random.u64(..)) << 64 | u128::from(random.u64(..)));
    let (log_group, log_stream) = match kind {
        Kind::LambdaText | Kind::ApplicationJson => {
            (format!("/aws/lambda/{function}"), format!("{year}/{month:02}/{day:02}/[$LATEST]{}", hex(random)))
        }
        Kind::AccessLog => ("/aws/apigateway/shop-api".into(), hex(random)),
        Kind::FlowLog => ("/vpc/flow-logs".into(), format!("eni-{:017x}-all", random.u64(..) >> 4)),
        Kind::StackTrace => ("/ecs/checkout".into(), format!("web/checkout/{}", hex(random))),
        Kind::Postgres => ("/aws/rds/instance/shop-db/postgresql".into(), "shop-db.0".into()),
    };
    Place { log_group, log_stream }
}

pub(super) fn message(kind: Kind, random: &mut Rng, account: AccountId, time: Timestamp) -> String {
    match kind {
        Kind::LambdaText => lambda(random, time),
        Kind::ApplicationJson => application(random, time),
        Kind::AccessLog => access(random),
        Kind::FlowLog => flow(random, account, time),
        Kind::StackTrace => stack_trace(random, time),
        Kind::Postgres => postgres(random, time),
    }
}

fn lambda(random: &mut Rng, time: Timestamp) -> String {
    let id = uuid(random);
    match random.u32(..10) {
        0 => format!("START RequestId: {id} Version: $LATEST\n"),
        1 => format!("END RequestId: {id}\n"),
        2 | 3 => {
            let (duration, memory) = (f64::from(random.u32(80..90_000)) / 100.0, random.u32(60..120));
            let billed = duration.ceil();
            format!(
                "REPORT RequestId: {id}\tDuration: {duration:.2} ms\tBilled Duration: {billed} ms\tMemory Size: 128 MB\tMax Memory Used: {memory} MB\t\n"
            )
        }
        _ => format!("{time}\t{id}\t{}\t{}\n", level(random), sentence(random)),
    }
}

fn application(random: &mut Rng, time: Timestamp) -> String {
    json!({
        "level": level(random), "timestamp": time.to_string(), "message": sentence(random), "requestId": uuid(random),
        "order": {"id": random.u32(..1_000_000), "total": f64::from(random.u32(..100_000)) / 100.0, "currency": "EUR"},
        "durationMs": random.u32(..2_000),
    })
    .to_string()
}

fn access(random: &mut Rng) -> String {
    let status = if random.u32(..50) == 0 { "502" } else { "200" };
    json!({
        "requestId": uuid(random), "ip": address(random), "caller": "-", "user": "-", "httpMethod": "GET",
        "resourcePath": PATHS[random.usize(..PATHS.len())], "status": status, "protocol": "HTTP/1.1",
        "responseLength": random.u32(..20_000).to_string(),
    })
    .to_string()
}

fn flow(random: &mut Rng, account: AccountId, time: Timestamp) -> String {
    let (from, to, start) = (address(random), address(random), time.seconds());
    let (port, packets) = (random.u16(1024..), random.u32(1..100));
    let action = if random.u32(..20) == 0 { "REJECT" } else { "ACCEPT" };
    format!(
        "2 {account} eni-1235b8ca123456789 {from} {to} {port} 443 6 {packets} {} {start} {} {action} OK",
        packets * 212,
        start + 60
    )
}

fn stack_trace(random: &mut Rng, time: Timestamp) -> String {
    let mut text = format!("{time} ERROR [http-{}] com.acme.shop.Checkout - {}\n", random.u32(..32), sentence(random));
    text.push_str("java.lang.IllegalStateException: payment provider did not answer\n");
    for frame in 0..random.u32(8..24) {
        text.push_str(&format!(
            "\tat com.acme.shop.payment.Provider.call{frame}(Provider.java:{})\n",
            random.u32(20..900)
        ));
    }
    text
}

fn postgres(random: &mut Rng, time: Timestamp) -> String {
    let text = time.to_string();
    let clock = text[..19].replace('T', " ");
    format!(
        "{clock} UTC:{}({}):shop@orders:[{}]:LOG:  duration: {}.113 ms",
        address(random),
        random.u16(1024..),
        random.u16(..),
        random.u32(..900)
    )
}

fn level(random: &mut Rng) -> &'static str {
    match random.u32(..100) {
        0..12 => "DEBUG",
        12..92 => "INFO",
        92..97 => "WARN",
        _ => "ERROR",
    }
}

fn sentence(random: &mut Rng) -> String {
    let words = random.usize(4..18);
    (0..words).map(|_| WORDS[random.usize(..WORDS.len())]).collect::<Vec<_>>().join(" ")
}

fn address(random: &mut Rng) -> String {
    format!("10.{}.{}.{}", random.u8(..4), random.u8(..), random.u8(1..))
}

fn uuid(random: &mut Rng) -> String {
    let (high, low) = (random.u64(..), random.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
