//! Sessions and one-time links. Both are random tokens that the person holds; here are only their hashes.

use jiff::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use super::person::{self, Person};
use super::{Store, StoreError};
use crate::security::token::{Token, TokenHash};

/// Who is signed in, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names the session.
    pub id: Uuid,
    /// Who it is.
    pub person: Person,
    /// Until then nothing needs to be proven again for a sign-off.
    pub proven_until: Timestamp,
}

/// A session in its person's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Names the session.
    pub id: Uuid,
    /// The browser's family, or what the person called it.
    pub label: String,
    /// When it ends by itself.
    pub ends_at: Timestamp,
}

/// Sessions of one person at the same time; who begins more ends the oldest.
const SESSIONS_MAX: i64 = 20;

const INSERT: &str = "INSERT INTO session (token_hash, id, person, label, ends_at, proven_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const FIND: &str = "SELECT s.id AS session, s.proven_until, p.id, p.name, p.actor, p.roles, p.password, p.openid, p.is_disabled \
    FROM session s JOIN person p ON p.id = s.person WHERE s.token_hash = ?1 AND s.ends_at > ?2 AND p.is_disabled = 0";
const LIST: &str = "SELECT id, label, ends_at FROM session WHERE person = ?1 AND ends_at > ?2 ORDER BY ends_at DESC";
const TRIM: &str = "DELETE FROM session WHERE person = ?1 AND id NOT IN \
    (SELECT id FROM session WHERE person = ?1 ORDER BY ends_at DESC, rowid DESC LIMIT ?2)";
const END: &str = "DELETE FROM session WHERE id = ?1 AND person = ?2";
const END_OTHERS: &str = "DELETE FROM session WHERE person = ?1 AND id <> ?2";
const PROVE: &str = "UPDATE session SET proven_until = ?2 WHERE id = ?1";
const DEVICE_FORGET: &str = "DELETE FROM device WHERE ends_at <= ?1";
const FORGET: &str = "DELETE FROM session WHERE ends_at <= ?1";
const LINK_INSERT: &str = "INSERT INTO link (token_hash, person, ends_at) VALUES (?1, ?2, ?3)";
const LINK_FIND: &str = "SELECT person FROM link WHERE token_hash = ?1 AND ends_at > ?2";
const LINK_TAKE: &str = "DELETE FROM link WHERE token_hash = ?1 RETURNING person, ends_at";
const LINK_FORGET: &str = "DELETE FROM link WHERE ends_at <= ?1";

impl Store {
    /// Begins a session of a person; the token is theirs alone.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_session(
        &self,
        person: Uuid,
        label: &str,
        ends_at: Timestamp,
        proven_until: Timestamp,
    ) -> Result<Token, StoreError> {
        let token = Token::random();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(INSERT)
            .bind(token.hash().as_bytes())
            .bind(Uuid::new_v4().to_string())
            .bind(person.to_string())
            .bind(label)
            .bind(ends_at.as_second())
            .bind(proven_until.as_second())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(TRIM)
            .bind(person.to_string())
            .bind(SESSIONS_MAX)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(token)
    }

    /// The session of a token, as long as it lasts and its person may sign in.
    ///
    /// # Errors
    /// The database's.
    pub async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(token.as_bytes())
            .bind(now.as_second())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Session {
            id: id(row.try_get("session")?)?,
            person: person::read(&row)?,
            proven_until: time(row.try_get("proven_until")?),
        }))
    }

    /// A person's sessions, the one that lasts longest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn sessions(
        &self,
        person: Uuid,
        now: Timestamp,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let rows = sqlx::query(LIST)
            .bind(person.to_string())
            .bind(now.as_second())
            .fetch_all(&self.pool)
            .await?;
        let row = |row: &sqlx::sqlite::SqliteRow| {
            Ok(SessionRow {
                id: id(row.try_get("id")?)?,
                label: row.try_get("label")?,
                ends_at: time(row.try_get("ends_at")?),
            })
        };
        rows.iter().map(row).collect()
    }

    /// Ends one session of a person. False where it was none of theirs.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_session(&self, person: Uuid, session: Uuid) -> Result<bool, StoreError> {
        let done = sqlx::query(END)
            .bind(session.to_string())
            .bind(person.to_string())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends the sessions of a person, but for one where one is to be kept, and says how many those were.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_sessions(&self, person: Uuid, kept: Option<Uuid>) -> Result<u64, StoreError> {
        let done = sqlx::query(END_OTHERS)
            .bind(person.to_string())
            .bind(kept.unwrap_or_default().to_string())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// The person has just proven again who they are.
    ///
    /// # Errors
    /// The database's.
    pub async fn prove_session(&self, session: Uuid, until: Timestamp) -> Result<(), StoreError> {
        sqlx::query(PROVE)
            .bind(session.to_string())
            .bind(until.as_second())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Makes a link that signs a person in once.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_link(&self, person: Uuid, ends_at: Timestamp) -> Result<Token, StoreError> {
        let token = Token::random();
        sqlx::query(LINK_INSERT)
            .bind(token.hash().as_bytes())
            .bind(person.to_string())
            .bind(ends_at.as_second())
            .execute(&self.pool)
            .await?;
        Ok(token)
    }

    /// Whom a link would sign in; it stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn linked(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(LINK_FIND)
            .bind(token.as_bytes())
            .bind(now.as_second())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let person = self.person(id(row.try_get("person")?)?).await?;
        Ok(person.filter(|person| !person.is_disabled))
    }

    /// Whom a link signs in. It is gone with this, whether it was in time or not.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_link(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(LINK_TAKE)
            .bind(token.as_bytes())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        if time(row.try_get("ends_at")?) <= now {
            return Ok(None);
        }
        let person = self.person(id(row.try_get("person")?)?).await?;
        Ok(person.filter(|person| !person.is_disabled))
    }

    /// Forgets what has ended.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_ended(&self, now: Timestamp) -> Result<(), StoreError> {
        for statement in [FORGET, LINK_FORGET, DEVICE_FORGET] {
            sqlx::query(statement)
                .bind(now.as_second())
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}

