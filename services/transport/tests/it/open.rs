//! What becomes of open connections when the world changes: without a restart, and without touching anybody else.

use http_body_util::BodyExt as _;
use tonic::body::Body;
use tonic::transport::Channel;
use verbund_model::UnixMillis;
use verbund_transport::limits::Limits;
use verbund_transport::pki::Validity;
use verbund_transport::{Admit, Connector, Error, Refusal, Trust};

use crate::kit::{
    DAY_MS, HandClock, Kit, NOW, PATIENCE, Server, agency, call, identity, issue, year,
};

/// A call of `kod` that stays open at the server of dhz, and its channel.
async fn waiting(connector: &Connector, server: &Server) -> (Channel, Body) {
    let channel = connector
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    let body = call(&channel, "Wait").await.unwrap().into_body();
    (channel, body)
}

/// The call under way ends, and not well.
async fn is_cut_off(mut body: Body) {
    let frame = tokio::time::timeout(PATIENCE, body.frame()).await.unwrap();
    assert!(frame.unwrap().is_err());
}

async fn still_answers(channel: &Channel) {
    assert_eq!(
        call(channel, "Ask").await.unwrap().headers()["trusted"],
        "true"
    );
}

#[tokio::test]
async fn a_revoked_peer_loses_its_connection_and_nobody_else_does() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let server = Server::start(&tls, Admit::Nodes).await;
    let lost = issue(&kit.kod, kit.kod.node(year()));
    let kod = Connector::new(&kit.tls(&lost, kit.trust()));
    let (_kod, cut) = waiting(&kod, &server).await;
    let (polizei, _open) = waiting(&Connector::new(&kit.node(&kit.polizei)), &server).await;

    let list = kit.revoked(&kit.kod, &[lost.serial]);
    tls.replace_trust(
        kit.trust()
            .with_revocation_list(agency("kod"), list.as_bytes())
            .unwrap(),
    )
    .unwrap();

    is_cut_off(cut).await;
    still_answers(&polizei).await;
    let again = kod
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(again.reason(), "REFUSED_BY_PEER");
    server.refused("CERTIFICATE_REVOKED").await;
    server.until(|acceptor| acceptor.counts().open == 1).await;
    server.stop_now().await;
}

#[tokio::test]
async fn a_removed_agency_loses_its_connection() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let server = Server::start(&tls, Admit::Nodes).await;
    let (_channel, cut) = waiting(&Connector::new(&kit.node(&kit.kod)), &server).await;
    // The next charter has no kod.
    let charter = Trust::new(kit.trust().federation().clone())
        .with_roots(agency("dhz"), kit.dhz.certificate_pem())
        .unwrap();
    tls.replace_roots(charter).unwrap();
    is_cut_off(cut).await;
    server.until(|acceptor| acceptor.counts().open == 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_charter_that_changes_nothing_for_a_peer_leaves_its_connection() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let server = Server::start(&tls, Admit::Nodes).await;
    let channel = Connector::new(&kit.node(&kit.kod))
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    tls.replace_roots(kit.trust()).unwrap();
    still_answers(&channel).await;
    assert_eq!(server.acceptor.counts().accepted, 1);
    server.stop().await;
}

#[tokio::test]
async fn new_roots_keep_the_revocation_lists() {
    let kit = Kit::new();
    let lost = issue(&kit.kod, kit.kod.node(year()));
    let list = kit.revoked(&kit.kod, std::slice::from_ref(&lost.serial));
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let tls = kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust);
    tls.replace_roots(kit.trust()).unwrap();
    let server = Server::start(&tls, Admit::Nodes).await;
    let kod = Connector::new(&kit.tls(&lost, kit.trust()));
    kod.connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    server.refused("CERTIFICATE_REVOKED").await;
    server.stop().await;
}

/// A connection of kod's whose certificate lasts for a day, and then the clock goes on for two.
async fn after_two_days(
    clock: &HandClock,
    kit: &Kit,
    tls: &verbund_transport::Tls,
) -> (Server, Channel, Body) {
    let server = Server::start(tls, Admit::Nodes).await;
    let short = issue(&kit.kod, kit.kod.node(Validity::days(NOW, 1)));
    let (channel, body) = waiting(&Connector::new(&kit.tls(&short, kit.trust())), &server).await;
    clock.advance(2 * DAY_MS);
    (server, channel, body)
}

#[tokio::test]
async fn a_request_on_an_expired_certificate_is_not_trusted() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let (server, channel, _body) = after_two_days(&kit.clock, &kit, &tls).await;
    // Nobody has looked at the connections since.
    assert_eq!(
        call(&channel, "Ask").await.unwrap().headers()["trusted"],
        "false"
    );
    server.stop_now().await;
}

#[tokio::test]
async fn an_expired_peer_loses_its_connection() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let (server, _channel, cut) = after_two_days(&kit.clock, &kit, &tls).await;
    assert_eq!((tls.revalidate(), tls.revalidate()), (1, 0));
    is_cut_off(cut).await;
    server.stop().await;
}

