//! `verbund demo`: six nodes with real certificates on one machine, and a played day in Krefeld.

mod applications;
mod board;
mod day;
mod play;
mod sitting;
mod system;
mod tally;

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep};
use verbund_model::{AgencyId, Clock as _, Day, SystemClock};
use verbund_node::roles::Role;
use verbund_wire::agency::SubjectKey;

use crate::exit::{Exit, Failure, failure};
use crate::federation::processes::{Nodes, ending};
use crate::federation::{Folder, Plan};
use crate::names::Names;
use crate::output::{self, Format};
use crate::{table, text};
use board::Board;
use day::{Action, Step};
use play::{Played, Player};
use sitting::{Outcome, Sitting};
use system::Systems;
use tally::{Figures, Tally};

/// The vocabulary of the demonstration, built in so that the binary needs nothing beside it.
const VOCABULARY: &str = include_str!("../../../deploy/charter/krefeld.toml");
/// The system that publishes; it reads as well.
const PUBLISHER: &str = "diensttagebuch";
/// The system that looks after the node.
const COORDINATOR: &str = "koordination";

/// The step whose update the coordinators talk about, and whose it is.
const TALKED_ABOUT: &str = "kod-spritzen";
const TALKED_ABOUT_OF: &str = "kod";
/// How often the feeds are compared while all wait for the end.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How long a step waits for its node while somebody watches.
const SHORT_PATIENCE: Duration = Duration::from_secs(3);
/// How often the board is drawn.
const DRAW_INTERVAL: Duration = Duration::from_millis(500);

/// How the demonstration is to be.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) once: bool,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) fresh: bool,
    /// How long the day takes; nothing with `once`.
    pub(crate) day: Duration,
    pub(crate) patience: Duration,
    pub(crate) format: Format,
}

fn plan() -> Plan {
    Plan {
        vocabulary: VOCABULARY.to_owned(),
        systems: vec![
            (PUBLISHER, &[Role::Publisher, Role::Reader]),
            (
                COORDINATOR,
                &[
                    Role::Coordinator,
                    Role::Operator,
                    Role::Auditor,
                    Role::Reader,
                ],
            ),
        ],
    }
}

/// Where the demonstration lives when nobody says where.
fn default_folder() -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|it| it.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    match state.or_else(home) {
        Some(state) => state.join("verbund/demo"),
        None => PathBuf::from(".verbund-demo"),
    }
}

/// Runs the demonstration. Every node that was started has ended when this returns.
///
/// # Errors
/// Why it didn't work, or why not all agencies hold what they should.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let began = Instant::now();
    let path = options.folder.clone().unwrap_or_else(default_folder);
    let folder = Folder::open(&path, &plan(), options.fresh)?;
    output::note(text::DEMO_FOLDER.fill(&[&folder.path.display()]));
    let mut stop = Stop::new()?;
    let board = RefCell::new(Board::new());
    let up = Cell::new(false);
    let mut nodes = Nodes::start(&folder.members, !options.once)?;
    let result = tokio::select! {
        result = show(options, &folder, nodes.pids().to_vec(), began, &board, &up) => result,
        () = stop.asked() => match options.once {
            true => Err(failure(text::INTERRUPTED.to_string())),
            false => Ok(()),
        },
        result = watch(&mut nodes, &folder, &board, || options.once || !up.get()) => result,
    };
    if !options.once {
        output::note(text::DEMO_STOPPING.to_string());
    }
    nodes.stop().await;
    result
}

/// Ctrl-C, or being told to end.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self {
            interrupt,
            terminate,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Reports nodes that ended by themselves, with the last that they said. None is started again silently. Where `is_end`
/// says so, it is the demonstration's end, too.
async fn watch(
    nodes: &mut Nodes,
    folder: &Folder,
    board: &RefCell<Board>,
    is_end: impl Fn() -> bool,
) -> anyhow::Result<()> {
    loop {
        let died = nodes.died().await;
        let member = folder.members.iter().find(|it| it.agency == died.agency);
        let log = member
            .map(|it| it.log.display().to_string())
            .unwrap_or_default();
        let last = member.map(|it| last_line(&it.log)).unwrap_or_default();
        let told = text::DEMO_DIED.fill(&[&died.agency, &ending(died.status), &log, &last]);
        if is_end() {
            return Err(failure(told));
        }
        let mut board = board.borrow_mut();
        board.say(&told);
        if let Some(member) = member {
            board.say(&text::DEMO_START_AGAIN.fill(&[&member.config.display()]));
        }
    }
}

/// The end of a node's log: the reason, where it ended by itself.
fn last_line(log: &Path) -> String {
    let content = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    output::clean(text.trim_end().lines().last().unwrap_or_default())
}

