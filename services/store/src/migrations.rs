//! The schema's versions, the same numbers and names on both engines. A released one never changes.

use aws_lc_rs::digest::{SHA256, digest};

use crate::error::{Error, Result};

/// A step of the schema.
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            name: $name,
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
pub(crate) const MIGRATIONS: [Migration; 4] = [
    migration!("0001", "first"),
    migration!("0002", "replicas"),
    migration!("0003", "reviews"),
    migration!("0004", "steps"),
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

/// What is still to be applied to a store that has these (number and hash), in ascending order.
///
/// # Errors
/// [`Error::NewerSchema`], [`Error::ChangedMigration`].
pub(crate) fn missing(
    applied: &[(u32, Vec<u8>)],
    dialect: Dialect,
) -> Result<impl Iterator<Item = (u32, &'static Migration)>> {
    let found = applied.last().map_or(0, |(number, _)| *number);
    if found > KNOWN {
        return Err(Error::NewerSchema {
            found,
            known: KNOWN,
        });
    }
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
        ];
        assert_eq!(hashes, pinned.map(|(name, hash)| (name, hash.to_owned())));
    }

    #[test]
    fn newer_and_changed_ones_are_refused() {
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
        assert!(matches!(
            count(KNOWN + 1),
            Err(Error::NewerSchema { found, .. }) if found == KNOWN + 1
        ));
        let mut changed = applied(1);
        changed[0].1[0] ^= 1;
        assert!(matches!(
            missing(&changed, Dialect::Sqlite).map(Iterator::count),
            Err(Error::ChangedMigration { number: 1 })
        ));
    }
}
