//! What people want to be told, the ways to them, and what is still to be said.
//!
//! Nothing here tells when somebody reads or works, or when something was sent: what was said is deleted.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, Sqlite, Transaction};
use uuid::Uuid;

use super::person::{self, Person};
use super::{Store, StoreError};
use crate::lang::Lang;
use crate::notify::matter::{Matter, Urgencies};
use crate::notify::rules::{Channel, Choice, Quiet};
use crate::security::token::TokenHash;

/// What one way may have to say at the same time. Whoever has so much waiting learns nothing from more.
const PENDING_MAX: u32 = 500;
/// How long something is tried to be said. Whoever did not look for so long finds it on the pages.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Browsers of one person that take pushes.
const BROWSERS_MAX: usize = 8;

/// A way to a person.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// Names it.
    pub(crate) id: Uuid,
    /// To whom it leads.
    pub(crate) person: Uuid,
    /// Where it leads.
    pub(crate) target: Target,
    /// The person has shown that it is theirs.
    pub(crate) is_confirmed: bool,
    /// Since when nothing got through; `None` while all is well.
    pub(crate) failing_since: Option<Timestamp>,
    /// How often it was tried since.
    pub(crate) failures: u32,
}

/// Where a way leads.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// An e-mail address.
    Mail(String),
    /// A browser.
    Push {
        /// The address that the push service gave it.
        endpoint: String,
        /// Its public key, an uncompressed point of P-256.
        key: Vec<u8>,
        /// Its secret, 16 bytes.
        secret: Vec<u8>,
        /// Its family.
        label: String,
    },
}

/// Something that is still to be said by a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Its place in the order of all.
    pub(crate) number: i64,
    /// What kind of thing waits.
    pub(crate) matter: Matter,
    /// Which one.
    pub(crate) subject: String,
    /// When it is told at the latest, quiet hours aside.
    pub(crate) due_at: Timestamp,
    /// When it is given up.
    pub(crate) ends_at: Timestamp,
}

/// Something to be said to one person, by all their ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// To whom.
    pub(crate) person: Uuid,
    /// What kind of thing waits.
    pub(crate) matter: Matter,
    /// Which one.
    pub(crate) subject: String,
    /// When it is told at the latest, quiet hours aside.
    pub(crate) due_at: Timestamp,
}

/// Which one of its kind: a matter and the subject's name.
pub(crate) type Subject = (Matter, String);

const ROUTE: &str = "SELECT id, person, channel, address, push_key, push_secret, label, confirm_hash IS NULL AS is_confirmed, \
    failing_since, failures FROM notify_route";
const CHOICE_FIND: &str =
    "SELECT lang, mail, push, quiet_from, quiet_to, is_woken FROM notify_choice WHERE person = ?1";
const CHOICE_PUT: &str = "INSERT INTO notify_choice (person, lang, mail, push, quiet_from, quiet_to, is_woken) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (person) DO UPDATE SET lang = ?2, mail = ?3, push = ?4, quiet_from = ?5, \
    quiet_to = ?6, is_woken = ?7";
const MAIL_FORGET: &str = "DELETE FROM notify_route WHERE person = ?1 AND channel = 'mail'";
const MAIL_ADD: &str = "INSERT INTO notify_route (id, person, channel, address, label, confirm_hash, confirm_ends_at) \
    VALUES (?1, ?2, 'mail', ?3, '', ?4, ?5)";
const MAIL_CONFIRM: &str = "UPDATE notify_route SET confirm_hash = NULL, confirm_ends_at = NULL \
    WHERE confirm_hash = ?1 AND confirm_ends_at > ?2";
const MAIL_UNCONFIRMED: &str = "DELETE FROM notify_route WHERE confirm_ends_at <= ?1";
const PUSH_FORGET: &str = "DELETE FROM notify_route WHERE channel = 'push' AND address = ?1";
const PUSH_ADD: &str = "INSERT INTO notify_route (id, person, channel, address, push_key, push_secret, label) \
    VALUES (?1, ?2, 'push', ?3, ?4, ?5, ?6)";
const PUSH_COUNT: &str = "SELECT count(*) FROM notify_route WHERE channel = 'push' AND person = ?1";
const ROUTE_FORGET: &str = "DELETE FROM notify_route WHERE id = ?1 AND person = ?2";
const ROUTE_WELL: &str =
    "UPDATE notify_route SET failing_since = 0, failures = 0, next_at = 0 WHERE id = ?1";
