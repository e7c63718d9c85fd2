//! `verbund push`: updates from a file or stdin to the own agency's node.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use verbund_wire::agency::PublishReceipt;

use crate::client::{ClientArgs, request_id};
use crate::exit::{self, Exit, Failure};
use crate::lines::Documents;
use crate::output::{self, Format};
use crate::publish::{self, Answer, IN_FLIGHT_MAX, Patience, Work};
use crate::update::{self, Problem};
use crate::{table, text, view};

/// How often progress is told when there is much to send.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Args, Debug)]
pub(crate) struct Push {
    #[arg(value_name = text::FILE.now(), help = text::ARG_UPDATES)]
    input: PathBuf,
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=IN_FLIGHT_MAX as i64), value_name = "N", help = text::ARG_IN_FLIGHT)]
    in_flight: u16,
    #[arg(long, default_value_t = 60, value_name = text::SECONDS.now(), help = text::ARG_PATIENCE)]
    patience: u64,
    #[command(flatten)]
    client: ClientArgs,
}

/// Something that the reader found: an update to send, or what is wrong with one.
type Item = Result<Work, Vec<Problem>>;

/// How many became what.
#[derive(Debug, Default)]
struct Tally {
    stored: u64,
    refused: u64,
}

pub(crate) async fn run(args: Push, format: Format) -> anyhow::Result<()> {
    let input: Box<dyn Read + Send> = open(&args.input)?;
    // The node is looked for first: who waits for a long input wants to know at once.
    let node = args.client.connect().await?;
    let (items, mut found) = mpsc::channel::<io::Result<Item>>(64);
    // Its own thread, since a read of stdin can't be interrupted; the process's end ends it.
    let reader = std::thread::Builder::new().name("input".to_owned());
    reader.spawn(move || read(BufReader::new(input), &items))?;

    let (work, source) = mpsc::channel(64);
    let tally = std::cell::RefCell::new(Tally::default());
    let began = Instant::now();
    let told = std::cell::Cell::new(began);
    let feeding = async {
        while let Some(item) = found.recv().await {
            match item? {
                Ok(item) => {
                    if work.send(item).await.is_err() {
                        break;
                    }
                }
                Err(problems) => {
                    tally.borrow_mut().refused += 1;
                    say_wrong(&problems, format)?;
                }
            }
        }
        drop(work);
        anyhow::Ok(())
    };
    let sending = publish::publish_all(
        node.situations(),
        source,
        usize::from(args.in_flight),
        Patience(Duration::from_secs(args.patience)),
        |work, answer| {
            let mut tally = tally.borrow_mut();
            match &answer {
                Answer::Stored(_) => tally.stored += 1,
                Answer::Refused(_) => tally.refused += 1,
            }
            say(&work, &answer, format)?;
            if told.get().elapsed() >= PROGRESS_INTERVAL {
                told.set(Instant::now());
                progress(&tally, began);
            }
            Ok(())
        },
    );
    tokio::try_join!(feeding, sending)?;
    let tally = tally.into_inner();
    if tally.stored + tally.refused > 1 {
        progress(&tally, began);
    }
    match tally.refused {
        0 => Ok(()),
        refused => Err(Failure::new(Exit::Refused, text::SOME_REFUSED.fill(&[&refused])).into()),
    }
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path)
        .map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))?;
    Ok(Box::new(file))
}

fn read(input: impl io::BufRead, items: &mpsc::Sender<io::Result<Item>>) {
    let mut documents = Documents::new(input);
    loop {
        let item = match documents.next() {
            Ok(None) => return,
            Err(error) => Err(error),
            Ok(Some(document)) => {
                let line = document.line;
                Ok(update::parse(&document.text, line).map(|mut request| {
                    if request.request_id.is_empty() {
                        request.request_id = request_id(None);
                    }
                    Work { line, request }
                }))
            }
        };
        let last = item.is_err();
        if items.blocking_send(item).is_err() || last {
            return;
        }
    }
}

fn say(work: &Work, answer: &Answer, format: Format) -> io::Result<()> {
    match (format, answer) {
        (Format::Json, Answer::Stored(receipt)) => output::json(&item(
            work.line,
            &work.request.request_id,
            outcome(receipt),
            view::receipt(receipt),
        )),
        (Format::Json, Answer::Refused(why)) => output::json(&item(
            work.line,
            &work.request.request_id,
            "refused",
            view::refusal(why),
        )),
        (Format::Table, Answer::Stored(receipt)) => {
            output::line(text::AT_LINE.fill(&[&work.line, &table::receipt(receipt)]))
        }
        (Format::Table, Answer::Refused(why)) => {
            output::line(text::AT_LINE.fill(&[&work.line, &table::refusal(why)]))
        }
    }
}

/// What became of an update that was taken, for programs.
fn outcome(receipt: &PublishReceipt) -> &'static str {
    match receipt {
        it if it.awaiting_review => "held",
        it if it.queued => "queued",
        _ => "stored",
    }
}

/// Tells of an update that isn't even sent.
pub(crate) fn say_wrong(problems: &[Problem], format: Format) -> io::Result<()> {
    match format {
        Format::Json => {
            let violations = problems.iter().map(|it| {
                json!({
                    "line": it.line, "field": it.field, "reason": it.reason, "description": it.message,
                })
            });
            let mut answer = Map::new();
            answer.insert("reason".to_owned(), json!("INVALID_INPUT"));
            answer.insert("violations".to_owned(), violations.collect());
            let line = problems.first().map_or(0, |it| it.line);
            output::json(&item(line, "", "refused", answer))
        }
        Format::Table => problems.iter().try_for_each(|it| {
            let words = match it.field.as_str() {
                "" => it.message.clone(),
                field => format!("{field}: {}", it.message),
            };
            output::line(text::AT_LINE.fill(&[&it.line, &words]))
        }),
    }
}

fn item(line: u64, request_id: &str, outcome: &str, more: Map<String, Value>) -> Value {
    let mut answer = Map::new();
    answer.insert("line".to_owned(), json!(line));
    answer.insert(
        "request_id".to_owned(),
        json!((!request_id.is_empty()).then_some(request_id)),
    );
    answer.insert("outcome".to_owned(), json!(outcome));
    answer.extend(more);
    Value::Object(answer)
}

fn progress(tally: &Tally, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    let rate = tally.stored as f64 / seconds.max(0.001);
    output::note(text::PUSH_PROGRESS.fill(&[
        &tally.stored,
        &tally.refused,
        &format!("{seconds:.1}"),
        &format!("{rate:.0}"),
    ]));
}
