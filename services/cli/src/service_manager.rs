//! What the service manager is told: systemd with `Type=notify`. Without one, nobody is told anything.
//!
//! **Promise.** *Ready* is said when every listener is open and never before, so that `systemctl start` and what is ordered after
//! the unit wait for a service that serves. Who can't be told is no reason to stop: the manager has a time limit of its own.

use std::time::Duration;

use sd_notify::NotifyState;

/// It serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It finishes what was begun, which may take this long: how long an operator lets it is for the configuration to say, not for the
/// unit as well.
pub(crate) fn stopping(longest: Duration) {
    let microseconds = u32::try_from(longest.as_micros()).unwrap_or(u32::MAX);
    tell(&[
        NotifyState::Stopping,
        NotifyState::ExtendTimeoutUsec(microseconds),
    ]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager was not told");
    }
}
