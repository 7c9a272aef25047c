//! One cell for each account: how bad, how fresh, how marked, and how many alerts fire.

use crate::api::fleet::{Freshness, FreshnessCounts, Mark, State, StateCounts};

/// The cells of all accounts, in columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// The worst alert that is neither silenced nor acknowledged.
    pub state: Vec<State>,
    /// How fresh its data is.
    pub fresh: Vec<Freshness>,
    /// Whether all that is wrong is silenced or acknowledged.
    pub mark: Vec<Mark>,
    /// How many alerts fire, at most 35.
    pub firing: Vec<u8>,
}

/// More firing alerts than this are told as so many.
const FIRING_MAX: u8 = 35;

impl Cells {
    /// So many accounts of which nothing is wrong.
    #[must_use]
    pub fn new(accounts: usize) -> Self {
        Self {
            state: vec![State::Ok; accounts],
            fresh: vec![Freshness::Live; accounts],
            mark: vec![Mark::None; accounts],
            firing: vec![0; accounts],
        }
    }

    /// An alert of an account that nothing keeps quiet.
    pub(super) fn loud(&mut self, place: u32, state: State) {
        let of = &mut self.state[place as usize];
        *of = state.max(*of);
        self.mark[place as usize] = Mark::None;
        self.fires(place, state);
    }

    /// An alert of an account that is kept quiet. Loud ones come before.
    pub(super) fn quiet(&mut self, place: u32, state: State, mark: Mark) {
        if self.state[place as usize] == State::Ok {
            let of = &mut self.mark[place as usize];
            *of = mark.max(*of);
        }
        self.fires(place, state);
    }

    fn fires(&mut self, place: u32, state: State) {
        if fires(state) {
            let of = &mut self.firing[place as usize];
            *of = (*of + 1).min(FIRING_MAX);
        }
    }

    /// Only these accounts.
    #[must_use]
    pub fn only(&self, kept: &[u32]) -> Self {
        fn pick<T: Copy>(column: &[T], kept: &[u32]) -> Vec<T> {
            kept.iter().map(|place| column[*place as usize]).collect()
        }
        Self {
            state: pick(&self.state, kept),
            fresh: pick(&self.fresh, kept),
            mark: pick(&self.mark, kept),
            firing: pick(&self.firing, kept),
        }
    }

    /// How many accounts are in each state.
    #[must_use]
    pub fn states(&self) -> StateCounts {
        let mut counts = StateCounts::default();
        for state in &self.state {
            *match state {
                State::Ok => &mut counts.ok,
                State::Pending => &mut counts.pending,
                State::NoData => &mut counts.no_data,
                State::Error => &mut counts.error,
                State::Warning => &mut counts.warning,
                State::Critical => &mut counts.critical,
            } += 1;
        }
        counts
    }

    /// How many accounts are how fresh.
    #[must_use]
    pub fn freshness(&self) -> FreshnessCounts {
        let mut counts = FreshnessCounts::default();
        for fresh in &self.fresh {
            *match fresh {
                Freshness::Live => &mut counts.live,
                Freshness::Late => &mut counts.late,
                Freshness::Silent => &mut counts.silent,
                Freshness::New => &mut counts.new,
                Freshness::Suspended => &mut counts.suspended,
            } += 1;
        }
        counts
    }

    /// How many accounts are marked.
    #[must_use]
    pub fn marked(&self) -> u32 {
        super::number(self.mark.iter().filter(|mark| **mark != Mark::None).count())
    }

    /// The four characters of an account: state, freshness, mark, firing alerts.
    #[must_use]
    pub fn text(&self, place: usize) -> String {
        [
            state_char(self.state[place]),
            fresh_char(self.fresh[place]),
            mark_char(self.mark[place]),
            firing_char(self.firing[place]),
        ]
        .iter()
        .collect()
    }

    /// What differs from what was before, of the same accounts.
    #[must_use]
    pub fn since(&self, before: &Self) -> Vec<(u32, String)> {
        let differs = |place: &usize| {
            self.state[*place] != before.state[*place]
                || self.fresh[*place] != before.fresh[*place]
                || self.mark[*place] != before.mark[*place]
                || self.firing[*place] != before.firing[*place]
        };
        let places = (0..self.state.len()).filter(differs);
        places.map(|place| (super::number(place), self.text(place))).collect()
    }
}

/// Whether an alert in that state fires.
#[must_use]
pub const fn fires(state: State) -> bool {
    match state {
        State::Ok | State::Pending => false,
        State::NoData | State::Error | State::Warning | State::Critical => true,
    }
}

/// The character of a state.
#[must_use]
pub const fn state_char(state: State) -> char {
    match state {
        State::Ok => '0',
        State::Pending => '1',
        State::NoData => '2',
        State::Error => '3',
        State::Warning => '4',
        State::Critical => '5',
    }
}

/// The character of a freshness.
#[must_use]
pub const fn fresh_char(fresh: Freshness) -> char {
    match fresh {
        Freshness::Live => '0',
        Freshness::Late => '1',
        Freshness::Silent => '2',
        Freshness::New => '3',
        Freshness::Suspended => '4',
    }
}

/// The character of a mark.
#[must_use]
pub const fn mark_char(mark: Mark) -> char {
    match mark {
        Mark::None => '0',
        Mark::Silenced => '1',
        Mark::Acked => '2',
    }
}

/// The character of a number of alerts.
#[must_use]
pub fn firing_char(firing: u8) -> char {
    char::from_digit(firing.min(FIRING_MAX).into(), 36).unwrap_or('z')
}
