//! Certificates that are revoked, and partners that leave, while they are connected. No node is restarted here.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::Instant;
use verbund_tests::stranger::{Met, knock};
use verbund_tests::{Federation, HostilePartner, System};
use verbund_transport::pki;
use verbund_wire::agency::{Link, Partner, WatchFeedRequest};

/// What the design promises.
const WITHIN: Duration = Duration::from_secs(60);

/// Connects a system with this certificate and watches the feed until the first sign of life.
async fn watching(
    fed: &Federation,
    issued: &pki::Issued,
) -> Result<(
    System,
    tonic::Streaming<verbund_wire::agency::WatchFeedResponse>,
)> {
    let system = fed.system_with("kod", issued).await?;
    let mut feed = system
        .feed
        .clone()
        .watch_feed(WatchFeedRequest::default())
        .await?
        .into_inner();
    fed.patience()
        .within("the feed's first sign of life", feed.message())
        .await??;
    Ok((system, feed))
}

async fn ends<T>(fed: &Federation, what: &str, stream: &mut tonic::Streaming<T>) -> Result<()> {
    let draining = async { while let Ok(Some(_)) = stream.message().await {} };
    fed.patience().within(what, draining).await
}

#[tokio::test]
async fn a_revoked_system_loses_its_open_connection_and_gets_no_other() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    let member = fed.member("kod");
    let (lost, kept) = (member.system("reader")?, member.system("reader")?);
    fed.publish_revocations("kod", "kod", 1, &[])?;
    let (system, mut feed) = watching(&fed, &lost).await?;
    let (other, mut others_feed) = watching(&fed, &kept).await?;

    let revoked = Instant::now();
    fed.publish_revocations("kod", "kod", 2, std::slice::from_ref(&lost.serial))?;
    ends(&fed, "the revoked system's feed to end", &mut feed).await?;
    assert!(
        revoked.elapsed() < WITHIN,
        "it took {:?}",
        revoked.elapsed()
    );
    assert!(
        system.status().await.is_err(),
        "a revoked system has called"
    );
    let root = member.authority.certificate_pem();
    let met = knock(member.agency_api(), root, Some(&lost)).await?;
    assert_eq!(met, Met::Alert("CertificateRevoked".to_owned()));

    // Its twin, with another serial number, has felt nothing.
    fed.system("kod", "publisher")
        .await?
        .tell("Es geht weiter.", &[])
        .await?;
    let listening = async {
        while let Some(message) = others_feed.message().await? {
            if !message.events.is_empty() {
                return Ok(());
            }
        }
        bail!("the other system's feed ended")
    };
    fed.patience()
        .within("an update in the other system's feed", listening)
        .await??;
    other.status().await?;

    // What was revoked by mistake comes back with the next list.
    fed.publish_revocations("kod", "kod", 3, &[])?;
    let look = async || match knock(member.agency_api(), root, Some(&lost)).await {
        Ok(Met::Welcome) => Ok(()),
        Ok(met) => Err(format!("{met:?}")),
        Err(error) => Err(format!("{error:#}")),
    };
    fed.until("the system to be let in again", look).await
}

#[tokio::test]
async fn a_revoked_partner_loses_its_stream_and_the_others_keep_theirs() -> Result<()> {
    let fed = Federation::started(&["kod", "quartiersbuero"]).await?;
    let kod = fed.system("kod", "everything").await?;
    let honest = fed.system("quartiersbuero", "everything").await?;
    let connected = |partner: &Partner| partner.link() == Link::Connected;
    kod.until_partner("quartiersbuero", "connected", connected)
        .await?;
    let partner = HostilePartner::new(&fed, "polizei")?;
    let mut talk = partner.greet("kod").await?;
    talk.asked_for("polizei").await?;

    let revoked = Instant::now();
    let serial = fed.member("polizei").node.serial.clone();
    fed.publish_revocations("kod", "polizei", 1, &[serial])?;
    talk.ended().await?;
    assert!(
        revoked.elapsed() < WITHIN,
        "it took {:?}",
        revoked.elapsed()
    );
    kod.until_partner("polizei", "away", |partner| partner.link() == Link::Away)
        .await?;
    let (door, root) = (
        fed.member("kod").federation_api(),
        fed.member("kod").authority.certificate_pem(),
    );
    let met = knock(door, root, Some(&fed.member("polizei").node)).await?;
    assert_eq!(met, Met::Alert("CertificateRevoked".to_owned()));
    assert!(
        partner.greet("kod").await.is_err(),
        "a revoked node has opened a stream"
    );
    // Nobody told the other node: it still takes the partner.
    partner.greet("quartiersbuero").await?;

    let told = honest.tell("Es geht weiter.", &["kod"]).await?;
    kod.until_subject(&told.subject).await?;
    let told = kod.tell("Auch zurück.", &["quartiersbuero"]).await?;
    honest.until_subject(&told.subject).await?;
    Ok(())
}

