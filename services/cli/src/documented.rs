//! Every call of `verbund` in the documentation is one that this program understands: subcommands, options, and in blocks of commands
//! also what must not be missing. Values may be placeholders.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;

use crate::cli;

/// Stands for the bar between alternatives.
const ALTERNATIVE: &str = "\u{1}";

/// A call as it stands in a page.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    words: Vec<String>,
    /// In a block of commands; otherwise it is named in a sentence, and may leave things out.
    whole: bool,
}

/// The calls of a page: in blocks of commands, and in code within sentences.
fn calls(page: &str) -> Vec<Call> {
    let page = page.replace("\\\n", " ");
    let (mut found, mut fence, mut prose) = (Vec::new(), None::<&str>, String::new());
    for line in page.lines() {
        match (fence, line.trim_start().strip_prefix("```")) {
            (None, Some(kind)) => fence = Some(kind.split(' ').next().unwrap_or_default()),
            (Some(_), Some(_)) => fence = None,
            (Some("sh" | "console"), None) => found.extend(calls_in(line, true)),
            (Some(_), None) => {}
            (None, None) => prose = format!("{prose}{line}\n"),
        }
    }
    let code = prose.split('`').skip(1).step_by(2);
    found.extend(code.flat_map(|code| calls_in(code, false)));
    found
}

/// The calls of a line, of which a shell would make several of what is joined by pipes.
fn calls_in(line: &str, whole: bool) -> Vec<Call> {
    // In tables a bar is written so, and stands between alternatives.
    let words = words(&line.replace("\\|", ALTERNATIVE));
    let commands = words.split(|word| ["|", "&&", "||", ";", "&", "(", "{"].contains(&&**word));
    let call = |command: &[String]| {
        let named = |word: &String| word == "verbund" || word.ends_with("/bin/verbund");
        // The last one: `runuser -u verbund -- verbund …`.
        let at = command.iter().rposition(named)?;
        // Behind a command of another program only where one can stand: a user or a package has this name too.
        let before = command[..at].last().map(String::as_str);
        let stands = match before {
            None | Some("--" | "$" | "exec" | "if" | "!" | "until" | "while") => true,
            Some(_) => command[at].starts_with('/'),
        };
        let words = command[at + 1..].iter().filter(|it| !it.contains('…'));
        let words: Vec<String> = words.cloned().collect();
        (stands && !words.is_empty()).then_some(words)
    };
    let calls = commands.filter_map(call).flat_map(alternatives);
    calls.map(|words| Call { words, whole }).collect()
}

/// `task create|assign` names two.
fn alternatives(words: Vec<String>) -> Vec<Vec<String>> {
    match words.iter().position(|it| it.contains(ALTERNATIVE)) {
        None => vec![words],
        Some(at) => {
            let with = |one: &str| {
                let mut words = words.clone();
                one.clone_into(&mut words[at]);
                words
            };
            words[at].split(ALTERNATIVE).map(with).collect()
        }
    }
}

/// Words as a shell has them, without redirections and comments. Quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            // A command within a word, as a word.
            (None, '$') if letters.peek() == Some(&'(') => {
                word.get_or_insert_default().push('$');
                for inner in letters.by_ref() {
                    if inner == ')' {
                        break;
                    }
                }
            }
            (None, '#') if word.is_none() => break,
            (None, '>' | '<') => {
                // Where to: the next word is none of the call's. `2>` begins with a number.
                if word.as_deref() == Some("2") {
                    word = None;
                }
                words.extend(word.take());
                while letters.next_if(|it| "><& ".contains(*it)).is_some() {}
                let mut quoted = false;
                while let Some(letter) = letters.next_if(|it| quoted || !it.is_whitespace()) {
                    quoted ^= letter == '"';
                }
            }
            (None, '|' | ';' | '&' | '(' | ')' | '{' | '}') => {
                words.extend(word.take());
                let mut sign = letter.to_string();
                while let Some(more) = letters.next_if(|it| "|&".contains(*it)) {
                    sign.push(more);
                }
                words.push(if ")}".contains(letter) {
                    ";".to_owned()
                } else {
                    sign
                });
            }
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Why a call is none; nothing where it is one.
fn wrong(call: &Call) -> Option<String> {
    // Something that stands for a command.
    if !call.words[0].starts_with(|it: char| it.is_ascii_lowercase() || it == '-') {
        return None;
    }
    let words = std::iter::once("verbund").chain(call.words.iter().map(String::as_str));
    let error = cli::command().try_get_matches_from(words).err()?;
    let fits = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::ValueValidation
        | ErrorKind::InvalidValue => true,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => !call.whole,
        _ => false,
    };
    (!fits).then(|| error.to_string())
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|it| it == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_call_in_the_documentation_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    pages(&root.join("docs"), &mut found);
    pages(&root.join("deploy"), &mut found);
    let (mut seen, mut problems) = (0, Vec::new());
    for page in found {
        for call in calls(&fs::read_to_string(&page).unwrap()) {
            seen += 1;
            if let Some(why) = wrong(&call) {
                problems.push(format!(
                    "{}: {}\n{why}",
                    page.display(),
                    call.words.join(" ")
                ));
            }
        }
    }
    assert!(seen > 200, "only {seen} calls were found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn calls_are_found_and_wrong_ones_told() {
    let page = "Text `verbund status --config x` and `verbund statuz`, `verbund restore …`, `verbund pki node\\|nodes`.\n\
        ```sh at=new\n\
        runuser -u verbund -- verbund config check --config a/node.toml  # why\n\
        cat u | verbund push --config \\\n  x - 2>/dev/null && verbund --format json feed >\"out $(date +%F)\" &\n\
        docker compose exec -T node /usr/bin/verbund status --colour <<UPDATE\n\
        apt-get purge verbund\n\
        verbund charter check --previous \"a b\"\n\
        if verbund store check --config $(ls); then\n\
        ```\n\
        ```toml\nverbund nonsense\n```\n";
    let found = calls(page);
    let told: Vec<_> = found
        .iter()
        .map(|it| (it.words.join(" "), wrong(it).is_none()))
        .collect();
    let told: Vec<_> = told.iter().map(|(words, fits)| (&**words, *fits)).collect();
    assert_eq!(
        told,
        [
            ("config check --config a/node.toml", true),
            ("push --config x -", true),
            ("--format json feed", true),
            ("status --colour", false),
            ("charter check --previous a b", false),
            ("store check --config $", true),
            ("status --config x", true),
            ("statuz", false),
            ("restore", true),
            ("pki node", true),
            ("pki nodes", false),
        ]
    );
}
