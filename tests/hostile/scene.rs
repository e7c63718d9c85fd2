//! The scene of all tests here: the order service's node is the victim, the neighbourhood office is honest, and the drug-help
//! centre's key has fallen into the wrong hands.

use anyhow::Result;
use verbund_ledger::{Entry, Outcome, Receipt};
use verbund_tests::{Federation, Forge, HostilePartner, Plan, System, Talk, audience};
use verbund_wire::agency::{Alarm, DeliveryState, Link, Partner};
use verbund_wire::federation::LaneStopped;
use verbund_wire::federation::peer_message::Kind;

pub(crate) const VICTIM: &str = "kod";
pub(crate) const HONEST: &str = "quartiersbuero";
pub(crate) const HOSTILE: &str = "dhz";

/// Who is on the stage.
pub(crate) struct Scene {
    pub(crate) fed: Federation,
    pub(crate) victim: System,
    pub(crate) honest: System,
    pub(crate) hostile: HostilePartner,
    exchanged: u32,
}

impl Scene {
    /// Victim and honest node are up and connected; the hostile one has not appeared.
    pub(crate) async fn set() -> Result<Self> {
        Self::with(Plan::nodes(&[VICTIM, HONEST])).await
    }

    /// The same with another plan.
    pub(crate) async fn with(plan: Plan) -> Result<Self> {
        let mut fed = plan.build()?;
        for node in [VICTIM, HONEST] {
            fed.launch(node)?;
        }
        fed.ready(&[VICTIM, HONEST]).await?;
        let victim = fed.system(VICTIM, "everything").await?;
        let honest = fed.system(HONEST, "everything").await?;
        let hostile = HostilePartner::new(&fed, HOSTILE)?;
        let connected = |partner: &Partner| partner.link() == Link::Connected;
        victim.until_partner(HONEST, "connected", connected).await?;
        honest.until_partner(VICTIM, "connected", connected).await?;
        Ok(Self {
            fed,
            victim,
            honest,
            hostile,
            exchanged: 0,
        })
    }

    /// Waits until the victim says so of the honest node.
    pub(crate) async fn honest_at_victim(
        &self,
        what: &str,
        holds: impl FnMut(&Partner) -> bool,
    ) -> Result<Partner> {
        self.victim.until_partner(HONEST, what, holds).await
    }

    /// A new lane of the hostile agency for all three.
    pub(crate) fn lane(&self) -> Forge {
        Forge::new(&self.fed, HOSTILE, audience(&[HOSTILE, VICTIM, HONEST]))
    }

    /// The hostile node has said Hello, and the victim wants its entries.
    pub(crate) async fn wanted(&self) -> Result<Talk> {
        let mut talk = self.hostile.greet(VICTIM).await?;
        talk.asked_for(HOSTILE).await?;
        Ok(talk)
    }

    /// The honest node and the victim go on exchanging updates and receipts, both ways.
    pub(crate) async fn others_go_on(&mut self) -> Result<()> {
        self.exchanged += 1;
        let note = format!("Reinigung Nummer {} ist bestellt.", self.exchanged);
        let pairs = [
            (&self.honest, HONEST, &self.victim, VICTIM),
            (&self.victim, VICTIM, &self.honest, HONEST),
        ];
        for (from, _, to, to_id) in pairs {
            let told = from.tell(&note, &[HONEST, VICTIM, HOSTILE]).await?;
            to.until_subject(&told.subject).await?;
            let look = async || {
                let delivery = from
                    .delivery(&told.subject, to_id)
                    .await
                    .map_err(|status| status.to_string())?;
                if delivery.state() == DeliveryState::Stored {
                    Ok(())
                } else {
                    Err(format!("{delivery:?}"))
                }
            };
            self.fed
                .until(&format!("the receipt of {to_id}"), look)
                .await?;
        }
        Ok(())
    }

    /// The victim has this many of the hostile agency's entries, and this many of them refused, and sealed; the lanes that it
    /// stopped are so many.
    pub(crate) async fn counted(
        &self,
        received: u64,
        refused: u64,
        sealed: u64,
        stopped: u32,
    ) -> Result<()> {
        let what = format!(
            "with {received} entries, {refused} refused, {sealed} sealed, {stopped} lanes stopped"
        );
        let holds = |partner: &Partner| {
            (
                partner.received,
                partner.refused,
                partner.sealed,
                partner.stopped_lanes,
            ) == (received, refused, sealed, stopped)
        };
        self.victim.until_partner(HOSTILE, &what, holds).await?;
        Ok(())
    }

    /// The victim tells the hostile node that it stopped this lane after this entry, and says so in status and alarms.
    pub(crate) async fn stopped(
        &self,
        talk: &mut Talk,
        lane: &Forge,
        sequence: u64,
        reason: &str,
    ) -> Result<()> {
        let pick = |kind| match kind {
            Kind::LaneStopped(stopped) if stopped.lane.as_ref() == lane.lane.as_bytes() => {
                Some(stopped)
            }
            _ => None,
        };
        let told: LaneStopped = talk.hear("that the lane is stopped", pick).await?;
        assert_eq!((told.sequence, told.reason.as_str()), (sequence, reason));
        let look = async || {
            let alarms = self
                .victim
                .alarms()
                .await
                .map_err(|status| status.to_string())?;
            let of_lane = |alarm: &&Alarm| alarm.lane.as_ref() == lane.lane.as_bytes();
            let found = alarms.iter().find(of_lane).cloned();
            found.ok_or_else(|| format!("{alarms:?}"))
        };
        let alarm = self.fed.until("an alarm about the lane", look).await?;
        assert_eq!(
            (alarm.reason.as_str(), alarm.agency.as_str()),
            ("LANE_STOPPED", HOSTILE)
        );
        assert_eq!(alarm.sequence, sequence, "the last undisputed entry");
        let any = |partner: &Partner| partner.stopped_lanes > 0;
        self.victim
            .until_partner(HOSTILE, "with a stopped lane", any)
            .await?;
        Ok(())
    }

    /// The victim can't take this lane at all, and says why.
    pub(crate) async fn not_opened(&self, lane: &Forge, why: &str) -> Result<()> {
        let alarm = self
            .victim
            .until_alarm("LANE_NOT_OPENED", HOSTILE, why)
            .await?;
        assert_eq!(alarm.lane.as_ref(), lane.lane.as_bytes());
        Ok(())
    }

    /// The victim takes a new lane of the hostile agency: nothing else of it was stopped.
    pub(crate) async fn takes_another_lane(&self, talk: &mut Talk) -> Result<()> {
        let mut next = self.lane();
        talk.give(&next.lane(&["Neue Spur, neuer Anfang."])).await?;
        let receipt = talk.receipt(next.lane, 2).await?;
        assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 2]);
        Ok(())
    }
}

/// What a receipt says of each entry, from the first on.
pub(crate) fn outcomes(receipt: &Receipt) -> Vec<Option<Outcome>> {
    (1..=receipt.sequence)
        .map(|sequence| receipt.outcome(sequence))
        .collect()
}

/// An entry as it travels, to be damaged.
pub(crate) fn wire(entry: &Entry) -> verbund_wire::federation::Entry {
    verbund_wire::convert::entry::to_wire(entry)
}