/// A list that can't be read is not taken over; the one before stays in force.
#[tokio::test]
async fn a_broken_list_changes_nothing() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    let member = fed.member("kod");
    let lost = member.system("reader")?;
    fed.publish_revocations("kod", "kod", 1, std::slice::from_ref(&lost.serial))?;
    let root = member.authority.certificate_pem();
    let revoked = Met::Alert("CertificateRevoked".to_owned());
    let look = async || match knock(member.agency_api(), root, Some(&lost)).await {
        Ok(met) if met == revoked => Ok(()),
        met => Err(format!("{met:?}")),
    };
    fed.until("the system to be refused", look).await?;
    std::fs::write(
        fed.node_folder("kod").join("tls/crls/kod.crl"),
        "no list at all",
    )?;
    let told = async || match fed.node("kod").logged(&["kod.crl"]) {
        Ok(true) => Ok(()),
        other => Err(format!("{other:?}")),
    };
    fed.until("the broken list to be told", told).await?;
    assert_eq!(
        knock(member.agency_api(), root, Some(&lost)).await?,
        revoked
    );
    let kept = member.system("reader")?;
    assert_eq!(
        knock(member.agency_api(), root, Some(&kept)).await?,
        Met::Welcome
    );
    Ok(())
}

/// A charter that is put in place at one node is told to the others, and who is no member any more is shown the door everywhere.
#[tokio::test]
async fn a_partner_that_the_charter_removes_loses_its_stream_at_every_node() -> Result<()> {
    const GONE: &str = "staatsanwaltschaft";
    let fed = Federation::started(&["kod", "quartiersbuero"]).await?;
    let kod = fed.system("kod", "everything").await?;
    let other = fed.system("quartiersbuero", "everything").await?;
    kod.until_partner("quartiersbuero", "connected", |it| {
        it.link() == Link::Connected
    })
    .await?;
    let partner = HostilePartner::new(&fed, GONE)?;
    let mut talks = Vec::new();
    for node in ["kod", "quartiersbuero"] {
        let mut talk = partner.greet(node).await?;
        talk.asked_for(GONE).await?;
        talks.push(talk);
    }

    let removed = Instant::now();
    fed.remove_member("kod", GONE)?;
    for talk in &mut talks {
        talk.ended().await?;
    }
    assert!(
        removed.elapsed() < WITHIN,
        "it took {:?}",
        removed.elapsed()
    );
    for (node, system) in [("kod", &kod), ("quartiersbuero", &other)] {
        assert_eq!(system.status().await?.charter_version, 2);
        assert!(
            system.partner(GONE).await.is_err(),
            "it is no partner of {node} any more"
        );
        let root = fed.member(node).authority.certificate_pem();
        let door = fed.member(node).federation_api();
        let looks = async || match knock(door, root, Some(&fed.member(GONE).node)).await {
            Ok(Met::Alert(alert)) => Ok(alert),
            met => Err(format!("{met:?}")),
        };
        fed.until("the door to be shut", looks).await?;
    }
    // The two that stay have felt nothing.
    let told = kod.tell("Es geht weiter.", &["quartiersbuero"]).await?;
    other.until_subject(&told.subject).await?;
    assert!(kod.alarms().await?.is_empty());
    Ok(())
}
