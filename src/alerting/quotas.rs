//! Used shares of quotas, for rules: points of a metric of Fanin's own, of the account and Region that they are of.

use xxhash_rust::xxh3::xxh3_64;

use crate::quota::standing::Share;
use crate::quota::{NAMESPACE, SHARE};
use crate::record::metric::{Datum, Dimension, Point, Resource};
use crate::sample::{Message, Partials, PointSubject, Sampler};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// The period of a point.
const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);

/// What rules take from shares that were computed at one moment: one message of its own.
#[must_use]
pub fn message(shares: &[Share], sampler: &Sampler, directory: &Directory, now: Timestamp) -> Message {
    let mut partials = Partials::default();
    for of in shares {
        let resource = Resource { account: of.account, region: Some(of.region), stream: None };
        let (start, end) = (of.at, of.at.plus(MINUTE));
        let (sum, most) = (of.share, Some(of.share));
        let datum =
            Datum { namespace: NAMESPACE, name: SHARE, unit: "", start, end, count: 1.0, sum, min: most, max: most };
        let dimensions = [
            Dimension { name: "QuotaCode", value: &of.key.code },
            Dimension { name: "QuotaName", value: &of.name },
            Dimension { name: "ServiceCode", value: &of.key.service },
        ];
        let point = Point { resource: &resource, datum: &datum, dimensions: &dimensions, statistics: &[] };
        sampler.point(&PointSubject::streamed(point, directory), now, &mut partials);
    }
    let fingerprint = xxh3_64(format!("quotas {}", now.nanos()).as_bytes());
    Message { fingerprint, arrived: now, partials: partials.drain_into_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AccountId, Region};
    use crate::quota::catalog::Key;
    use crate::rule::read::read;

    /// A rule names the whole set of dimensions, as of any metric; one that names a part asks for another set.
    const RULES: &str = "
version: 1
rules:
  - {alert: All, kind: threshold, from: metrics, group_by: [account, region, dim.ServiceCode, dim.QuotaCode, dim.QuotaName],
     value: max(Fanin/Quotas:Share), window: 15m, critical: '> 95%'}
  - {alert: Part, kind: threshold, from: metrics, group_by: [account, dim.QuotaCode], value: max(Fanin/Quotas:Share), window: 15m,
     critical: '> 95%'}
";

    #[test]
    fn rules_take_the_share_of_each_quota_by_its_names() {
        let (rules, problems) = read(&[("r.yaml", RULES)]);
        assert!(!crate::rule::read::is_refused(&problems), "{problems:?}");
        let share = |code: &str, share| Share {
            account: AccountId::parse("111122223333").unwrap(),
            region: Region::parse("eu-central-1").unwrap(),
            key: Key::new("lambda", code).unwrap(),
            name: "Concurrent executions".into(),
            at: Timestamp::from_seconds(1_000_000),
            share,
        };
        let directory = Directory::new([], "tenant.id", &[]);
        let now = Timestamp::from_seconds(1_000_090);
        let shares = [share("L-1", 0.9), share("L-2", 0.5)];
        let message = message(&shares, &Sampler::new(&rules), &directory, now);
        let taken: Vec<_> = message.partials.iter().map(|it| (it.rule, it.group.rest.join(" "))).collect();
        let of = |code: &str| format!("eu-central-1 lambda {code} Concurrent executions");
        assert_eq!(taken, [(0, of("L-1")), (0, of("L-2"))]);
    }
}
