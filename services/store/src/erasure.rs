//! Keys of the erasure days.
