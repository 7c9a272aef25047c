//! What every account writes at regular times, and what it writes in trouble.

use fastrand::Rng;
use serde_json::json;

use super::Moment;
use super::lambda::Invocation;
use super::words::{hex, one_of, uuid};
use crate::time::Timestamp;

pub(super) fn heartbeat_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/platform/heartbeat".into(), format!("agent/{}", hex(random, 8)))
}

pub(super) fn heartbeat(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    json!({
        "timestamp": moment.time.to_string(), "level": "INFO", "service": "platform-agent", "message": "heartbeat",
        "region": moment.region, "queue_depth": random.u32(..20),
    })
    .to_string()
}

pub(super) fn worker_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/ecs/orders".into(), format!("web/orders/{}", hex(random, 32)))
}

pub(super) fn unreachable(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let service = one_of(random, &["dynamodb", "sqs", "sts", "kinesis"]);
    let (region, request) = (moment.region, uuid(random));
    json!({
        "timestamp": moment.time.to_string(), "level": "ERROR", "service": "orders", "requestId": request,
        "message": format!("could not connect to the endpoint URL https://{service}.{region}.amazonaws.com/: connect timeout"),
    })
    .to_string()
}

pub(super) fn flood_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/ecs/stock-sync".into(), format!("web/stock-sync/{}", hex(random, 32)))
}

/// As a loop does that was left to run with its log level at DEBUG.
pub(super) fn flood(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let level = if random.u32(..10) < 7 { "DEBUG" } else { "INFO" };
    let (item, retry) = (random.u32(..1_000_000), random.u32(1..9));
    let text = format!(
        "syncing item {item}: the warehouse says that nothing changed since the last look, attempt {retry}, trying again at once"
    );
    json!({
        "timestamp": moment.time.to_string(), "level": level, "service": "stock-sync", "message": text,
        "item": {"id": item, "revision": hex(random, 40), "warehouse": one_of(random, &["north", "south", "east"])},
        "request": uuid(random), "trace": hex(random, 32), "attempt": retry,
    })
    .to_string()
}
