//! Rules, incidents and the outbox in one: samples and time in, transitions and notifications out.
