//! What accounts and tenants send, and its price.

use std::collections::BTreeMap;
use std::time::Duration;

use super::View;
use crate::api::cost::{Amounts, CostRow};
use crate::completeness::Compared;
use crate::config::page::{Price, Rates};
use crate::fleet::Fleet;
use crate::id::AccountId;
use crate::rollup::Counts;
use crate::time::Timestamp;

/// Bytes of a gigabyte, by which telemetry is paid.
const GIGABYTE: f64 = 1e9;

const DAY: Duration = Duration::from_hours(24);

/// Bytes that a datum weighs where only bytes of streams are known: see the processor, which divides records so.
const DATUM_BYTES: u64 = 265;

/// What is a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// All that may be seen.
    Fleet,
    /// A tenant.
    #[default]
    Tenant,
    /// An account.
    Account,
}

impl By {
    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "fleet" => Some(Self::Fleet),
            "tenant" => Some(Self::Tenant),
            "account" => Some(Self::Account),
            _ => None,
        }
    }
}

/// What it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// What accounts sent.
    pub fleet: &'a Fleet,
    /// What arrived of what was forwarded.
    pub compared: &'a BTreeMap<AccountId, Compared>,
    /// Prices.
    pub price: Option<&'a Price>,
}

impl View {
    /// What everything that may be seen sends, most first: by the price of a day, else by its bytes.
    #[must_use]
    pub fn cost(&self, by: By, counted: Counted<'_>, now: Timestamp) -> Vec<CostRow> {
        let mut rows: BTreeMap<(String, Option<AccountId>), CostRow> = BTreeMap::new();
        let currency = counted.price.map(|price| price.currency.clone());
        if by == By::Fleet {
            let _ = rows.insert((String::new(), None), row(String::new(), currency.clone()));
        }
        for (place, id) in (0..).zip(self.base.ids()) {
            let known = counted.fleet.get(*id).is_some() || counted.compared.contains_key(id);
            if !known {
                continue;
            }
            let tenant = if by == By::Fleet { "" } else { self.base.tenant(place) };
            let key = (tenant.to_owned(), (by == By::Account).then_some(*id));
            let of = rows.entry(key).or_insert_with(|| row(tenant.to_owned(), currency.clone()));
            if by == By::Account {
                of.account = Some(id.to_string());
                of.name = Some(self.base.name(place).to_owned());
            }
            let region = self.base.entry(place).and_then(|entry| entry.region);
            let rates = counted.price.map(|price| price.rates(region)).unwrap_or_default();
            add(of, *id, &rates, counted, now);
        }
        let mut rows: Vec<CostRow> = rows.into_values().collect();
        let weight = |row: &CostRow| row.day.price.unwrap_or(row.day.bytes as f64);
        rows.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then_with(|| a.tenant.cmp(&b.tenant)));
        rows
    }
}

const fn row(tenant: String, currency: Option<String>) -> CostRow {
    const NOTHING: Amounts = Amounts { logs: 0, metric_updates: 0, bytes: 0, streamed_bytes: 0, price: None };
    CostRow {
        tenant,
        account: None,
        name: None,
        accounts: 0,
        today: NOTHING,
        day: NOTHING,
        total: NOTHING,
        currency,
        forwarded: None,
        arrived: None,
        completeness: None,
    }
}

/// Adds what is known of an account.
fn add(row: &mut CostRow, id: AccountId, rates: &Rates, counted: Counted<'_>, now: Timestamp) {
    if let Some(of) = counted.fleet.get(id) {
        row.accounts += 1;
        let rollups = counted.fleet.rollups();
        let all = Counts { logs: of.logs, metrics: of.metrics, bytes: of.bytes, ..Counts::default() };
        let midnight = now.floor(DAY);
        let streamed = |part: &Counts| streamed(of.streamed, part, &all);
        let today = rollups.since(id, midnight, now);
        // The quarter that runs counts as one of the 96 of a day.
        let day = rollups.since(id, now.minus(DAY.saturating_sub(Duration::from_mins(15))), now);
        for (amounts, part) in [(&mut row.today, today), (&mut row.day, day), (&mut row.total, all)] {
            let new = Amounts {
                logs: part.logs,
                metric_updates: part.metrics,
                bytes: part.bytes,
                streamed_bytes: streamed(&part),
                price: None,
            };
            sum(amounts, &Amounts { price: price(rates, &new), ..new });
        }
    }
    if let Some(compared) = counted.compared.get(&id) {
        let forwarded = row.forwarded.unwrap_or(0) + compared.forwarded;
        let arrived = row.arrived.unwrap_or(0) + compared.arrived;
        (row.forwarded, row.arrived) = (Some(forwarded), Some(arrived));
        row.completeness = (forwarded > 0).then(|| arrived as f64 / forwarded as f64);
    }
}

fn sum(of: &mut Amounts, new: &Amounts) {
    of.logs += new.logs;
    of.metric_updates += new.metric_updates;
    of.bytes += new.bytes;
    of.streamed_bytes += new.streamed_bytes;
    of.price = match (of.price, new.price) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    };
}

