//! Passwords: what a new one must be, how it is kept, and whether one is right.
//!
//! **Promise.** What is kept is an argon2id hash with a salt of its own. Whether an account is known makes no difference in how
//! long the answer takes. Hashing is slow and takes memory on purpose; it is done apart from what serves pages, a few at a time.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use zeroize::ZeroizeOnDrop;

use crate::error::Failure;

/// The shortest password, in characters. Length is what counts (NIST SP 800-63B); nothing is asked of its characters.
pub(crate) const CHARS_MIN: usize = 12;
/// The longest, so that nobody makes the hash's work large.
const CHARS_MAX: usize = 256;
/// How many different characters there must be: "aaaaaaaaaaaa" is guessed first.
const DIFFERENT_MIN: usize = 5;
/// Memory in KiB, rounds and lanes: the OWASP Password Storage Cheat Sheet's first choice for argon2id.
const MEMORY_KIB: u32 = 19 * 1_024;
const ROUNDS: u32 = 2;
const LANES: u32 = 1;
/// Bytes of a salt (RFC 9106, 3.1).
const SALT_BYTES: usize = 16;
/// Hashes made at the same time; each takes [`MEMORY_KIB`].
const AT_ONCE: usize = 2;
/// How long somebody waits for their turn, and when they may ask again.
const TURN_MAX: Duration = Duration::from_secs(5);

/// A password as somebody typed it. It isn't shown by `Debug` and is wiped after use.
#[derive(Clone, Default, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Whether nothing was typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What speaks against it as the new password of the account of this name.
    ///
    /// # Errors
    /// The first thing that does.
    pub(crate) fn check_new(&self, repeated: &Self, name: &str) -> Result<(), Weakness> {
        let characters = self.0.chars().count();
        let mut different: Vec<char> = self.0.chars().collect();
        different.sort_unstable();
        different.dedup();
        if characters < CHARS_MIN {
            Err(Weakness::Short)
        } else if characters > CHARS_MAX {
            Err(Weakness::Long)
        } else if different.len() < DIFFERENT_MIN || self.0.to_lowercase() == name {
            Err(Weakness::Simple)
        } else if self.0 != repeated.0 {
            Err(Weakness::Unlike)
        } else {
            Ok(())
        }
    }
}

/// What speaks against a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    /// Fewer than [`CHARS_MIN`] characters.
    Short,
    /// More than is taken.
    Long,
    /// Guessed at once.
    Simple,
    /// Not the same both times.
    Unlike,
}

impl Weakness {
    /// The key of what is said of it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Short => "password-short",
            Self::Long => "password-long",
            Self::Simple => "password-simple",
            Self::Unlike => "password-unlike",
        }
    }
}

/// What is compared with where there is no account of a name: the hash of a password that nobody has.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let unknown = super::token::Token::random().reveal();
    make_hash(unknown.as_bytes())
});

/// Makes and checks hashes, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The hash to keep of a password.
    ///
    /// # Errors
    /// [`Failure::TooMany`] where too much else is asked.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<String, Failure> {
        let password = password.clone();
        self.in_turn(move || make_hash(password.0.as_bytes())).await
    }

    /// Whether a password is the one of this hash. `None`, for whoever is unknown or has none, takes as long and is never right.
    ///
    /// # Errors
    /// [`Failure::TooMany`] where too much else is asked.
    pub(crate) async fn is_right(
        &self,
        password: &Secret,
        hash: Option<&str>,
    ) -> Result<bool, Failure> {
        let password = password.clone();
        let hash = hash.map(str::to_owned);
        self.in_turn(move || {
            let kept = hash.as_deref().unwrap_or(&NOBODY);
            let is_same = PasswordHash::new(kept).is_ok_and(|kept| {
                argon2()
                    .verify_password(password.0.as_bytes(), &kept)
                    .is_ok()
            });
            is_same && hash.is_some()
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let Ok(turn) = timeout(TURN_MAX, self.turns.clone().acquire_owned()).await else {
            return Err(Failure::TooMany { wait: TURN_MAX });
        };
        let turn = turn.expect("the semaphore is never closed");
        // The turn goes along: who gives up waiting frees no memory that is still in use.
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a password could not be worked on");
            Failure::Internal
        })
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, ROUNDS, LANES, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn make_hash(password: &[u8]) -> String {
    let mut salt = [0; SALT_BYTES];
    aws_lc_rs::rand::fill(&mut salt).expect("the system gives randomness");
    let hash = argon2().hash_password_with_salt(password, &salt);
    hash.expect("password, salt and parameters are in range")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_right_for_its_own_hash_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash(&secret("correct horse")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(
            hash,
            passwords.hash(&secret("correct horse")).await.unwrap(),
            "salted"
        );
        for (password, hash, right) in [
            ("correct horse", Some(hash.as_str()), true),
            ("correct horsf", Some(hash.as_str()), false),
            ("correct horse", None, false),
            ("correct horse", Some(""), false),
        ] {
            assert_eq!(
                passwords.is_right(&secret(password), hash).await.unwrap(),
                right
            );
        }
    }

    #[test]
    fn length_is_what_is_asked_of_a_password() {
        let check = |text: &str| secret(text).check_new(&secret(text), "a.muster@stadt.example");
        assert_eq!(check("elf zeichen"), Err(Weakness::Short));
        assert_eq!(check("zwölf zeiche"), Ok(()));
        assert_eq!(check(&"ab".repeat(20)), Err(Weakness::Simple));
        assert_eq!(check("A.Muster@stadt.example"), Err(Weakness::Simple));
        assert_eq!(check(&"abcdefg".repeat(40)), Err(Weakness::Long));
        let unlike = secret("zwölf zeiche").check_new(&secret("zwölf zeichn"), "");
        assert_eq!(unlike, Err(Weakness::Unlike));
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", secret("geheim")).contains("geheim"));
    }
}
