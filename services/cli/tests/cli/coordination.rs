//! Coordinating by the command line: tasks, remarks, a briefing and its protocol at one node, whose partners are away.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::kit::{
    AGENCIES, Node, done, federation, lines, sign, stderr, stdout, today, update, verbund,
};

/// The order service's office.
struct Office<'a>(&'a Path);

impl Office<'_> {
    fn call(&self, args: &[&str], format: &str) -> Output {
        let more = ["--config", "kod/boss.toml", "--format", format];
        verbund(self.0, &[args, &more].concat())
    }

    /// What a call answers, as its only line of JSON.
    fn ask(&self, args: &[&str]) -> Value {
        let mut answers = lines(&done(self.call(args, "json")));
        assert_eq!(answers.len(), 1, "{args:?}: {answers:?}");
        answers.remove(0)
    }

    fn list(&self, args: &[&str]) -> Vec<Value> {
        lines(&done(self.call(args, "json")))
    }

    /// What people see.
    fn see(&self, args: &[&str]) -> String {
        stdout(&done(self.call(args, "table"))).to_owned()
    }

    /// A call that is refused, or wrong: its exit code and what it says.
    fn refused(&self, args: &[&str]) -> (i32, String) {
        let output = self.call(args, "json");
        assert!(!output.status.success(), "{args:?}: {}", stdout(&output));
        let said = format!("{}{}", stdout(&output), stderr(&output));
        (output.status.code().unwrap(), said)
    }
}

