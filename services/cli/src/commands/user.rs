//! `verbund user`: the accounts of the coordinators' application.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use verbund_briefing::store::{NewPerson, Person, SessionRow, Store, StoreError};
use verbund_briefing::{Config, Roles};

use super::briefing;
use crate::exit::{failure, usage};
use crate::output::{self, Format, new_table};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct UserArgs {
    #[arg(long, global = true, value_name = text::FILE.now(), env = "VERBUND_BRIEFING", default_value = "briefing.toml", help = text::ARG_BRIEFING_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_USER_ADD)]
    Add(Add),
    #[command(about = text::ABOUT_USER_LINK)]
    Link(Link),
    #[command(about = text::ABOUT_USER_LIST)]
    List,
    #[command(about = text::ABOUT_USER_ROLES)]
    Roles(Grant),
    #[command(about = text::ABOUT_USER_DISABLE)]
    Disable(Named),
    #[command(about = text::ABOUT_USER_ENABLE)]
    Enable(Named),
    #[command(about = text::ABOUT_USER_REMOVE)]
    Remove(Named),
    #[command(about = text::ABOUT_USER_SESSIONS)]
    Sessions(Named),
    #[command(about = text::ABOUT_USER_END_SESSIONS)]
    EndSessions(Named),
}

#[derive(Args, Debug)]
struct Add {
    #[arg(value_name = "NAME", help = text::ARG_USER_NAME)]
    name: String,
    #[arg(long, value_name = text::ROLES.now(), default_value = "reader", help = text::ARG_USER_ROLES)]
    roles: Roles,
    #[arg(long, default_value_t = 24, value_name = text::HOURS.now(), value_parser = clap::value_parser!(u16).range(1..=168), help = text::ARG_LINK_HOURS)]
    hours: u16,
}

#[derive(Args, Debug)]
struct Link {
    #[arg(value_name = "NAME", help = text::ARG_USER_NAME)]
    name: String,
    #[arg(long, default_value_t = 24, value_name = text::HOURS.now(), value_parser = clap::value_parser!(u16).range(1..=168), help = text::ARG_LINK_HOURS)]
    hours: u16,
}

#[derive(Args, Debug)]
struct Named {
    #[arg(value_name = "NAME", help = text::ARG_USER_NAME)]
    name: String,
}

#[derive(Args, Debug)]
struct Grant {
    #[arg(value_name = "NAME", help = text::ARG_USER_NAME)]
    name: String,
    #[arg(value_name = text::ROLES.now(), help = text::ARG_USER_ROLES)]
    roles: Roles,
}

pub(crate) async fn run(args: UserArgs, format: Format) -> anyhow::Result<()> {
    let config = briefing::load(&args.config)?;
    let store = Store::open(&config.database).await.map_err(broken)?;
    match args.command {
        Command::Add(add) => {
            let new = NewPerson {
                name: add.name,
                roles: add.roles,
                openid: None,
            };
            let person = match store.add_person(new).await {
                Err(StoreError::NameTaken) => {
                    return Err(usage(text::USER_NAME_TAKEN.to_string()));
                }
                added => added.map_err(broken)?,
            };
            told(&config, &store, &person, add.hours, format).await
        }
        Command::Link(link) => {
            let person = named(&store, &link.name).await?;
            if person.openid.is_some() {
                return Err(usage(text::USER_OF_PROVIDER.to_string()));
            }
            told(&config, &store, &person, link.hours, format).await
        }
        Command::List => list(&store.people().await.map_err(broken)?, format),
        Command::Roles(grant) => {
            let person = named(&store, &grant.name).await?;
            let done = store.set_roles(person.id, grant.roles).await;
            changed(done, &store, &person, format).await
        }
        Command::Disable(one) => {
            let person = named(&store, &one.name).await?;
            changed(
                store.set_disabled(person.id, true).await,
                &store,
                &person,
                format,
            )
            .await
        }
        Command::Enable(one) => {
            let person = named(&store, &one.name).await?;
            changed(
                store.set_disabled(person.id, false).await,
                &store,
                &person,
                format,
            )
            .await
        }
        Command::Remove(one) => {
            let person = named(&store, &one.name).await?;
            changed(
                store.remove_person(person.id).await,
                &store,
                &person,
                format,
            )
            .await
        }
        Command::Sessions(one) => {
            let person = named(&store, &one.name).await?;
            let sessions = store.sessions(person.id, Timestamp::now()).await;
            sessions_told(&sessions.map_err(broken)?, format)
        }
        Command::EndSessions(one) => {
            let person = named(&store, &one.name).await?;
            let ended = store.end_sessions(person.id, None).await.map_err(broken)?;
            Ok(match format {
                Format::Json => output::json(&json!({ "name": person.name, "ended": ended })),
                Format::Table => output::line(text::USER_SESSIONS_ENDED.fill(&[&ended])),
            }?)
        }
    }
}

