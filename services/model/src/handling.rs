//! How far a content may travel: the Traffic Light Protocol 2.0, and the one table that says what each colour allows.
//!
//! Every place in the system that is about to show, print or pass on a content asks [`Handling::allows`]; nothing else
//! in the system compares colours.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A colour of TLP 2.0. RED does not exist here: say it in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Handling {
    /// The world may know. Can't be called back.
    #[serde(rename = "CLEAR")]
    Clear,
    /// The community around the concept.
    #[serde(rename = "GREEN")]
    Green,
    /// The audience's organisations and those who need to know.
    #[serde(rename = "AMBER")]
    Amber,
    /// The audience's organisations only.
    #[serde(rename = "AMBER+STRICT")]
    AmberStrict,
}

/// Something that one can do with a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// A member of the audience hands the signed entry to another member of the same audience, because its origin is
    /// away. It reaches nobody new, so every colour allows it.
    Relay,
    /// The report to the council committee.
    Report,
    /// A file that leaves the node: CSV, PDF, an archive folder.
    Export,
    /// The screen in the meeting room, where guests may sit.
    Projector,
    /// A notice to the public.
    PublicBulletin,
}

impl Use {
    /// All uses.
    pub const ALL: [Self; 5] = [
        Self::Relay,
        Self::Report,
        Self::Export,
        Self::Projector,
        Self::PublicBulletin,
    ];
}

impl Handling {
    /// All colours, the widest first.
    pub const ALL: [Self; 4] = [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict];

    /// Whether a content of this colour may be put to this use.
    pub fn allows(self, what: Use) -> bool {
        #[rustfmt::skip]
        let (clear, green, amber, strict) = match what {
            //                     CLEAR  GREEN  AMBER  AMBER+STRICT
            Use::Relay          => (true,  true,  true,  true),
            Use::Report         => (true,  true,  false, false),
            Use::Export         => (true,  true,  true,  false),
            Use::Projector      => (true,  true,  true,  false),
            Use::PublicBulletin => (true,  false, false, false),
        };
        match self {
            Self::Clear => clear,
            Self::Green => green,
            Self::Amber => amber,
            Self::AmberStrict => strict,
        }
    }

    /// Whether a content of another colour may stand in one of this: it may be put to whatever this one may be put to.
    pub fn may_hold(self, other: Self) -> bool {
        let mut uses = Use::ALL.into_iter();
        uses.all(|what| !self.allows(what) || other.allows(what))
    }

    /// Whether a second coordinator has to agree before it is sent. True for what can't be called back.
    pub fn needs_second_coordinator(self) -> bool {
        matches!(self, Self::Clear)
    }

    /// The colour's name in TLP 2.0.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "CLEAR",
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::AmberStrict => "AMBER+STRICT",
        }
    }
}

impl fmt::Display for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrower_colour_allows_nothing_that_a_wider_one_forbids() {
        for pair in Handling::ALL.windows(2) {
            for what in Use::ALL {
                assert!(
                    pair[0].allows(what) || !pair[1].allows(what),
                    "{pair:?} {what:?}"
                );
            }
        }
    }

    #[test]
    fn the_table_is_the_one_agreed_on() {
        let allowed = |handling: Handling| Use::ALL.map(|what| handling.allows(what));
        assert_eq!(allowed(Handling::Clear), [true, true, true, true, true]);
        assert_eq!(allowed(Handling::Green), [true, true, true, true, false]);
        assert_eq!(allowed(Handling::Amber), [true, false, true, true, false]);
        assert_eq!(
            allowed(Handling::AmberStrict),
            [true, false, false, false, false]
        );
    }

    #[test]
    fn what_can_not_be_called_back_takes_a_second_coordinator() {
        for handling in Handling::ALL {
            assert_eq!(
                handling.needs_second_coordinator(),
                handling.allows(Use::PublicBulletin)
            );
        }
    }

    #[test]
    fn nothing_gets_wider_by_what_it_stands_in() {
        for (place, outer) in Handling::ALL.into_iter().enumerate() {
            for (other, inner) in Handling::ALL.into_iter().enumerate() {
                assert_eq!(outer.may_hold(inner), other <= place, "{inner} in {outer}");
            }
        }
    }
}
