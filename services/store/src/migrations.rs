//! The schema's versions, the same numbers and names on both engines. A released one never changes.
//!
//! A migration expands or contracts. One that expands leaves everything that the release before reads and writes as it is to that
//! release; one that contracts takes something away, and comes a release later at the earliest. Which it is says its *floor*: the
//! lowest schema whose releases may still open a store that has it. It is written into the store, so that a release which does not
//! know the migration knows whether it may go on without it.

use aws_lc_rs::digest::{SHA256, digest};

use crate::error::{Error, Result};

/// A step of the schema.
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    /// `None`: of the time before floors, when no release opened a newer store.
    pub(crate) floor: Option<u32>,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        migration!($number, $name, None)
    };
    ($number:literal, $name:literal, may still open: $floor:literal) => {
        migration!($number, $name, Some($floor))
    };
    ($number:literal, $name:literal, $floor:expr) => {
        Migration {
            name: $name,
            floor: $floor,
            sqlite: include_str!(concat!(
                "../../../migrations/sqlite/",
                $number,
                "_",
                $name,
                ".sql"
            )),
            postgres: include_str!(concat!(
                "../../../migrations/postgres/",
                $number,
                "_",
                $name,
                ".sql"
            )),
        }
    };
}

/// All of them, in their order.
pub(crate) const MIGRATIONS: [Migration; 6] = [
    migration!("0001", "first"),
    migration!("0002", "replicas"),
    migration!("0003", "reviews"),
    migration!("0004", "steps"),
    // Releases that know fewer can't read floors.
    migration!("0005", "floor", may still open: 5),
    migration!("0006", "queue", may still open: 6),
];

/// The schema that this release needs.
pub(crate) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// In which language.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Migration {
    pub(crate) fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    pub(crate) fn sha256(&self, dialect: Dialect) -> Vec<u8> {
        digest(&SHA256, self.sql(dialect).as_bytes())
            .as_ref()
            .to_vec()
    }
}

/// What to make of a store that has more migrations than this release knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newer {
    /// It is opened where its floor allows that.
    Allowed,
    /// It is left to a release that knows all of its tables, whatever its floor.
    Refused,
}

impl Newer {
    /// Decides on a store whose newest migration is `found` and has this floor; `None`: it has no such migration.
    ///
    /// # Errors
    /// [`Error::NewerSchema`].
    pub(crate) fn judge(self, found: u32, floor: Option<i64>) -> Result<()> {
        let opens = floor.is_some_and(|floor| (1..=i64::from(KNOWN)).contains(&floor));
        if opens && self == Self::Allowed {
            tracing::warn!(
                found,
                known = KNOWN,
                "a newer release has expanded the store; this one may go on with it"
            );
            return Ok(());
        }
        Err(Error::NewerSchema {
            found,
            known: KNOWN,
            opens,
        })
    }
}

