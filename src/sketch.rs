//! Sketches that can be merged in any order: percentiles and distinct counts in little memory.
//!
//! What a sketch holds depends on the values that it has seen and on nothing else: not on their order, nor on how they were
//! spread over sketches that were merged. So rules come to the same result however a stream was cut.

pub mod distinct;

use serde::{Deserialize, Serialize};

pub use distinct::Distinct;

/// The finest scale: a bucket is 0.00007 % wide, and the index of every value fits in 32 bits.
const SCALE_MAX: i32 = 20;

/// Buckets of each sign that hold something. Latencies that are spread over three decades take about that many at 2 %.
const BUCKETS_MAX: usize = 160;

/// Percentiles by a base-2 exponential histogram, as OpenTelemetry defines it ("Metrics Data Model", `ExponentialHistogram`):
/// at scale s, bucket i holds the values in (b^i, b^(i+1)] with b = 2^(2^-s).
///
/// It begins at the finest scale and takes the next coarser one, in which two neighbours are one bucket, whenever more than
/// 160 buckets of a sign hold something. Only those are stored, so a few values take a few bytes. What is no finite number is
/// not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    scale: i32,
    zeros: u64,
    positive: Buckets,
    negative: Buckets,
    min: f64,
    max: f64,
}

/// Buckets that hold something, ascending, each with how many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Buckets(Vec<(i32, u32)>);

impl Default for Sketch {
    fn default() -> Self {
        let (positive, negative) = (Buckets::default(), Buckets::default());
        Self { scale: SCALE_MAX, zeros: 0, positive, negative, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Sketch {
    /// Adds a value. Whether it was taken: what is no finite number is not.
    pub fn add(&mut self, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value == 0.0 {
            self.zeros += 1;
        } else {
            let index = index(value.abs()) >> (SCALE_MAX - self.scale);
            self.of_sign(value).add(index, 1);
            self.fit();
        }
        true
    }

    /// Adds all that another one has seen, at the coarser scale of both.
    pub fn merge(&mut self, other: &Self) {
        let scale = self.scale.min(other.scale);
        self.coarsen(scale);
        self.zeros += other.zeros;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.positive.merge(&other.positive, other.scale - scale);
        self.negative.merge(&other.negative, other.scale - scale);
        self.fit();
    }

    /// How many values it has seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.zeros + self.positive.count() + self.negative.count()
    }

    /// The least value, exactly.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.min <= self.max).then_some(self.min)
    }

    /// The greatest value, exactly.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.min <= self.max).then_some(self.max)
    }

    /// How far a quantile may lie from the value of its rank, as a share of it: half of a bucket. 2.2 to 4.3 % at scales
    /// 4 and 3, to which many latencies come; 0.00003 % as long as there are no more than 160 different values.
    #[must_use]
    pub fn error(&self) -> f64 {
        let base = base(self.scale);
        (base - 1.0) / (base + 1.0)
    }

    /// The value of rank `ceil(q * count)`, at least the first, within `error`. `q` lies between 0, the least value, and 1,
    /// the greatest, which are exact. `None` where there are no values, or `q` is no such number.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank lies between 1 and the count")]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let (min, max, count) = (self.min()?, self.max()?, self.count());
        if !(0.0..=1.0).contains(&q) {
            return None;
        }
        let rank = ((q * count as f64).ceil() as u64).clamp(1, count);
        if rank == 1 || rank == count {
            return Some(if rank == 1 { min } else { max });
        }
        let mut seen = 0;
        let mut reaches = |count: u64| {
            seen += count;
            seen >= rank
        };
        let negative = self.negative.0.iter().rev().map(|(index, count)| (-self.middle(*index), u64::from(*count)));
        let positive = self.positive.0.iter().map(|(index, count)| (self.middle(*index), u64::from(*count)));
        let mut ascending = negative.chain([(0.0, self.zeros)]).chain(positive);
        ascending.find(|(_, count)| reaches(*count)).map(|(value, _)| value.clamp(min, max))
    }

    /// The value of a bucket from which both its ends are equally far, as shares of them.
    fn middle(&self, index: i32) -> f64 {
        let base = base(self.scale);
        let low = (f64::from(index) * (-f64::from(self.scale)).exp2()).exp2();
        low * (2.0 * base / (1.0 + base))
    }

    fn of_sign(&mut self, value: f64) -> &mut Buckets {
        if value > 0.0 { &mut self.positive } else { &mut self.negative }
    }

    fn fit(&mut self) {
        while self.positive.0.len().max(self.negative.0.len()) > BUCKETS_MAX {
            self.coarsen(self.scale - 1);
        }
    }

    fn coarsen(&mut self, scale: i32) {
        let steps = self.scale - scale;
        if steps > 0 {
            self.positive.coarsen(steps);
            self.negative.coarsen(steps);
            self.scale = scale;
        }
    }
}

impl Buckets {
    fn add(&mut self, index: i32, count: u32) {
        match self.0.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(count),
            Err(at) => self.0.insert(at, (index, count)),
        }
    }

    fn merge(&mut self, other: &Self, steps: i32) {
        for (index, count) in &other.0 {
            self.add(index >> steps, *count);
        }
    }

    fn coarsen(&mut self, steps: i32) {
        self.0.iter_mut().for_each(|(index, _)| *index >>= steps);
        self.0.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = earlier.1.saturating_add(later.1);
            }
            same
        });
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }
}

/// The base of a scale: how much greater the upper end of a bucket is than the lower.
fn base(scale: i32) -> f64 {
    (-f64::from(scale)).exp2().exp2()
}

