//! Whatever is broken in a store is found and said where; projections can be made from the entries again. On both engines.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

#[expect(dead_code, reason = "only its kit is needed here")]
mod suite;
#[expect(dead_code, reason = "the tests of copies use the rest")]
mod upkeep;

use std::fs;
use std::sync::Arc;

use suite::kit::{TODAY, agency, federation};
use upkeep::{Filled, Keys, Place, READING_DAYS, Words, erasing, first};
use verbund_ledger::PublicKey;
use verbund_model::AgencyId;
use verbund_store::{CharterRecord, Error, FindingKind, Progress, Signers, Stage, Store, Upkeep};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wrong_with_a_store_that_is_right() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let checked = filled.check(&place).await.unwrap();
        assert_eq!(checked.findings, []);
        assert_eq!((checked.more, checked.lanes), (0, 2));
        assert_eq!(checked.entries, 33);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_can_be_checked_while_a_node_works_on_it() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let store = place.open(&filled.keys).await.unwrap();
        let (near, dhz) = (filled.near, filled.dhz.clone());
        let mut told = Vec::new();
        let mut signers = filled.signers();
        let mut progress = |it: Progress| told.push(it.stage);
        let url = place.url();
        let upkeep = filled.upkeep();
        let check = verbund_store::check(&url, &upkeep, &mut signers, &Words, &mut progress);
        let publish = async {
            for _ in 0..20 {
                dhz.store(&store, first(&near, &dhz, "40")).await;
            }
        };
        let (checked, ()) = tokio::join!(check, publish);
        assert_eq!(checked.unwrap().findings, []);
        assert!(told.contains(&Stage::Checking) && told.contains(&Stage::Projecting));
        store.close().await;
        assert_eq!(filled.kinds(&place).await, []);
    }
}

/// Lets the node finish its erasures when the check has begun, and before it looks at any entry.
struct Meanwhile {
    keys: Keys,
    store: Arc<dyn Store>,
    erased: u32,
    /// Readings of days before this one go as well.
    readings_before: i32,
    forgotten: u64,
}

impl Signers for Meanwhile {
    fn learn(&mut self, charter: &CharterRecord) -> Result<(), String> {
        let finish = self.store.finish_erasures();
        let here = tokio::runtime::Handle::current();
        self.erased += tokio::task::block_in_place(|| here.block_on(finish)).unwrap();
        let forget = self.store.forget_readings(self.readings_before);
        self.forgotten += tokio::task::block_in_place(|| here.block_on(forget)).unwrap();
        self.keys.learn(charter)
    }

    fn keys(&self, agency: &AgencyId) -> &[PublicKey] {
        self.keys.keys(agency)
    }

    fn reading_days(&self) -> u32 {
        self.keys.reading_days()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_go_while_it_looks_are_no_finding() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let store = place.open(&filled.keys).await.unwrap();
        let dhz = &filled.dhz;
        let named = dhz.store(&store, first(&filled.near, dhz, "50")).await;
        dhz.store(&store, erasing(&named, dhz)).await;
        let mut meanwhile = Meanwhile {
            keys: filled.signers(),
            store: Arc::clone(&store),
            erased: 0,
            readings_before: TODAY,
            forgotten: 0,
        };
        let (url, upkeep) = (place.url(), filled.upkeep());
        let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
        let checked = verbund_store::check(&url, &upkeep, &mut meanwhile, &Words, told).await;
        assert_eq!(checked.unwrap().findings, []);
        // All other texts of that day, and the draft, were sealed anew.
        assert_eq!(meanwhile.erased, 1);
        store.close().await;
    }
}