/// The part of the bytes of streams that a part of what came takes.
fn streamed(bytes: u64, part: &Counts, all: &Counts) -> u64 {
    let weight = |counts: &Counts| u128::from(counts.bytes + counts.metrics * DATUM_BYTES + counts.logs);
    let divided = (u128::from(bytes) * weight(part)).checked_div(weight(all)).unwrap_or(0);
    u64::try_from(divided).unwrap_or(u64::MAX).min(bytes)
}

/// What something costs; `None` without a price of any of it.
fn price(rates: &Rates, amounts: &Amounts) -> Option<f64> {
    let parts = [
        rates.per_gigabyte.map(|price| price * amounts.bytes as f64 / GIGABYTE),
        rates.per_1000_metric_updates.map(|price| price * amounts.metric_updates as f64 / 1_000.0),
        rates.per_gigabyte_streamed.map(|price| price * amounts.streamed_bytes as f64 / GIGABYTE),
    ];
    parts.into_iter().flatten().reduce(|a, b| a + b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Region;
    use crate::processor::output::AccountTally;
    use crate::view::fixture::{START, Scene, account};
    use crate::view::scope::Scope;

    fn tally(bytes: u64, metrics: u64) -> AccountTally {
        AccountTally { known: true, logs: 10, bytes, metrics, streamed: bytes / 10, ..AccountTally::default() }
    }

    fn rates(gigabyte: f64, updates: f64, streamed: f64) -> Rates {
        Rates {
            per_gigabyte: Some(gigabyte),
            per_1000_metric_updates: Some(updates),
            per_gigabyte_streamed: Some(streamed),
        }
    }

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new(START);
        // Accounts 0 and 2 are of tenant-0 and eu-west-1, account 3 of tenant-1 and us-east-1.
        let sent =
            [(account(0), tally(1_000_000_000, 0)), (account(2), tally(0, 2_000)), (account(3), tally(5_000, 0))];
        fleet.add(&sent.into_iter().collect(), START);
        fleet
    }

    fn cost(by: By, price: Option<&Price>, scope: &Scope) -> Vec<CostRow> {
        let compared = BTreeMap::from([
            (account(0), Compared { forwarded: 100, arrived: 90, ..Compared::default() }),
            (account(2), Compared { forwarded: 100, arrived: 100, ..Compared::default() }),
        ]);
        let counted = Counted { fleet: &fleet(), compared: &compared, price };
        Scene::new(6).view().scoped(scope).cost(by, counted, START.plus(Duration::from_mins(5)))
    }

    #[test]
    fn tenants_are_told_what_their_accounts_sent_and_its_price() {
        let eu = Region::parse("us-east-1").unwrap();
        let own = Rates { per_gigabyte: Some(100.0), ..Rates::default() };
        let price = Price { rates: rates(0.5, 0.003, 0.1), currency: "EUR".into(), regions: [(eu, own)].into() };
        let rows = cost(By::Tenant, Some(&price), &Scope::Fleet);
        let told: Vec<_> = rows.iter().map(|row| (&*row.tenant, row.accounts, row.total.bytes)).collect();
        assert_eq!(told, [("tenant-0", 2, 1_000_000_000), ("tenant-1", 1, 5_000)]);
        // 1 GB at 0.50, 2,000 updates at 0.003 for 1,000, and 0.1 GB of streams at 0.10.
        let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-9;
        assert!(close(rows[0].total.price, 0.5 + 0.006 + 0.01), "{:?}", rows[0].total);
        assert!(close(rows[0].day.price, 0.516) && close(rows[0].today.price, 0.516));
        assert!(close(rows[1].total.price, 100.0 * 5_000.0 / 1e9 + 0.1 * 500.0 / 1e9), "its Region has its own price");
        assert_eq!((rows[0].forwarded, rows[0].completeness), (Some(200), Some(0.95)));
        assert_eq!((rows[1].forwarded, rows[1].completeness), (None, None));
    }

    #[test]
    fn without_a_price_there_is_no_figure_and_what_most_was_sent_of_comes_first() {
        let rows = cost(By::Account, None, &Scope::Fleet);
        let told: Vec<_> = rows.iter().map(|row| (row.account.clone().unwrap(), row.day.price)).collect();
        assert_eq!(told, [0, 3, 2].map(|n| (account(n).to_string(), None)));
        assert_eq!(rows[0].currency, None);
        let updates = Rates { per_1000_metric_updates: Some(1.0), ..Rates::default() };
        let price = Price { rates: updates, currency: "USD".into(), regions: BTreeMap::new() };
        assert_eq!(cost(By::Fleet, Some(&price), &Scope::Fleet)[0].total.price, Some(2.0));
    }

    #[test]
    fn who_sees_some_tenants_sees_their_cost_and_no_other() {
        let scope = Scope::Tenants(["tenant-1".to_owned()].into());
        let rows = cost(By::Tenant, None, &scope);
        assert_eq!(rows.iter().map(|row| &*row.tenant).collect::<Vec<_>>(), ["tenant-1"]);
        assert_eq!(cost(By::Fleet, None, &scope)[0].total.bytes, 5_000);
    }
}
