//! Applications and servers: the common loggers of each language.

use fastrand::Rng;
use serde_json::json;

use super::Moment;
use super::lambda::Invocation;
use super::words::{HOSTS, PATHS, address, hex, level, one_of, sentence, status, uuid};
use crate::time::Timestamp;

pub(super) fn place(random: &mut Rng, _: Timestamp) -> (String, String) {
    let service = one_of(random, &["checkout", "catalog", "search", "billing"]);
    (format!("/ecs/{service}"), format!("web/{service}/{}", hex(random, 32)))
}

pub(super) fn checkout_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/ecs/checkout".into(), format!("web/checkout/{}", hex(random, 32)))
}

pub(super) fn failing_checkout(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    json!({
        "@timestamp": moment.time.to_string(), "log.level": "ERROR", "message": "payment provider refused the signature of the request",
        "ecs.version": "1.2.0", "service.name": "checkout", "process.thread.name": format!("http-nio-8080-exec-{}", random.u32(1..30)),
        "log.logger": "com.acme.shop.Payment", "traceId": hex(random, 32), "spanId": hex(random, 16),
    })
    .to_string()
}

pub(super) fn web_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/acme/nginx/access".into(), format!("i-{}", hex(random, 17)))
}

pub(super) fn syslog_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/var/log/messages".into(), format!("i-{}", hex(random, 17)))
}

pub(super) fn pino(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let level = match level(random) {
        "DEBUG" => 20,
        "WARN" => 40,
        "ERROR" => 50,
        _ => 30,
    };
    json!({
        "level": level, "time": moment.time.millis(), "pid": 17, "hostname": "ip-10-0-1-17", "reqId": uuid(random),
        "order": {"id": random.u32(..1_000_000), "total": f64::from(random.u32(..100_000)) / 100.0, "currency": "EUR"},
        "responseTime": random.u32(..2_000), "msg": sentence(random),
    })
    .to_string()
}

pub(super) fn log4j(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    json!({
        "@timestamp": moment.time.to_string(), "log.level": level(random), "message": sentence(random),
        "ecs.version": "1.2.0", "service.name": "checkout", "process.thread.name": format!("http-nio-8080-exec-{}", random.u32(1..30)),
        "log.logger": "com.acme.shop.Checkout", "traceId": hex(random, 32), "spanId": hex(random, 16),
    })
    .to_string()
}

pub(super) fn python(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let time = moment.time.to_string();
    json!({
        "asctime": format!("{} {},{}", &time[..10], &time[11..19], moment.time.millis() % 1_000), "levelname": level(random),
        "name": "shop.orders", "message": sentence(random), "request_id": uuid(random), "duration_ms": random.u32(..2_000),
    })
    .to_string()
}

pub(super) fn zap(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    json!({
        "level": level(random).to_lowercase(), "ts": moment.time.millis() as f64 / 1_000.0,
        "caller": format!("catalog/query.go:{}", random.u32(20..900)), "msg": sentence(random), "took": random.f64(), "rows": random.u32(..500),
    })
    .to_string()
}

pub(super) fn logfmt(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (level, sentence) = (level(random).to_lowercase(), sentence(random));
    format!(
        "time={} level={level} msg=\"{sentence}\" component=query duration={}ms rows={}",
        moment.time,
        random.u32(..900),
        random.u32(..500)
    )
}

pub(super) fn java_trace(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let mut text =
        format!("{} ERROR [http-{}] com.acme.shop.Checkout - {}\n", moment.time, random.u32(..32), sentence(random));
    text.push_str("java.lang.IllegalStateException: payment provider did not answer\n");
    for frame in 0..random.u32(8..24) {
        text.push_str(&format!(
            "\tat com.acme.shop.payment.Provider.call{frame}(Provider.java:{})\n",
            random.u32(20..900)
        ));
    }
    text
}

pub(super) fn python_trace(random: &mut Rng, _: &Moment, _: &mut Invocation) -> String {
    let mut text = String::from("Traceback (most recent call last):\n");
    for frame in 0..random.u32(2..8) {
        text.push_str(&format!(
            "  File \"/app/shop/step{frame}.py\", line {}, in run\n    return self.next(order)\n",
            random.u32(10..400)
        ));
    }
    text.push_str("KeyError: 'warehouse'\n");
    text
}

pub(super) fn combined(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = moment.time.date();
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0) % MONTHS.len()];
    format!(
        "{} - - [{day:02}/{month}/{year}:{} +0000] \"GET {} HTTP/1.1\" {} {} \"https://{}/\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
        address(random),
        &moment.time.to_string()[11..19],
        one_of(random, &PATHS),
        status(random),
        random.u32(..20_000),
        one_of(random, &HOSTS),
    )
}

pub(super) fn syslog(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    format!(
        "<{}>1 {} ip-10-0-1-17 sshd {} - - Connection closed by {} port {}",
        random.u32(30..47),
        moment.time,
        random.u16(..),
        address(random),
        random.u16(1024..)
    )
}
