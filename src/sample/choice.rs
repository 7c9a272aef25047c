//! Which of the overlapping dimension sets of a metric counts.
//!
//! CloudWatch publishes the same minute under several sets of dimensions: `()`, `(FunctionName)`, `(FunctionName, Resource)`.
//! Added up they would count everything several times. Where a rule does not say which set it means, it is the smallest that
//! the account publishes: `()` if it has that. Stage 1 sees single messages and cannot know; it keeps the sets apart, and
//! whoever holds the state of a group asks here for each term which of them to add.

use serde::{Deserialize, Serialize};

/// The smallest set that a group was seen to have, for one term. Of several of one size it is always the same one, whatever
/// came first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetChoice {
    best: Option<(u8, u64)>,
}

/// What is done with the samples of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// They are of the set that counts.
    Add,
    /// They are of a better one: all that was added before goes.
    ReplaceAll,
    /// They are of another.
    Ignore,
}

impl SetChoice {
    /// Decides on samples of a set, by `Partial::set_len` and `Partial::set`.
    pub fn admit(&mut self, set_len: u8, set: u64) -> Admit {
        let given = (set_len, set);
        match self.best {
            Some(best) if best == given => Admit::Add,
            Some(best) if best < given => Admit::Ignore,
            Some(_) => {
                self.best = Some(given);
                Admit::ReplaceAll
            }
            None => {
                self.best = Some(given);
                Admit::Add
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_smaller_set_replaces_a_larger_one_and_the_larger_is_ignored_from_then_on() {
        let mut choice = SetChoice::default();
        let told = [(2, 7), (2, 7), (1, 9), (2, 7), (0, 0), (1, 9), (0, 0)].map(|(len, set)| choice.admit(len, set));
        assert_eq!(
            told,
            [Admit::Add, Admit::Add, Admit::ReplaceAll, Admit::Ignore, Admit::ReplaceAll, Admit::Ignore, Admit::Add]
        );
    }

    proptest! {
        #[test]
        fn what_is_left_is_the_sum_of_the_smallest_set_in_any_order(
            samples in prop::collection::vec((0_u8..3, 0_u64..3, 1_u32..9), 1..30),
        ) {
            let (mut choice, mut sum) = (SetChoice::default(), 0);
            for (len, set, value) in &samples {
                match choice.admit(*len, *set) {
                    Admit::Add => sum += value,
                    Admit::ReplaceAll => sum = *value,
                    Admit::Ignore => {}
                }
            }
            let best = samples.iter().map(|(len, set, _)| (*len, *set)).min().unwrap();
            let expected: u32 = samples.iter().filter(|(len, set, _)| (*len, *set) == best).map(|(_, _, value)| value).sum();
            prop_assert_eq!(sum, expected);
        }
    }
}
