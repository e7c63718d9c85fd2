//! The commands, one file each. A command reads its arguments, calls what does the work, and prints what came of it.

pub(crate) mod acknowledge;
pub(crate) mod alarms;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod briefing;
pub(crate) mod charter;
pub(crate) mod check_text;
pub(crate) mod concept;
pub(crate) mod config;
pub(crate) mod confirm;
pub(crate) mod correct;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod feed;
pub(crate) mod get;
pub(crate) mod guard;
pub(crate) mod health;
pub(crate) mod init;
pub(crate) mod meeting;
pub(crate) mod node;
pub(crate) mod pki;
pub(crate) mod protocol;
pub(crate) mod push;
pub(crate) mod remark;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod review;
pub(crate) mod sheet;
pub(crate) mod status;
pub(crate) mod store;
pub(crate) mod task;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod withdraw;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use verbund_wire::agency::SubjectKey;

use crate::exit;
use crate::text;

/// The longest text that is read whole from a file or stdin.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// What a file holds, or stdin where it is `-`.
///
/// # Errors
/// When it can't be read, isn't UTF-8, or is too long.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let cant_read = |error: &dyn std::fmt::Display| {
        exit::usage(text::CANT_READ.fill(&[&path.display(), error]))
    };
    let input: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(|error| cant_read(&error))?)
    };
    let mut content = String::new();
    input
        .take(TEXT_BYTES_MAX + 1)
        .read_to_string(&mut content)
        .map_err(|error| cant_read(&error))?;
    if content.len() as u64 > TEXT_BYTES_MAX {
        return Err(cant_read(&text::INPUT_TOO_LONG));
    }
    Ok(content)
}

/// How many to ask for in a page.
pub(crate) fn page_size(wanted: usize, most: u32) -> i32 {
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX).clamp(1, most);
    i32::try_from(wanted).unwrap_or(i32::MAX)
}

/// The first `limit` of a list, page by page. `page` gives one of this size at this token, and the token of the one after it.
pub(crate) async fn pages<T>(
    limit: u32,
    page_max: u32,
    page: impl AsyncFn(i32, String) -> anyhow::Result<(Vec<T>, String)>,
) -> anyhow::Result<Vec<T>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut list = Vec::new();
    let mut token = String::new();
    while list.len() < limit {
        let (found, next) = page(page_size(limit - list.len(), page_max), token).await?;
        list.extend(found);
        token = next;
        if token.is_empty() {
            break;
        }
    }
    list.truncate(limit);
    Ok(list)
}

/// States that were shown already: what is listed when a stream is opened, the stream may give again.
#[derive(Debug, Default)]
pub(crate) struct Shown(RefCell<HashMap<(String, String), String>>);

/// More than anybody watches; beyond it a state may be shown twice.
const SHOWN_MAX: usize = 10_000;

impl Shown {
    /// Whether this state of the subject was not the last one that was shown; from now on it is.
    pub(crate) fn is_new(&self, key: Option<&SubjectKey>, etag: &str) -> bool {
        let key = key.cloned().unwrap_or_default();
        let mut shown = self.0.borrow_mut();
        if shown.len() >= SHOWN_MAX {
            shown.clear();
        }
        let before = shown.insert((key.owner, key.subject), etag.to_owned());
        before.as_deref() != Some(etag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_ends_with_its_last_page_or_at_its_limit() {
        let of_seven = async |size: i32, token: String| {
            let from = token.parse::<i32>().unwrap_or(0);
            let to = (from + size).min(7);
            let next = if to < 7 {
                to.to_string()
            } else {
                String::new()
            };
            Ok(((from..to).collect::<Vec<_>>(), next))
        };
        for (limit, found) in [(0, 0), (2, 2), (5, 5), (7, 7), (100, 7)] {
            let list = pages(limit, 3, of_seven).await.unwrap();
            assert_eq!(list, (0..found).collect::<Vec<_>>(), "{limit}");
        }
    }

    #[test]
    fn a_state_is_shown_once() {
        let (shown, key) = (Shown::default(), SubjectKey::default());
        assert!(shown.is_new(Some(&key), "a") && !shown.is_new(Some(&key), "a"));
        assert!(shown.is_new(Some(&key), "b") && shown.is_new(Some(&key), "a"));
    }

    #[test]
    fn a_page_is_never_empty_nor_too_large() {
        assert_eq!([0, 7, 900].map(|it| page_size(it, 500)), [1, 7, 500]);
    }
}
