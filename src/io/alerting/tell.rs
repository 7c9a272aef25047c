//! From the outbox to the receivers.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{AlertingHandle, lock};
use crate::config::alerting::Receiver;
use crate::incident::{Notification, Status};
use crate::io::clock;
use crate::io::lease::LeaseHandle;
use crate::io::telemetry::Counter;
use crate::notify::outbox::{Due, Note};
use crate::notify::{Verdict, text};

/// Notifications that are under way at once.
const UNDER_WAY_MAX: usize = 16;

/// The longest wait before the outbox is looked at again.
const WAIT_MAX: Duration = Duration::from_secs(30);

impl AlertingHandle {
    /// Sends what is due, until stopped; then what is still due for as long as the caller waits.
    pub async fn tell(self, stop: CancellationToken) {
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < UNDER_WAY_MAX && self.may_tell() {
                let Some(due) = self.lock().outbox_mut().due(clock::now()) else { break };
                let handle = self.clone();
                let _ = under_way.spawn(async move { handle.deliver_in_time(due).await });
            }
            if stop.is_cancelled() && under_way.is_empty() {
                return;
            }
            let next = self.lock().outbox().poll_timeout().filter(|_| !self.0.fenced.is_cancelled());
            let wait = next.map_or(WAIT_MAX, |at| at.since(clock::now()).clamp(Duration::from_millis(10), WAIT_MAX));
            tokio::select! {
                () = stop.cancelled(), if !stop.is_cancelled() => {}
                Some(_) = under_way.join_next() => {}
                () = self.0.queued.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Whether no other process may be telling.
    fn may_tell(&self) -> bool {
        !self.0.fenced.is_cancelled() && self.0.lease.get().is_none_or(LeaseHandle::is_held)
    }

    /// Lets go of what is not done when another process may begin to tell.
    async fn deliver_in_time(self, due: Due) {
        let Some(lease) = self.0.lease.get().cloned() else { return self.deliver(due).await };
        if !lease.is_held() {
            return;
        }
        tokio::select! {
            biased;
            () = lease.over() => {}
            () = self.deliver(due) => {}
        }
    }

    async fn deliver(self, due: Due) {
        let shared = Arc::clone(&self.0);
        let verdict =
            shared.receivers.deliver(&due.receiver, &due.notification, due.posted.as_deref(), clock::now()).await;
        let (receiver, rule) = (&*due.receiver, &*due.notification.rule);
        match &verdict {
            Verdict::Accepted { .. } => shared.telemetry.count(Counter::NotificationsSent, 1),
            Verdict::Retry { error, .. } => {
                shared.telemetry.count(Counter::NotificationsRetried, 1);
                tracing::warn!(receiver, rule, error, "a receiver could not be told, trying again");
            }
            Verdict::Gone => tracing::info!(receiver, rule, "what was posted is gone; telling it anew"),
            Verdict::Refused { reason } => {
                shared.telemetry.count(Counter::NotificationsRefused, 1);
                tracing::error!(receiver, rule, reason, "a receiver refuses a notification; it is not sent again");
            }
        }
        self.note_failing(&due.receiver, &verdict);
        // Before it is noted: so a snapshot for which the journal is cleared of the note knows of it by itself.
        self.lock().outbox_mut().answered(due.id, &verdict, clock::now(), fastrand::u64(..));
        if let Verdict::Accepted { posted } = verdict
            && !due.is_repeated
        {
            shared.journal.note(&Note::of(&due, posted, clock::now())).await;
        }
    }

    /// Keeps since when a receiver cannot be told, and what it said, until it answers again.
    fn note_failing(&self, receiver: &str, verdict: &Verdict) {
        let mut failing = lock(&self.0.failing);
        match verdict {
            Verdict::Retry { error, .. } => {
                let entry = failing.entry(receiver.into()).or_insert_with(|| (clock::now(), String::new()));
                entry.1.clone_from(error);
            }
            Verdict::Refused { reason } => {
                let entry = failing.entry(receiver.into()).or_insert_with(|| (clock::now(), String::new()));
                entry.1.clone_from(reason);
            }
            Verdict::Accepted { .. } | Verdict::Gone => {
                let _ = failing.remove(receiver);
            }
        }
    }
}

/// A line of the log for each notification; where it leads to nobody, that is the only trace.
pub(super) fn log(notification: &Notification, to: &[&Receiver]) {
    let (rule, class, title) = (&*notification.rule, &*notification.to, text::title(notification));
    if to.is_empty() && notification.status == Status::Firing {
        tracing::warn!(
            rule,
            class,
            "{title}; nobody is told: alerting.receivers and alerting.routes have no {class:?}"
        );
    } else {
        let receivers = to.iter().map(|receiver| receiver.name.as_str()).collect::<Vec<_>>().join(", ");
        tracing::debug!(rule, class, receivers, "{title}");
    }
}