/// What is broken, and what is found then; the first of the entries that the statements name is a plain one of our own.
const DAMAGE: &[(&str, &[FindingKind])] = &[
    (
        "UPDATE entry SET hash = {00} WHERE position = 2",
        &[FindingKind::FrameHash, FindingKind::ReceiptDiffers],
    ),
    (
        "UPDATE entry SET frame = {00} WHERE position = 2",
        &[
            FindingKind::ChainBroken,
            FindingKind::Frame,
            FindingKind::FrameHash,
        ],
    ),
    (
        "UPDATE entry SET signature = (SELECT signature FROM entry WHERE position = 3) WHERE position = 2",
        &[FindingKind::Signature],
    ),
    (
        "UPDATE entry SET codes_salt = (SELECT codes_salt FROM entry WHERE position = 3) WHERE position = 2",
        &[FindingKind::Codes],
    ),
    (
        "UPDATE entry SET text = (SELECT text FROM entry WHERE position = 3) WHERE position = 2",
        &[FindingKind::TextSealed],
    ),
    (
        "UPDATE entry SET text = NULL WHERE position = 2",
        &[FindingKind::ContentMissing],
    ),
    (
        "UPDATE entry SET outcome = 3 WHERE position = 2",
        &[
            FindingKind::Outcome,
            FindingKind::Reading,
            FindingKind::Situation,
        ],
    ),
    (
        "UPDATE entry SET outcome = 32, version = 0 WHERE position = 2",
        &[
            FindingKind::ContentLeft,
            FindingKind::Reading,
            FindingKind::Situation,
        ],
    ),
    (
        "UPDATE entry SET generation = 0 WHERE position = 2",
        &[FindingKind::ContentLeft],
    ),
    (
        "UPDATE entry SET generation = 7 WHERE position = 2",
        &[FindingKind::ErasureKeyMissing],
    ),
    (
        "UPDATE entry SET erasure_day = 20901 WHERE position = 2",
        &[FindingKind::ErasureKeyMissing, FindingKind::FramePlace],
    ),
    (
        "UPDATE entry SET erasure_day = 20700 WHERE position = 2",
        &[FindingKind::ContentOverdue, FindingKind::FramePlace],
    ),
    (
        "DELETE FROM entry WHERE position = 2",
        &[
            FindingKind::Gap,
            FindingKind::Reading,
            FindingKind::Request,
            FindingKind::Situation,
        ],
    ),
    (
        "UPDATE entry SET lane = 9 WHERE position = 19",
        &[
            FindingKind::Gap,
            FindingKind::LaneMissing,
            FindingKind::Reading,
            FindingKind::Situation,
        ],
    ),
    (
        "UPDATE entry SET version = 5 WHERE position = 2",
        &[FindingKind::Version],
    ),
    (
        "UPDATE entry SET version = 0 WHERE position = 7",
        &[FindingKind::Version],
    ),
    (
        "UPDATE entry SET subject = NULL WHERE position = 2",
        &[FindingKind::Version],
    ),
    (
        "UPDATE situation SET place = 'stadtgarten' WHERE first = 2",
        &[FindingKind::Situation],
    ),
    (
        "UPDATE situation SET state = 0 WHERE first = 3",
        &[FindingKind::Situation],
    ),
    (
        "DELETE FROM situation WHERE first = 2",
        &[FindingKind::Situation],
    ),
    (
        "UPDATE situation SET subject = {0102030405060708090a0b0c0d0e0f10} WHERE first = 2",
        &[FindingKind::Situation, FindingKind::Situation],
    ),
    (
        "UPDATE reading SET value = '13' WHERE first = 2",
        &[FindingKind::Reading],
    ),
    (
        "UPDATE reading SET first = 99 WHERE first = 2",
        &[FindingKind::Reading, FindingKind::Reading],
    ),
    (
        "UPDATE lane SET audience = '' WHERE number = 1",
        &[FindingKind::Lane],
    ),
    (
        "INSERT INTO lane (number, lane_id, origin, epoch, audience) \
         SELECT 4, {0102030405060708090a0b0c0d0e0f10}, origin, epoch, audience FROM lane WHERE number = 1",
        &[FindingKind::Lane, FindingKind::LaneEmpty],
    ),
    (
        "UPDATE receipt SET sequence = 1 WHERE lane = 1",
        &[FindingKind::Receipt],
    ),
    (
        "UPDATE receipt SET signature = (SELECT signature FROM receipt WHERE lane = 2) WHERE lane = 1",
        &[FindingKind::ReceiptSignature],
    ),
    (
        "UPDATE receipt SET lane = 7 WHERE lane = 1",
        &[FindingKind::LaneMissing],
    ),
    (
        "UPDATE entry SET hash = {0102030405060708090a0b0c0d0e0f10} WHERE lane = 2 AND sequence = 3",
        &[FindingKind::FrameHash, FindingKind::ReceiptDiffers],
    ),
    (
        "UPDATE pending SET body = {00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff}",
        &[FindingKind::DraftSealed],
    ),
    (
        "UPDATE pending SET generation = 9",
        &[FindingKind::ErasureKeyMissing],
    ),
    (
        "UPDATE review SET body = {00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff} WHERE state = 0",
        &[FindingKind::DraftSealed],
    ),
    (
        "UPDATE review SET generation = 9 WHERE state = 0",
        &[FindingKind::ErasureKeyMissing],
    ),
    (
        "UPDATE review SET body = NULL WHERE state = 0",
        &[FindingKind::Review],
    ),
    (
        "UPDATE review SET state = 9 WHERE state = 0",
        &[FindingKind::Review],
    ),
    (
        "UPDATE review SET state = 1 WHERE state = 0",
        &[FindingKind::Review],
    ),
    (
        "UPDATE review SET request_id = {00} WHERE state = 2",
        &[FindingKind::Review],
    ),
    (
        "UPDATE queued SET body = {00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff}",
        &[FindingKind::DraftSealed],
    ),
    (
        "UPDATE queued SET generation = 9",
        &[FindingKind::ErasureKeyMissing],
    ),
    ("UPDATE queued SET refused = 2", &[FindingKind::Queued]),
    (
        "UPDATE audit SET event = 'Max Mustermann wohnt hier' WHERE number = 1",
        &[FindingKind::Audit],
    ),
    (
        "UPDATE audit SET role = 'Frau Brinkhoff' WHERE number = 1",
        &[FindingKind::Audit],
    ),
    (
        "UPDATE audit SET guard_version = 'Herr Brinkhoff' WHERE number = 1",
        &[FindingKind::Audit],
    ),
    (
        "UPDATE audit SET findings = 'situation.note P1 Brinkhoff reject 0 9' WHERE number = 1",
        &[FindingKind::Audit],
    ),
    (
        "UPDATE charter SET body = {00} WHERE version = 2",
        &[FindingKind::Charter],
    ),
];

