//! Who should hold what, and who does: compares what was acknowledged with every node's feed, entry by entry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use verbund_model::{AgencyId, Day};
use verbund_wire::agency::{EntryPosition, FeedEvent, ListFeedRequest, PublishReceipt};

use super::system::Systems;
use crate::client::{ask, failed};

/// An entry's place in its origin's ledger: lane, sequence, frame hash.
type Place = (Vec<u8>, u64, Vec<u8>);

fn place(position: &EntryPosition) -> Place {
    (
        position.lane.to_vec(),
        position.sequence,
        position.frame_hash.to_vec(),
    )
}

/// An entry that its origin acknowledged, or issued by itself in generalised form.
#[derive(Debug)]
struct Expected {
    audience: BTreeSet<String>,
}

/// What one node's feed gave so far.
#[derive(Debug, Default)]
struct Held {
    cursor: String,
    /// How often each entry came.
    entries: HashMap<Place, u32>,
    /// Entries whose audience doesn't hold the agency that shows them.
    strayed: u64,
}

/// What should be where, and what is.
#[derive(Debug)]
pub(crate) struct Tally {
    day: Day,
    expected: HashMap<Place, Expected>,
    /// By origin, how many generalised entries there must be.
    generalised: BTreeMap<String, usize>,
    found_generalised: BTreeMap<String, BTreeSet<Place>>,
    held: BTreeMap<AgencyId, Held>,
}

/// The outcome in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) agencies: usize,
    /// Entries that were acknowledged, the generalised ones among them.
    pub(crate) published: usize,
    /// Copies at partners that should be there, and that are.
    pub(crate) expected: usize,
    pub(crate) delivered: usize,
    /// Copies that are missing, those at the origin itself included.
    pub(crate) lost: usize,
    /// Times that a feed gave an entry again.
    pub(crate) duplicated: usize,
    /// Entries at agencies outside their audience.
    pub(crate) strayed: u64,
    /// All generalised entries are out, and nothing is missing.
    pub(crate) level: bool,
}

impl Tally {
    pub(crate) fn new(day: Day, systems: &Systems) -> Self {
        let held = systems
            .iter()
            .map(|it| (it.agency.clone(), Held::default()))
            .collect();
        Self {
            day,
            expected: HashMap::new(),
            generalised: BTreeMap::new(),
            found_generalised: BTreeMap::new(),
            held,
        }
    }

    /// Notes what a node acknowledged. `due` is false where its generalised form is for a later day.
    pub(crate) fn acknowledged(
        &mut self,
        origin: &str,
        receipt: &PublishReceipt,
        first: bool,
        due: bool,
    ) {
        let Some(position) = &receipt.position else {
            return;
        };
        let audience = receipt.audience.iter().cloned().collect();
        self.expected.insert(place(position), Expected { audience });
        // A correction corrects the generalised entry that there is; only a first version makes one.
        if first && due && !receipt.generalised_audience.is_empty() {
            *self.generalised.entry(origin.to_owned()).or_default() += 1;
        }
    }

    /// Reads on in every feed and compares.
    ///
    /// # Errors
    /// When a node doesn't answer.
    pub(crate) async fn look(&mut self, systems: &Systems) -> anyhow::Result<Figures> {
        for system in systems.iter() {
            loop {
                let held = self.held.entry(system.agency.clone()).or_default();
                let request = ListFeedRequest {
                    filter: None,
                    cursor: held.cursor.clone(),
                    page_size: 500,
                };
                let result = system.publisher.feed().list_feed(ask(request)).await;
                let page = result.map_err(|status| failed(&status))?.into_inner();
                held.cursor = page.cursor;
                for event in &page.events {
                    self.saw(&system.agency, event);
                }
                if !page.more {
                    break;
                }
            }
        }
        Ok(self.figures())
    }

    fn saw(&mut self, at: &AgencyId, event: &FeedEvent) {
        let (Some(position), Some(situation)) = (&event.position, &event.situation) else {
            return;
        };
        let place = place(position);
        let held = self.held.entry(at.clone()).or_default();
        *held.entries.entry(place.clone()).or_default() += 1;
        if !situation.audience.iter().any(|it| it == at.as_str()) {
            held.strayed += 1;
        }
        let generalised = situation
            .observation
            .as_ref()
            .is_some_and(|it| it.generalised && it.day == self.day.to_string());
        if generalised && situation.agency == at.as_str() {
            let audience = situation.audience.iter().cloned().collect();
            self.expected.insert(place.clone(), Expected { audience });
            if situation.version == 1 {
                self.found_generalised
                    .entry(at.to_string())
                    .or_default()
                    .insert(place);
            }
        }
    }

