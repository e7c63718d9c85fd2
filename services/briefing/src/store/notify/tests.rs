use super::super::testing::store;
use super::*;
use crate::notify::matter::Urgency;
use crate::security::token::Token;
use crate::store::NewPerson;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

async fn person(store: &Store, name: &str) -> Person {
    let new = NewPerson {
        name: name.to_owned(),
        roles: "coordinator".parse().unwrap(),
        openid: None,
    };
    store.add_person(new).await.unwrap()
}

/// A person with a confirmed address.
async fn reachable(store: &Store, name: &str) -> (Person, Route) {
    let person = person(store, name).await;
    let token = Token::random();
    let route = store
        .set_mail_address(person.id, "a@stadt.example", &token.hash(), at(60))
        .await
        .unwrap();
    assert!(
        store
            .confirm_mail_address(&token.hash(), at(0))
            .await
            .unwrap()
    );
    (person, route)
}

fn order(person: &Person, matter: Matter, subject: &str, due: i64) -> Order {
    Order {
        person: person.id,
        matter,
        subject: subject.to_owned(),
        due_at: at(due),
    }
}

fn subjects(matter: Matter, subjects: &[&str]) -> BTreeSet<Subject> {
    subjects
        .iter()
        .map(|it| (matter, (*it).to_owned()))
        .collect()
}

async fn names(store: &Store, route: &Route) -> Vec<String> {
    let pending = store.pending(route.id).await.unwrap();
    pending.into_iter().map(|it| it.subject).collect()
}

#[tokio::test]
async fn a_choice_is_read_as_it_was_kept() {
    let (_folder, store) = store().await;
    let person = person(&store, "a").await;
    assert_eq!(
        store.notify_choice(person.id).await.unwrap(),
        Choice::default()
    );
    for quiet in [None, Choice::default().quiet] {
        let choice = Choice {
            lang: Lang::En,
            mail: Urgencies::default(),
            push: [Urgency::Immediate].into_iter().collect(),
            quiet,
            is_woken: true,
        };
        store.set_notify_choice(person.id, &choice).await.unwrap();
        assert_eq!(store.notify_choice(person.id).await.unwrap(), choice);
    }
}

#[tokio::test]
async fn nothing_is_for_an_address_that_nobody_has_confirmed() {
    let (_folder, store) = store().await;
    let person = person(&store, "a").await;
    let token = Token::random();
    let route = store
        .set_mail_address(person.id, "a@stadt.example", &token.hash(), at(60))
        .await
        .unwrap();
    assert!(store.notify_recipients().await.unwrap().is_empty());
    let orders = [order(&person, Matter::TaskAsked, "x", 0)];
    store
        .settle(&BTreeSet::new(), &orders, &BTreeSet::new())
        .await
        .unwrap();
    assert!(names(&store, &route).await.is_empty());
    assert!(
        !store
            .confirm_mail_address(&Token::random().hash(), at(0))
            .await
            .unwrap()
    );
    assert!(
        !store
            .confirm_mail_address(&token.hash(), at(60))
            .await
            .unwrap(),
        "too late"
    );
    assert!(
        store
            .confirm_mail_address(&token.hash(), at(59))
            .await
            .unwrap()
    );
    assert!(
        !store
            .confirm_mail_address(&token.hash(), at(59))
            .await
            .unwrap(),
        "once"
    );
    assert_eq!(store.notify_recipients().await.unwrap(), [person]);
    store.forget_unconfirmed(at(99)).await.unwrap();
    assert!(
        store
            .notify_route(route.id)
            .await
            .unwrap()
            .unwrap()
            .is_confirmed
    );
}

