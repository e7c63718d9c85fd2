//! Subjects and steps as people name them: by their whole id, with or without the agency that opened it, or by its first signs.
//!
//! What is named without its agency is looked for: at the own agency first, then at each agency of the charter. Nothing is guessed: where two
//! subjects fit, both are told.

use std::fmt;
use std::str::FromStr;

use tonic::Status;
use verbund_wire::agency::{
    GetMeetingRequest, GetProtocolRequest, GetTaskRequest, ListMeetingsRequest,
    ListProtocolsRequest, ListTasksRequest, SubjectKey,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::SubjectKind;

use crate::client::{Node, answer, ask, failed};
use crate::exit;
use crate::output::clean;
use crate::text::{self, words};

/// Signs of a whole id, a UUID with its hyphens.
const ID_SIGNS: usize = 36;
/// Fewer signs fit too much.
const SIGNS_MIN: usize = 4;
/// Pages that are looked through for the beginning of an id; what lies behind them is named by its whole id.
const PAGES_MAX: usize = 20;
/// Signs of ids and steps that tables show.
const SHORT: usize = 8;
const SHORT_STEP: usize = 12;

/// A subject as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The agency that opened it, where it was given.
    pub(crate) owner: Option<String>,
    /// Its id, or the first signs of it.
    pub(crate) id: String,
}

/// What was given names no subject.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoName;

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(text::NO_SUBJECT_NAME.now())
    }
}

impl std::error::Error for NoName {}

impl FromStr for Named {
    type Err = NoName;

