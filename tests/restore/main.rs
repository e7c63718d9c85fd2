//! Backup and restore as an operator does them, with real processes: what was lost comes back from the partners, and a restored node
//! signs nothing below what it once showed them.

mod commands;
mod disk;
mod drill;
mod keys;
mod marker;
mod queue;
mod scene;
