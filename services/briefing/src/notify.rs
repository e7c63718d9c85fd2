//! Notifications: telling people who are not looking that something waits and where, never what.
//!
//! It promises:
//!
//! - Nothing is sent until a person has set up a way and shown that it is theirs; then what they chose, and not in their quiet
//!   hours. Nobody is told of more than the pages would show them.
//! - A message is made of a closed set of texts, of numbers and of this application's address ([`message`]).
//! - A restart neither loses nor repeats: what waits is compared with what is kept as known, and the feed is read from a cursor;
//!   both are stored in one transaction with what is to be said. What came up meanwhile is said in one message.
//! - What was settled before it was said is not said. What was said is deleted: no time of sending is kept.
//! - A server that is away delays what goes through it and nothing else; it is tried again, ever more rarely, and after some days
//!   given up, which the log counts.
//!
//! ```text
//! node ──▶ watch ──▶ store: pending ──▶ send ──▶ mail, push
//!          (what waits)   (by way)      (choice, quiet hours, one message for all that waits)
//! ```

pub(crate) mod mail;
pub(crate) mod matter;
pub(crate) mod message;
pub(crate) mod push;
pub(crate) mod rules;
mod send;
mod watch;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify as Bell;
use uuid::Uuid;

use crate::app::App;
use crate::config::Config;
use crate::store::{Route, Target};
use mail::Mailer;
use message::Message;
use push::Pusher;
use rules::Channel;

/// How often one person may have something sent at once: the question whether an address is theirs, or a test.
const ASKED_EVERY: Duration = Duration::from_secs(20);

/// Why notifications can't be sent as the configuration wants them.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The key towards push services.
    #[error("push.key_file {} can't be used", path.display())]
    PushKey {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The section `[mail]`.
    #[error("{0}")]
    Mail(String),
    /// A file that the section `[mail]` names.
    #[error("can't read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The roots for push services.
    #[error(transparent)]
    Tls(#[from] verbund_transport::Error),
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is with the server that takes it on.
    Sent,
    /// This message will not get through; another may.
    Refused,
    /// The way is no more.
    Gone,
    /// It may go well later, after so many seconds where the server says.
    Later(Option<u64>),
}

/// What sends, as far as the configuration has it.
#[derive(Debug)]
pub(crate) struct Notify {
    mailer: Option<Mailer>,
    pusher: Option<Pusher>,
    /// Rung when something may be due.
    mail_bell: Bell,
    push_bell: Bell,
    /// Who had something sent at once, and when.
    asked: Mutex<HashMap<Uuid, Instant>>,
}

impl Notify {
    /// Prepares the ways that the configuration names.
    ///
    /// # Errors
    /// What of it can't be used.
    pub(crate) fn new(config: &Config) -> Result<Self, SetUpError> {
        let mail = config.mail.as_ref();
        let mail = mail.map(|section| Mailer::new(section, config.public_host()));
        Ok(Self {
            mailer: mail.transpose()?,
            pusher: config.push.as_ref().map(Pusher::new).transpose()?,
            mail_bell: Bell::new(),
            push_bell: Bell::new(),
            asked: Mutex::default(),
        })
    }

    /// Whether e-mails can be sent.
    pub(crate) const fn has_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// What sends pushes, where that is set up.
    pub(crate) const fn pusher(&self) -> Option<&Pusher> {
        self.pusher.as_ref()
    }

    /// Whether a person may have something sent at once now; if so, not again for a while.
    pub(crate) fn may_ask(&self, person: Uuid) -> bool {
        let mut asked = self.asked.lock().expect("nobody panics while holding it");
        // What is over is forgotten, so that there are never more than people who asked just now.
        asked.retain(|_, at| at.elapsed() < ASKED_EVERY);
        asked.insert(person, Instant::now()).is_none()
    }

    const fn bell(&self, channel: Channel) -> &Bell {
        match channel {
            Channel::Mail => &self.mail_bell,
            Channel::Push => &self.push_bell,
        }
    }

    fn ring(&self) {
        self.mail_bell.notify_one();
        self.push_bell.notify_one();
    }

    /// Sends a message by a way. `what` names what it says, so that trying again does not make it another.
    pub(crate) async fn send(&self, message: &Message, route: &Route, what: &[String]) -> Outcome {
        match &route.target {
            Target::Mail(address) => {
                let Some(mailer) = &self.mailer else {
                    return Outcome::Later(None);
                };
                let own = route.id.to_string();
                let id = mail::message_id(std::iter::once(&own).chain(what));
                mailer.send(message, address, &id).await
            }
            Target::Push {
                endpoint,
                key,
                secret,
                ..
            } => match &self.pusher {
                Some(pusher) => {
                    pusher
                        .send(message, endpoint, key, secret, Timestamp::now())
                        .await
                }
                None => Outcome::Later(None),
            },
        }
    }
}

/// Watches and sends until the application stops.
pub(crate) async fn run(app: App) {
    let watched = async {
        tokio::select! {
            () = watch::run(&app) => {}
            () = app.stop().cancelled() => {}
        }
    };
    tokio::join!(
        watched,
        send::run(&app, Channel::Mail),
        send::run(&app, Channel::Push),
    );
}