const ROUTE_FAILED: &str = "UPDATE notify_route SET failures = failures + 1, next_at = ?3, \
    failing_since = CASE failing_since WHEN 0 THEN ?2 ELSE failing_since END WHERE id = ?1";
const RECIPIENTS: &str = "SELECT id, name, actor, roles, password, openid, is_disabled FROM person WHERE is_disabled = 0 AND id IN \
    (SELECT person FROM notify_route WHERE confirm_hash IS NULL)";
// Replacing gives the row a new number: whoever is sending the old one does not delete the new one with it.
const PENDING_ADD: &str = "INSERT OR REPLACE INTO notify_pending (route, matter, subject, due_at, ends_at) \
    SELECT r.id, ?2, ?3, ?4, ?6 FROM notify_route r WHERE r.person = ?1 AND r.confirm_hash IS NULL \
    AND (SELECT count(*) FROM notify_pending p WHERE p.route = r.id) < ?5";
const PENDING_OF: &str = "SELECT number, matter, subject, due_at, ends_at FROM notify_pending WHERE route = ?1 ORDER BY number";
const PENDING_DONE: &str = "DELETE FROM notify_pending WHERE number = ?1";
const PENDING_GONE: &str = "DELETE FROM notify_pending WHERE matter = ?1 AND subject = ?2";
const PENDING_LATER: &str = "UPDATE notify_pending SET due_at = ?2 WHERE number = ?1";
const READY: &str = "SELECT id FROM notify_route r WHERE channel = ?1 AND next_at <= ?2 AND confirm_hash IS NULL AND \
    EXISTS (SELECT 1 FROM notify_pending p WHERE p.route = r.id AND p.due_at <= ?2)";
const NEXT: &str = "SELECT min(max(r.next_at, p.due_at)) FROM notify_pending p JOIN notify_route r ON r.id = p.route \
    WHERE r.channel = ?1";
const STANDING_ADD: &str =
    "INSERT OR IGNORE INTO notify_standing (matter, subject) VALUES (?1, ?2)";
const STANDING_GONE: &str = "DELETE FROM notify_standing WHERE matter = ?1 AND subject = ?2";
const STANDING_OF: &str = "SELECT subject FROM notify_standing WHERE matter = ?1";
const CURSOR: &str = "SELECT cursor FROM notify_cursor WHERE id = 1";
const CURSOR_PUT: &str = "INSERT INTO notify_cursor (id, cursor) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET cursor = ?1";

