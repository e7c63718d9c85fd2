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

impl Person {
    /// The key of how they sign in.
    pub(crate) fn way(&self) -> &'static str {
        match (&self.openid, &self.password) {
            (Some(_), _) => "accounts-way-openid",
            (None, Some(_)) => "accounts-way-password",
            (None, None) => "accounts-way-link",
        }
    }
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
const BY_OPENID: &str =
    "SELECT id, name, actor, roles, password, openid, is_disabled FROM person WHERE openid = ?1";
const ALL: &str =
    "SELECT id, name, actor, roles, password, openid, is_disabled FROM person ORDER BY name";

const SET_PASSWORD: &str = "UPDATE person SET password = ?2 WHERE id = ?1";
const SET_ROLES: &str = "UPDATE person SET roles = ?2 WHERE id = ?1";
const SET_DISABLED: &str = "UPDATE person SET is_disabled = ?2 WHERE id = ?1";
const REMOVE: &str = "DELETE FROM person WHERE id = ?1";
const OTHER_OPERATORS: &str =
    "SELECT roles FROM person WHERE is_disabled = 0 AND id <> ?1 AND roles LIKE '%operator%'";
const END_SESSIONS: &str = "DELETE FROM session WHERE person = ?1 AND id <> ?2";
const FORGET_DEVICES: &str = "DELETE FROM device WHERE person = ?1";
const FORGET_LINKS: &str = "DELETE FROM link WHERE person = ?1";

impl Store {
    /// Makes an account. The name is kept in lower case.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`], or the database's.
    pub async fn add_person(&self, new: NewPerson) -> Result<Person, StoreError> {
        let person = made(new);
        let inserted = insert(&person).execute(&self.pool).await;
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

    /// How many accounts may act as coordinators.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn coordinators(&self) -> Result<u32, StoreError> {
        let people = self.people().await?;
        let may = people
            .iter()
            .filter(|it| it.roles.coordinates() && !it.is_disabled);
        Ok(u32::try_from(may.count()).unwrap_or(u32::MAX))
    }

    /// Keeps the hash of a person's new password. What was begun with the old one ends: all sessions but `kept`, links that
    /// were not used, and what browsers are known.
    ///
    /// # Errors
    /// [`StoreError::Provider`] where another keeps the password, or the database's.
    pub async fn set_password(
        &self,
        person: Uuid,
        hash: &str,
        kept: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if found(&mut transaction, person).await?.openid.is_some() {
            return Err(StoreError::Provider);
        }
        sqlx::query(SET_PASSWORD)
            .bind(person.to_string())
            .bind(hash)
            .execute(&mut *transaction)
            .await?;
        end_all(&mut transaction, person, kept).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Gives a person these roles and no others. Whoever loses one has to sign in anew.
    ///
    /// # Errors
    /// [`StoreError::LastOperator`], [`StoreError::Provider`] where another says what they may do, or the database's.
    pub async fn set_roles(&self, person: Uuid, roles: Roles) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let before = found(&mut transaction, person).await?;
        if before.openid.is_some() {
            return Err(StoreError::Provider);
        }
        if !roles.operates() {
            keep_an_operator(&mut transaction, &before).await?;
        }
        change_roles(&mut transaction, &before, roles).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Lets a person sign in no more, or again. Who may not is signed out at once, wherever they are.
    ///
    /// # Errors
    /// [`StoreError::LastOperator`], or the database's.
    pub async fn set_disabled(&self, person: Uuid, is_disabled: bool) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let before = found(&mut transaction, person).await?;
        if is_disabled {
            keep_an_operator(&mut transaction, &before).await?;
            end_all(&mut transaction, person, None).await?;
        }
        sqlx::query(SET_DISABLED)
            .bind(person.to_string())
            .bind(i64::from(is_disabled))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Removes an account with all that belongs to it. The node knew a pseudonym alone, which nobody can lead back now.
    ///
    /// # Errors
    /// [`StoreError::LastOperator`], or the database's.
    pub async fn remove_person(&self, person: Uuid) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let before = found(&mut transaction, person).await?;
        keep_an_operator(&mut transaction, &before).await?;
        sqlx::query(REMOVE)
            .bind(person.to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The account of whom a provider vouches for, with the roles that follow from their groups now. It is made the first time;
    /// `openid` alone says whose it is, never a name or an address, which others may come to have. Whoever has no role left
    /// keeps the account, without roles and signed out, and `None` is the answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn vouched(
        &self,
        openid: &str,
        name: &str,
        roles: Roles,
    ) -> Result<Option<Person>, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query(BY_OPENID)
            .bind(openid)
            .fetch_optional(&mut *transaction)
            .await?;
        let person = match row.as_ref().map(read).transpose()? {
            Some(before) => {
                change_roles(&mut transaction, &before, roles).await?;
                Person { roles, ..before }
            }
            None if roles.is_empty() => return Ok(None),
            None => {
                let name = free_name(&mut transaction, name).await?;
                let person = made(NewPerson {
                    name,
                    roles,
                    openid: Some(openid.to_owned()),
                });
                insert(&person).execute(&mut *transaction).await?;
                person
            }
        };
        transaction.commit().await?;
        Ok(Some(person).filter(|person| !person.roles.is_empty()))
    }
}