/// All that the damage is done to.
const TABLES: [&str; 11] = [
    "queued",
    "review",
    "audit",
    "entry",
    "situation",
    "reading",
    "lane",
    "receipt",
    "pending",
    "charter",
    "request",
];

async fn save(place: &Place) {
    for table in TABLES {
        let save = format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}");
        place.tamper(&save).await;
    }
}

async fn mend(place: &Place) {
    for table in TABLES {
        place
            .tamper(&format!(
                "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}"
            ))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_damage_is_found() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        save(&place).await;
        for (statement, expected) in DAMAGE {
            place.tamper(statement).await;
            let mut kinds = filled.kinds(&place).await;
            kinds.sort_by_key(|it| it.as_str());
            assert_eq!(kinds, *expected, "{statement}");
            mend(&place).await;
        }
        assert_eq!(filled.kinds(&place).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_says_where() {
    let place = Place::sqlite();
    let filled = Filled::make(&place).await;
    place
        .tamper("UPDATE entry SET signature = zeroblob(64) WHERE position = 5")
        .await;
    let checked = filled.check(&place).await.unwrap();
    let [finding] = &checked.findings[..] else {
        panic!("{checked:?}");
    };
    assert_eq!((finding.table, &*finding.row), ("entry", "5"));
    assert_eq!(
        (finding.lane, finding.sequence),
        (Some(filled.near), Some(5))
    );
    let shown = finding.to_string();
    let expected = format!(
        "signature in table entry, row 5, lane {}, sequence 5: the signature does not hold",
        filled.near
    );
    assert_eq!(shown, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_in_anothers_place_is_no_entry() {
    let place = Place::sqlite();
    let filled = Filled::make(&place).await;
    place
        .tamper(
            "UPDATE entry SET sequence = 99 WHERE position = 3; UPDATE entry SET sequence = 3 WHERE position = 4; \
             UPDATE entry SET sequence = 4 WHERE position = 3",
        )
        .await;
    let kinds = filled.kinds(&place).await;
    for kind in [FindingKind::Gap, FindingKind::Fork, FindingKind::FramePlace] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_nobody_knows_are_said() {
    let place = Place::sqlite();
    let filled = Filled::make(&place).await;
    let mut signers = filled.signers();
    signers.0.remove(&agency("kod"));
    let upkeep = filled.upkeep();
    let url = place.url();
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let checked = verbund_store::check(&url, &upkeep, &mut signers, &Words, told).await;
    let kinds: Vec<_> = checked.unwrap().findings.iter().map(|it| it.kind).collect();
    let unknown = kinds.iter().filter(|it| **it == FindingKind::KeyUnknown);
    // All of theirs, and their receipt.
    assert_eq!((unknown.count(), kinds.len()), (8, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_overdue_from_the_day_after_its_last() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let on = |today| Upkeep {
            today,
            ..filled.upkeep()
        };
        for (today, overdue) in [(20_900, 0), (20_901, 19)] {
            let mut signers = filled.signers();
            let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
            let url = place.url();
            let upkeep = on(today);
            let checked = verbund_store::check(&url, &upkeep, &mut signers, &Words, told).await;
            let findings = checked.unwrap().findings;
            let found = findings
                .iter()
                .filter(|it| it.kind == FindingKind::ContentOverdue);
            assert_eq!(found.count(), overdue, "{today}");
        }
    }
}

/// What is found of readings on a day.
async fn overdue_readings(
    filled: &Filled,
    place: &Place,
    today: i32,
    by: &mut dyn Signers,
) -> usize {
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let (url, upkeep) = (
        place.url(),
        Upkeep {
            today,
            ..filled.upkeep()
        },
    );
    let checked = verbund_store::check(&url, &upkeep, by, &Words, told).await;
    let findings = checked.unwrap().findings;
    let found = findings.iter().filter(|it| it.table == "reading");
    found
        .inspect(|it| assert_eq!(it.kind, FindingKind::ContentOverdue, "{it}"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_overdue_when_the_charter_keeps_them_no_more() {
    let last = TODAY + i32::try_from(READING_DAYS).unwrap();
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let by = &mut filled.signers();
        assert_eq!(overdue_readings(&filled, &place, last, by).await, 0);
        let overdue = overdue_readings(&filled, &place, last + 1, by).await;
        assert!(overdue > 0);

        // The node forgets them while the check looks.
        let store = place.open(&filled.keys).await.unwrap();
        let mut meanwhile = Meanwhile {
            keys: filled.signers(),
            store: Arc::clone(&store),
            erased: 0,
            readings_before: TODAY + 1,
            forgotten: 0,
        };
        let found = overdue_readings(&filled, &place, last + 1, &mut meanwhile).await;
        assert_eq!((found, meanwhile.forgotten), (0, overdue as u64));
        store.close().await;
    }
}

/// Most updates are forgotten long before their figures. Where a charter wants it the other way round, and where entries wait to be erased.
#[tokio::test(flavor = "multi_thread")]
async fn forgotten_readings_do_not_come_back_from_entries_that_are_there() {
    let last = TODAY + i32::try_from(READING_DAYS).unwrap();
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let kept = place.projections().await;
        // What is overdue is the node's to forget; it is no difference.
        let rebuilt = filled.rebuild_on(&place, last + 1).await.unwrap();
        assert_eq!(rebuilt, verbund_store::Rebuilt::default());
        let store = place.open(&filled.keys).await.unwrap();
        assert!(store.forget_readings(TODAY + 1).await.unwrap() > 0);
        store.close().await;
        let forgotten = place.projections().await;
        assert!(forgotten[1].is_empty() && !kept[1].is_empty());
        let rebuilt = filled.rebuild_on(&place, last + 1).await.unwrap();
        assert_eq!(rebuilt, verbund_store::Rebuilt::default());
        assert!(place.projections().await == forgotten);
        // On their last day they would.
        filled.rebuild_on(&place, last).await.unwrap();
        assert!(!place.projections().await[1].is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_leaves_everything_as_it_is() {
    let place = Place::sqlite();
    let filled = Filled::make(&place).await;
    let file = place.url().trim_start_matches("sqlite:").to_owned();
    let before = (fs::read(&file).unwrap(), listed(&filled));
    filled.check(&place).await.unwrap();
    assert!((fs::read(&file).unwrap(), listed(&filled)) == before);
    fs::remove_dir_all(filled.keys.path().join("keys")).unwrap();
    let kinds = filled.kinds(&place).await;
    assert!(kinds.contains(&FindingKind::ErasureKeyMissing), "{kinds:?}");
    assert!(!filled.keys.path().join("keys").exists());
    let missing = Place::sqlite();
    assert!(matches!(
        filled.check(&missing).await,
        Err(Error::BadUrl { .. })
    ));
    assert!(!fs::exists(missing.url().trim_start_matches("sqlite:")).unwrap());
}

fn listed(filled: &Filled) -> Vec<std::ffi::OsString> {
    let files = fs::read_dir(filled.keys.path().join("keys")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_is_not_rebuilt() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let before = place.projections().await;
        let rebuilt = filled.rebuild(&place).await.unwrap();
        assert_eq!(rebuilt, verbund_store::Rebuilt::default());
        assert!(place.projections().await == before);
    }
}

/// What is broken in projections, and can be made from the entries again just as it was.
const REBUILT: &[&str] = &[
    "DELETE FROM reading WHERE first IN (2, 3, 8, 19, 20)",
    "UPDATE reading SET value = '99', place = 'stadtgarten' WHERE first = 8",
    "UPDATE reading SET first = 999 WHERE first = 20",
    "UPDATE situation SET category = NULL, place = 'anderswo', day = 1, time_window = NULL, versions = 9 WHERE state < 2",
    "UPDATE situation SET state = 0 WHERE state = 1",
    "UPDATE situation SET state = 1 WHERE state = 0",
    "UPDATE situation SET changed = changed + 100",
    "UPDATE situation SET lane = 9, first = first + 1",
    "UPDATE situation SET agency = 'polizei' WHERE first = 2",
    "UPDATE situation SET subject = {0102030405060708090a0b0c0d0e0f10} WHERE first = 2",
    "DELETE FROM situation WHERE first IN (2, 3, 8, 19, 20)",
    "UPDATE situation SET observed = 4 WHERE first = 3",
    "UPDATE entry SET version = 7 WHERE position IN (3, 5)",
    "UPDATE entry SET version = 0 WHERE position IN (2, 7, 9, 10)",
    "UPDATE entry SET version = 3 WHERE position = 1",
    "UPDATE entry SET subject = {0102030405060708090a0b0c0d0e0f10} WHERE position = 2",
    "UPDATE entry SET step = 0 WHERE step = 1 AND outcome = 0",
    "UPDATE entry SET step = 1 WHERE position IN (2, 3)",
    "UPDATE entry SET step = 1, version = 0 WHERE position = 2",
    "UPDATE entry SET version = 2 WHERE step = 1",
    "UPDATE entry SET subject = {0102030405060708090a0b0c0d0e0f10} WHERE step = 1 AND outcome = 0",
];

#[tokio::test(flavor = "multi_thread")]
async fn projections_are_made_again_as_they_were() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let before = place.projections().await;
        for statement in REBUILT {
            place.tamper(statement).await;
            assert!(place.projections().await != before, "{statement}");
            assert_ne!(filled.kinds(&place).await, [], "{statement}");
            let rebuilt = filled.rebuild(&place).await.unwrap();
            assert_ne!(rebuilt, verbund_store::Rebuilt::default(), "{statement}");
            assert_eq!(place.projections().await, before, "{statement}");
            assert_eq!(filled.kinds(&place).await, [], "{statement}");
        }
    }
}

/// With nothing left to go by but the entries: all that can still be read is there again, and what is only a guess shows nothing
/// that may have been taken back.
#[tokio::test(flavor = "multi_thread")]
async fn projections_are_made_from_nothing() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let before = place.projections().await;
        place.tamper("DELETE FROM situation").await;
        place.tamper("DELETE FROM reading").await;
        filled.rebuild(&place).await.unwrap();
        let after = place.projections().await;
        let shown = |rows: &[String]| -> Vec<String> {
            let state = |row: &&String| row.split('|').nth(6) != Some("2");
            rows.iter().filter(state).cloned().collect()
        };
        assert_eq!(shown(&after[0]), shown(&before[0]), "situations");
        assert_eq!(after[0].len(), before[0].len());
        assert_eq!(after[2], before[2], "versions");
        // Series of what has been erased since are gone with their rows.
        assert!(after[1].iter().all(|row| before[1].contains(row)));
        assert!(after[1].len() < before[1].len());
        assert_eq!(filled.kinds(&place).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_rebuilt_under_a_node() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let store = place.open(&filled.keys).await.unwrap();
        store.claim(&federation(), &agency("dhz")).await.unwrap();
        let refused = filled.rebuild(&place).await;
        assert!(
            matches!(refused, Err(Error::InUse { .. } | Error::Occupied { .. })),
            "{refused:?}"
        );
        store.close().await;
        assert!(filled.upkeep().today == TODAY && filled.rebuild(&place).await.is_ok());
    }
}