/// What a person has chosen, and the ways to them.
impl Store {
    /// What a person has chosen; the usual where they have chosen nothing.
    pub(crate) async fn notify_choice(&self, person: Uuid) -> Result<Choice, StoreError> {
        let row = sqlx::query(CHOICE_FIND)
            .bind(person.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref()
            .map_or_else(|| Ok(Choice::default()), |row| choice(row, person))
    }

    /// Keeps what a person has chosen.
    pub(crate) async fn set_notify_choice(
        &self,
        person: Uuid,
        choice: &Choice,
    ) -> Result<(), StoreError> {
        let time = |time: Time| time.strftime("%H:%M").to_string();
        sqlx::query(CHOICE_PUT)
            .bind(person.to_string())
            .bind(choice.lang.tag())
            .bind(choice.mail.to_string())
            .bind(choice.push.to_string())
            .bind(choice.quiet.map(|it| time(it.from)))
            .bind(choice.quiet.map(|it| time(it.to)))
            .bind(choice.is_woken)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The ways to a person.
    pub(crate) async fn notify_routes(&self, person: Uuid) -> Result<Vec<Route>, StoreError> {
        let statement =
            sqlx::AssertSqlSafe(format!("{ROUTE} WHERE person = ?1 ORDER BY channel, rowid"));
        let rows = sqlx::query(statement)
            .bind(person.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(route).collect()
    }

    /// A way.
    pub(crate) async fn notify_route(&self, id: Uuid) -> Result<Option<Route>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{ROUTE} WHERE id = ?1")))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(route).transpose()
    }

    /// Sets a person's e-mail address, in the place of the one before. It counts once it is confirmed.
    pub(crate) async fn set_mail_address(
        &self,
        person: Uuid,
        address: &str,
        token: &TokenHash,
        ends_at: Timestamp,
    ) -> Result<Route, StoreError> {
        let id = Uuid::new_v4();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(MAIL_FORGET)
            .bind(person.to_string())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(MAIL_ADD)
            .bind(id.to_string())
            .bind(person.to_string())
            .bind(address)
            .bind(token.as_bytes())
            .bind(ends_at.as_second())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Route {
            id,
            person,
            target: Target::Mail(address.to_owned()),
            is_confirmed: false,
            failing_since: None,
            failures: 0,
        })
    }

    /// The e-mail address that waits for this token is its person's. False where none does, or not any more.
    pub(crate) async fn confirm_mail_address(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(MAIL_CONFIRM)
            .bind(token.as_bytes())
            .bind(now.as_second())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Adds a browser of a person; whoever used it before has it no more. False where the person has too many.
    pub(crate) async fn add_browser(
        &self,
        person: Uuid,
        endpoint: &str,
        key: &[u8],
        secret: &[u8],
        label: &str,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(PUSH_FORGET)
            .bind(endpoint)
            .execute(&mut *transaction)
            .await?;
        let (count,): (i64,) = sqlx::query_as(PUSH_COUNT)
            .bind(person.to_string())
            .fetch_one(&mut *transaction)
            .await?;
        if count >= BROWSERS_MAX as i64 {
            return Ok(false);
        }
        sqlx::query(PUSH_ADD)
            .bind(Uuid::new_v4().to_string())
            .bind(person.to_string())
            .bind(endpoint)
            .bind(key)
            .bind(secret)
            .bind(label)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Forgets a way to a person, and all that was to be said by it. False where it is none of theirs.
    pub(crate) async fn forget_route(&self, person: Uuid, route: Uuid) -> Result<bool, StoreError> {
        let done = sqlx::query(ROUTE_FORGET)
            .bind(route.to_string())
            .bind(person.to_string())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets e-mail addresses that nobody has confirmed in time.
    pub(crate) async fn forget_unconfirmed(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(MAIL_UNCONFIRMED)
            .bind(now.as_second())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// What is to be said.
impl Store {
    /// Everybody to whom a way leads.
    pub(crate) async fn notify_recipients(&self) -> Result<Vec<Person>, StoreError> {
        let rows = sqlx::query(RECIPIENTS).fetch_all(&self.pool).await?;
        rows.iter().map(person::read).collect()
    }

    /// How far the feed was read; `None` before the first time.
    pub(crate) async fn notify_cursor(&self) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(CURSOR).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get("cursor")).transpose()?)
    }

    /// The feed was read up to a cursor: what is gone need not be said any more, and then these are to be said.
    pub(crate) async fn read_feed_to(
        &self,
        cursor: &str,
        orders: &[Order],
        gone: &BTreeSet<Subject>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(CURSOR_PUT)
            .bind(cursor)
            .execute(&mut *transaction)
            .await?;
        each(&mut transaction, PENDING_GONE, gone).await?;
        add(&mut transaction, orders).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What of these matters waited at the last look.
    pub(crate) async fn standing(
        &self,
        matters: &[Matter],
    ) -> Result<BTreeSet<Subject>, StoreError> {
        let mut standing = BTreeSet::new();
        for matter in matters {
            let rows = sqlx::query(STANDING_OF)
                .bind(matter.word())
                .fetch_all(&self.pool)
                .await?;
            for row in rows {
                standing.insert((*matter, row.try_get("subject")?));
            }
        }
        Ok(standing)
    }

    /// Some things wait since this look, and are to be said; others don't any more, and need not be said.
    pub(crate) async fn settle(
        &self,
        new: &BTreeSet<Subject>,
        orders: &[Order],
        gone: &BTreeSet<Subject>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        each(&mut transaction, STANDING_GONE, gone).await?;
        each(&mut transaction, PENDING_GONE, gone).await?;
        each(&mut transaction, STANDING_ADD, new).await?;
        add(&mut transaction, orders).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The ways of a channel by which something is due.
    pub(crate) async fn ready_routes(
        &self,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, StoreError> {
        let rows = sqlx::query(READY)
            .bind(channel.word())
            .bind(now.as_second())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| id(row.try_get("id")?)).collect()
    }

    /// When the next thing of a channel is due.
    pub(crate) async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let (next,): (Option<i64>,) = sqlx::query_as(NEXT)
            .bind(channel.word())
            .fetch_one(&self.pool)
            .await?;
        Ok(next.map(time))
    }

    /// What is still to be said by a way, the oldest first.
    pub(crate) async fn pending(&self, route: Uuid) -> Result<Vec<Pending>, StoreError> {
        let rows = sqlx::query(PENDING_OF)
            .bind(route.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(pending).collect()
    }

    /// These need not be said any more.
    pub(crate) async fn pending_done<'a>(
        &self,
        done: impl IntoIterator<Item = &'a Pending>,
    ) -> Result<(), StoreError> {
        let numbers: Vec<i64> = done.into_iter().map(|it| it.number).collect();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for number in numbers {
            sqlx::query(PENDING_DONE)
                .bind(number)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// These wait until a time.
    pub(crate) async fn pending_later(
        &self,
        later: &[(&Pending, Timestamp)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for (pending, until) in later {
            sqlx::query(PENDING_LATER)
                .bind(pending.number)
                .bind(until.as_second())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Something got through.
    pub(crate) async fn route_works(&self, route: Uuid) -> Result<(), StoreError> {
        sqlx::query(ROUTE_WELL)
            .bind(route.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Nothing got through; it is tried again at `next_at`.
    pub(crate) async fn route_fails(
        &self,
        route: Uuid,
        now: Timestamp,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(ROUTE_FAILED)
            .bind(route.to_string())
            .bind(now.as_second())
            .bind(next_at.as_second())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

async fn each(
    transaction: &mut Transaction<'_, Sqlite>,
    statement: &'static str,
    subjects: &BTreeSet<Subject>,
) -> Result<(), StoreError> {
    for (matter, subject) in subjects {
        sqlx::query(statement)
            .bind(matter.word())
            .bind(subject)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

async fn add(transaction: &mut SqliteConnection, orders: &[Order]) -> Result<(), StoreError> {
    for order in orders {
        sqlx::query(PENDING_ADD)
            .bind(order.person.to_string())
            .bind(order.matter.word())
            .bind(&order.subject)
            .bind(order.due_at.as_second())
            .bind(PENDING_MAX)
            .bind((order.due_at + KEPT).as_second())
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}

fn choice(row: &SqliteRow, person: Uuid) -> Result<Choice, StoreError> {
    let wrong = |what| StoreError::Row {
        table: "notify_choice",
        id: person.to_string(),
        what,
    };
    let urgencies = |column| {
        let words: String = row.try_get(column)?;
        Urgencies::parse(&words).ok_or_else(|| wrong("there is no such urgency"))
    };
    let time =
        |text: &str| Time::strptime("%H:%M", text).map_err(|_| wrong("that is no time of the day"));
    let quiet: (Option<String>, Option<String>) =
        (row.try_get("quiet_from")?, row.try_get("quiet_to")?);
    let lang: String = row.try_get("lang")?;
    Ok(Choice {
        lang: Lang::of_tag(&lang).ok_or_else(|| wrong("there is no such language"))?,
        mail: urgencies("mail")?,
        push: urgencies("push")?,
        quiet: match quiet {
            (Some(from), Some(to)) => Some(Quiet {
                from: time(&from)?,
                to: time(&to)?,
            }),
            _ => None,
        },
        is_woken: row.try_get("is_woken")?,
    })
}

fn route(row: &SqliteRow) -> Result<Route, StoreError> {
    let address: String = row.try_get("address")?;
    let keys: (Option<Vec<u8>>, Option<Vec<u8>>) =
        (row.try_get("push_key")?, row.try_get("push_secret")?);
    let target = match keys {
        (Some(key), Some(secret)) => Target::Push {
            endpoint: address,
            key,
            secret,
            label: row.try_get("label")?,
        },
        _ => Target::Mail(address),
    };
    let failing_since: i64 = row.try_get("failing_since")?;
    Ok(Route {
        id: id(row.try_get("id")?)?,
        person: id(row.try_get("person")?)?,
        target,
        is_confirmed: row.try_get("is_confirmed")?,
        failing_since: (failing_since > 0).then(|| time(failing_since)),
        failures: row.try_get("failures")?,
    })
}

fn pending(row: &SqliteRow) -> Result<Pending, StoreError> {
    let number: i64 = row.try_get("number")?;
    let matter: String = row.try_get("matter")?;
    Ok(Pending {
        number,
        matter: Matter::of_word(&matter).ok_or_else(|| StoreError::Row {
            table: "notify_pending",
            id: number.to_string(),
            what: "there is no such matter",
        })?,
        subject: row.try_get("subject")?,
        due_at: time(row.try_get("due_at")?),
        ends_at: time(row.try_get("ends_at")?),
    })
}

fn id(text: String) -> Result<Uuid, StoreError> {
    Uuid::parse_str(&text).map_err(|_| StoreError::Row {
        table: "notify_route",
        id: text,
        what: "the id is no UUID",
    })
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Neither addresses nor a browser's secret get into a log by accident.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mail(_) => "Mail(…)",
            Self::Push { .. } => "Push(…)",
        })
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("id", &self.id)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
