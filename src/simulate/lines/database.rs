//! Databases of RDS and Aurora.

use fastrand::Rng;
use serde_json::json;

use super::Moment;
use super::lambda::Invocation;
use super::words::{address, one_of};
use crate::time::Timestamp;

pub(super) fn postgres_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/rds/instance/shop-db/postgresql".into(), "shop-db.0".into())
}

pub(super) fn postgres(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let clock = moment.time.to_string()[..19].replace('T', " ");
    let head = format!("{clock} UTC:{}({}):shop@orders:[{}]:", address(random), random.u16(1024..), random.u16(..));
    match random.u32(..10) {
        0 => format!("{head}ERROR:  duplicate key value violates unique constraint \"orders_pkey\""),
        1 => format!("{head}DETAIL:  Key (id)=({}) already exists.", random.u32(..)),
        2 => format!("{head}STATEMENT:  insert into orders (id, total) values ($1, $2)"),
        _ => {
            format!("{head}LOG:  duration: {}.113 ms  statement: select * from orders where id = $1", random.u32(..900))
        }
    }
}

pub(super) fn mysql_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/rds/instance/catalog-db/error".into(), "catalog-db".into())
}

pub(super) fn mysql(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let level = one_of(random, &["Note", "Note", "Warning", "ERROR"]);
    format!(
        "{}.{:06}Z {} [{level}] [MY-010926] [Server] Access denied for user 'report'@'{}' (using password: YES)",
        &moment.time.to_string()[..19],
        random.u32(..1_000_000),
        random.u32(..9_000),
        address(random)
    )
}

pub(super) fn slow_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/rds/cluster/catalog/slowquery".into(), "catalog-1".into())
}

pub(super) fn slow(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (took, rows) = (f64::from(random.u32(1_000_000..90_000_000)) / 1e6, random.u32(1..90_000));
    format!(
        "# Time: {}Z\n# User@Host: report[report] @  [{}]  Id: {}\n# Query_time: {took:.6}  Lock_time: 0.000120 Rows_sent: {rows}  Rows_examined: {}\nSET timestamp={};\nselect sku, count(*) from stock group by sku;",
        &moment.time.to_string()[..19],
        address(random),
        random.u32(..9_000),
        rows * 12,
        moment.time.seconds()
    )
}

pub(super) fn monitoring_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("RDSOSMetrics".into(), "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ".into())
}

pub(super) fn monitoring(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let busy = f64::from(random.u32(..10_000)) / 100.0;
    json!({
        "engine": "POSTGRES", "instanceID": "shop-db", "instanceResourceID": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "timestamp": format!("{}Z", &moment.time.to_string()[..19]), "version": 1.0, "uptime": "12 days, 01:02:03", "numVCPUs": 2,
        "cpuUtilization": {"guest": 0.0, "irq": 0.0, "system": busy / 4.0, "wait": 0.4, "idle": 100.0 - busy, "user": busy / 2.0, "total": busy, "steal": 0.1, "nice": 0.0},
        "loadAverageMinute": {"one": busy / 50.0, "five": busy / 60.0, "fifteen": busy / 70.0},
        "memory": {"total": 8_000_000, "free": random.u32(..4_000_000), "cached": 2_000_000, "active": 1_500_000},
        "swap": {"cached": 0, "total": 4_095_996, "free": 4_095_996},
        "tasks": {"sleeping": 210, "zombie": 0, "running": 2, "stopped": 0, "total": 212, "blocked": 0},
        "diskIO": [{"device": "rdsdev", "readIOsPS": random.f64() * 90.0, "writeIOsPS": random.f64() * 90.0, "avgQueueLen": 0.1, "await": 0.8, "util": 1.2}],
        "fileSys": [{"name": "rdsfilesys", "usedFiles": 4_000, "maxFiles": 6_553_600, "mountPoint": "/rdsdbdata", "total": 103_084_600, "used": 21_000_000, "usedPercent": 20.4, "usedFilePercent": 0.1}],
        "network": [{"interface": "eth0", "rx": random.f64() * 9_000.0, "tx": random.f64() * 9_000.0}],
        "processList": [{"vss": 2_500_000, "name": "postgres", "tgid": 4_242, "parentID": 1, "memoryUsedPc": 1.4, "cpuUsedPc": 0.2, "id": 4_242, "rss": 112_000, "vmlimit": 12_884_901_888_u64}],
    })
    .to_string()
}