/// What is still to be applied to a store that has these (number and hash), in ascending order: nothing where it has more than
/// this release knows.
///
/// # Errors
/// [`Error::ChangedMigration`].
pub(crate) fn missing(
    applied: &[(u32, Vec<u8>)],
    dialect: Dialect,
) -> Result<impl Iterator<Item = (u32, &'static Migration)>> {
    for ((number, sha256), migration) in applied.iter().zip(&MIGRATIONS) {
        if *sha256 != migration.sha256(dialect) {
            return Err(Error::ChangedMigration { number: *number });
        }
    }
    Ok((1..).zip(&MIGRATIONS).skip(applied.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A released migration never changes. A new one gets new lines here.
    #[test]
    fn migrations_are_as_released() {
        let hashes: Vec<_> = MIGRATIONS
            .iter()
            .flat_map(|it| {
                [Dialect::Sqlite, Dialect::Postgres]
                    .map(|dialect| (it.name, hex::encode(it.sha256(dialect))))
            })
            .collect();
        let pinned = [
            (
                "first",
                "fc30eb8862ee2a7d78d1b2f4076f17b1c39957261a82ce729add7078b7cd338c",
            ),
            (
                "first",
                "e6223ef7ff92ab9d0a220f27bdaa566f9957930084fcdcbbed6dadc05413d65f",
            ),
            (
                "replicas",
                "1e1548f364422b32ff4bcca371212b4fac4d317e113991c76a2e08a4ba58662a",
            ),
            (
                "replicas",
                "008c98f9408d891c058688e5f83939ca8c3c38a20fa18605a80120078e1d4811",
            ),
            (
                "reviews",
                "6ffa3affbb1111f020088485a6242b80e67862886a6ed38b29c0b2a78e9a8698",
            ),
            (
                "reviews",
                "c97601f69bd8acb2489a940e807f5dcc482679a2071167cb68eeaefee441be6f",
            ),
            (
                "steps",
                "0282b5ae5d160067bf50c3738737b073dbfdf120a13473ab1d17cc5a2378191f",
            ),
            (
                "steps",
                "9ad7eb847379e65a8a56aec7aa9a8d4410b14ca9550ce0c9ed95c3fcef38284f",
            ),
            (
                "floor",
                "ca632e9f98b4253803d4b82fc13ab1b0dc73cb2f5a39d566be65b531bbe4004c",
            ),
            (
                "floor",
                "2ea8ed1864f827c420593377ad7131d7fee324646663dc254d041f5a7dd68b3e",
            ),
            (
                "queue",
                "8ff3bbb9cc89340f02b868c1976e72c0734c2f0c15829cb09c8130dc4ef1b934",
            ),
            (
                "queue",
                "66129ea4683969131dd18c1508d757cdf64021d7b7da22aed714b3c8d1c6a744",
            ),
        ];
        assert_eq!(hashes, pinned.map(|(name, hash)| (name, hash.to_owned())));
    }

    /// Later ones say a floor, which can't be above their own number, nor below that of the one before.
    #[test]
    fn floors_only_rise() {
        let mut last = None;
        for (number, it) in (1..).zip(&MIGRATIONS) {
            assert_eq!(it.floor.is_some(), number >= 5, "{}", it.name);
            assert!(it.floor.is_none_or(|floor| floor <= number), "{}", it.name);
            assert!(it.floor >= last, "{}", it.name);
            last = it.floor;
        }
    }

    #[test]
    fn a_newer_store_says_who_may_open_it() {
        let judged = |newer: Newer, floor| match newer.judge(KNOWN + 1, floor) {
            Ok(()) => None,
            Err(Error::NewerSchema { opens, .. }) => Some(opens),
            Err(other) => panic!("{other:?}"),
        };
        let known = i64::from(KNOWN);
        for floor in [Some(5), Some(known)] {
            assert_eq!(judged(Newer::Allowed, floor), None);
            assert_eq!(judged(Newer::Refused, floor), Some(true));
        }
        // Contracted; written by nobody who knows floors; not there at all.
        for floor in [Some(known + 1), Some(0), Some(-1), None] {
            assert_eq!(judged(Newer::Allowed, floor), Some(false));
            assert_eq!(judged(Newer::Refused, floor), Some(false));
        }
    }

    #[test]
    fn changed_ones_are_refused() {
        let applied = |count: u32| -> Vec<(u32, Vec<u8>)> {
            (1..=count)
                .map(|number| {
                    let known = MIGRATIONS.get(number as usize - 1);
                    let sha256 = known.map_or(vec![1], |it| it.sha256(Dialect::Sqlite));
                    (number, sha256)
                })
                .collect()
        };
        let count = |count| missing(&applied(count), Dialect::Sqlite).map(Iterator::count);
        assert_eq!(count(0).unwrap(), MIGRATIONS.len());
        assert_eq!(count(KNOWN).unwrap(), 0);
        assert_eq!(count(KNOWN + 1).unwrap(), 0);
        let mut changed = applied(1);
        changed[0].1[0] ^= 1;
        assert!(matches!(
            missing(&changed, Dialect::Sqlite).map(Iterator::count),
            Err(Error::ChangedMigration { number: 1 })
        ));
    }
}