/// The subject of an answer, as commands take it.
fn subject(receipt: &Value) -> String {
    let key = &receipt["subject"];
    format!("{}/{}", word(&key["owner"]), word(&key["subject"]))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn in_days(days: i32) -> String {
    today()
        .checked_add(jiff::Span::new().days(days))
        .unwrap()
        .to_string()
}

#[test]
fn tasks_and_remarks_go_their_way() {
    let folder = federation();
    let path = folder.path();
    sign(path, &AGENCIES);
    let node = Node::start(path, "kod");
    let office = Office(path);

    // Who is asked first is the charter's to say: for tidiness that is the order service itself.
    let suggested = office.ask(&["task", "suggest", "sauberkeit"]);
    assert_eq!(suggested["agencies"][0], "kod");
    let create = [
        &["task", "create", "--title", "Glas am Brunnen entfernen"][..],
        &[
            "--measure",
            "M1",
            "--category",
            "sauberkeit",
            "--handling",
            "green",
        ],
        &[
            "--place",
            "theaterplatz",
            "--description",
            "Vor dem Markttag.",
        ],
    ]
    .concat();
    let created = office.ask(&create);
    let task = subject(&created["receipt"]);
    let id = task.strip_prefix("kod/").unwrap();

    // Its name, its whole id and the beginning of it name the same.
    for name in [&task, id, &id[..8], &task[..12]] {
        let shown = office.ask(&["task", "show", name]);
        assert_eq!(shown["task"]["terms"]["assignee"], "kod", "{name}");
        assert_eq!(shown["steps"][0]["move"], "assign");
    }
    assert_eq!(office.refused(&["task", "show", "00000000"]).0, 2);
    let elsewhere = office.refused(&["task", "show", id, "--owner", "dhz"]);
    assert!(elsewhere.1.contains("SUBJECT_NOT_FOUND"), "{elsewhere:?}");

    let etag = word(&office.ask(&["task", "show", id])["task"]["etag"]).to_owned();
    let accepted = office.ask(&["task", "accept", id, "--note", "Machen wir."]);
    assert_eq!(accepted["task"]["status"], "accepted");
    let (code, stale) = office.refused(&["task", "progress", id, "--etag", &etag]);
    assert!(code == 4 && stale.contains("STALE_ETAG"), "{stale}");
    let due = in_days(14);
    let amended = office.ask(&["task", "amend", id, "--due", &due, "--place", ""]);
    let terms = &amended["task"]["terms"];
    assert_eq!(
        (&terms["due"], &terms["place"]),
        (&Value::from(due), &Value::Null)
    );
    assert_eq!(
        terms["description"], "Vor dem Markttag.",
        "what isn't given stays"
    );
    assert_eq!(office.refused(&["task", "amend", id]).0, 2);
    let declined = ["task", "decline", id, "--reason", "no-capacity"];
    let declined = office.ask(&declined);
    assert_eq!(declined["task"]["decline_reason"], "no-capacity");
    for (step, status) in [
        ("accept", "accepted"),
        ("progress", "in-progress"),
        ("finish", "done"),
        ("return", "in-progress"),
        ("finish", "done"),
        ("verify", "verified"),
    ] {
        let taken = office.ask(&["task", step, id]);
        assert_eq!(taken["task"]["status"], status, "{step}");
    }
    let (code, over) = office.refused(&["task", "progress", id]);
    assert!(code == 4 && over.contains("STEP_NOT_ALLOWED"), "{over}");
    assert_eq!(
        office.list(&["task", "list", "--status", "verified"]).len(),
        1
    );
    assert!(
        office
            .list(&["task", "list", "--assignee", "dhz"])
            .is_empty()
    );
    let shown = office.see(&["task", "show", id]);
    for words in ["Glas am Brunnen entfernen", "abgenommen", "Machen wir."] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(
        office
            .see(&["task", "list"])
            .contains(&format!("kod/{}", &id[..8]))
    );

    fs::write(path.join("update.json"), update("Mehr als sonst.")).unwrap();
    let pushed = office.ask(&["push", "update.json"]);
    let on = ["update", word(&pushed["subject"])];
    let ask = [&["remark", "ask"][..], &on, &["Seit wann ist das so?"]].concat();
    let (code, doubtful) = office.refused(&ask);
    assert!(code == 4 && doubtful.contains("GUARD_REVIEW"), "{doubtful}");
    let asked = office.ask(&[&ask[..], &["--confirm-review"]].concat());
    let question = word(&asked["receipt"]["step"]);
    let answer = [
        &["remark", "answer"][..],
        &on,
        &[&question[..10], "Seit Montag."],
    ]
    .concat();
    let answered = office.ask(&answer);
    let remark = word(&answered["receipt"]["step"]);
    let remarks = office.list(&[&["remark", "list"][..], &on].concat());
    assert_eq!(remarks[1]["remark"]["answers"], question);
    office.ask(&[&["remark", "retract"][..], &on, &[remark]].concat());
    let remarks = office.list(&[&["remark", "list"][..], &on].concat());
    let told = |it: &Value| word(&it["remark"]["text"]).to_owned();
    let texts: Vec<_> = remarks.iter().map(told).collect();
    assert!(!texts.contains(&"Seit Montag.".to_owned()), "{texts:?}");
    assert_eq!(texts[0], "Seit wann ist das so?");
    office.ask(&[&["acknowledge"][..], &on].concat());
    let (from, to) = (in_days(-7), in_days(0));
    let report = ["report", "--from", &from, "--to", &to];
    let figures = &office.ask(&report)["report"];
    assert_eq!(
        (&figures["updates"], &figures["left_out"]),
        (&0.into(), &1.into())
    );
    assert_eq!(figures["tasks"][0]["done"], 1, "{figures}");
    assert!(office.see(&report).contains("Aufgaben nach Maßnahme"));
    let csv = office.ask(&[&report[..], &["--as", "csv", "--output", "r.csv"]].concat());
    assert_eq!(csv["output"], "r.csv");
    assert!(
        fs::read_to_string(path.join("r.csv"))
            .unwrap()
            .contains("m1")
    );
    assert_eq!(
        office
            .refused(&[&report[..], &["--output", "r.csv"]].concat())
            .0,
        2
    );
    let delivered = office.ask(&["get", on[1]]);
    assert_eq!(
        delivered["delivery"][0]["agencies"][0]["acknowledged"],
        false
    );

    assert_eq!(node.stop(), Some(0));
}

#[test]
fn a_briefing_is_planned_held_and_closed() {
    let folder = federation();
    let path = folder.path();
    sign(path, &AGENCIES);
    let node = Node::start(path, "kod");
    let office = Office(path);
    let day = in_days(7);
    let plan = [
        &[
            "meeting",
            "plan",
            "--type",
            "lagebesprechung",
            "--deputy",
            "polizei",
        ][..],
        &["--day", &day, "--start", "10:00", "--place", "theaterplatz"],
        &[
            "--item",
            "Lage am Theaterplatz=M1",
            "--item",
            "Verschiedenes",
        ],
    ]
    .concat();
    let planned = office.ask(&plan);
    let meeting = subject(&planned["receipt"]);
    let series = [&plan[..], &["--every", "weekly", "--count", "3"]].concat();
    assert_eq!(office.list(&series).len(), 3);
    assert_eq!(
        office.refused(&[&plan[..], &["--count", "3"]].concat()).0,
        2
    );
    assert_eq!(office.list(&["meeting", "list"]).len(), 4);

    let amended = office.ask(&["meeting", "amend", &meeting, "--start", "10:30"]);
    assert_eq!(amended["meeting"]["start"], "10:30");
    assert_eq!(amended["meeting"]["agenda"][0]["measure"], "m1");
    let renamed = ["--item", "Lage am Theaterplatz", "--item", "#2 Sonstiges"];
    let renamed = office.ask(&[&["meeting", "amend", &meeting][..], &renamed].concat());
    let agenda = &renamed["meeting"]["agenda"];
    assert_eq!(
        (&agenda[0]["number"], &agenda[0]["measure"]),
        (&1.into(), &"m1".into())
    );
    assert_eq!(
        (&agenda[1]["number"], &agenda[1]["title"]),
        (&2.into(), &"Sonstiges".into())
    );
    let answered = office.ask(&["meeting", "answer", &meeting, "coming"]);
    assert_eq!(answered["meeting"]["invited"][2]["agency"], "polizei");
    let calendar = ["meeting", "calendar", "--output", "kod.ics"];
    assert_eq!(office.ask(&calendar)["output"], "kod.ics");
    let calendar = fs::read_to_string(path.join("kod.ics")).unwrap();
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 4, "{calendar}");
    assert!(office.see(&["meeting", "list"]).contains("geplant"));

    fs::write(path.join("update.json"), update("Mehr als sonst.")).unwrap();
    let update = office.ask(&["push", "update.json"]);
    let update = word(&update["subject"]);
    let opened = office.ask(&[
        "meeting",
        "briefing",
        "open",
        &meeting,
        "--participant",
        "polizei,dhz",
    ]);
    assert_eq!(opened["meeting"]["status"], "running");
    office.ask(&["meeting", "briefing", "pin", &meeting, "1", update]);
    office.ask(&[
        "meeting",
        "briefing",
        "find",
        &meeting,
        "1",
        "Weniger Glas als im Vormonat.",
    ]);
    let proposed = [
        "meeting",
        "briefing",
        "propose",
        &meeting,
        "1",
        "Weiter täglich reinigen.",
    ];
    let proposal = office.ask(&proposed);
    let proposal = word(&proposal["receipt"]["step"]);
    let decided = [
        "meeting",
        "briefing",
        "decide",
        &meeting,
        "1",
        "--proposal",
        &proposal[..12],
    ];
    let decided = office.ask(&decided);
    let decision = word(&decided["receipt"]["step"]);
    let item = &decided["meeting"]["agenda"][0];
    assert_eq!(item["decisions"][0]["text"], "Weiter täglich reinigen.");
    let dissent = [
        "meeting",
        "briefing",
        "dissent",
        &meeting,
        &decision[..12],
        "--agency",
        "dhz",
    ];
    office.ask(&dissent);
    let task = [
        &[
            "meeting",
            "briefing",
            "propose-task",
            &meeting,
            "2",
            "--title",
            "Glas entfernen",
        ][..],
        &["--measure", "m1", "--category", "sauberkeit"],
    ]
    .concat();
    office.ask(&task);

    // The page for the room: who is behind, what lies on the table, what was said.
    let page = office.see(&["meeting", "briefing", "show", &meeting]);
    for words in [
        "läuft",
        "hängt zurück",
        "Lutherplatz",
        "Mehr als sonst.",
        "Weniger Glas als im Vormonat.",
        "nicht einverstanden",
        "Glas entfernen",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }

    // What was decided becomes a task, and the briefing a protocol.
    let from = [
        "task",
        "create",
        "--title",
        "Täglich reinigen",
        "--measure",
        "m1",
    ];
    let more = [
        "--category",
        "sauberkeit",
        "--from-decision",
        &meeting,
        &decision[..12],
    ];
    let created = office.ask(&[&from[..], &more].concat());
    let shown = office.ask(&["task", "show", &subject(&created["receipt"])]);
    assert_eq!(shown["task"]["terms"]["decision"]["decision"], decision);
    let closed = office.ask(&["meeting", "briefing", "close", &meeting]);
    assert_eq!(closed["meeting"]["status"], "closed");
    let (code, late) = office.refused(&["meeting", "briefing", "find", &meeting, "1", "Zu spät."]);
    assert!(code == 4 && late.contains("STEP_NOT_ALLOWED"), "{late}");
    let shown = office.see(&["meeting", "show", &meeting]);
    assert!(shown.contains("geschlossen"), "{shown}");

    assert_eq!(node.stop(), Some(0));
}

