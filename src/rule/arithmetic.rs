//! What is made of terms: arithmetic that says why where it has no value.

use super::{Arithmetic, Measure, Operator};

/// What an arithmetic comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Computed {
    /// A finite number.
    Value(f64),
    /// A term or a quota has no value.
    Missing,
    /// Something was divided by zero.
    ByZero,
    /// It is not a number, or infinite.
    NotFinite,
}

impl Arithmetic {
    /// Computes the value; `terms` are in the order of the measure, `quota` gives those that the directory knows.
    #[must_use]
    pub fn evaluate(&self, terms: &[Option<f64>], quota: &dyn Fn(&str) -> Option<f64>) -> Computed {
        match self {
            Self::Term(index) => found(terms.get(*index).copied().flatten()),
            Self::Number(number) => found(Some(*number)),
            Self::Quota(name, default) => found(quota(name).or(*default)),
            Self::Negative(inner) => match inner.evaluate(terms, quota) {
                Computed::Value(value) => Computed::Value(-value),
                why @ (Computed::Missing | Computed::ByZero | Computed::NotFinite) => why,
            },
            Self::Binary(operator, left, right) => match (left.evaluate(terms, quota), right.evaluate(terms, quota)) {
                (Computed::Value(left), Computed::Value(right)) => operator.apply(left, right),
                (Computed::Value(_), why) | (why, _) => why,
            },
        }
    }

    /// Calls `each` with the index of every term in it.
    pub fn terms(&self, each: &mut dyn FnMut(usize)) {
        match self {
            Self::Term(index) => each(*index),
            Self::Number(_) | Self::Quota(..) => {}
            Self::Negative(inner) => inner.terms(each),
            Self::Binary(_, left, right) => {
                left.terms(each);
                right.terms(each);
            }
        }
    }
}

impl Operator {
    fn apply(self, left: f64, right: f64) -> Computed {
        match self {
            Self::Add => finite(left + right),
            Self::Subtract => finite(left - right),
            Self::Multiply => finite(left * right),
            Self::Divide if right == 0.0 => Computed::ByZero,
            Self::Divide => finite(left / right),
            Self::Min => finite(left.min(right)),
            Self::Max => finite(left.max(right)),
        }
    }
}

impl Measure {
    /// Which terms the value itself is made of, ascending; the others belong to `when`.
    #[must_use]
    pub fn terms_of_value(&self) -> Vec<usize> {
        let mut indexes = Vec::new();
        self.value.terms(&mut |index| indexes.push(index));
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }
}

fn found(value: Option<f64>) -> Computed {
    value.map_or(Computed::Missing, finite)
}

const fn finite(value: f64) -> Computed {
    if value.is_finite() { Computed::Value(value) } else { Computed::NotFinite }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(operator: Operator, left: Arithmetic, right: Arithmetic) -> Arithmetic {
        Arithmetic::Binary(operator, Box::new(left), Box::new(right))
    }

    #[test]
    fn a_value_is_a_number_or_says_why_it_is_none() {
        let ratio = binary(Operator::Divide, Arithmetic::Term(0), Arithmetic::Term(1));
        let at = |bad, total| ratio.evaluate(&[bad, total], &|_| None);
        assert_eq!(at(Some(3.0), Some(100.0)), Computed::Value(0.03));
        assert_eq!(at(Some(3.0), Some(0.0)), Computed::ByZero);
        assert_eq!(at(Some(0.0), Some(0.0)), Computed::ByZero);
        assert_eq!(at(None, Some(100.0)), Computed::Missing);
        assert_eq!(at(Some(f64::NAN), Some(1.0)), Computed::NotFinite);
        assert_eq!(at(Some(f64::INFINITY), Some(1.0)), Computed::NotFinite);
        assert_eq!(at(Some(f64::MAX), Some(1e-300)), Computed::NotFinite);
        assert_eq!(at(Some(-3.0), Some(2.0)), Computed::Value(-1.5));
    }

    #[test]
    fn a_quota_that_the_directory_does_not_know_has_its_default() {
        let quota = Arithmetic::Quota("lambda.concurrency".into(), Some(1_000.0));
        let used = binary(Operator::Divide, Arithmetic::Term(0), quota);
        assert_eq!(used.evaluate(&[Some(950.0)], &|_| None), Computed::Value(0.95));
        let known = |name: &str| (name == "lambda.concurrency").then_some(500.0);
        assert_eq!(used.evaluate(&[Some(250.0)], &known), Computed::Value(0.5));
        assert_eq!(Arithmetic::Quota("x".into(), None).evaluate(&[], &known), Computed::Missing);
    }
}
