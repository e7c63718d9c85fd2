//! One agency's node as two processes over one PostgreSQL, and a partner on SQLite: whatever dies, nothing acknowledged is
//! lost or doubled, at the partner as well.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::task::JoinSet;
use tonic::Code;
use verbund_tests::postgres::Cluster;
use verbund_tests::replica::share_node;
use verbund_tests::{Federation, Plan, Replica, System};
use verbund_wire::agency::{Link, PublishSituationRequest, WatchFeedRequest};

use crate::books::{ORIGIN, PARTNER};

/// A stream moves within five seconds; a machine that tests in parallel may need longer.
const MOVES: Duration = Duration::from_secs(15);

/// The origin's node as the replicas `one` and `two`, and the partner's.
struct Scene {
    fed: Federation,
    server: Cluster,
    _database: verbund_tests::postgres::Database,
    two: Replica,
}

impl Scene {
    async fn started() -> Result<Self> {
        let server = Cluster::start_new()?;
        let database = server.database()?;
        let plan = Plan::nodes(&[ORIGIN, PARTNER]).patience(Duration::from_secs(120));
        let mut fed = plan.build()?;
        share_node(&fed, ORIGIN, "one", &database.url())?;
        fed.launch(ORIGIN)?;
        fed.ready(&[ORIGIN]).await?;
        fed.launch(PARTNER)?;
        fed.ready(&[PARTNER]).await?;
        let two = Replica::started(&fed, ORIGIN, "two", &database.url()).await?;
        Ok(Self {
            fed,
            server,
            _database: database,
            two,
        })
    }

    async fn systems(&self) -> Result<[System; 2]> {
        let one = self.fed.system(ORIGIN, "everything").await?;
        Ok([one, self.two.system(&self.fed, "everything").await?])
    }

    async fn partner(&self) -> Result<System> {
        self.fed.system(PARTNER, "everything").await
    }

    /// Feeds of all nodes hold exactly what was acknowledged and what was asked last.
    async fn agree(&self, systems: &[&System], told: &BTreeSet<String>) -> Result<()> {
        let partner = self.partner().await?;
        for system in systems.iter().copied().chain([&partner]) {
            let all = format!("all {} updates", told.len());
            self.fed
                .until(&all, async || {
                    let notes = system.notes_of(ORIGIN).await;
                    let notes = notes.map_err(|status| status.to_string())?;
                    match notes.len() >= told.len() {
                        true => Ok(()),
                        false => Err(format!("{}", notes.len())),
                    }
                })
                .await?;
            let notes = system.notes_of(ORIGIN).await?;
            let once: BTreeSet<_> = notes.iter().cloned().collect();
            assert_eq!(once.len(), notes.len(), "doubled in the feed");
            let lost: Vec<_> = told.difference(&once).collect();
            assert!(lost.is_empty(), "lost: {lost:?}");
            let more: Vec<_> = once.difference(told).collect();
            assert!(more.is_empty(), "never acknowledged: {more:?}");
        }
        Ok(())
    }
}

/// Clients that make a request again, with its id, until it is acknowledged, at whichever replica answers.
struct Clients {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    calls: JoinSet<Result<BTreeSet<String>>>,
}

impl Clients {
    fn start(systems: &[System; 2], number: usize) -> Self {
        let mut clients = Self {
            stop: Arc::default(),
            answered: Arc::default(),
            calls: JoinSet::new(),
        };
        for client in 0..number {
            let (stop, answered) = (Arc::clone(&clients.stop), Arc::clone(&clients.answered));
            let systems = systems.clone();
            clients.calls.spawn(async move {
                let mut told = BTreeSet::new();
                let mut times = 0;
                while !stop.load(Ordering::Relaxed) {
                    times += 1;
                    let note = format!("Meldung {client} die {times}.");
                    publish(&systems, client, &note).await?;
                    told.insert(note);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                Ok(told)
            });
        }
        clients
    }

    /// Waits until so many more are acknowledged.
    async fn go_on(&self, fed: &Federation, more: u64) -> Result<()> {
        let wanted = self.answered.load(Ordering::Relaxed) + more;
        fed.until("publishes that are acknowledged", async || {
            match self.answered.load(Ordering::Relaxed) {
                count if count >= wanted => Ok(()),
                count => Err(format!("{count} of {wanted}")),
            }
        })
        .await
    }

    async fn end(mut self) -> Result<BTreeSet<String>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = BTreeSet::new();
        while let Some(told) = self.calls.join_next().await {
            all.extend(told??);
        }
        Ok(all)
    }
}