/// Plays the day, compares, and goes on showing unless it is `once`.
async fn show(
    options: &Options,
    folder: &Folder,
    pids: Vec<(AgencyId, u32)>,
    began: Instant,
    board: &RefCell<Board>,
    is_up: &Cell<bool>,
) -> anyhow::Result<()> {
    let say = |line: &str| board.borrow_mut().say(line);
    let systems = Systems::connect(&folder.members).await?;
    is_up.set(true);
    let up = format!("{:.1}", began.elapsed().as_secs_f64());
    say(&text::DEMO_UP.fill(&[&folder.members.len(), &up]));
    for (member, (_, pid)) in folder.members.iter().zip(&pids) {
        say(&text::DEMO_NODE.fill(&[&member.name, &member.system(PUBLISHER).node, pid]));
    }
    if !options.once {
        applications::invite(&folder.members, &mut |line| say(line)).await?;
    }
    let names = systems
        .publisher(folder.members[0].agency.as_str())?
        .names()
        .await?;
    // The day before the one that runs: what is generalised for police and prosecutor is due at once.
    let today = folder.charter.operational_day(SystemClock.now());
    let day = today.yesterday().unwrap_or(today);
    say(&text::DEMO_DAY.fill(&[&day]));

    let mut tally = Tally::new(day, &systems);
    let update = play_day(options, day, &systems, &names, &mut tally, board).await?;
    let talked = match update {
        None => Ok(()),
        Some(update) => {
            let sitting = Sitting {
                day,
                today: folder.charter.today(SystemClock.now()),
                patience: options.patience,
                systems: &systems,
                names: &names,
                board,
                update,
                folder: &folder.path,
            };
            sitting.play().await
        }
    };
    if options.once {
        talked?;
    } else if let Err(error) = talked {
        say(&text::SITTING_SKIPPED.fill(&[&format!("{error:#}")]));
    }
    let judged = compare(options, &mut tally, &systems, board, began).await;
    if options.once {
        return judged;
    }
    // Whoever watches may have stopped a node on purpose; the others go on, and so does the board.
    if let Err(error) = judged {
        say(&format!("{error:#}"));
    }
    let first = &folder.members[0];
    let client = first.config.with_file_name(format!("{PUBLISHER}.toml"));
    let (_, pid) = pids.first().cloned().unwrap_or((first.agency.clone(), 0));
    say(&text::DEMO_GOES_ON.fill(&[&client.display(), &first.config.display(), &pid]));
    loop {
        show_for(
            DRAW_INTERVAL,
            board,
            &systems,
            &text::DEMO_CTRL_C.to_string(),
        )
        .await;
    }
}

/// Plays all steps; gives the update that the coordinators talk about. Unless it is `once`, what can't be played since a node is down
/// is told and passed over.
async fn play_day(
    options: &Options,
    day: Day,
    systems: &Systems,
    names: &Names,
    tally: &mut Tally,
    board: &RefCell<Board>,
) -> anyhow::Result<Option<SubjectKey>> {
    let steps = day::steps(day);
    let (pause, patience) = match options.once {
        true => (Duration::ZERO, options.patience),
        false => (
            options.day / u32::try_from(steps.len()).unwrap_or(1).max(1),
            SHORT_PATIENCE,
        ),
    };
    let mut player = Player::new(day, patience);
    for (index, step) in steps.iter().enumerate() {
        match player.play(index, step, systems).await {
            Ok(played) => {
                if let Played::Acknowledged(receipt) = &played {
                    let first = matches!(step.action, Action::Publish(_));
                    tally.acknowledged(step.agency, receipt, first, is_due(step, day));
                }
                board.borrow_mut().say(&line(step, &played, names));
            }
            Err(error) if !options.once && Failure::exit_of(&error) == Exit::Unreachable => {
                let who = names.agency(step.agency);
                board
                    .borrow_mut()
                    .say(&text::DEMO_STEP_SKIPPED.fill(&[&who]));
            }
            Err(error) => return Err(error),
        }
        let foot = text::DEMO_PROGRESS.fill(&[&(index + 1), &steps.len()]);
        show_for(pause, board, systems, &foot).await;
    }
    Ok(player.receipt(TALKED_ABOUT).map(|it| SubjectKey {
        subject: it.subject.clone(),
        owner: TALKED_ABOUT_OF.to_owned(),
    }))
}

/// Waits until all are level, says in figures how it went, and judges them.
async fn compare(
    options: &Options,
    tally: &mut Tally,
    systems: &Systems,
    board: &RefCell<Board>,
    began: Instant,
) -> anyhow::Result<()> {
    let figures = level(tally, systems, options.patience).await?;
    let seconds = began.elapsed().as_secs_f64();
    let statuses = board::ask_all(systems).await;
    board.borrow_mut().draw(&statuses, "");
    let outcome = sitting::compare(systems, options.patience).await?;
    report(options.format, figures, outcome, seconds)?;
    judge(figures)?;
    if outcome.agreeing < figures.agencies {
        return Err(failure(text::SITTING_DIFFERS.to_string()));
    }
    Ok(())
}

