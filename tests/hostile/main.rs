//! A partner that wishes us ill: a member's real key and certificate in the hands of the test.
//!
//! Each test does one thing that no honest node does, and then shows four things: the fault stopped one lane or nothing; its
//! reason is to be seen in the status or the alarms; what became of each entry stands in the signed receipts; and an honest
//! third node goes on exchanging with the victim as if nothing had happened.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod chain;
mod content;
mod flood;
mod hello;
mod receipts;
mod relay;
mod scene;
mod showings;
mod steps;
mod stolen;
