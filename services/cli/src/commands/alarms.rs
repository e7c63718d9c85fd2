//! `verbund alarms`: what went wrong and stays wrong until somebody looks.

use clap::Args;
use verbund_wire::agency::ListAlarmsRequest;

use crate::client::{ClientArgs, answer, ask};
use crate::output::{self, Format, clean, moment, new_table};
use crate::{text, view};

#[derive(Args, Debug)]
pub(crate) struct Alarms {
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Alarms, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let alarms = answer(node.node().list_alarms(ask(ListAlarmsRequest {})).await)?.alarms;
    if format == Format::Json {
        return Ok(alarms
            .iter()
            .try_for_each(|alarm| output::json(&view::alarm(alarm)))?);
    }
    if alarms.is_empty() {
        output::note(text::NO_ALARMS.to_string());
        return Ok(());
    }
    let mut table = new_table([
        text::COLUMN_MADE,
        text::COLUMN_AGENCY,
        text::COLUMN_REASON,
        text::COLUMN_REMARKS,
    ]);
    for alarm in &alarms {
        table.add_row([
            moment(alarm.at_ms),
            clean(&alarm.agency),
            clean(&alarm.reason),
            clean(&alarm.description),
        ]);
    }
    Ok(output::table(&table)?)
}