#[tokio::test]
async fn another_address_takes_the_place_of_the_first_and_has_to_be_confirmed_itself() {
    let (_folder, store) = store().await;
    let (person, _) = reachable(&store, "a").await;
    store
        .set_mail_address(
            person.id,
            "b@stadt.example",
            &Token::random().hash(),
            at(60),
        )
        .await
        .unwrap();
    let routes = store.notify_routes(person.id).await.unwrap();
    assert_eq!(routes.len(), 1);
    assert!(!routes[0].is_confirmed);
    store.forget_unconfirmed(at(60)).await.unwrap();
    assert!(store.notify_routes(person.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_browser_is_one_persons_and_nobody_has_too_many() {
    let (_folder, store) = store().await;
    let (first, second) = (person(&store, "a").await, person(&store, "b").await);
    let add = async |person: &Person, name: &str| {
        store
            .add_browser(person.id, name, &[4; 65], &[1; 16], "Firefox")
            .await
            .unwrap()
    };
    for number in 0..BROWSERS_MAX {
        assert!(add(&first, &number.to_string()).await);
    }
    assert!(!add(&first, "one more").await);
    assert!(add(&first, "0").await, "the same again is no more");
    assert!(add(&second, "0").await);
    assert_eq!(
        store.notify_routes(first.id).await.unwrap().len(),
        BROWSERS_MAX - 1
    );
    let route = &store.notify_routes(second.id).await.unwrap()[0];
    assert!(
        !store.forget_route(first.id, route.id).await.unwrap(),
        "another's"
    );
    assert!(store.forget_route(second.id, route.id).await.unwrap());
    let shown = format!("{route:?}");
    assert!(
        !shown.contains("Firefox") && !shown.contains("0\""),
        "{shown}"
    );
}

#[tokio::test]
async fn what_was_settled_before_it_was_said_is_not_said() {
    let (_folder, store) = store().await;
    let (person, route) = reachable(&store, "a").await;
    let new = subjects(Matter::TaskAsked, &["x", "y"]);
    let orders = ["x", "y"].map(|it| order(&person, Matter::TaskAsked, it, 300));
    store.settle(&new, &orders, &BTreeSet::new()).await.unwrap();
    assert_eq!(store.standing(&[Matter::TaskAsked]).await.unwrap(), new);
    assert!(store.standing(&[Matter::Alarm]).await.unwrap().is_empty());
    let gone = subjects(Matter::TaskAsked, &["x"]);
    store.settle(&BTreeSet::new(), &[], &gone).await.unwrap();
    assert_eq!(names(&store, &route).await, ["y"]);
    assert_eq!(
        store.standing(&[Matter::TaskAsked]).await.unwrap(),
        subjects(Matter::TaskAsked, &["y"])
    );
}

#[tokio::test]
async fn the_feed_is_read_on_from_where_it_was_read_to() {
    let (folder, store) = store().await;
    let (person, route) = reachable(&store, "a").await;
    assert_eq!(store.notify_cursor().await.unwrap(), None);
    let orders = [
        order(&person, Matter::UpdateSoon, "x", 0),
        order(&person, Matter::UpdateSoon, "y", 0),
    ];
    store
        .read_feed_to("first", &orders, &BTreeSet::new())
        .await
        .unwrap();
    store
        .read_feed_to("second", &[], &subjects(Matter::UpdateSoon, &["x"]))
        .await
        .unwrap();
    drop(store);
    let store = Store::open(&folder.path().join("briefing.db"))
        .await
        .unwrap();
    assert_eq!(
        store.notify_cursor().await.unwrap().as_deref(),
        Some("second")
    );
    assert_eq!(names(&store, &route).await, ["y"]);
}

#[tokio::test]
async fn what_comes_anew_while_it_is_said_stays() {
    let (_folder, store) = store().await;
    let (person, route) = reachable(&store, "a").await;
    let orders = [order(&person, Matter::UpdateImmediate, "x", 0)];
    store
        .read_feed_to("1", &orders, &BTreeSet::new())
        .await
        .unwrap();
    let said = store.pending(route.id).await.unwrap();
    store
        .read_feed_to("2", &orders, &BTreeSet::new())
        .await
        .unwrap();
    store.pending_done(&said).await.unwrap();
    let left = store.pending(route.id).await.unwrap();
    assert_eq!(left.len(), 1);
    store.pending_done(&left).await.unwrap();
    assert!(store.pending(route.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_way_is_ready_when_something_is_due_and_it_may_be_tried() {
    let (_folder, store) = store().await;
    let (person, route) = reachable(&store, "a").await;
    let ready = async |seconds| {
        !store
            .ready_routes(Channel::Mail, at(seconds))
            .await
            .unwrap()
            .is_empty()
    };
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), None);
    let orders = [order(&person, Matter::UpdateSoon, "x", 300)];
    store
        .read_feed_to("1", &orders, &BTreeSet::new())
        .await
        .unwrap();
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(at(300)));
    assert_eq!(store.next_due(Channel::Push).await.unwrap(), None);
    assert!(!ready(299).await && ready(300).await);
    store.route_fails(route.id, at(300), at(330)).await.unwrap();
    store.route_fails(route.id, at(330), at(390)).await.unwrap();
    assert!(!ready(389).await && ready(390).await);
    let failing = store.notify_route(route.id).await.unwrap().unwrap();
    assert_eq!(
        (failing.failing_since, failing.failures),
        (Some(at(300)), 2)
    );
    store.route_works(route.id).await.unwrap();
    assert!(ready(300).await);
    let pending = store.pending(route.id).await.unwrap();
    assert_eq!(pending[0].ends_at, at(300) + KEPT);
    store
        .pending_later(&[(&pending[0], at(1_000))])
        .await
        .unwrap();
    assert_eq!(
        store.next_due(Channel::Mail).await.unwrap(),
        Some(at(1_000))
    );
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let (_folder, store) = store().await;
    let (person, route) = reachable(&store, "a").await;
    let orders: Vec<Order> = (0..PENDING_MAX + 50)
        .map(|it| order(&person, Matter::UpdateRoutine, &it.to_string(), 0))
        .collect();
    store
        .read_feed_to("1", &orders, &BTreeSet::new())
        .await
        .unwrap();
    assert_eq!(
        store.pending(route.id).await.unwrap().len(),
        PENDING_MAX as usize
    );
}

/// No column holds when something was read or sent.
#[tokio::test]
async fn a_message_that_was_sent_leaves_nothing() {
    let (_folder, store) = store().await;
    let (person, route) = reachable(&store, "a").await;
    let before = dump(&store).await;
    store
        .read_feed_to(
            "1",
            &[order(&person, Matter::UpdateSoon, "x", 0)],
            &BTreeSet::new(),
        )
        .await
        .unwrap();
    store
        .route_fails(route.id, at(0), at(0) + SignedDuration::from_secs(30))
        .await
        .unwrap();
    assert_ne!(dump(&store).await, before);
    let pending = store.pending(route.id).await.unwrap();
    store.pending_done(&pending).await.unwrap();
    store.route_works(route.id).await.unwrap();
    assert_eq!(dump(&store).await, before);
}

/// All that the tables of notifications hold, but for how far the feed was read.
async fn dump(store: &Store) -> Vec<String> {
    let mut rows = Vec::new();
    for statement in [
        "SELECT json_array(id, person, channel, address, label, confirm_hash IS NULL, failing_since, failures, next_at) FROM notify_route",
        "SELECT json_array(route, matter, subject, due_at) FROM notify_pending",
        "SELECT json_array(person, lang, mail, push) FROM notify_choice",
    ] {
        let found: Vec<(String,)> = sqlx::query_as(statement)
            .fetch_all(&store.pool)
            .await
            .unwrap();
        rows.extend(found.into_iter().map(|it| it.0));
    }
    rows
}
