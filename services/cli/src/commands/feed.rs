//! `verbund feed`: the updates that the node holds, and those that come.

use std::collections::HashSet;

use clap::Args;
use serde_json::json;
use tokio::time::Instant;
use tonic::Status;
use verbund_wire::agency::{
    ListFeedRequest, ListSituationsRequest, Situation, SituationFilter, WatchFeedRequest,
};

use crate::client::{ClientArgs, Node, answer, ask};
use crate::names::Names;
use crate::output::{self, Format};
use crate::watching::Pauses;
use crate::{table, text, view};

/// What the node gives at most in one page.
const PAGE_MAX: u32 = 500;

#[derive(Args, Debug)]
pub(crate) struct Feed {
    #[arg(long, short, help = text::ARG_FOLLOW)]
    follow: bool,
    #[arg(long, value_name = "ID", value_delimiter = ',', help = text::ARG_AGENCY_FILTER)]
    agency: Vec<String>,
    #[arg(long, value_name = "ID", value_delimiter = ',', help = text::ARG_CATEGORY_FILTER)]
    category: Vec<String>,
    #[arg(long, value_name = "ID", value_delimiter = ',', help = text::ARG_PLACE_FILTER)]
    place: Vec<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_FROM)]
    from: Option<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_TO)]
    to: Option<String>,
    #[arg(long, default_value_t = 50, value_name = "N", help = text::ARG_LIMIT)]
    limit: u32,
    #[arg(long, value_name = "CURSOR", help = text::ARG_CURSOR)]
    cursor: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

impl Feed {
    fn filter(&self) -> SituationFilter {
        SituationFilter {
            agencies: self.agency.clone(),
            categories: self.category.clone(),
            places: self.place.clone(),
            from_day: self.from.clone().unwrap_or_default(),
            to_day: self.to.clone().unwrap_or_default(),
            ..SituationFilter::default()
        }
    }
}

pub(crate) async fn run(args: Feed, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let names = match format {
        Format::Table => node.names().await?,
        Format::Json => Names::default(),
    };
    match (args.follow, &args.cursor) {
        (true, _) => follow(&args, &node, &names, format).await,
        (false, Some(cursor)) => events(&args, cursor, &node, &names, format).await,
        (false, None) => {
            let list = latest(&args, &node).await?;
            if format == Format::Table {
                return Ok(output::table(&table::situations(&list, &names))?);
            }
            for situation in &list {
                output::json(&json!({ "situation": view::situation(situation) }))?;
            }
            Ok(())
        }
    }
}

/// The updates that were changed last, the latest first.
async fn latest(args: &Feed, node: &Node) -> anyhow::Result<Vec<Situation>> {
    super::pages(args.limit, PAGE_MAX, async |page_size, page_token| {
        let request = ListSituationsRequest {
            filter: Some(args.filter()),
            page_size,
            page_token,
        };
        let page = answer(node.situations().list_situations(ask(request)).await)?;
        Ok((page.situations, page.next_page_token))
    })
    .await
}

/// Events after a cursor, for systems that poll.
async fn events(
    args: &Feed,
    cursor: &str,
    node: &Node,
    names: &Names,
    format: Format,
) -> anyhow::Result<()> {
    let mut left = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let mut cursor = cursor.to_owned();
    while left > 0 {
        let request = ListFeedRequest {
            filter: Some(args.filter()),
            cursor,
            page_size: super::page_size(left, PAGE_MAX),
        };
        let page = answer(node.feed().list_feed(ask(request)).await)?;
        left = left.saturating_sub(page.events.len());
        for event in &page.events {
            say(event, names, format)?;
        }
        cursor = page.cursor;
        if !page.more {
            break;
        }
    }
    if format == Format::Table {
        output::note(text::NEXT_CURSOR.fill(&[&cursor]));
    }
    Ok(())
}

/// Goes on for ever. Without a cursor the latest updates come first, so that one sees where one is.
async fn follow(args: &Feed, node: &Node, names: &Names, format: Format) -> anyhow::Result<()> {
    let mut place = Place {
        cursor: args.cursor.clone(),
        shown: HashSet::new(),
        told: false,
    };
    let mut pauses = Pauses::new();
    loop {
        let began = Instant::now();
        let status = match watch(args, node, names, format, &mut place).await? {
            Ended::ByNode => Status::unavailable(text::STREAM_ENDED.to_string()),
            Ended::Broken(status) => status,
        };
        pauses.after(&status, began.elapsed()).await?;
    }
}

/// Where a followed feed stands.
struct Place {
    cursor: Option<String>,
    /// Versions that were listed before the feed began, by their etags; the feed may give them again.
    shown: HashSet<String>,
    told: bool,
}

enum Ended {
    ByNode,
    Broken(Status),
}

async fn watch(
    args: &Feed,
    node: &Node,
    names: &Names,
    format: Format,
    place: &mut Place,
) -> anyhow::Result<Ended> {
    let request = WatchFeedRequest {
        filter: Some(args.filter()),
        cursor: place.cursor.clone().unwrap_or_default(),
        from_now: place.cursor.is_none(),
    };
    // No deadline: a feed has no end.
    let mut stream = match node.feed().watch_feed(request).await {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(Ended::Broken(status)),
    };
    loop {
        let message = match stream.message().await {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(Ended::ByNode),
            Err(status) => return Ok(Ended::Broken(status)),
        };
        if place.cursor.is_none() {
            // The feed stands, so nothing falls between it and the list.
            let mut list = latest(args, node).await?;
            list.reverse();
            for situation in &list {
                match format {
                    Format::Table => output::line(table::situation_line(situation, names))?,
                    Format::Json => {
                        output::json(&json!({ "situation": view::situation(situation) }))?
                    }
                }
                place.shown.insert(situation.etag.clone());
            }
        }
        for event in &message.events {
            let etag = event
                .situation
                .as_ref()
                .map(|it| it.etag.as_str())
                .unwrap_or_default();
            if !place.shown.remove(etag) {
                say(event, names, format)?;
            }
        }
        place.cursor = Some(message.cursor);
        if message.live && !place.told {
            place.told = true;
            output::note(text::FEED_LIVE.to_string());
        }
    }
}

fn say(
    event: &verbund_wire::agency::FeedEvent,
    names: &Names,
    format: Format,
) -> std::io::Result<()> {
    match (format, &event.situation) {
        (Format::Json, _) => output::json(&view::event(event)),
        (Format::Table, Some(situation)) => output::line(table::situation_line(situation, names)),
        (Format::Table, None) => Ok(()),
    }
}
