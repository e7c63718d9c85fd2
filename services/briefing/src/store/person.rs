//! Accounts.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::role::Roles;

/// The longest name of an account: an e-mail address fits.
pub(crate) const NAME_CHARS_MAX: usize = 254;

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Names the account; never leaves the application.
    pub id: Uuid,
    /// What they type to sign in.
    pub name: String,
    /// What the node hears instead of the name.
    pub actor: String,
    /// What they may do.
    pub roles: Roles,
    /// The argon2id hash of the password; none for who signs in otherwise.
    pub password: Option<String>,
    /// `issuer subject` of the provider that vouches for them.
    pub openid: Option<String>,
    /// May not sign in.
    pub is_disabled: bool,
}

/// An account to be made.
#[derive(Clone, Debug, Default)]
pub struct NewPerson {
    /// What they type to sign in.
    pub name: String,
    /// What they may do.
    pub roles: Roles,
    /// `issuer subject` of the provider that vouches for them.
    pub openid: Option<String>,
}

const INSERT: &str =
    "INSERT INTO person (id, name, actor, roles, openid) VALUES (?1, ?2, ?3, ?4, ?5)";
const BY_ID: &str =
    "SELECT id, name, actor, roles, password, openid, is_disabled FROM person WHERE id = ?1";
const BY_NAME: &str =
    "SELECT id, name, actor, roles, password, openid, is_disabled FROM person WHERE name = ?1";
const ALL: &str =
    "SELECT id, name, actor, roles, password, openid, is_disabled FROM person ORDER BY name";

impl Store {
    /// Makes an account. The name is kept in lower case.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`], or the database's.
    pub async fn add_person(&self, new: NewPerson) -> Result<Person, StoreError> {
        let person = Person {
            id: Uuid::new_v4(),
            name: new.name.trim().to_lowercase(),
            actor: Uuid::new_v4().to_string(),
            roles: new.roles,
            password: None,
            openid: new.openid,
            is_disabled: false,
        };
        let inserted = sqlx::query(INSERT)
            .bind(person.id.to_string())
            .bind(&person.name)
            .bind(&person.actor)
            .bind(person.roles.to_string())
            .bind(&person.openid)
            .execute(&self.pool)
            .await;
        match inserted {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(StoreError::NameTaken)
            }
            inserted => Ok(inserted.map(|_| person)?),
        }
    }

    /// The account with this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn person(&self, id: Uuid) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The account of this name.
    ///
    /// # Errors
    /// The database's.
    pub async fn person_named(&self, name: &str) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(BY_NAME)
            .bind(name.trim().to_lowercase())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }
}

pub(super) fn read(row: &SqliteRow) -> Result<Person, StoreError> {
    let id: String = row.try_get("id")?;
    let wrong = |what| StoreError::Row {
        table: "person",
        id: id.clone(),
        what,
    };
    let roles: String = row.try_get("roles")?;
    Ok(Person {
        id: Uuid::parse_str(&id).map_err(|_| wrong("the id is no UUID"))?,
        name: row.try_get("name")?,
        actor: row.try_get("actor")?,
        roles: roles.parse().map_err(|_| wrong("there is no such role"))?,
        password: row.try_get("password")?,
        openid: row.try_get("openid")?,
        is_disabled: row.try_get::<i64, _>("is_disabled")? != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::store;
    use super::*;

    #[tokio::test]
    async fn a_name_is_one_account_however_it_is_written() {
        let (_folder, store) = store().await;
        let new = |name: &str| NewPerson {
            name: name.to_owned(),
            roles: "reader".parse().unwrap(),
            openid: None,
        };
        let person = store
            .add_person(new("A.Muster@Stadt.example"))
            .await
            .unwrap();
        assert_eq!(person.name, "a.muster@stadt.example");
        let again = store.add_person(new(" a.muster@stadt.example")).await;
        assert!(matches!(again, Err(StoreError::NameTaken)));
        assert_eq!(
            store.person_named("A.MUSTER@stadt.example").await.unwrap(),
            Some(person)
        );
    }
}