async fn named(store: &Store, name: &str) -> anyhow::Result<Person> {
    let person = store.person_named(name).await.map_err(broken)?;
    person.ok_or_else(|| usage(text::USER_UNKNOWN.to_string()))
}

/// Tells how an account is now, or why nothing was changed.
async fn changed(
    done: Result<(), StoreError>,
    store: &Store,
    before: &Person,
    format: Format,
) -> anyhow::Result<()> {
    match done {
        Ok(()) => {}
        Err(StoreError::LastOperator) => {
            return Err(failure(text::USER_LAST_OPERATOR.to_string()));
        }
        Err(StoreError::Provider) => return Err(usage(text::USER_OF_PROVIDER.to_string())),
        Err(error) => return Err(broken(error)),
    }
    match store.person(before.id).await.map_err(broken)? {
        Some(person) => list(&[person], format),
        None => Ok(match format {
            Format::Json => output::json(&json!({ "name": before.name, "removed": true })),
            Format::Table => output::line(text::USER_REMOVED.fill(&[&before.name])),
        }?),
    }
}

/// A person's sessions, without their times: when somebody signed in is nobody else's business.
fn sessions_told(sessions: &[SessionRow], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            for session in sessions {
                output::json(&json!({ "id": session.id.to_string(), "browser": session.label }))?;
            }
        }
        Format::Table => {
            let mut table = new_table(vec![text::USER_BROWSER.to_string()]);
            for session in sessions {
                table.add_row(vec![output::clean(&session.label)]);
            }
            output::line(table.trim_fmt())?;
        }
    }
    Ok(())
}

/// A link that signs a person in once, at the application of this configuration.
///
/// # Errors
/// The database's.
pub(crate) async fn sign_in_link(
    config: &Config,
    store: &Store,
    person: &Person,
    hours: u16,
) -> anyhow::Result<String> {
    let ends_at = Timestamp::now() + SignedDuration::from_hours(i64::from(hours));
    let token = store.add_link(person.id, ends_at).await.map_err(broken)?;
    Ok(format!(
        "{}/anmelden/link/{}",
        config.public_url,
        token.reveal()
    ))
}

async fn told(
    config: &Config,
    store: &Store,
    person: &Person,
    hours: u16,
    format: Format,
) -> anyhow::Result<()> {
    let link = sign_in_link(config, store, person, hours).await?;
    match format {
        Format::Json => output::json(&json!({
            "name": person.name,
            "roles": person.roles.to_string(),
            "link": link,
        }))?,
        Format::Table => {
            output::note(text::USER_LINK.fill(&[&person.name, &person.roles, &hours]));
            output::line(link)?;
        }
    }
    Ok(())
}

fn list(people: &[Person], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            for person in people {
                output::json(&json!({
                    "name": person.name,
                    "roles": person.roles.to_string(),
                    "disabled": person.is_disabled,
                    "password": person.password.is_some(),
                    "openid": person.openid.is_some(),
                }))?;
            }
        }
        Format::Table => {
            let mut table = new_table(vec![
                text::USER_NAME.to_string(),
                text::USER_ROLES.to_string(),
                text::USER_STATE.to_string(),
            ]);
            for person in people {
                let state = match person.is_disabled {
                    true => text::USER_DISABLED,
                    false => text::USER_ENABLED,
                };
                table.add_row(vec![
                    output::clean(&person.name),
                    person.roles.to_string(),
                    state.to_string(),
                ]);
            }
            output::line(table.trim_fmt())?;
        }
    }
    Ok(())
}

fn broken(error: StoreError) -> anyhow::Error {
    failure(format!("{:#}", anyhow::Error::from(error)))
}
