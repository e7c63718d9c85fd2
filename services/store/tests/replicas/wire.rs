//! Connections of a test's own: a session, and a wire that can be led to another server.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::task::JoinSet;

/// A session, past the store.
pub(crate) struct Psql(AsyncMutex<PgConnection>);

impl Psql {
    pub(crate) async fn connect(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).unwrap();
        Self(AsyncMutex::new(options.connect().await.unwrap()))
    }

    pub(crate) async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let mut connection = self.0.lock().await;
        sqlx::raw_sql(sql).execute(&mut *connection).await.unwrap();
    }
}

/// An address that leads to one server and then to another, as an operator's does that is moved in a failover.
pub(crate) struct Wire {
    pub(crate) port: u16,
    to: Arc<Mutex<Option<u16>>>,
    cut: watch::Sender<Cut>,
    _listening: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let from = listener.local_addr().unwrap().port();
        let to = Arc::new(Mutex::new(Some(port)));
        let cut = watch::Sender::new(Cut::Closed);
        let mut listening = JoinSet::new();
        listening.spawn(lead(listener, Arc::clone(&to), cut.clone()));
        Self {
            port: from,
            to,
            cut,
            _listening: listening,
        }
    }

    /// Closes all connections; new ones lead there, or nowhere.
    pub(crate) fn lead_to(&self, port: Option<u16>) {
        *self.to.lock().unwrap() = port;
        self.cut.send_replace(Cut::Closed);
    }

    /// Lets nothing more through all connections, and tells nobody: as where a machine has lost its power, and another one
    /// has its address now. New ones get through.
    pub(crate) fn silence(&self) {
        self.cut.send_replace(Cut::Silent);
    }
}

/// How connections are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Closed,
    Silent,
}

async fn lead(listener: TcpListener, to: Arc<Mutex<Option<u16>>>, cut: watch::Sender<Cut>) {
    let mut connections = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut until = cut.subscribe();
        let Some(port) = *to.lock().unwrap() else {
            continue;
        };
        connections.spawn(async move {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let Ok(mut far) = TcpStream::connect(address).await else {
                return;
            };
            let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => return,
                _ = until.changed() => {}
            }
            // The server's end is gone in any case.
            drop(far);
            if *until.borrow() == Cut::Silent {
                std::future::pending::<()>().await;
            }
        });
    }
}