type Transaction = sqlx::Transaction<'static, sqlx::Sqlite>;

async fn found(transaction: &mut Transaction, person: Uuid) -> Result<Person, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(person.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    read(&row.ok_or(StoreError::Gone)?)
}

/// Refuses what would leave nobody who looks after the accounts.
async fn keep_an_operator(
    transaction: &mut Transaction,
    person: &Person,
) -> Result<(), StoreError> {
    if person.is_disabled || !person.roles.operates() {
        return Ok(());
    }
    let others = sqlx::query(OTHER_OPERATORS)
        .bind(person.id.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    others.map(|_| ()).ok_or(StoreError::LastOperator)
}

async fn change_roles(
    transaction: &mut Transaction,
    before: &Person,
    roles: Roles,
) -> Result<(), StoreError> {
    sqlx::query(SET_ROLES)
        .bind(before.id.to_string())
        .bind(roles.to_string())
        .execute(&mut **transaction)
        .await?;
    if before.roles.iter().any(|role| !roles.has(role)) {
        end_all(transaction, before.id, None).await?;
    }
    Ok(())
}

/// Ends all that lets a person in without anything further, but for one session.
async fn end_all(
    transaction: &mut Transaction,
    person: Uuid,
    kept: Option<Uuid>,
) -> Result<(), StoreError> {
    sqlx::query(END_SESSIONS)
        .bind(person.to_string())
        .bind(kept.unwrap_or_default().to_string())
        .execute(&mut **transaction)
        .await?;
    for statement in [FORGET_DEVICES, FORGET_LINKS] {
        sqlx::query(statement)
            .bind(person.to_string())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// A name that is nobody's: the one that is wanted, or with a number behind it.
async fn free_name(transaction: &mut Transaction, wanted: &str) -> Result<String, StoreError> {
    let wanted: String = wanted.trim().chars().take(NAME_CHARS_MAX - 8).collect();
    let mut name = wanted.to_lowercase();
    let mut number = 1_u32;
    loop {
        let taken = sqlx::query(BY_NAME)
            .bind(&name)
            .fetch_optional(&mut **transaction)
            .await?;
        if taken.is_none() {
            return Ok(name);
        }
        number += 1;
        name = format!("{} ({number})", wanted.to_lowercase());
    }
}

fn made(new: NewPerson) -> Person {
    Person {
        id: Uuid::new_v4(),
        name: new.name.trim().to_lowercase(),
        actor: Uuid::new_v4().to_string(),
        roles: new.roles,
        password: None,
        openid: new.openid,
        is_disabled: false,
    }
}

fn insert(
    person: &Person,
) -> sqlx::query::Query<'_, sqlx::Sqlite, <sqlx::Sqlite as sqlx::Database>::Arguments> {
    sqlx::query(INSERT)
        .bind(person.id.to_string())
        .bind(&person.name)
        .bind(&person.actor)
        .bind(person.roles.to_string())
        .bind(&person.openid)
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
    use jiff::{Timestamp, ToSpan as _};

    use super::super::testing::{person, store};
    use super::*;
    use crate::security::token::TokenHash;

    fn roles(words: &str) -> Roles {
        words.parse().unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_000).unwrap()
    }

    async fn session(store: &Store, person: &Person) -> TokenHash {
        let begun = store
            .begin_session(person.id, "", now() + 1.hour(), now())
            .await;
        begun.unwrap().hash()
    }

    async fn is_signed_in(store: &Store, token: &TokenHash) -> bool {
        store.session(token, now()).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn coordinators_are_counted_by_their_accounts() {
        let (_folder, store) = store().await;
        for (name, words) in [
            ("a", "coordinator"),
            ("b", "reader,coordinator"),
            ("c", "operator"),
        ] {
            let new = NewPerson {
                name: name.to_owned(),
                roles: roles(words),
                ..NewPerson::default()
            };
            store.add_person(new).await.unwrap();
        }
        assert_eq!(store.coordinators().await.unwrap(), 2);
        let left = store.person_named("a").await.unwrap().unwrap();
        store.set_disabled(left.id, true).await.unwrap();
        assert_eq!(store.coordinators().await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_name_is_one_account_however_it_is_written() {
        let (_folder, store) = store().await;
        let made = person(&store, "A.Muster@Stadt.example").await;
        assert_eq!(made.name, "a.muster@stadt.example");
        let new = NewPerson {
            name: " a.muster@stadt.example".to_owned(),
            ..NewPerson::default()
        };
        let again = store.add_person(new).await;
        assert!(matches!(again, Err(StoreError::NameTaken)));
        let found = store.person_named("A.MUSTER@stadt.example").await.unwrap();
        assert_eq!(found, Some(made));
    }

    #[tokio::test]
    async fn who_loses_a_role_or_the_account_is_signed_out_at_once() {
        let (_folder, store) = store().await;
        let (one, other) = (person(&store, "a").await, person(&store, "b").await);
        let others = session(&store, &other).await;
        let token = session(&store, &one).await;
        store
            .set_roles(one.id, roles("reader,coordinator"))
            .await
            .unwrap();
        assert!(is_signed_in(&store, &token).await, "nothing was lost");
        store.set_roles(one.id, roles("coordinator")).await.unwrap();
        assert!(!is_signed_in(&store, &token).await, "a role was lost");
        let token = session(&store, &one).await;
        let link = store.add_link(one.id, now() + 1.hour()).await.unwrap();
        store.set_disabled(one.id, true).await.unwrap();
        assert!(!is_signed_in(&store, &token).await, "disabled");
        store.set_disabled(one.id, false).await.unwrap();
        assert!(
            !is_signed_in(&store, &token).await,
            "sessions don't come back"
        );
        assert_eq!(
            store.take_link(&link.hash(), now()).await.unwrap(),
            None,
            "links neither"
        );
        let token = session(&store, &one).await;
        store.remove_person(one.id).await.unwrap();
        assert!(!is_signed_in(&store, &token).await, "removed");
        assert!(is_signed_in(&store, &others).await, "others are none of it");
        assert!(matches!(
            store.remove_person(one.id).await,
            Err(StoreError::Gone)
        ));
    }

    #[tokio::test]
    async fn a_new_password_ends_what_was_begun_with_the_old_one() {
        let (_folder, store) = store().await;
        let one = person(&store, "a").await;
        let here = session(&store, &one).await;
        let elsewhere = session(&store, &one).await;
        let device = store.add_device(one.id, now() + 1.hour()).await.unwrap();
        let kept = store.session(&here, now()).await.unwrap().unwrap().id;
        store
            .set_password(one.id, "hash", Some(kept))
            .await
            .unwrap();
        assert!(is_signed_in(&store, &here).await && !is_signed_in(&store, &elsewhere).await);
        assert!(
            !store
                .knows_device(&device.hash(), one.id, now())
                .await
                .unwrap()
        );
        let found = store.person(one.id).await.unwrap().unwrap();
        assert_eq!(found.password.as_deref(), Some("hash"));
    }

    #[tokio::test]
    async fn somebody_always_looks_after_the_accounts() {
        let (_folder, store) = store().await;
        let (one, other) = (person(&store, "a").await, person(&store, "b").await);
        store.set_roles(one.id, roles("operator")).await.unwrap();
        let last = |it: Result<(), StoreError>| matches!(it, Err(StoreError::LastOperator));
        assert!(last(store.set_roles(one.id, roles("reader")).await));
        assert!(last(store.set_disabled(one.id, true).await));
        assert!(last(store.remove_person(one.id).await));
        store.set_roles(other.id, roles("operator")).await.unwrap();
        store.set_disabled(other.id, true).await.unwrap();
        assert!(
            last(store.remove_person(one.id).await),
            "who is disabled does not count"
        );
        store.set_disabled(other.id, false).await.unwrap();
        store.remove_person(one.id).await.unwrap();
    }

    #[tokio::test]
    async fn a_provider_vouches_for_its_own_subject_and_for_no_name() {
        let (_folder, store) = store().await;
        let local = person(&store, "kim").await;
        assert_eq!(
            store.vouched("https://op 1", "x", roles("")).await.unwrap(),
            None
        );
        let kim = store
            .vouched("https://op 1", "Kim", roles("reader"))
            .await
            .unwrap()
            .unwrap();
        assert_ne!(kim.id, local.id);
        assert_eq!(kim.name, "kim (2)");
        let token = session(&store, &kim).await;
        let again = store
            .vouched("https://op 1", "other", roles("reader,operator"))
            .await;
        assert_eq!(again.unwrap().map(|it| it.id), Some(kim.id));
        assert!(is_signed_in(&store, &token).await);
        assert_eq!(
            store
                .vouched("https://op 1", "Kim", roles(""))
                .await
                .unwrap(),
            None
        );
        assert!(!is_signed_in(&store, &token).await, "no group, no entry");
        let refused = |it: Result<(), StoreError>| matches!(it, Err(StoreError::Provider));
        assert!(refused(store.set_roles(kim.id, roles("operator")).await));
        assert!(refused(store.set_password(kim.id, "hash", None).await));
    }
}
