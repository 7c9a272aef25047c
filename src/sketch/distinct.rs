//! How many different values there were, without keeping them.

use serde::{Deserialize, Serialize};

/// Bits of a hash that choose a register.
const INDEX_BITS: u32 = 10;

/// Registers.
const REGISTERS: usize = 1 << INDEX_BITS;

/// The other bits of a hash. A register holds the place of their first 1, from 1 on, and one more where there is none.
const RANK_BITS: u32 = 32 - INDEX_BITS;

/// Up to so many different hashes are kept as they are, in less room than registers take.
const HASHES_MAX: usize = 150;

/// Distinct values by HyperLogLog with 1,024 registers: the standard error is 3.3 %. Up to 150 values are counted one by one.
///
/// It takes the upper 32 bits of a hash, of which two different values share theirs once in four thousand million pairs.
///
/// Source: Flajolet and others, "HyperLogLog" (2007); the estimate is that of Ertl, "New cardinality estimation algorithms for
/// HyperLogLog sketches" (2017), section 4, which needs no corrections by table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distinct {
    /// The hashes, ascending; none once there are registers.
    hashes: Vec<u32>,
    /// The registers; none while there are few hashes.
    registers: Vec<u8>,
}

impl Distinct {
    /// Adds a value by its hash, of which the upper half counts.
    pub fn add(&mut self, hash: u64) {
        self.add_short((hash >> 32) as u32);
    }

    /// Adds all that another one has seen.
    pub fn merge(&mut self, other: &Self) {
        other.hashes.iter().for_each(|hash| self.add_short(*hash));
        if !other.registers.is_empty() {
            self.take_registers();
            for (register, other) in self.registers.iter_mut().zip(&other.registers) {
                *register = (*register).max(*other);
            }
        }
    }

    /// How many different values there were: up to 150 exactly, else by estimate.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        if self.registers.is_empty() { self.hashes.len() as f64 } else { estimate(&self.registers) }
    }

    fn add_short(&mut self, hash: u32) {
        if !self.registers.is_empty() {
            note(&mut self.registers, hash);
        } else if let Err(at) = self.hashes.binary_search(&hash) {
            self.hashes.insert(at, hash);
            if self.hashes.len() > HASHES_MAX {
                self.take_registers();
            }
        }
    }

    /// From now on there are registers.
    fn take_registers(&mut self) {
        if self.registers.is_empty() {
            self.registers = vec![0; REGISTERS];
            for hash in std::mem::take(&mut self.hashes) {
                note(&mut self.registers, hash);
            }
        }
    }
}

/// The rank of a hash is at most 23.
#[expect(clippy::cast_possible_truncation, reason = "a rank is at most 23")]
fn note(registers: &mut [u8], hash: u32) {
    let rank = ((hash << INDEX_BITS).leading_zeros().min(RANK_BITS) + 1) as u8;
    if let Some(register) = registers.get_mut((hash >> RANK_BITS) as usize) {
        *register = (*register).max(rank);
    }
}

fn estimate(registers: &[u8]) -> f64 {
    let mut counts = [0.0_f64; RANK_BITS as usize + 2];
    for register in registers {
        counts[usize::from(*register).min(counts.len() - 1)] += 1.0;
    }
    let all = REGISTERS as f64;
    let mut sum = all * tau(1.0 - counts[RANK_BITS as usize + 1] / all);
    for count in counts[1..=RANK_BITS as usize].iter().rev() {
        sum = 0.5 * (sum + count);
    }
    sum += all * sigma(counts[0] / all);
    all * all / (2.0 * std::f64::consts::LN_2 * sum)
}

/// Stands for the registers that are still 0.
fn sigma(share: f64) -> f64 {
    let (mut power, mut factor, mut sum) = (share, 1.0, share);
    // It doubles the number of exact digits each time; a share below 1 by one register needs the most steps.
    for _ in 0..64 {
        power *= power;
        let before = sum;
        sum += power * factor;
        factor += factor;
        if sum <= before {
            break;
        }
    }
    sum
}

/// Stands for the registers that are full.
fn tau(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return 0.0;
    }
    let (mut root, mut factor, mut sum) = (share, 1.0, 1.0 - share);
    for _ in 0..64 {
        root = root.sqrt();
        let before = sum;
        factor *= 0.5;
        sum -= (1.0 - root).powi(2) * factor;
        if sum >= before {
            break;
        }
    }
    sum / 3.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn distinct(values: impl IntoIterator<Item = u64>) -> Distinct {
        let mut distinct = Distinct::default();
        values.into_iter().for_each(|value| distinct.add(xxh3_64(&value.to_le_bytes())));
        distinct
    }

    #[test]
    fn up_to_150_values_are_counted_exactly_however_often_they_come() {
        for count in [0, 1, 2, 149, 150] {
            let values = (0..count).chain(0..count);
            assert_eq!(distinct(values).estimate(), count as f64);
        }
    }

    #[test]
    fn many_values_are_estimated_within_four_standard_errors() {
        for count in [151, 200, 500, 1000, 3000, 10_000, 100_000, 1_000_000] {
            let estimate = distinct(0..count).estimate();
            let error = (estimate - count as f64).abs() / count as f64;
            assert!(error < 4.0 * 1.04 / 32.0, "{estimate} for {count}");
        }
    }

    #[test]
    fn over_many_seeds_the_estimate_is_off_by_its_standard_error_and_to_neither_side() {
        let runs = 200;
        let errors: Vec<f64> =
            (0..runs).map(|run| distinct((0..2000).map(|value| run << 32 | value)).estimate() / 2000.0 - 1.0).collect();
        let mean = errors.iter().sum::<f64>() / runs as f64;
        let deviation = (errors.iter().map(|error| error * error).sum::<f64>() / runs as f64).sqrt();
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((0.02..0.04).contains(&deviation), "{deviation}");
    }

    #[test]
    fn few_values_take_few_bytes_and_many_one_kilobyte() {
        assert!(postcard::to_stdvec(&distinct(0..3)).unwrap().len() < 20);
        assert!(postcard::to_stdvec(&distinct(0..100_000)).unwrap().len() < 1100);
    }

    proptest! {
        #[test]
        fn the_order_of_values_and_merges_does_not_matter(
            values in prop::collection::vec(0_u64..400, 0..500), cut in 0_usize..500,
        ) {
            let whole = distinct(values.iter().copied());
            prop_assert_eq!(&distinct(values.iter().rev().copied()), &whole);
            let (left, right) = values.split_at(cut.min(values.len()));
            let (left, right) = (distinct(left.iter().copied()), distinct(right.iter().copied()));
            let (mut one, mut other) = (left.clone(), right.clone());
            one.merge(&right);
            other.merge(&left);
            prop_assert_eq!(&one, &whole);
            prop_assert_eq!(&other, &whole);
            let stored = postcard::to_stdvec(&whole).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Distinct>(&stored).unwrap(), whole);
        }
    }
}
