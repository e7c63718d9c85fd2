//! Serving browsers: listening, the layers around every page, and stopping.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::time::{interval, timeout};
use tower::ServiceExt as _;
use verbund_transport::{Reloader, WebIdentity, WebListener};

use crate::app::App;
use crate::config::{Config, TlsSection};
use crate::error::Error;
use crate::live::watch;
use crate::node::Node;
use crate::notify::{self, Notify};
use crate::openid::OpenId;
use crate::security::client::PeerAddress;
use crate::store::Store;
use crate::{page, security, session};

/// Connections at the same time: some hundred colleagues with a stream and a page each.
const CONNECTIONS_MAX: usize = 2_048;
/// How long a browser may take to send the head of a request.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// Streams at the same time on one HTTP/2 connection.
const STREAMS_MAX: u32 = 100;
/// How often an HTTP/2 connection is asked whether it lives.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long what was begun may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(5);
/// How often ended sessions, links and unconfirmed addresses are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);
/// How often the certificate's files are looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(30);

/// An application that listens.
#[derive(Debug)]
pub struct Server {
    app: App,
    listener: WebListener,
    reloader: Reloader,
}

impl Server {
    /// Opens the database, reads the certificates and listens. The node need not be there yet.
    ///
    /// # Errors
    /// What of the configuration can't be used.
    pub async fn bind(config: Config) -> Result<Self, Error> {
        let (node, reloader) = Node::new(&config.node)?;
        let openid = (config.sign_in.oidc.as_ref())
            .map(|section| OpenId::new(section, &config.public_url))
            .transpose()?;
        let store = Store::open(&config.database).await?;
        let notify = Notify::new(&config)?;
        let identity = config.tls.as_ref().map(identity).transpose()?;
        let address = config.listen;
        let listener = WebListener::bind(address, identity)
            .await
            .map_err(|source| Error::Listen { address, source })?;
        Ok(Self {
            app: App::new(config, node, store, openid, notify),
            listener,
            reloader,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// The application's database, for whoever adds accounts before the first visit.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.app.store()
    }

    /// Serves until `stop` is ready, then lets what was begun end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            app,
            mut listener,
            reloader,
        } = self;
        // Nobody asks this reloader to look early; it looks by itself.
        let (_never, asked) = tokio::sync::mpsc::channel(1);
        // A message that is on its way when the application stops gets there as a page does.
        let served =
            async { tokio::join!(serve(&app, &mut listener, stop), notify::run(app.clone())) };
        tokio::select! {
            ((), ()) = served => {}
            () = watch::run(app.clone()) => {}
            () = app.shown().run(app.store()) => {}
            () = forget(&app) => {}
            () = reloader.run(asked) => {}
        }
    }
}

fn identity(tls: &TlsSection) -> Result<WebIdentity, verbund_transport::Error> {
    WebIdentity::from_files(&tls.certificate, &tls.key)
}

/// Everything that a browser may ask for.
pub(crate) fn router(app: App) -> Router {
    page::router()
        .layer(middleware::from_fn_with_state(app.clone(), security::forms))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            session::identify,
        ))
        .merge(page::assets::router())
        .layer(middleware::from_fn_with_state(
            app.clone(),
            security::headers,
        ))
        .with_state(app)
}

async fn serve(app: &App, listener: &mut WebListener, stop: impl Future<Output = ()>) {
    let service = router(app.clone());
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(PING_EVERY);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut reload = interval(RELOAD_EVERY);
    let mut stop = std::pin::pin!(stop);
    // Connections end with this scope: after the drain, whatever is left is cut off.
    let mut connections = tokio::task::JoinSet::new();
    'serving: loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = &mut stop => break,
        };
        let (stream, address) = loop {
            tokio::select! {
                accepted = listener.accept() => break accepted,
                _ = reload.tick() => reload_identity(app, listener),
                Some(_) = connections.join_next() => {}
                () = &mut stop => break 'serving,
            }
        };
        let peer = PeerAddress(address.ip());
        let service = service.clone().map_request(move |mut request: Request<_>| {
            request.extensions_mut().insert(peer);
            request
        });
        let service = TowerToHyperService::new(service);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection.into_owned());
        connections.spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%address, error = %error, "a browser's connection ended early");
            }
        });
    }
    app.stop().cancel();
    if timeout(DRAIN_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("not all that was begun has ended in time");
    }
}

/// Takes the certificate's files over as they are now.
fn reload_identity(app: &App, listener: &mut WebListener) {
    match app.config().tls.as_ref().map(identity) {
        Some(Ok(identity)) => listener.replace_identity(identity),
        Some(Err(error)) => {
            tracing::error!(%error, "the certificate was not adopted; the one in use stays");
        }
        None => {}
    }
}

async fn forget(app: &App) {
    let mut ticks = interval(FORGET_EVERY);
    loop {
        ticks.tick().await;
        let now = jiff::Timestamp::now();
        for forgotten in [
            app.store().forget_ended(now).await,
            app.store().forget_unconfirmed(now).await,
        ] {
            if let Err(error) = forgotten {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what has ended could not be forgotten"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use http_body_util::{BodyExt as _, Empty};
    use hyper::body::Bytes;
    use hyper_util::client::legacy::Client;
    use tokio::sync::oneshot;
    use verbund_transport::web_connector;

    use super::*;
    use crate::testing;

    async fn get(url: &str, roots: Option<&Path>) -> Result<(http::HeaderMap, String), String> {
        let connector = web_connector(roots, true).unwrap();
        let client: Client<_, Empty<Bytes>> =
            Client::builder(TokioExecutor::new()).build(connector);
        let answer = client.get(url.parse().unwrap()).await;
        let (head, body) = answer.map_err(|error| format!("{error:?}"))?.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Ok((head.headers, String::from_utf8(body.to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn browsers_are_served_over_tls_and_over_nothing_else_where_it_is_set() {
        let tls = "[tls]\ncertificate = \"web.pem\"\nkey = \"web.key\"";
        let (folder, config) = testing::config(tls);
        let server = Server::bind(config).await.unwrap();
        let port = server.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        let url = format!("https://localhost:{port}/anmelden");
        let roots = folder.path().join("roots.pem");
        let (headers, page) = get(&url, Some(&roots)).await.unwrap();
        assert!(page.contains("Anmelden"));
        let cookie = headers["set-cookie"].to_str().unwrap();
        assert!(
            cookie.starts_with("__Host-") && cookie.ends_with("; Secure"),
            "{cookie}"
        );
        assert!(headers.contains_key("strict-transport-security"));
        let error = get(&url, None).await.unwrap_err();
        assert!(
            error.contains("UnknownIssuer"),
            "a certificate is checked: {error}"
        );
        let plain = format!("http://localhost:{port}/anmelden");
        assert!(
            get(&plain, None).await.is_err(),
            "nothing is served without TLS"
        );
        drop(stop);
        running.await.unwrap();
    }
}
