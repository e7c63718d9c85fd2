//! How often somebody may try to sign in.
//!
//! **Promise.** Nobody can lock another out. Wrong passwords are counted for an account *and* where they come from, so that
//! who tries at an account from elsewhere slows only themselves down. A browser that signed in to the account before counts
//! by itself: it is not held up by anybody, not even from its own network. There is no lock, only a wait that grows to
//! [`WAIT_MAX`].
//!
//! What is counted is in memory, bounded, and says neither a name nor a time of day.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;

use super::client::Network;
use super::token::TokenHash;

/// Wrong passwords in a row that cost no wait: people mistype.
const FREE: u32 = 5;
/// The first wait; each further wrong password doubles it.
const WAIT_MIN: Duration = Duration::from_secs(5);
/// The longest wait: with it, a year gives a guesser 35,000 tries at one account from one network.
const WAIT_MAX: Duration = Duration::from_secs(900);
/// How long after the last try an account's wrong passwords are forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// Wrong passwords of a whole network, over all accounts, that cost no wait …
const NETWORK_FREE: u32 = 30;
/// … and how often one more is free.
const NETWORK_EVERY: Duration = Duration::from_secs(10);
/// What is remembered: some megabytes.
const REMEMBERED: usize = 16_384;

/// Where a try comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// A browser that signed in to the account before.
    Device(TokenHash),
    /// Any other.
    Network(Network),
}

/// A try to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    /// SHA-256 of the name as it was typed, whether there is such an account or not.
    account: [u8; 32],
    origin: Origin,
}

impl Attempt {
    /// A try at the account of this name.
    pub(crate) fn new(name: &str, origin: Origin) -> Self {
        let name = name.trim().to_lowercase();
        let hash = digest::digest(&digest::SHA256, name.as_bytes());
        let mut account = [0; 32];
        account.copy_from_slice(hash.as_ref());
        Self { account, origin }
    }
}

/// Who tried, and how often in vain.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    attempts: HashMap<Attempt, Failures>,
    /// When each network will have made up for what it tried (the generic cell rate algorithm of ITU-T I.371).
    networks: HashMap<Network, Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    /// No further try before.
    until: Instant,
}

impl Throttle {
    /// Lets a try begin, or says how long to wait for it. It counts as one in vain until [`Self::succeeded`] says otherwise, so
    /// that many at once are counted before the first of them is answered.
    pub(crate) fn begin(&self, attempt: &Attempt, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts.lock().expect("nobody panics while holding it");
        let failures = match counts.attempts.get(attempt) {
            Some(failures) if failures.until > now => return Err(failures.until - now),
            Some(failures) if now - failures.until < FORGET_AFTER => failures.count + 1,
            _ => 1,
        };
        if let Origin::Network(network) = attempt.origin {
            counts.charge(network, now)?;
        }
        let failures = Failures {
            count: failures,
            until: now + wait_after(failures),
        };
        put(&mut counts.attempts, *attempt, failures, |it| it.until);
        Ok(())
    }

    /// The password was right: nothing is held against who typed it.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut counts = self.counts.lock().expect("nobody panics while holding it");
        counts.attempts.remove(attempt);
        if let Origin::Network(network) = attempt.origin {
            counts.refund(network);
        }
    }

    /// Lets something else begin that costs: a question to the identity provider. It counts for the network alone.
    pub(crate) fn ask(&self, network: Network, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts.lock().expect("nobody panics while holding it");
        counts.charge(network, now)
    }

    /// It was asked for good reason.
    pub(crate) fn answered(&self, network: Network) {
        let mut counts = self.counts.lock().expect("nobody panics while holding it");
        counts.refund(network);
    }
}

impl Counts {
    fn charge(&mut self, network: Network, now: Instant) -> Result<(), Duration> {
        let settled = self.networks.get(&network).copied().unwrap_or(now).max(now);
        let free_from = settled.checked_sub(NETWORK_EVERY * (NETWORK_FREE - 1));
        if let Some(free_from) = free_from.filter(|it| *it > now) {
            return Err(free_from - now);
        }
        put(&mut self.networks, network, settled + NETWORK_EVERY, |it| {
            *it
        });
        Ok(())
    }

    fn refund(&mut self, network: Network) {
        if let Some(settled) = self.networks.get_mut(&network) {
            *settled -= NETWORK_EVERY;
        }
    }
}

fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(beyond) => (WAIT_MIN * 2_u32.saturating_pow(beyond.min(16))).min(WAIT_MAX),
    }
}

/// Remembers a value; where there is no place left, what would be forgotten first makes room.
fn put<K: Hash + Eq + Copy, V>(
    map: &mut HashMap<K, V>,
    key: K,
    value: V,
    until: impl Fn(&V) -> Instant,
) {
    if map.len() >= REMEMBERED && !map.contains_key(&key) {
        let oldest = map.iter().min_by_key(|(_, value)| until(value));
        if let Some(oldest) = oldest.map(|(key, _)| *key) {
            map.remove(&oldest);
        }
    }
    map.insert(key, value);
}

#[cfg(test)]
mod tests {
    use super::super::token::Token;
    use super::*;

    fn network(last: u8) -> Origin {
        let address = std::net::Ipv4Addr::new(192, 0, last, 1);
        Origin::Network(Network::around(address.into()))
    }

    fn from(name: &str, origin: Origin) -> Attempt {
        Attempt::new(name, origin)
    }

    /// Tries in vain until there is a wait.
    fn exhaust(throttle: &Throttle, attempt: &Attempt, now: Instant) -> Duration {
        for _ in 0..=FREE {
            if let Err(wait) = throttle.begin(attempt, now) {
                return wait;
            }
        }
        panic!("no wait after {FREE} tries");
    }

    #[test]
    fn the_wait_grows_and_has_an_end() {
        let throttle = Throttle::default();
        let attempt = from("a", network(1));
        let mut now = Instant::now();
        assert_eq!(exhaust(&throttle, &attempt, now), WAIT_MIN);
        let mut longest = WAIT_MIN;
        for _ in 0..12 {
            now += longest;
            assert!(throttle.begin(&attempt, now).is_ok(), "the wait is over");
            let wait = throttle.begin(&attempt, now).unwrap_err();
            assert!(wait >= longest);
            longest = wait;
        }
        assert_eq!(longest, WAIT_MAX);
        assert!(
            throttle
                .begin(&attempt, now + FORGET_AFTER + WAIT_MAX)
                .is_ok()
        );
        assert!(
            throttle
                .begin(&attempt, now + FORGET_AFTER + WAIT_MAX)
                .is_ok(),
            "forgotten"
        );
    }

    #[test]
    fn who_tries_at_an_account_slows_down_nobody_else() {
        let throttle = Throttle::default();
        let now = Instant::now();
        exhaust(&throttle, &from("A", network(1)), now);
        assert!(
            throttle.begin(&from(" a", network(1)), now).is_err(),
            "the same account"
        );
        assert!(
            throttle.begin(&from("a", network(2)), now).is_ok(),
            "from elsewhere"
        );
        assert!(
            throttle.begin(&from("b", network(1)), now).is_ok(),
            "another account"
        );
        let device = Origin::Device(Token::random().hash());
        assert!(
            throttle.begin(&from("a", device), now).is_ok(),
            "a browser that is known"
        );
    }

    #[test]
    fn a_right_password_is_never_held_against_anybody() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for round in 0..200 {
            let attempt = from(&format!("{}", round % 50), network(1));
            assert!(
                throttle.begin(&attempt, now).is_ok(),
                "an office at eight o'clock"
            );
            throttle.succeeded(&attempt);
        }
    }

    #[test]
    fn a_network_that_tries_many_accounts_waits_and_known_browsers_in_it_do_not() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for name in 0..NETWORK_FREE {
            assert!(
                throttle
                    .begin(&from(&name.to_string(), network(1)), now)
                    .is_ok()
            );
        }
        let wait = throttle.begin(&from("x", network(1)), now).unwrap_err();
        assert_eq!(wait, NETWORK_EVERY);
        let device = Origin::Device(Token::random().hash());
        assert!(throttle.begin(&from("x", device), now).is_ok());
        assert!(throttle.begin(&from("x", network(1)), now + wait).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for index in 0..REMEMBERED + 100 {
            let device = Origin::Device(Token::random().hash());
            assert!(
                throttle
                    .begin(&from(&index.to_string(), device), now)
                    .is_ok()
            );
        }
        assert_eq!(throttle.counts.lock().unwrap().attempts.len(), REMEMBERED);
    }
}