async fn publish(systems: &[System; 2], first: usize, note: &str) -> Result<()> {
    let request = PublishSituationRequest {
        request_id: uuid::Uuid::now_v7().to_string(),
        situation: Some(systems[0].draft(note)),
        confirm_review: false,
    };
    let since = Instant::now();
    for turn in first.. {
        let mut client = systems[turn % 2].situations.clone();
        let answer = client.publish_situation(request.clone()).await;
        match answer {
            Ok(_) => return Ok(()),
            Err(status)
                if matches!(
                    status.code(),
                    Code::Unavailable | Code::Cancelled | Code::Unknown | Code::Internal
                ) =>
            {
                ensure!(
                    since.elapsed() < Duration::from_secs(60),
                    "not acknowledged for a minute: {status}"
                );
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(status) => return Err(status).context("what a client does not make again"),
        }
    }
    unreachable!("turns have no end")
}

/// Waits until a replica says that it has the partner's stream; gives how long that took.
async fn has_stream(scene: &Scene, system: &System, name: &str) -> Result<Duration> {
    let since = Instant::now();
    scene
        .fed
        .until(&format!("the stream at {name}"), async || {
            let partner = system.partner(PARTNER).await;
            let partner = partner.map_err(|status| status.to_string())?;
            let is_here = partner.link() == Link::Connected && partner.replica == name;
            is_here.then_some(()).ok_or_else(|| format!("{partner:?}"))
        })
        .await?;
    Ok(since.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_replicas_publish_and_everybody_gets_all_of_it() -> Result<()> {
    let scene = Scene::started().await?;
    let systems = scene.systems().await?;
    let request = WatchFeedRequest::default();
    let mut watched = systems[1]
        .feed
        .clone()
        .watch_feed(request)
        .await?
        .into_inner();
    let clients = Clients::start(&systems, 6);
    clients.go_on(&scene.fed, 100).await?;
    let told = clients.end().await?;
    scene.agree(&[&systems[0], &systems[1]], &told).await?;
    // Who watches the one sees what the other took.
    let mut seen = BTreeSet::new();
    let patience = scene.fed.patience();
    while !told.is_subset(&seen) {
        let next = patience.within("an event", watched.message()).await??;
        let events = next.context("the feed goes on")?.events;
        let situations = events.into_iter().filter_map(|event| event.situation);
        seen.extend(situations.map(|situation| situation.note));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_moves_when_its_holder_is_killed_under_load() -> Result<()> {
    let mut scene = Scene::started().await?;
    let systems = scene.systems().await?;
    has_stream(&scene, &systems[0], "one").await?;
    let clients = Clients::start(&systems, 6);
    clients.go_on(&scene.fed, 50).await?;
    let patience = scene.fed.patience();
    scene.fed.node_mut(ORIGIN).kill(patience).await?;
    let took = has_stream(&scene, &systems[1], "two").await?;
    assert!(took < MOVES, "the stream moved after {took:?}");
    clients.go_on(&scene.fed, 50).await?;
    let told = clients.end().await?;
    scene.agree(&[&systems[1]], &told).await?;
    assert_eq!(systems[1].status().await?.alarms, 0);
    // It comes back, and has all of it.
    scene.fed.launch(ORIGIN)?;
    scene.fed.ready(&[ORIGIN]).await?;
    let one = scene.fed.system(ORIGIN, "everything").await?;
    scene.agree(&[&one, &systems[1]], &told).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_said_and_survived() -> Result<()> {
    let scene = Scene::started().await?;
    let systems = scene.systems().await?;
    let clients = Clients::start(&systems, 6);
    for round in 0..2 {
        clients.go_on(&scene.fed, 30).await?;
        if round == 0 {
            scene.server.stop()?;
        } else {
            scene.server.kill()?;
        }
        let processes = [scene.fed.node(ORIGIN), &scene.two.process];
        for process in processes {
            scene
                .fed
                .until("a node that is not ready", async || {
                    match process.get("/readyz").await {
                        Ok((503, body)) if body.contains("STORE_UNAVAILABLE") => Ok(()),
                        other => Err(format!("{other:?}")),
                    }
                })
                .await?;
        }
        scene.server.start()?;
        for process in processes {
            scene
                .fed
                .until("a node that is ready again", async || {
                    match process.get("/readyz").await {
                        Ok((200, _)) => Ok(()),
                        other => Err(format!("{other:?}")),
                    }
                })
                .await?;
        }
    }
    clients.go_on(&scene.fed, 30).await?;
    let told = clients.end().await?;
    scene.agree(&[&systems[0], &systems[1]], &told).await
}
