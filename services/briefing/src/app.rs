//! What all parts of the application share.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio_util::sync::CancellationToken;
use verbund_wire::agency::GetConceptRequest;

use crate::concept::Concept;
use crate::config::Config;
use crate::live::Live;
use crate::node::Node;
use crate::notify::Notify;
use crate::openid::OpenId;
use crate::security::password::Passwords;
use crate::security::throttle::Throttle;
use crate::shown::Shown;
use crate::store::Store;

/// What all parts share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    config: Config,
    node: Node,
    store: Store,
    live: Live,
    notify: Notify,
    shown: Shown,
    concept: ArcSwapOption<Concept>,
    cookies: Cookies,
    passwords: Passwords,
    throttle: Throttle,
    openid: Option<OpenId>,
    stop: CancellationToken,
}

/// The names of the cookies. Browsers keep them by host and not by port, and several agencies' applications may share a host, so
/// the agency is in the name; `__Host-` binds them to this host and to HTTPS.
#[derive(Debug)]
pub(crate) struct Cookies {
    pub(crate) session: String,
    pub(crate) guest: String,
    /// Of a browser that signed in before.
    pub(crate) device: String,
    /// Of a browser that is on its way to the identity provider and back.
    pub(crate) way: String,
}

impl App {
    pub(crate) fn new(
        config: Config,
        node: Node,
        store: Store,
        openid: Option<OpenId>,
        notify: Notify,
    ) -> Self {
        let prefix = if config.is_https() { "__Host-" } else { "" };
        let cookies = Cookies {
            session: format!("{prefix}verbund-{}", node.agency()),
            guest: format!("{prefix}verbund-{}-guest", node.agency()),
            device: format!("{prefix}verbund-{}-device", node.agency()),
            way: format!("{prefix}verbund-{}-way", node.agency()),
        };
        Self(Arc::new(Parts {
            config,
            node,
            store,
            live: Live::new(),
            notify,
            shown: Shown::new(),
            concept: ArcSwapOption::empty(),
            cookies,
            passwords: Passwords::new(),
            throttle: Throttle::default(),
            openid,
            stop: CancellationToken::new(),
        }))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0.node
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn notify(&self) -> &Notify {
        &self.0.notify
    }

    /// What coordinators have on their screens.
    pub(crate) fn shown(&self) -> &Shown {
        &self.0.shown
    }

    /// The vocabulary in force; none until the node has told it.
    pub(crate) fn concept(&self) -> Option<Arc<Concept>> {
        self.0.concept.load_full()
    }

    /// Cancelled when the application is told to stop: what would go on for ever ends then.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Makes and checks passwords' hashes.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// How often somebody may try to sign in.
    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// The identity provider, where there is one.
    pub(crate) fn openid(&self) -> Option<&OpenId> {
        self.0.openid.as_ref()
    }

    pub(crate) fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    /// A cookie that scripts can't read and other sites don't cause to be sent; until the browser closes where no age is given.
    pub(crate) fn cookie(&self, name: &str, value: &str, age: Option<Duration>) -> String {
        let mut cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax");
        if let Some(age) = age {
            cookie.push_str(&format!("; Max-Age={}", age.as_secs()));
        }
        if self.config().is_https() {
            cookie.push_str("; Secure");
        }
        cookie
    }

    /// Asks the node for the vocabulary.
    pub(crate) async fn refresh_concept(&self) -> Result<(), tonic::Status> {
        let mut request = tonic::Request::new(GetConceptRequest {});
        request.set_timeout(Duration::from_secs(10));
        let told = self
            .node()
            .watching()
            .concept()
            .get_concept(request)
            .await?;
        let told = told.into_inner();
        let is_same = self
            .concept()
            .is_some_and(|it| it.told.charter_hash == told.charter_hash);
        if !is_same {
            self.0.concept.store(Some(Arc::new(Concept::new(told))));
        }
        Ok(())
    }
}