/// The bucket of a positive value at the finest scale. A coarser one drops the last bits of it: that is exact, since a
/// logarithm times a power of two is.
#[expect(clippy::cast_possible_truncation, reason = "logarithms of numbers lie between -1,074 and 1,024")]
fn index(value: f64) -> i32 {
    (value.log2() * f64::from(1 << SCALE_MAX)).ceil() as i32 - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::default();
        for value in values {
            let _ = sketch.add(*value);
        }
        sketch
    }

    /// The value of the rank by which a sketch answers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank of a short list")]
    fn exact(values: &[f64], q: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[((q * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1]
    }

    fn close(one: f64, other: f64, error: f64) -> bool {
        (one - other).abs() <= other.abs() * (error + 1e-9)
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            3 => (-3.0..6.0_f64).prop_map(f64::exp2),
            1 => (-200.0..200.0_f64).prop_map(f64::exp2),
            1 => (-20.0..20.0_f64).prop_map(|power| -power.exp2()),
            1 => Just(0.0),
        ]
    }

    /// Log-normal, as latencies are, from a fixed seed.
    fn latencies(count: usize) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..count).map(|_| ((0..12).map(|_| random.f64()).sum::<f64>() - 6.0 + 4.0).exp()).collect()
    }

    #[test]
    fn of_nothing_there_is_no_quantile() {
        let empty = Sketch::default();
        assert_eq!((empty.count(), empty.min(), empty.max(), empty.quantile(0.5)), (0, None, None, None));
        assert_eq!(sketch(&[1.0]).quantile(f64::NAN), None);
        assert_eq!(sketch(&[1.0]).quantile(1.5), None);
    }

    #[test]
    fn what_is_no_finite_number_is_not_taken() {
        let mut sketch = sketch(&[1.0]);
        let before = sketch.clone();
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!sketch.add(value));
        }
        assert_eq!(sketch, before);
    }

    #[test]
    fn few_values_are_all_but_exact() {
        let sketch = sketch(&[120.0, 250.0, -3.0, 0.0, 990.0]);
        let quantiles = [0.0, 0.4, 0.6, 0.8, 1.0].map(|q| sketch.quantile(q).unwrap());
        assert_eq!((quantiles[0], quantiles[1], quantiles[4]), (-3.0, 0.0, 990.0));
        assert!(close(quantiles[2], 120.0, 1e-6) && close(quantiles[3], 250.0, 1e-6), "{quantiles:?}");
        assert_eq!(sketch.count(), 5);
    }

    #[test]
    fn the_least_and_the_greatest_numbers_there_are_do_no_harm() {
        let mut sketch = sketch(&[f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324, 1.0]);
        assert_eq!((sketch.min(), sketch.max()), (Some(f64::MIN), Some(f64::MAX)));
        assert!((0..=10_u8).all(|tenths| sketch.quantile(f64::from(tenths) / 10.0).unwrap().is_finite()));
        for power in -1000..1000 {
            let _ = sketch.add(f64::from(power).exp2());
        }
        assert!((0..=10_u8).all(|tenths| sketch.quantile(f64::from(tenths) / 10.0).unwrap().is_finite()));
    }

    #[test]
    fn a_hundred_thousand_latencies_take_less_than_two_kilobytes_and_are_known_to_five_percent() {
        let values = latencies(100_000);
        let sketch = sketch(&values);
        assert!(sketch.positive.0.len() <= 160);
        assert!(sketch.error() < 0.05, "{}", sketch.error());
        for q in [0.5, 0.9, 0.99, 0.999] {
            assert!(close(sketch.quantile(q).unwrap(), exact(&values, q), sketch.error()), "{q}");
        }
        assert!(postcard::to_stdvec(&sketch).unwrap().len() < 1000);
        assert!(postcard::to_stdvec(&self::sketch(&values[..3])).unwrap().len() < 50);
    }

    #[test]
    fn sketches_of_different_scales_merge_at_the_coarser_one() {
        let (fine, coarse) = (sketch(&[100.0, 101.0]), sketch(&latencies(10_000)));
        assert!(fine.scale > coarse.scale);
        let (mut one, mut other) = (fine.clone(), coarse.clone());
        one.merge(&coarse);
        other.merge(&fine);
        assert_eq!(one, other);
        assert_eq!((one.scale, one.count()), (coarse.scale, 10_002));
    }

    proptest! {
        #[test]
        fn the_order_of_values_and_merges_does_not_matter(
            values in prop::collection::vec(number(), 0..600), cuts in prop::collection::vec(0_usize..600, 2),
        ) {
            let whole = sketch(&values);
            let mut reversed = values.clone();
            reversed.reverse();
            prop_assert_eq!(&sketch(&reversed), &whole);
            let (first, second) = (cuts[0].min(values.len()), cuts[1].min(values.len()));
            let (first, second) = (first.min(second), first.max(second));
            let parts = [&values[..first], &values[first..second], &values[second..]].map(sketch);
            let mut forth = Sketch::default();
            parts.iter().for_each(|part| forth.merge(part));
            let mut back = parts[2].clone();
            back.merge(&parts[0]);
            back.merge(&parts[1]);
            prop_assert_eq!(&forth, &whole);
            prop_assert_eq!(&back, &whole);
        }

        #[test]
        fn a_quantile_lies_within_the_error(
            values in prop::collection::vec(number(), 1..600), q in 0.0..=1.0_f64,
        ) {
            let sketch = sketch(&values);
            let (estimate, exact) = (sketch.quantile(q).unwrap(), exact(&values, q));
            prop_assert!(close(estimate, exact, sketch.error()), "{} for {} within {}", estimate, exact, sketch.error());
        }

        #[test]
        fn a_stored_sketch_is_the_same(values in prop::collection::vec(number(), 0..300)) {
            let sketch = sketch(&values);
            let stored = postcard::to_stdvec(&sketch).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Sketch>(&stored).unwrap(), sketch);
        }
    }
}
