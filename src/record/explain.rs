//! What each step did to a record, told on request.

/// Notes of the steps that a record went through; costs nothing while nobody asked for them.
#[derive(Clone, Debug, Default)]
pub struct Explain {
    steps: Option<Vec<Step>>,
}

/// One step and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step: `format`, `severity`, `redact`, ...
    pub name: &'static str,
    /// What it did, for a person. Never a secret that it removed.
    pub detail: String,
}

impl Explain {
    /// Takes notes.
    #[must_use]
    pub const fn on() -> Self {
        Self { steps: Some(Vec::new()) }
    }

    /// Takes none.
    #[must_use]
    pub const fn off() -> Self {
        Self { steps: None }
    }

    /// Whether notes are taken.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.steps.is_some()
    }

    /// Notes what a step did.
    pub fn note(&mut self, name: &'static str, detail: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.steps {
            steps.push(Step { name, detail: detail() });
        }
    }

    /// What was noted, in order.
    #[must_use]
    pub fn steps(self) -> Vec<Step> {
        self.steps.unwrap_or_default()
    }
}
