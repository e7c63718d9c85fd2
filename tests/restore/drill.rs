//! The drill: a backup is made under load, more is published, the database is lost and restored.

use anyhow::{Result, ensure};
use verbund_tests::Load;

use crate::scene::{AWAY, DONE, ORIGIN, PARTNER, Scene};

const LOAD: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_on_sqlite_comes_back_whole_and_forks_nothing() -> Result<()> {
    drill(Scene::sqlite().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_on_postgresql_comes_back_whole_and_forks_nothing() -> Result<()> {
    drill(Scene::postgres().await?).await
}

async fn drill(mut scene: Scene) -> Result<()> {
    let (origin, partner) = (scene.origin().await?, scene.partner().await?);
    let mut notes = vec!["Vorher.".to_owned(), "Nur für den Partner.".to_owned()];
    origin.tell(&notes[0], &[]).await?;
    let narrow = origin.tell(&notes[1], &[PARTNER]).await?;

    // Online: the node goes on publishing.
    let mut load = Load::new(&origin, LOAD, "Während");
    let (backup, ()) = tokio::join!(scene.back_up("store.age"), load.call(&origin, 16));
    let backup = backup?;
    ensure!(load.kept().count() == LOAD, "the backup disturbs nobody");
    for note in ["Danach eins.", "Danach zwei."] {
        origin.tell(note, &[PARTNER]).await?;
        notes.push(note.to_owned());
    }
    partner
        .tell("Vom Partner, nach der Sicherung.", &[])
        .await?;
    let all = LOAD + notes.len();
    let holds_all = async || match partner.notes_of(ORIGIN).await {
        Ok(found) if found.len() == all => Ok(found),
        Ok(found) => Err(format!("{} of {all}", found.len())),
        Err(error) => Err(error.to_string()),
    };
    let mut told = scene
        .fed
        .until("the partner to hold all", holds_all)
        .await?;
    let generation = origin.status().await?.generation;

    // The disk is gone in the middle of things. The keys are on another one.
    scene.kill(ORIGIN).await?;
    scene.stop(PARTNER).await?;
    scene.lose_database()?;
    let restored = scene.restore(&backup).await?;
    ensure!(restored.code == DONE, "{restored:?}");

    // All partners are away: it reads, and signs nothing, also after a restart.
    scene.start(ORIGIN).await?;
    scene.signs_nothing().await?;
    scene.kill(ORIGIN).await?;
    scene.start(ORIGIN).await?;
    scene.signs_nothing().await?;
    let status = scene.origin().await?.status().await?;
    assert!(status.generation > generation, "{}", status.generation);
    assert_eq!(status.awaited.len(), AWAY.len() + 1, "{:?}", status.awaited);
    scene.forgo_absent().await?;
    scene
        .until_status("only the partner to be awaited", |it| {
            it.awaited == [PARTNER]
        })
        .await?;
    scene.signs_nothing().await?;

    // The partner shows what it has.
    scene.start(PARTNER).await?;
    scene.until_it_signs().await?;
    scene.agree(&told).await?;
    let origin = scene.origin().await?;
    let again = origin.tell("Und weiter.", &[PARTNER]).await?;
    let before = narrow.position.unwrap_or_default();
    let after = again.position.unwrap_or_default();
    assert_eq!(
        after.lane, before.lane,
        "all of this lane's agencies were heard"
    );
    assert_eq!(
        after.sequence,
        before.sequence + 3,
        "it goes on where it was"
    );
    // Some of its agencies were not: a successor goes on.
    origin.tell("An alle.", &[]).await?;
    told.extend(["Und weiter.".to_owned(), "An alle.".to_owned()]);
    scene.agree(&told).await?;
    scene.nobody_saw_a_fork().await?;
    let alarms = origin.alarms().await?;
    let beyond = alarms.iter().find(|it| it.reason == "RECEIPT_BEYOND_HEAD");
    assert!(
        beyond.is_none(),
        "as is to be expected, and no alarm: {beyond:?}"
    );
    let own = origin.status().await?.own_entries;
    origin
        .until_partner(PARTNER, "with receipts for all", |it| it.receipted == own)
        .await?;
    assert_eq!(
        origin.notes_of(PARTNER).await?.len(),
        1,
        "what the partner sent comes back"
    );

    // An honest restart signs at once.
    scene.kill(ORIGIN).await?;
    scene.stop(PARTNER).await?;
    scene.start(ORIGIN).await?;
    scene.origin().await?.tell("Gleich.", &[]).await?;
    let checked = scene.with_config(&["store", "check"]).await?;
    assert_eq!(checked.code, DONE, "{checked:?}");
    Ok(())
}
