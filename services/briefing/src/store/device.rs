//! Browsers that signed in to an account before. Who tries its password from elsewhere does not slow these down.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::security::token::{Token, TokenHash};

/// Browsers that are known for one account: somebody's desktop, telephone and what they had before.
const DEVICES_MAX: i64 = 10;

const INSERT: &str = "INSERT INTO device (token_hash, person, ends_at) VALUES (?1, ?2, ?3)";
const TRIM: &str = "DELETE FROM device WHERE person = ?1 AND token_hash NOT IN \
    (SELECT token_hash FROM device WHERE person = ?1 ORDER BY ends_at DESC, rowid DESC LIMIT ?2)";
const KNOWS: &str = "SELECT 1 FROM device WHERE token_hash = ?1 AND person = ?2 AND ends_at > ?3";

impl Store {
    /// Knows a browser from now on; the token is its alone. Beyond ten the one that ends first is forgotten.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_device(&self, person: Uuid, ends_at: Timestamp) -> Result<Token, StoreError> {
        let token = Token::random();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(INSERT)
            .bind(token.hash().as_bytes())
            .bind(person.to_string())
            .bind(ends_at.as_second())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(TRIM)
            .bind(person.to_string())
            .bind(DEVICES_MAX)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(token)
    }

    /// Whether a browser signed in to this account before.
    ///
    /// # Errors
    /// The database's.
    pub async fn knows_device(
        &self,
        token: &TokenHash,
        person: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let found = sqlx::query(KNOWS)
            .bind(token.as_bytes())
            .bind(person.to_string())
            .bind(now.as_second())
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::super::testing::{person, store};
    use super::*;

    #[tokio::test]
    async fn a_browser_is_known_for_its_account_and_for_a_time() {
        let (_folder, store) = store().await;
        let (one, other) = (person(&store, "a").await, person(&store, "b").await);
        let now = Timestamp::from_second(1_000).unwrap();
        let token = store.add_device(one.id, now + 1.hour()).await.unwrap();
        assert!(
            store
                .knows_device(&token.hash(), one.id, now)
                .await
                .unwrap()
        );
        assert!(
            !store
                .knows_device(&token.hash(), other.id, now)
                .await
                .unwrap()
        );
        let end = now + 1.hour();
        assert!(
            !store
                .knows_device(&token.hash(), one.id, end)
                .await
                .unwrap()
        );
        for _ in 0..DEVICES_MAX {
            store.add_device(one.id, now + 2.hours()).await.unwrap();
        }
        assert!(
            !store
                .knows_device(&token.hash(), one.id, now)
                .await
                .unwrap(),
            "the oldest"
        );
    }
}
