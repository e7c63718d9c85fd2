//! The contract between this release and the one before, with both binaries: what `docs/operations/upgrade.md` promises.
//!
//! `tests/run upgrade` builds the one before from `verbund-*.tar.xz` and names it in `VERBUND_PREVIOUS`. When a release is made,
//! `previous.py pin` puts its sources in the place of those that are there.

mod releases {
    mod application;
    mod back;
    mod crowd;
    mod exchange;
    mod mixed;
    mod programs;
    mod replicas;
    mod scene;
}
