//! The archive folder: what is about to be forgotten is laid down there as a file first, for the agency's own archive.
//!
//! Where no folder is configured nothing is kept. A file that can't be written puts off the forgetting of a closed task, and is told
//! each time; the last day until which its entries may be kept is never put off, since their keys go with it.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tracing::{info, warn};
use verbund_model::{SubjectKind, SubjectRef, TaskMachine};
use verbund_store::Error;
use verbund_wire::agency::{self, ExportProtocolRequest, FileFormat, FileLanguage};
use verbund_wire::convert::step;

use super::board::{Card, Shown as _};
use super::protocol;
use super::subject::Subject;
use crate::context::Context;

/// How many days before a protocol's last one it is laid down.
const AHEAD_DAYS: i32 = 7;
/// Most protocols that are looked at in one turn.
const AT_ONCE: usize = 10_000;

/// Lays a task down. `false`: it could not be, and should wait.
pub(crate) fn task(ctx: &Context, subject: &Subject<TaskMachine>) -> bool {
    let Some(folder) = &ctx.config.store.archive else {
        return true;
    };
    let Some(Card::Task(task)) = TaskMachine::card(&ctx.agency, subject) else {
        return true;
    };
    let key = &subject.key;
    let name = format!("task-{}-{}.json", key.owner, key.subject);
    let content = in_json(&task, &subject.records());
    laid(folder, &name, content.to_string().as_bytes())
}

fn in_json(task: &agency::Task, steps: &[agency::StepRecord]) -> serde_json::Value {
    let key = task.key.clone().unwrap_or_default();
    let terms = task.terms.clone().unwrap_or_default();
    let steps = steps.iter().map(|it| {
        json!({
            "step": it.step,
            "agency": it.agency,
            "move": it.r#move,
            "void_reason": it.void_reason,
            "created_at_ms": it.created_at_ms,
            "text": it.text,
        })
    });
    json!({
        "kind": "task",
        "owner": key.owner,
        "subject": key.subject,
        "assignee": terms.assignee,
        "measure": terms.measure,
        "category": terms.category,
        "place": terms.place,
        "due": terms.due,
        "title": terms.title,
        "description": terms.description,
        "status": task.status().as_str_name().trim_start_matches("TASK_STATUS_").to_ascii_lowercase(),
        "erase_on": task.erase_on,
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// Lays down the protocols whose last days have come.
///
/// # Errors
/// The store's.
pub(crate) async fn protocols(ctx: &Arc<Context>, today: i32) -> Result<(), Error> {
    let Some(folder) = ctx.config.store.archive.clone() else {
        return Ok(());
    };
    let keys = ctx
        .board
        .list(SubjectKind::Protocol, None, AT_ONCE, |record| {
            let last_days = today >= record.erasure_day - AHEAD_DAYS;
            last_days.then(|| record.key.clone())
        });
    for key in keys.0 {
        for format in [FileFormat::Json, FileFormat::Pdf] {
            lay_protocol(ctx, &folder, &key, format).await;
        }
    }
    Ok(())
}

async fn lay_protocol(ctx: &Arc<Context>, folder: &Path, key: &SubjectRef, format: FileFormat) {
    let request = ExportProtocolRequest {
        protocol: Some(step::key_to_wire(key)),
        format: format.into(),
        language: FileLanguage::German.into(),
    };
    match protocol::export::export(ctx, &request).await {
        Ok(file) => {
            laid(folder, &file.name, &file.content);
        }
        // Its handling keeps it in the node, for one.
        Err(error) => info!(
            reason = error.code().reason(),
            "a protocol can't be laid into the archive"
        ),
    }
}

/// Whether a file is in the folder by now.
fn laid(folder: &Path, name: &str, content: &[u8]) -> bool {
    match lay(folder, name, content) {
        Ok(()) => true,
        Err(problem) => {
            warn!(%problem, folder = %folder.display(), "the archive folder can't be written");
            false
        }
    }
}

/// Whole or not at all, and once.
fn lay(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if path.try_exists()? {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let begun = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&begun)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(begun, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        assert!(laid(&archive, "task-kod-1.json", b"first"));
        assert!(laid(&archive, "task-kod-1.json", b"second"));
        let path = archive.join("task-kod-1.json");
        assert_eq!(std::fs::read(path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(&archive).unwrap().count(), 1);
        // What can't be written is told, and waits.
        let file = folder.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(!laid(&file, "task-kod-1.json", b"first"));
    }
}
