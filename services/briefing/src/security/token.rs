//! Random tokens that somebody holds, and what is kept of them.

use std::fmt;

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::ZeroizeOnDrop;

/// Bytes of a token: it can't be guessed.
const TOKEN_BYTES: usize = 32;

/// A secret that its holder shows to be let in. It isn't shown by `Debug`.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Token([u8; TOKEN_BYTES]);

/// SHA-256 of a token: what is kept. A token is random, so this needs no salt and no slowness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// A new one.
    ///
    /// # Panics
    /// When the system has no randomness: nothing safe can be done then.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        rand::fill(&mut bytes).expect("the system gives randomness");
        Self(bytes)
    }

    /// A token as it stands in a cookie or an address; `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(&[&self.0]))
    }

    /// A secret that follows from it for one purpose, and does not lead back.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        sha256(&[purpose.as_bytes(), &[0], &self.0])
    }

    /// As it stands in a cookie or an address.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl TokenHash {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written_and_never_shown() {
        let token = Token::random();
        let read = Token::parse(&token.reveal()).unwrap();
        assert_eq!(read.hash(), token.hash());
        assert_ne!(Token::random().hash(), token.hash());
        assert_ne!(token.derive("a"), token.derive("b"));
        assert!(Token::parse("abc").is_none() && Token::parse("").is_none());
        assert!(!format!("{token:?}").contains(&token.reveal()));
    }
}