    fn from_str(given: &str) -> Result<Self, NoName> {
        let (owner, id) = match given.split_once('/') {
            Some((owner, id)) => (Some(owner), id),
            None => (None, given),
        };
        let agency = |it: &str| {
            let sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !it.is_empty() && it.len() <= 64 && it.bytes().all(sign)
        };
        let id_like = |b: u8| b.is_ascii_hexdigit() || b == b'-';
        let fits = (SIGNS_MIN..=ID_SIGNS).contains(&id.len()) && id.bytes().all(id_like);
        if !fits || !owner.is_none_or(agency) {
            return Err(NoName);
        }
        Ok(Self {
            owner: owner.map(str::to_owned),
            id: id.to_ascii_lowercase(),
        })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Some(owner) => write!(f, "{owner}/{}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

/// A subject on the command line.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SubjectArgs {
    #[arg(value_name = text::SUBJECT.now(), help = text::ARG_NAMED)]
    pub(crate) subject: Named,
    #[arg(long, value_name = text::AGENCY.now(), help = text::ARG_OWNER)]
    pub(crate) owner: Option<String>,
}

impl SubjectArgs {
    /// The subject.
    ///
    /// # Errors
    /// When two agencies are named, when none fits or several do, or as any call.
    pub(crate) async fn find(&self, kind: SubjectKind, node: &Node) -> anyhow::Result<SubjectKey> {
        self.named()?.find(kind, node).await
    }

    fn named(&self) -> anyhow::Result<Named> {
        let mut named = self.subject.clone();
        match (&named.owner, &self.owner) {
            (Some(one), Some(other)) if one != other => {
                let (one, other) = (clean(one), clean(other));
                return Err(exit::usage(text::TWO_OWNERS.fill(&[&one, &other])));
            }
            (None, Some(_)) => named.owner.clone_from(&self.owner),
            _ => {}
        }
        Ok(named)
    }
}

impl Named {
    /// Whether it is a whole id.
    pub(crate) fn is_whole(&self) -> bool {
        self.id.len() == ID_SIGNS
    }

    /// The subject's key as it was given; without an agency, one of the own agency.
    pub(crate) fn key(&self) -> SubjectKey {
        SubjectKey {
            subject: self.id.clone(),
            owner: self.owner.clone().unwrap_or_default(),
        }
    }

    /// The subject.
    ///
    /// # Errors
    /// When none fits or several do (usage), or as any call.
    pub(crate) async fn find(&self, kind: SubjectKind, node: &Node) -> anyhow::Result<SubjectKey> {
        if self.is_whole() && self.owner.is_some() {
            return Ok(self.key());
        }
        if kind == SubjectKind::Update {
            if !self.is_whole() {
                return Err(exit::usage(text::WHOLE_UPDATE_ID.to_string()));
            }
            let situation = node.situation(&self.id).await?.situation;
            let (subject, owner) = (situation.subject, situation.agency);
            return Ok(SubjectKey { subject, owner });
        }
        if self.is_whole() {
            self.whole(kind, node).await
        } else {
            self.only(kind, beginning_with(self, kind, node).await?)
        }
    }

    async fn whole(&self, kind: SubjectKind, node: &Node) -> anyhow::Result<SubjectKey> {
        let own = self.key();
        if is_there(kind, &own, node).await? {
            return Ok(own);
        }
        let mut found = Vec::new();
        for owner in node.names().await?.agency_ids() {
            let key = SubjectKey {
                owner: owner.to_owned(),
                ..own.clone()
            };
            if is_there(kind, &key, node).await? {
                found.push(key);
            }
        }
        self.only(kind, found)
    }

    fn only(&self, kind: SubjectKind, mut found: Vec<SubjectKey>) -> anyhow::Result<SubjectKey> {
        let kind = words::subject(kind);
        match (found.pop(), found.as_slice()) {
            (None, _) => Err(exit::usage(text::NO_SUCH_SUBJECT.fill(&[&kind, self]))),
            (Some(only), []) => Ok(only),
            (Some(last), others) => {
                let all = others.iter().chain([&last]).map(in_full);
                let all = all.collect::<Vec<_>>().join(", ");
                Err(exit::usage(text::MANY_SUBJECTS.fill(&[&kind, self, &all])))
            }
        }
    }

    fn fits(&self, key: &SubjectKey) -> bool {
        let owner = (self.owner.as_ref()).is_none_or(|owner| *owner == key.owner);
        owner && key.subject.starts_with(&self.id)
    }
}

async fn is_there(kind: SubjectKind, key: &SubjectKey, node: &Node) -> anyhow::Result<bool> {
    let key = Some(key.clone());
    let there = match kind {
        SubjectKind::Task => {
            let request = ask(GetTaskRequest { task: key });
            node.tasks().get_task(request).await.map(drop)
        }
        SubjectKind::Meeting => {
            let request = ask(GetMeetingRequest { meeting: key });
            node.meetings().get_meeting(request).await.map(drop)
        }
        SubjectKind::Protocol => {
            let request = ask(GetProtocolRequest {
                protocol: key,
                revision: String::new(),
            });
            node.protocols().get_protocol(request).await.map(drop)
        }
        SubjectKind::Update | SubjectKind::Unspecified => Ok(()),
    };
    match there {
        Ok(()) => Ok(true),
        Err(status) if is_unknown(&status) => Ok(false),
        Err(status) => Err(failed(&status)),
    }
}

fn is_unknown(status: &Status) -> bool {
    explain(status).code == Some(ErrorCode::SubjectNotFound)
}

/// All that the name fits, from the latest changed on.
async fn beginning_with(
    named: &Named,
    kind: SubjectKind,
    node: &Node,
) -> anyhow::Result<Vec<SubjectKey>> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    for _ in 0..PAGES_MAX {
        let (keys, next) = page(kind, page_token, node).await?;
        found.extend(keys.into_iter().filter(|key| named.fits(key)));
        if next.is_empty() {
            break;
        }
        page_token = next;
    }
    Ok(found)
}

/// Protocols are long and tasks are short, and a page has to fit into an answer.
async fn page(
    kind: SubjectKind,
    page_token: String,
    node: &Node,
) -> anyhow::Result<(Vec<SubjectKey>, String)> {
    let (keys, next): (Vec<Option<SubjectKey>>, _) = match kind {
        SubjectKind::Task => {
            let request = ListTasksRequest {
                page_size: 200,
                page_token,
                ..ListTasksRequest::default()
            };
            let page = answer(node.tasks().list_tasks(ask(request)).await)?;
            let keys = page.tasks.into_iter().map(|it| it.key);
            (keys.collect(), page.next_page_token)
        }
        SubjectKind::Meeting => {
            let request = ListMeetingsRequest {
                page_size: 50,
                page_token,
                ..ListMeetingsRequest::default()
            };
            let page = answer(node.meetings().list_meetings(ask(request)).await)?;
            let keys = page.meetings.into_iter().map(|it| it.key);
            (keys.collect(), page.next_page_token)
        }
        SubjectKind::Protocol => {
            let request = ListProtocolsRequest {
                page_size: 20,
                page_token,
                ..ListProtocolsRequest::default()
            };
            let page = answer(node.protocols().list_protocols(ask(request)).await)?;
            let keys = page.protocols.into_iter().map(|it| it.key);
            (keys.collect(), page.next_page_token)
        }
        SubjectKind::Update | SubjectKind::Unspecified => (Vec::new(), String::new()),
    };
    Ok((keys.into_iter().flatten().collect(), next))
}

/// A key that can be given to any command.
pub(crate) fn in_full(key: &SubjectKey) -> String {
    match key.owner.as_str() {
        "" => clean(&key.subject),
        owner => format!("{}/{}", clean(owner), clean(&key.subject)),
    }
}

/// A key for tables; commands take it as well.
pub(crate) fn in_short(key: Option<&SubjectKey>) -> String {
    let Some(key) = key else {
        return String::new();
    };
    in_full(&SubjectKey {
        subject: key.subject.chars().take(SHORT).collect(),
        owner: key.owner.clone(),
    })
}

/// A step for tables; commands take it as well.
pub(crate) fn step_in_short(step: &str) -> String {
    clean(&step.chars().take(SHORT_STEP).collect::<String>())
}

/// The step that begins as it was given, among those that there are. What fits none is left for the node to judge.
///
/// # Errors
/// When several fit.
pub(crate) fn whole_step<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<String> {
    let given = given.to_ascii_lowercase();
    let mut fitting: Vec<&str> = known
        .into_iter()
        .filter(|step| !given.is_empty() && step.starts_with(&given))
        .collect();
    fitting.sort_unstable();
    fitting.dedup();
    match fitting.as_slice() {
        [] => Ok(given),
        [only] => Ok((*only).to_owned()),
        many => {
            let many: Vec<_> = many.iter().map(|it| step_in_short(it)).collect();
            let (given, many) = (clean(&given), many.join(", "));
            Err(exit::usage(text::MANY_STEPS.fill(&[&given, &many])))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::{Exit, Failure};

    const ID: &str = "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e";

    fn named(given: &str) -> Named {
        given.parse().unwrap()
    }

    #[test]
    fn a_name_is_an_id_with_or_without_its_agency() {
        assert_eq!(named(ID).owner, None);
        let with_owner = named(&format!("kod/{}", ID.to_uppercase()));
        assert_eq!(with_owner.owner.as_deref(), Some("kod"));
        assert_eq!(with_owner.key().subject, ID);
        assert_eq!(with_owner.to_string(), format!("kod/{ID}"));
        assert!(with_owner.is_whole() && !named("kod/3f2a").is_whole());
        let long = format!("{ID}0");
        for wrong in ["", "/", "kod/", "3f2", "KOD/3f2a", "max mustermann", &long] {
            assert_eq!(wrong.parse::<Named>(), Err(NoName), "{wrong}");
        }
    }

    #[test]
    fn two_agencies_for_one_subject_are_told() {
        let args = |subject: &str, owner: Option<&str>| SubjectArgs {
            subject: named(subject),
            owner: owner.map(str::to_owned),
        };
        let one = args("3f2a", Some("kod")).named().unwrap();
        assert_eq!(one.owner.as_deref(), Some("kod"));
        assert!(args("kod/3f2a", Some("kod")).named().is_ok());
        let error = args("kod/3f2a", Some("dhz")).named().unwrap_err();
        assert_eq!(Failure::exit_of(&error), Exit::Usage);
    }

    #[test]
    fn the_first_signs_do_where_they_fit_one() {
        let key = |owner: &str| SubjectKey {
            subject: ID.to_owned(),
            owner: owner.to_owned(),
        };
        let (short, of_kod) = (named("3f2a91"), named("kod/3f2a91"));
        assert!(short.fits(&key("dhz")) && of_kod.fits(&key("kod")));
        assert!(!of_kod.fits(&key("dhz")) && !named("3f2b").fits(&key("kod")));
        let only = short.only(SubjectKind::Task, vec![key("dhz")]);
        assert_eq!(only.unwrap(), key("dhz"));
        let both = short.only(SubjectKind::Task, vec![key("dhz"), key("kod")]);
        let told = both.unwrap_err().to_string();
        assert!(told.contains("dhz/3f2a91c4-") && told.contains("kod/3f2a91c4-"));
        assert!(short.only(SubjectKind::Task, Vec::new()).is_err());
    }

    #[test]
    fn a_step_is_named_by_its_first_signs() {
        let steps = ["aa11", "aa22", "bb33"];
        assert_eq!(whole_step("bb", steps).unwrap(), "bb33");
        assert_eq!(whole_step("AA1", steps).unwrap(), "aa11");
        assert_eq!(whole_step("cc", steps).unwrap(), "cc");
        assert_eq!(whole_step("", steps).unwrap(), "");
        assert!(whole_step("aa", steps).is_err());
        assert!(whole_step("bb", ["bb33", "bb33"]).is_ok());
    }

    #[test]
    fn what_tables_show_can_be_given_back() {
        let key = SubjectKey {
            subject: ID.to_owned(),
            owner: "kod".to_owned(),
        };
        assert_eq!(in_short(Some(&key)), "kod/3f2a91c4");
        assert!(named(&in_short(Some(&key))).fits(&key));
        assert_eq!(named(&in_full(&key)).key(), key);
    }
}