/// Draws the board for a while. Without a terminal there is nothing to draw over.
async fn show_for(time: Duration, board: &RefCell<Board>, systems: &Systems, foot: &str) {
    let until = Instant::now() + time;
    let live = board.borrow().is_live();
    while !time.is_zero() {
        if live {
            let statuses = board::ask_all(systems).await;
            board.borrow_mut().draw(&statuses, foot);
        }
        let left = until.saturating_duration_since(Instant::now());
        sleep(left.min(DRAW_INTERVAL)).await;
        if Instant::now() >= until {
            break;
        }
    }
}

/// Whether the step's generalised form is for this run, and not for the day after a planned one.
fn is_due(step: &Step, day: Day) -> bool {
    step.action
        .draft()
        .is_some_and(|draft| draft.day == day.to_string())
}

/// Compares until all hold what they should, or patience ends.
async fn level(
    tally: &mut Tally,
    systems: &Systems,
    patience: Duration,
) -> anyhow::Result<Figures> {
    let began = Instant::now();
    loop {
        let looked = tally.look(systems).await;
        let late = began.elapsed() >= patience;
        match looked {
            Ok(figures) if figures.level || late => return Ok(figures),
            Err(error) if late => return Err(error),
            Ok(_) | Err(_) => sleep(LOOK_INTERVAL).await,
        }
    }
}

fn report(format: Format, figures: Figures, outcome: Outcome, seconds: f64) -> anyhow::Result<()> {
    let seconds = (seconds * 1000.0).round() / 1000.0;
    match format {
        Format::Json => output::json(&json!({
            "agencies": figures.agencies,
            "published": figures.published,
            "delivered": figures.delivered,
            "expected": figures.expected,
            "lost": figures.lost,
            "duplicated": figures.duplicated,
            "converged": is_converged(figures) && outcome.agreeing == figures.agencies,
            "tasks": outcome.tasks,
            "meetings": outcome.meetings,
            "protocols": outcome.protocols,
            "agreeing": outcome.agreeing,
            "seconds": seconds,
        }))?,
        Format::Table => output::line(text::DEMO_RESULT.fill(&[
            &figures.published,
            &figures.agencies,
            &figures.delivered,
            &figures.expected,
            &figures.lost,
            &figures.duplicated,
            &format!("{seconds:.1}"),
        ]))
        .and_then(|()| {
            output::line(text::SITTING_RESULT.fill(&[
                &outcome.tasks,
                &outcome.meetings,
                &outcome.protocols,
                &outcome.agreeing,
                &figures.agencies,
            ]))
        })?,
    }
    Ok(())
}

fn is_converged(figures: Figures) -> bool {
    figures.level && figures.duplicated == 0 && figures.strayed == 0
}

fn judge(figures: Figures) -> anyhow::Result<()> {
    if is_converged(figures) {
        return Ok(());
    }
    let message = if figures.strayed > 0 {
        text::DEMO_STRAYED.fill(&[&figures.strayed])
    } else if figures.duplicated > 0 {
        text::DEMO_DUPLICATED.fill(&[&figures.duplicated])
    } else {
        text::DEMO_LOST.fill(&[&figures.lost])
    };
    Err(Failure::new(Exit::Failure, message).into())
}

/// A step as one reads it.
fn line(step: &Step, played: &Played, names: &Names) -> String {
    let who = names.agency(step.agency);
    match (&step.action, played) {
        (_, Played::Refused(why)) => {
            let why = table::refusal(why).replace('\n', "\n       ");
            text::DEMO_STEP_REFUSED.fill(&[&who, &why])
        }
        (Action::Withdraw(..), Played::Acknowledged(receipt)) => {
            text::DEMO_STEP_WITHDRAWN.fill(&[&who, &receipt.subject])
        }
        (action, Played::Acknowledged(receipt)) => {
            let Some(draft) = action.draft() else {
                return who;
            };
            let to = receipt.audience.len().saturating_sub(1);
            let mut line = text::DEMO_STEP.fill(&[
                &if draft.window.is_empty() {
                    draft.day.as_str()
                } else {
                    draft.window.as_str()
                },
                &who,
                &names.place(&draft.place),
                &draft.note,
                &to,
            ]);
            let marks = [
                (matches!(action, Action::Correct(..)), text::CORRECTION),
                (draft.exercise, text::EXERCISE),
                (
                    !receipt.generalised_audience.is_empty(),
                    text::DEMO_STEP_GENERALISED,
                ),
                (receipt.repeated_request, text::ANSWER_REPEATED),
            ];
            for (_, mark) in marks.iter().filter(|(applies, _)| *applies) {
                line.push_str(" · ");
                line.push_str(mark.now().trim());
            }
            line
        }
    }
}
