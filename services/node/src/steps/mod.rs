//! Steps: what several agencies say on tasks, meetings and protocols, and on updates in remarks and acknowledgements.
//!
//! - [`taken`]: a step as the store has it, decoded.
//! - [`subject`]: the steps on one subject and what they come to; [`subject::Stepped`] says what the kinds differ in.
//! - [`board`]: all subjects in their latest state, in memory, for lists and watchers.
//! - [`take`]: the way of an own step from a caller to stable storage.
//! - [`admit`]: what the contract and the charter ask of a step; asked of an own one before it is stored, and of each that comes.
//! - [`task`], [`meeting`], [`protocol`], [`remark`]: what callers can do with each kind; [`calendar`]: meetings and due tasks as a
//!   file.
//! - [`forget`]: closed subjects, on their day; [`archive`]: what is laid down before.

pub(crate) mod admit;
pub(crate) mod archive;
pub(crate) mod board;
pub(crate) mod calendar;
pub(crate) mod forget;
pub(crate) mod meeting;
pub(crate) mod protocol;
pub(crate) mod remark;
pub(crate) mod subject;
pub(crate) mod take;
pub(crate) mod taken;
pub(crate) mod task;
