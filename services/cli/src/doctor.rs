//! The examinations of `verbund doctor`: what is looked at, and what a finding says.

pub(crate) mod database;
pub(crate) mod own;
pub(crate) mod partners;

use crate::text::{self, Text};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// As it should be.
    Ok,
    /// Works, and won't for ever, or not all of it.
    Warn,
    /// Does not work.
    Fail,
}

impl Grade {
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    pub(crate) fn name(self) -> Text {
        match self {
            Self::Ok => text::GRADE_OK,
            Self::Warn => text::GRADE_WARN,
            Self::Fail => text::GRADE_FAIL,
        }
    }
}

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $text:ident;)+) => {
        /// What is looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Check {
            $($(#[$doc])* $name,)+
        }

        impl Check {
            /// For machines.
            pub(crate) fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// For people.
            pub(crate) fn name(self) -> Text {
                match self { $(Self::$name => text::$text,)+ }
            }
        }
    };
}

checks! {
    /// Files and addresses that the configuration names.
    Configuration = "configuration", CHECK_CONFIGURATION;
    /// Own certificate, its key, its end.
    Certificate = "certificate", CHECK_CERTIFICATE;
    /// Revocation lists.
    RevocationLists = "revocation-lists", CHECK_REVOCATION;
    /// Who signed the charter, and until when it holds.
    Charter = "charter", CHECK_CHARTER;
    /// The entry key is the one in the charter.
    EntryKey = "entry-key", CHECK_ENTRY_KEY;
    /// Space for the store.
    Disk = "disk", CHECK_DISK;
    /// Whether a node has the store open.
    Store = "store", CHECK_STORE;
    /// The partner's address.
    Address = "address", CHECK_ADDRESS;
    /// The partner's port.
    Port = "port", CHECK_PORT;
    /// TLS with the partner.
    Tls = "tls", CHECK_TLS;
    /// Who answers there.
    Identity = "identity", CHECK_IDENTITY;
    /// A real call.
    Call = "call", CHECK_CALL;
    /// How the partner reaches us, and what it is shown there.
    WayBack = "way-back", CHECK_WAY_BACK;
    /// The partner's clock and ours.
    Clock = "clock", CHECK_CLOCK;
    /// The partner's software and charter.
    Version = "version", CHECK_VERSION;
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The agency.
    pub(crate) about: String,
    pub(crate) check: Check,
    pub(crate) grade: Grade,
    /// Stable, where something is wrong.
    pub(crate) reason: Option<String>,
    /// What was seen.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) advice: Option<String>,
}

impl Finding {
    pub(crate) fn ok(about: &str, check: Check, detail: impl Into<String>) -> Self {
        Self {
            about: about.to_owned(),
            check,
            grade: Grade::Ok,
            reason: None,
            detail: detail.into(),
            advice: None,
        }
    }

    pub(crate) fn bad(
        about: &str,
        check: Check,
        grade: Grade,
        reason: &str,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            about: about.to_owned(),
            check,
            grade,
            reason: Some(reason.to_owned()),
            detail: detail.into(),
            advice: Some(advice.into()),
        }
    }
}
