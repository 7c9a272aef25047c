//! Outliers: which of many peers is far from the middle, in median absolute deviations, so that the outliers themselves move
//! the middle little.

use crate::rule::{Direction, Outlier};

/// What makes the median absolute deviation of normally distributed values their standard deviation.
///
/// Source: Rousseeuw and Croux, "Alternatives to the median absolute deviation", 1993.
const NORMAL: f64 = 1.4826;

/// What the peers of one set look like at a tick.
#[derive(Clone, Debug, PartialEq)]
pub enum Peers {
    /// There are too few of them to say.
    TooFew,
    /// So many are far off that the fleet has shifted. No peer is an outlier then.
    Shifted(Scores),
    /// The few that are far off are outliers.
    Compared(Scores),
}

/// How far off each peer is.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The middle.
    pub median: f64,
    /// The median absolute deviation, times 1.4826.
    pub mad: f64,
    /// For each peer, in the order given.
    pub peers: Vec<Score>,
    /// The share of peers that are too far off, 0 to 1.
    pub share: f64,
}

/// How far off a peer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Deviations from the middle, negative below it. Infinite where all others are the same and there is no floor.
    pub score: f64,
    /// It is too far off, on the side that counts.
    pub breaches: bool,
}

/// The median; of an even number of values the mean of the two in the middle. Puts the values into another order. `None` of none.
#[must_use]
pub fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if !even {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(upper);
    Some(f64::midpoint(lower, upper))
}

/// The median absolute deviation from `middle`, times 1.4826. `None` of no values.
#[must_use]
pub fn mad(values: &[f64], middle: f64) -> Option<f64> {
    let mut distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&mut distances).map(|distance| distance * NORMAL)
}

/// Compares the peers of one set: `values` are their finite values at the same tick. Their order is kept in the scores.
#[must_use]
pub fn compare(values: &[f64], rule: &Outlier) -> Peers {
    let Some(median) = median(&mut values.to_vec()) else { return Peers::TooFew };
    let Some(mad) = mad(values, median) else { return Peers::TooFew };
    if values.len() < rule.min_peers {
        return Peers::TooFew;
    }
    let peers: Vec<Score> = values.iter().map(|value| score(value - median, mad.max(rule.floor), rule)).collect();
    let far = peers.iter().filter(|peer| peer.breaches).count();
    let share = share(far, peers.len());
    let scores = Scores { median, mad, peers, share };
    if share > rule.max_outliers { Peers::Shifted(scores) } else { Peers::Compared(scores) }
}

fn score(distance: f64, unit: f64, rule: &Outlier) -> Score {
    // Nothing is no distance, however little the others differ.
    let score = if distance == 0.0 { 0.0 } else { distance / unit };
    let breaches = match rule.direction {
        Direction::Above => score > rule.deviations,
        Direction::Below => score < -rule.deviations,
        Direction::Both => score.abs() > rule.deviations,
    };
    Score { score, breaches }
}

#[expect(clippy::cast_precision_loss, reason = "no fleet has 2^52 accounts")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::{Aggregate, Arithmetic, Level, Measure, Term, Values};

    fn rule(deviations: f64, floor: f64, direction: Direction) -> Outlier {
        Outlier {
            level: Level::Warning,
            measure: Measure {
                terms: vec![Term { aggregate: Aggregate::Count, of: Values::Records, text: "count()".into() }],
                value: Arithmetic::Term(0),
                when: None,
                min_samples: 0,
            },
            peers: Vec::new(),
            deviations,
            direction,
            floor,
            min_peers: 5,
            max_outliers: 0.2,
        }
    }

    fn breaching(peers: &Peers) -> Vec<usize> {
        let Peers::Compared(scores) = peers else { panic!("{peers:?}") };
        (0..scores.peers.len()).filter(|peer| scores.peers[*peer].breaches).collect()
    }

    #[test]
    fn the_one_that_is_far_off_is_the_outlier() {
        let peers = compare(&[10.0, 12.0, 11.0, 100.0, 9.0, 10.0, 11.0], &rule(6.0, 0.0, Direction::Above));
        assert_eq!(breaching(&peers), [3]);
        let Peers::Compared(scores) = peers else { panic!() };
        assert_eq!((scores.median, scores.mad), (11.0, 1.4826));
        assert_eq!(scores.peers[3].score, 89.0 / 1.4826);
        assert_eq!(scores.share, 1.0 / 7.0);
    }

    #[test]
    fn only_the_side_that_counts_is_looked_at() {
        let values = [10.0, 12.0, 11.0, -100.0, 9.0, 10.0, 11.0, 120.0, 10.0, 10.0, 11.0];
        assert_eq!(breaching(&compare(&values, &rule(6.0, 0.0, Direction::Above))), [7]);
        assert_eq!(breaching(&compare(&values, &rule(6.0, 0.0, Direction::Below))), [3]);
        assert_eq!(breaching(&compare(&values, &rule(6.0, 0.0, Direction::Both))), [3, 7]);
    }

    #[test]
    fn identical_values_have_no_outlier() {
        assert_eq!(breaching(&compare(&[7.0; 20], &rule(6.0, 0.0, Direction::Both))), [0usize; 0]);
    }

    #[test]
    fn among_identical_values_the_floor_decides_what_is_far() {
        let mut values = [0.0; 20];
        values[4] = 0.005;
        assert_eq!(breaching(&compare(&values, &rule(6.0, 0.001, Direction::Above))), [0usize; 0]);
        values[4] = 0.007;
        assert_eq!(breaching(&compare(&values, &rule(6.0, 0.001, Direction::Above))), [4]);
        let peers = compare(&values, &rule(6.0, 0.0, Direction::Above));
        assert_eq!(breaching(&peers), [4]);
        let Peers::Compared(scores) = peers else { panic!() };
        assert_eq!(scores.peers[4].score, f64::INFINITY);
    }

    #[test]
    fn fewer_than_min_peers_say_nothing() {
        assert_eq!(compare(&[1.0, 1.0, 1.0, 100.0], &rule(6.0, 0.0, Direction::Above)), Peers::TooFew);
        assert_eq!(compare(&[], &Outlier { min_peers: 0, ..rule(6.0, 0.0, Direction::Above) }), Peers::TooFew);
    }

    #[test]
    fn more_than_max_outliers_are_a_shift_of_the_fleet() {
        let mut values = vec![1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 90.0, 90.0];
        assert_eq!(breaching(&compare(&values, &rule(6.0, 0.0, Direction::Above))), [8, 9]);
        values[7] = 90.0;
        let Peers::Shifted(scores) = compare(&values, &rule(6.0, 0.0, Direction::Above)) else { panic!() };
        assert_eq!(scores.share, 0.3);
    }

    fn naive_median(values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
    }

    proptest! {
        #[test]
        fn median_and_mad_are_what_sorting_gives(values in proptest::collection::vec(-1e6f64..1e6, 1..80)) {
            let middle = naive_median(&values);
            prop_assert_eq!(median(&mut values.clone()), Some(middle));
            let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
            prop_assert_eq!(mad(&values, middle), Some(naive_median(&distances) * NORMAL));
        }

        #[test]
        fn at_most_half_of_the_peers_are_far_off(values in proptest::collection::vec(-1e6f64..1e6, 5..80)) {
            let peers = compare(&values, &Outlier { max_outliers: 1.0, ..rule(6.0, 0.0, Direction::Both) });
            prop_assert!(breaching(&peers).len() * 2 <= values.len());
        }
    }
}
