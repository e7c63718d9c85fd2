//! TLS to the server, and what is said when it is not as it has to be.

use verbund_store::Error;

use crate::place::{Place, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_has_to_prove_who_it_is() {
    let place = Place::alone();
    let server = place.cluster();
    let url = place.database.url();
    let authority = server.authority();
    let authority = authority.display();
    let right = format!("sslmode=verify-full&sslrootcert={authority}");
    for right in [
        url.query(&right),
        url.host(&format!("localhost:{}", server.port()))
            .query(&right),
    ] {
        let store = open(&right.to_string(), place.options("one"))
            .await
            .unwrap();
        let sessions = server
            .psql("SELECT count(*), bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'verbund'")
            .unwrap();
        let (count, encrypted) = sessions.split_once('|').unwrap();
        assert!(count.parse::<u32>().unwrap() >= 1 && encrypted == "t");
        store.close().await;
    }

    let (_, secret) = url.to_string().split_once("//").map_or_else(
        || panic!("it has a password"),
        |(_, rest)| {
            let (account, _) = rest.split_once('@').unwrap();
            let (user, secret) = account.split_once(':').unwrap();
            (user.to_owned(), secret.to_owned())
        },
    );
    let stranger = server.strangers_authority();
    let stranger = format!("sslmode=verify-full&sslrootcert={}", stranger.display());
    let wrong_name = format!("127.0.0.2:{}", server.port());
    server
        .set("listen_addresses", "127.0.0.1, 127.0.0.2")
        .unwrap();
    server.restart().unwrap();
    let all = [
        (url.query(&stranger), "sslrootcert"),
        (url.query("sslmode=verify-full"), "sslrootcert"),
        (url.host(&wrong_name).query(&right), "name"),
        (
            url.query("sslmode=verify-full&sslrootcert=/nowhere/ca.pem"),
            "is there a file",
        ),
        (url.role("postgres", "wrong-Secret"), "password"),
    ];
    let opened = all.iter().map(|(wrong, _)| {
        let wrong = wrong.to_string();
        let options = place.options("one");
        async move { open(&wrong, options).await }
    });
    let opened = futures_util::future::join_all(opened).await;
    for ((wrong, named), opened) in all.iter().zip(opened) {
        match opened {
            Err(
                error @ (Error::Unavailable { .. } | Error::Unsuitable(_) | Error::BadUrl { .. }),
            ) => {
                let told = format!("{error} {error:?}");
                assert!(told.contains(named), "{named}: {told}");
                assert!(
                    !told.contains(&secret) && !told.contains("Secret"),
                    "{told}"
                );
            }
            other => panic!("{wrong}: {other:?}"),
        }
    }

    server.stop().unwrap();
    server.set("ssl", "off").unwrap();
    server.start().unwrap();
    let plain = open(&url.query(&right).to_string(), place.options("one")).await;
    let told = plain.unwrap_err().to_string();
    assert!(told.contains("TLS"), "{told}");
    // Never anywhere else than on this machine.
    let far = url.host("db.example:5432").query("sslmode=prefer");
    match open(&far.to_string(), place.options("one")).await {
        Err(error @ Error::BadUrl { .. }) => {
            let told = error.to_string();
            assert!(told.contains("sslmode=verify-full") && !told.contains(&secret));
        }
        other => panic!("{other:?}"),
    }
}
