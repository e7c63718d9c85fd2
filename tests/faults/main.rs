//! Real processes, and what happens to them: power cuts, outages, full and failing disks, wrong clocks, restarts; and what
//! people and systems see of it through the API, the admin port, the log and the command line.

mod books;
mod clocks;
mod commands;
mod disk;
mod feed;
mod flush;
mod kill;
mod messages;
mod outage;
mod privacy;
mod process;
mod replicas;
mod store;