fn id(text: String) -> Result<Uuid, StoreError> {
    Uuid::parse_str(&text).map_err(|_| StoreError::Row {
        table: "session",
        id: text,
        what: "the id is no UUID",
    })
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::super::testing::{person, store};
    use super::*;

    #[tokio::test]
    async fn a_session_ends_when_its_time_is_over_or_somebody_ends_it() {
        let (_folder, store) = store().await;
        let person = person(&store, "a").await;
        let now = Timestamp::from_second(1_000).unwrap();
        let end = now + 1.hour();
        let token = store
            .begin_session(person.id, "Firefox", end, now)
            .await
            .unwrap();
        let session = store.session(&token.hash(), now).await.unwrap().unwrap();
        assert_eq!(session.person, person);
        assert!(store.session(&token.hash(), end).await.unwrap().is_none());
        assert!(
            store
                .session(&Token::random().hash(), now)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            !store.end_session(Uuid::new_v4(), session.id).await.unwrap(),
            "another's session"
        );
        assert!(store.end_session(person.id, session.id).await.unwrap());
        assert!(store.session(&token.hash(), now).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn sessions_end_one_by_one_or_all_but_one() {
        let (_folder, store) = store().await;
        let person = person(&store, "a").await;
        let now = Timestamp::from_second(1_000).unwrap();
        for _ in 0..SESSIONS_MAX + 3 {
            store
                .begin_session(person.id, "", now + 1.hour(), now)
                .await
                .unwrap();
        }
        let sessions = store.sessions(person.id, now).await.unwrap();
        assert_eq!(sessions.len() as i64, SESSIONS_MAX);
        let ended = store
            .end_sessions(person.id, Some(sessions[0].id))
            .await
            .unwrap();
        assert_eq!(ended as i64, SESSIONS_MAX - 1);
        assert_eq!(store.end_sessions(person.id, None).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_link_signs_in_once_and_in_time() {
        let (_folder, store) = store().await;
        let person = person(&store, "a").await;
        let now = Timestamp::from_second(1_000).unwrap();
        let link = store.add_link(person.id, now + 1.hour()).await.unwrap();
        let linked = store.linked(&link.hash(), now).await.unwrap();
        assert_eq!(
            linked,
            Some(person.clone()),
            "looking at it does not use it up"
        );
        assert_eq!(
            store.take_link(&link.hash(), now).await.unwrap(),
            Some(person.clone())
        );
        assert_eq!(store.take_link(&link.hash(), now).await.unwrap(), None);
        let late = store.add_link(person.id, now).await.unwrap();
        assert_eq!(store.take_link(&late.hash(), now).await.unwrap(), None);
    }
}
