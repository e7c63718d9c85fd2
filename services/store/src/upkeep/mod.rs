//! A store as a whole, while no node works on it: moved to another place, checked, its projections made anew.
//!
//! - [`copy`]: to another place or engine, every entry verified, resumable;
//! - [`backup`] and [`restore`]: into a file, and from it;
//! - [`check`]: what is wrong where; changes nothing, and may look at a store that a node works on;
//! - [`rebuild`]: situations, readings, versions and which entries are steps, from the entries;
//! - [`tables`]: every table with its columns; [`whole`]: a database of either engine;
//! - [`entries`]: whether an entry is what its origin signed, in its place; [`projections`]: what entries come to.
//!
//! Who may sign, and what codes say, is not the store's to know: the caller brings [`Signers`] and a [`Projector`].

mod backup;
mod check;
mod copy;
mod entries;
mod finding;
mod projections;
mod rebuild;
mod replay;
pub(crate) mod tables;
pub(crate) mod whole;

use std::path::PathBuf;

use verbund_ledger::{FrameHash, PublicKey};
use verbund_model::{AgencyId, SubjectId};

use crate::record::CharterRecord;
use crate::situation::SituationProjection;

pub use backup::{backup, restore};
pub use check::{Checked, check};
pub use copy::{Copied, copy, reopen};
pub use finding::{Finding, FindingKind};
pub use rebuild::{Rebuilt, rebuild};

/// What every work on a whole store needs to know.
#[derive(Debug, Clone)]
pub struct Upkeep {
    /// The folder with the keys of the erasure days. It is read and never changed.
    pub erasure_keys: PathBuf,
    /// Today in the federation's zone, in days since 1970-01-01: content of earlier days has to be gone.
    pub today: i32,
    /// Fills also a database that is set to lose what has been acknowledged.
    pub accept_data_loss: bool,
}

impl Upkeep {
    /// The first day whose readings are kept, in days since 1970-01-01.
    fn readings_from(&self, signers: &dyn Signers) -> i32 {
        let days = i32::try_from(signers.reading_days()).unwrap_or(i32::MAX);
        self.today.saturating_sub(days)
    }
}

/// What the charters say: who may sign what, and for how long readings are kept.
pub trait Signers: Send + Sync {
    /// Takes in a charter that the store has adopted. All of them come, the oldest first, before anything is asked.
    ///
    /// # Errors
    /// Says what is wrong with it, in a few words.
    fn learn(&mut self, charter: &CharterRecord) -> Result<(), String>;

    /// The keys that an agency has signed with, under whichever charter; none for one that never was a member.
    fn keys(&self, agency: &AgencyId) -> &[PublicKey];

    /// For how many days the newest charter keeps readings.
    fn reading_days(&self) -> u32;
}

/// What the codes of an entry come to.
#[derive(Debug, Clone)]
pub struct Projected {
    /// What it speaks on.
    pub subject: SubjectId,
    /// What it says there; `None` for what is no version of a situation.
    pub projection: Option<SituationProjection>,
    /// Whether it is a step of the subject, where there is no projection.
    pub step: bool,
    /// The frames whose content goes with it.
    pub erases: Vec<FrameHash>,
}

/// Reads codes.
pub trait Projector: Send + Sync {
    /// What they say; `None` when they can't be read.
    fn project(&self, origin: &AgencyId, codes: &[u8]) -> Option<Projected>;
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows are copied.
    Copying,
    /// The copy is compared with the store.
    Comparing,
    /// Rows are checked.
    Checking,
    /// Projections are computed from the entries.
    Projecting,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// With what.
    pub stage: Stage,
    /// In which table.
    pub table: &'static str,
    /// Rows that are done.
    pub done: u64,
    /// Rows that there are.
    pub total: u64,
}

/// Told after each page. Called on the task that works.
type Tell<'a> = &'a mut (dyn FnMut(Progress) + Send);