/// Holds a briefing of two agencies with one item, and gives its protocol.
fn protocol(office: &Office<'_>) -> String {
    let day = in_days(7);
    let plan = [
        &[
            "meeting",
            "plan",
            "--type",
            "lagebesprechung",
            "--deputy",
            "dhz",
        ][..],
        &["--invite", "dhz", "--day", &day, "--start", "10:00"],
        &["--item", "Lage am Theaterplatz=M1"],
    ]
    .concat();
    let meeting = subject(&office.ask(&plan)["receipt"]);
    office.ask(&[
        "meeting",
        "briefing",
        "open",
        &meeting,
        "--participant",
        "dhz",
    ]);
    office.ask(&[
        "meeting",
        "briefing",
        "find",
        &meeting,
        "1",
        "Weniger Glas als im Vormonat.",
    ]);
    office.ask(&[
        "meeting",
        "briefing",
        "decide",
        &meeting,
        "1",
        "Weiter täglich reinigen.",
    ]);
    let closed = office.ask(&["meeting", "briefing", "close", &meeting]);
    let key = &closed["protocol"];
    format!("{}/{}", word(&key["owner"]), word(&key["subject"]))
}

#[test]
fn a_protocol_is_edited_circulated_and_compared() {
    let folder = federation();
    let path = folder.path();
    sign(path, &AGENCIES);
    let node = Node::start(path, "kod");
    let office = Office(path);
    let protocol = protocol(&office);
    let protocol = protocol.as_str();

    let draft = office.see(&["protocol", "show", protocol, "--edit"]);
    fs::write(path.join("draft.toml"), &draft).unwrap();
    let better = draft.replace("Weniger Glas", "Viel weniger Glas");
    fs::write(path.join("better.toml"), better).unwrap();
    let revised = office.ask(&["protocol", "revise", protocol, "better.toml"]);
    let item = &revised["protocol"]["items"][0];
    let text = "Viel weniger Glas als im Vormonat.";
    assert_eq!(item["assessments"][0]["text"], text);
    assert_eq!(item["decisions"][0]["text"], "Weiter täglich reinigen.");

    // A file that was made of another revision is compared, and not sent.
    let stale = ["protocol", "revise", protocol, "draft.toml"];
    let (code, told) = office.refused(&stale);
    assert!(code == 4 && told.contains("STALE_REVISION"), "{told}");
    let compared: Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    assert_eq!(compared["changes"].as_array().unwrap().len(), 1);
    assert_eq!(compared["changes"][0]["in_force"], text);
    let unknown = draft.replace("\ntitle =", "\ncolour = 1\ntitle =");
    fs::write(path.join("unknown.toml"), unknown).unwrap();
    let (code, told) = office.refused(&["protocol", "revise", protocol, "unknown.toml"]);
    assert!(code == 2 && told.contains("colour"), "{told}");

    let circulated = office.ask(&["protocol", "circulate", protocol]);
    assert_eq!(circulated["protocol"]["status"], "circulating");
    let now = word(&circulated["protocol"]["circulated"]);
    let before = word(&compared["seen"]);
    let propose = ["protocol", "propose", protocol, "Weiter so.", "--item", "1"];
    let propose = [&propose[..], &["--part", "decision", "--revision"]].concat();
    let (code, told) = office.refused(&[&propose[..], &[&before[..12]]].concat());
    assert!(code == 4 && told.contains("STALE_REVISION"), "{told}");
    assert!(told.contains(text), "both revisions are told: {told}");
    let proposed = office.ask(&[&propose[..], &[&now[..12]]].concat());
    assert_eq!(proposed["protocol"]["proposals"][0]["part"], "decision");
    assert_eq!(
        office.list(&["protocol", "list", "--awaiting-word"]).len(),
        1
    );
    assert_eq!(office.refused(&["protocol", "sign-off", protocol]).0, 2);
    let signed = ["protocol", "sign-off", protocol, "--revision", &now[..12]];
    let signed = office.ask(&signed);
    assert_eq!(signed["protocol"]["attendance"][1]["word"], "signed-off");
    assert!(
        office
            .list(&["protocol", "list", "--awaiting-word"])
            .is_empty()
    );
    let (code, early) = office.refused(&["protocol", "reserve", protocol]);
    assert!(code == 4 && early.contains("TOO_EARLY"), "{early}");
    office.ask(&["acknowledge", "protocol", protocol]);
    let shown = office.see(&["protocol", "show", protocol]);
    for words in [
        text,
        "gezeichnet, zur Kenntnis genommen",
        "TOP 1, Beschluss: Weiter so.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let history = office.see(&["protocol", "history", protocol]);
    assert!(history.contains("in Umlauf gegeben"), "{history}");
    let exported = office.see(&["protocol", "export", protocol]);
    assert!(
        exported.contains(text) && exported.contains(now),
        "{exported}"
    );
    let earlier = ["protocol", "show", protocol, "--revision", &before[..12]];
    let earlier = office.ask(&earlier);
    let said = &earlier["protocol"]["items"][0]["assessments"][0]["text"];
    assert_eq!(said, "Weniger Glas als im Vormonat.");

    assert_eq!(node.stop(), Some(0));
}
