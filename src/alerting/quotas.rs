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