#[tokio::test]
async fn a_list_that_expires_takes_the_connection_with_it() {
    let kit = Kit::new();
    let list = kit.revoked(&kit.kod, &[]);
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let tls = kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust);
    let server = Server::start(&tls, Admit::Nodes).await;
    let (_channel, cut) = waiting(&Connector::new(&kit.node(&kit.kod)), &server).await;
    assert_eq!(tls.revalidate(), 0);
    kit.clock.advance(8 * DAY_MS);
    assert_eq!(tls.revalidate(), 1);
    is_cut_off(cut).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_ends_when_it_is_too_old() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let limits = Limits {
        age_hard: std::time::Duration::from_secs(3600),
        ..Admit::Nodes.limits()
    };
    let server = Server::with_limits(&tls, Admit::Nodes, limits).await;
    let (_channel, cut) = waiting(&Connector::new(&kit.node(&kit.kod)), &server).await;
    kit.clock.advance(3600 * 1000);
    assert_eq!(tls.revalidate(), 0);
    kit.clock.advance(1);
    assert_eq!(tls.revalidate(), 1);
    is_cut_off(cut).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_can_be_closed_by_hand() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let server = Server::start(&tls, Admit::Nodes).await;
    let (_channel, cut) = waiting(&Connector::new(&kit.node(&kit.kod)), &server).await;
    let open = tls.connections();
    assert_eq!(open.len(), 1);
    assert!(open[0].close() && !open[0].close() && !open[0].still_trusted());
    is_cut_off(cut).await;
    server.until(|_| tls.connections().is_empty()).await;
    server.stop().await;
}

#[tokio::test]
async fn the_caller_closes_too_when_the_server_is_revoked() {
    let kit = Kit::new();
    let lost = issue(&kit.dhz, kit.dhz.node(year()));
    let server = Server::start(&kit.tls(&lost, kit.trust()), Admit::Nodes).await;
    let tls = kit.node(&kit.kod);
    let (_channel, cut) = waiting(&Connector::new(&tls), &server).await;
    let list = kit.revoked(&kit.dhz, &[lost.serial]);
    tls.replace_trust(
        kit.trust()
            .with_revocation_list(agency("dhz"), list.as_bytes())
            .unwrap(),
    )
    .unwrap();
    is_cut_off(cut).await;
    server.until(|_| tls.connections().is_empty()).await;
    server.stop().await;
}

#[tokio::test]
async fn another_certificate_is_shown_without_a_restart() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let server = Server::start(&tls, Admit::Nodes).await;
    let kod = Connector::new(&kit.node(&kit.kod));
    let (before, _open) = waiting(&kod, &server).await;
    let renewed = identity(&issue(&kit.dhz, kit.dhz.node(Validity::days(NOW, 90))));
    tls.replace_identity(renewed.clone()).unwrap();
    let probe = kod.probe(&server.endpoint(), &agency("dhz")).await;
    let shown = probe.shown.unwrap();
    assert_eq!(
        (shown.serial.as_str(), shown.validity),
        (renewed.serial(), renewed.validity())
    );
    assert_eq!(renewed.validity(), Validity::days(NOW, 90));
    assert!(probe.result.is_ok());
    still_answers(&before).await;
    server.stop_now().await;
}

#[tokio::test]
async fn a_bad_certificate_is_not_put_to_use() {
    let (kit, other) = (Kit::new(), Kit::new());
    let tls = kit.node(&kit.dhz);
    let serial = tls.identity().serial().to_owned();
    let past = Validity {
        not_before: UnixMillis(NOW.0 - 2 * DAY_MS),
        not_after: UnixMillis(NOW.0 - DAY_MS),
    };
    let expired = identity(&issue(&kit.dhz, kit.dhz.node(past)));
    let foreign = identity(&issue(&other.dhz, other.dhz.node(year())));
    let polizei = identity(&issue(&kit.polizei, kit.polizei.node(year())));
    let mut client_only = kit.dhz.node(year());
    client_only.server = false;
    let client_only = identity(&issue(&kit.dhz, client_only));
    for (bad, reason) in [
        (expired, Refusal::CertificateExpired),
        (foreign, Refusal::UnknownIssuer),
        (client_only, Refusal::WrongUsage),
    ] {
        let refused = tls.replace_identity(bad);
        assert!(
            matches!(&refused, Err(Error::OwnCertificate(found)) if *found == reason),
            "{refused:?}"
        );
    }
    assert!(matches!(
        tls.replace_identity(polizei),
        Err(Error::OtherIdentity)
    ));
    assert_eq!(tls.identity().serial(), serial);
}

#[tokio::test]
async fn bad_roots_are_not_put_to_use() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let shared = kit
        .trust()
        .with_roots(agency("zoll"), kit.kod.certificate_pem())
        .unwrap();
    let refused = tls.replace_roots(shared);
    assert!(
        matches!(refused, Err(Error::SharedRoot { .. })),
        "{refused:?}"
    );
    assert!(
        tls.trust()
            .agencies()
            .all(|agency| agency.as_str() != "zoll")
    );
    let leaf = issue(&kit.kod, kit.kod.node(year())).certificate_pem;
    for bad in [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        leaf.as_str(),
    ] {
        let refused = kit.trust().with_roots(agency("kod"), bad);
        assert!(
            matches!(&refused, Err(Error::BadRoot { agency, .. }) if agency.as_str() == "kod"),
            "{refused:?}"
        );
    }
}
