//! Power cuts under load, of either end.
//!
//! The books: every request with its id and what was answered. After the cut all requests are made again. What was
//! acknowledged must get its first answer, what was not must be stored once, and both feeds must hold exactly that.

use anyhow::Result;
use verbund_tests::{Federation, Load};

use crate::books::{ORIGIN, PARTNER, agree, cut_power, level};

/// More than any round gets through before the power goes.
const MANY: usize = 1500;
/// After how many acknowledgements it goes: at the first, and twice in the middle of things.
const CUTS: [usize; 3] = [1, 200, 700];

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_killed_under_load_keeps_what_it_acknowledged_and_doubles_nothing() -> Result<()>
{
    let mut fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let mut books = Vec::new();
    for (round, cut) in (1..).zip(CUTS) {
        let system = fed.system(ORIGIN, "everything").await?;
        let mut load = Load::new(&system, MANY, &format!("Runde {round}, Meldung"));
        cut_power(&mut fed, ORIGIN, &system, &mut load, cut).await?;
        let kept = load.kept().count();
        assert!((cut..MANY).contains(&kept), "{kept} acknowledged");
        fed.launch(ORIGIN)?;
        fed.ready(&[ORIGIN]).await?;
        let system = fed.system(ORIGIN, "everything").await?;
        load.compare(&system.events().await?)?;
        load.repeat(&system).await?;
        books.push(load);
    }
    let origin = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    level(&origin, &partner).await?;
    agree(&origin, &partner, &books).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_killed_under_load_gets_everything_once_and_holds_what_it_gave_receipts_for()
-> Result<()> {
    let mut fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let mut books = Vec::new();
    for (round, cut) in (1..).zip(CUTS) {
        let mut load = Load::new(&origin, MANY, &format!("Runde {round}, Meldung"));
        // The load goes on: the partner's end is nothing to the origin.
        cut_power(&mut fed, PARTNER, &origin, &mut load, cut).await?;
        assert_eq!(load.kept().count(), MANY, "acknowledged at the origin");
        let receipted = origin.partner(PARTNER).await?.receipted;
        // It can't fetch anything before it is asked what it holds: the origin's process waits.
        fed.node(ORIGIN).signal(rustix::process::Signal::STOP)?;
        fed.launch(PARTNER)?;
        fed.ready(&[PARTNER]).await?;
        let partner = fed.system(PARTNER, "everything").await?;
        let held = partner.partner(ORIGIN).await?.received;
        fed.node(ORIGIN).signal(rustix::process::Signal::CONT)?;
        assert!(
            held >= receipted,
            "{PARTNER} holds {held} entries and gave receipts for {receipted}"
        );
        books.push(load);
        level(&origin, &partner).await?;
    }
    let partner = fed.system(PARTNER, "everything").await?;
    agree(&origin, &partner, &books).await
}
