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