    fn figures(&self) -> Figures {
        let mut figures = Figures {
            agencies: self.held.len(),
            published: self.expected.len(),
            ..Figures::default()
        };
        for (place, expected) in &self.expected {
            let holds = |agency: &String| {
                self.held
                    .iter()
                    .any(|(at, held)| at.as_str() == agency && held.entries.contains_key(place))
            };
            let held = expected.audience.iter().filter(|it| holds(it)).count();
            let missing = expected.audience.len() - held;
            figures.lost += missing;
            figures.expected += expected.audience.len() - 1;
            figures.delivered += (expected.audience.len() - 1).saturating_sub(missing);
        }
        for held in self.held.values() {
            let again = held
                .entries
                .values()
                .map(|times| (*times as usize).saturating_sub(1));
            figures.duplicated += again.sum::<usize>();
            figures.strayed += held.strayed;
        }
        let all_out = self.generalised.iter().all(|(origin, wanted)| {
            self.found_generalised.get(origin).map_or(0, BTreeSet::len) >= *wanted
        });
        figures.level = all_out && figures.lost == 0;
        figures
    }
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::Situation;
    use verbund_wire::federation::Observation;

    use super::*;

    const DAY: Day = jiff::civil::date(2026, 11, 22);

    fn position(lane: u8, sequence: u64) -> EntryPosition {
        EntryPosition {
            lane: vec![lane; 16].into(),
            sequence,
            frame_hash: vec![lane; 32].into(),
        }
    }

    fn event(
        lane: u8,
        sequence: u64,
        origin: &str,
        audience: &[&str],
        generalised: bool,
    ) -> FeedEvent {
        let observation = Observation {
            day: DAY.to_string(),
            generalised,
            ..Observation::default()
        };
        FeedEvent {
            situation: Some(Situation {
                agency: origin.to_owned(),
                audience: audience.iter().map(|it| (*it).to_owned()).collect(),
                observation: Some(observation),
                version: 1,
                ..Situation::default()
            }),
            cursor: String::new(),
            position: Some(position(lane, sequence)),
        }
    }

    fn receipt(lane: u8, sequence: u64, audience: &[&str], generalised: &[&str]) -> PublishReceipt {
        let owned = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
        PublishReceipt {
            audience: owned(audience),
            generalised_audience: owned(generalised),
            position: Some(position(lane, sequence)),
            ..PublishReceipt::default()
        }
    }

    fn tally(agencies: &[&str]) -> (Tally, Vec<AgencyId>) {
        let ids: Vec<_> = agencies
            .iter()
            .map(|it| AgencyId::parse(it).unwrap())
            .collect();
        let held = ids.iter().map(|it| (it.clone(), Held::default())).collect();
        let tally = Tally {
            day: DAY,
            expected: HashMap::new(),
            generalised: BTreeMap::new(),
            found_generalised: BTreeMap::new(),
            held,
        };
        (tally, ids)
    }

    #[test]
    fn lost_delivered_and_doubled_are_counted_by_entry_and_agency() {
        let (mut tally, ids) = tally(&["dhz", "kod", "polizei"]);
        tally.acknowledged(
            "kod",
            &receipt(1, 2, &["dhz", "kod", "polizei"], &[]),
            true,
            true,
        );
        let entry = event(1, 2, "kod", &["dhz", "kod", "polizei"], false);
        tally.saw(&ids[1], &entry);
        tally.saw(&ids[0], &entry);
        let figures = tally.figures();
        assert_eq!(
            (figures.expected, figures.delivered, figures.lost),
            (2, 1, 1)
        );
        assert!(!figures.level);

        tally.saw(&ids[2], &entry);
        tally.saw(&ids[2], &entry);
        let figures = tally.figures();
        assert_eq!(
            (figures.delivered, figures.lost, figures.duplicated),
            (2, 0, 1)
        );
        assert!(figures.level);
    }

    #[test]
    fn nothing_is_level_before_the_generalised_form_is_out() {
        let (mut tally, ids) = tally(&["dhz", "kod", "polizei"]);
        tally.acknowledged(
            "dhz",
            &receipt(1, 2, &["dhz", "kod"], &["polizei"]),
            true,
            true,
        );
        for id in &ids[..2] {
            tally.saw(id, &event(1, 2, "dhz", &["dhz", "kod"], false));
        }
        assert!(!tally.figures().level);
        let generalised = event(2, 2, "dhz", &["dhz", "polizei"], true);
        tally.saw(&ids[0], &generalised);
        assert_eq!(tally.figures().lost, 1, "the police lacks it");
        tally.saw(&ids[2], &generalised);
        assert!(tally.figures().level);
        assert_eq!(tally.figures().published, 2);
    }

    #[test]
    fn an_entry_outside_its_audience_is_seen() {
        let (mut tally, ids) = tally(&["dhz", "kod", "polizei"]);
        tally.saw(&ids[2], &event(1, 2, "dhz", &["dhz", "kod"], false));
        assert_eq!(tally.figures().strayed, 1);
    }
}
