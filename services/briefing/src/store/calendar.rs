//! Secret calendar addresses: one for each person who wants one. Here is only the hash of its token.

use sqlx::Row as _;
use uuid::Uuid;

use super::person::{self, Person};
use super::{Store, StoreError};
use crate::security::token::{Token, TokenHash};

const PUT: &str = "INSERT INTO calendar (person, token_hash, language) VALUES (?1, ?2, ?3) \
    ON CONFLICT (person) DO UPDATE SET token_hash = excluded.token_hash, language = excluded.language";
const FIND: &str = "SELECT c.language, p.id, p.name, p.actor, p.roles, p.password, p.openid, p.is_disabled \
    FROM calendar c JOIN person p ON p.id = c.person WHERE c.token_hash = ?1 AND p.is_disabled = 0";
const HAS: &str = "SELECT 1 FROM calendar WHERE person = ?1";
const DROP: &str = "DELETE FROM calendar WHERE person = ?1";

impl Store {
    /// Gives a person a calendar address; one from before is no more.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_calendar(&self, person: Uuid, language: &str) -> Result<Token, StoreError> {
        let token = Token::random();
        sqlx::query(PUT)
            .bind(person.to_string())
            .bind(token.hash().as_bytes())
            .bind(language)
            .execute(&self.pool)
            .await?;
        Ok(token)
    }

    /// Whose calendar a token reads, and in which language; nobody's where the person may not sign in.
    ///
    /// # Errors
    /// The database's.
    pub async fn calendar(
        &self,
        token: &TokenHash,
    ) -> Result<Option<(Person, String)>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(token.as_bytes())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((person::read(&row)?, row.try_get("language")?)))
    }

    /// Whether a person has a calendar address.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_calendar(&self, person: Uuid) -> Result<bool, StoreError> {
        let row = sqlx::query(HAS)
            .bind(person.to_string())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Takes a person's calendar address back.
    ///
    /// # Errors
    /// The database's.
    pub async fn drop_calendar(&self, person: Uuid) -> Result<(), StoreError> {
        sqlx::query(DROP)
            .bind(person.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::store;
    use crate::store::NewPerson;

    #[tokio::test]
    async fn an_address_reads_until_it_is_replaced_or_taken_back() {
        let (_folder, store) = store().await;
        let new = NewPerson {
            name: "a".to_owned(),
            roles: "reader".parse().unwrap(),
            openid: None,
        };
        let person = store.add_person(new).await.unwrap();
        assert!(!store.has_calendar(person.id).await.unwrap());
        let first = store.put_calendar(person.id, "de").await.unwrap();
        let read = store.calendar(&first.hash()).await.unwrap();
        assert_eq!(read, Some((person.clone(), "de".to_owned())));
        let second = store.put_calendar(person.id, "en").await.unwrap();
        assert_eq!(store.calendar(&first.hash()).await.unwrap(), None);
        assert!(store.has_calendar(person.id).await.unwrap());
        store.drop_calendar(person.id).await.unwrap();
        assert_eq!(store.calendar(&second.hash()).await.unwrap(), None);
        assert!(!store.has_calendar(person.id).await.unwrap());
    }
}
