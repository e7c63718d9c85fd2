//! The applications of the demonstration: an account for each of two coordinators, and one-time links instead of passwords.

use verbund_briefing::store::{NewPerson, Person, Store};
use verbund_briefing::{Role, Roles};

use crate::commands::briefing;
use crate::commands::user::sign_in_link;
use crate::federation::Member;
use crate::text;

/// The accounts of each agency, with what they may do.
const PEOPLE: [(&str, &[Role]); 2] = [
    ("koordination", &[Role::Coordinator, Role::Operator]),
    ("vertretung", &[Role::Coordinator]),
];
/// How long a link works: as long as somebody looks at the demonstration.
const LINK_HOURS: u16 = 24;

/// Makes the accounts where they are not there yet, and says how to get in.
pub(super) async fn invite(members: &[Member], say: &mut impl FnMut(&str)) -> anyhow::Result<()> {
    say(&text::DEMO_APPLICATIONS.to_string());
    for member in members {
        let config = briefing::load(&member.briefing)?;
        let store = Store::open(&config.database).await?;
        let mut links = Vec::new();
        for (name, roles) in PEOPLE {
            let person = account(&store, name, roles.iter().copied().collect()).await?;
            links.push(sign_in_link(&config, &store, &person, LINK_HOURS).await?);
        }
        say(&text::DEMO_APPLICATION.fill(&[&member.name, &links[0], &links[1]]));
    }
    Ok(())
}

async fn account(store: &Store, name: &str, roles: Roles) -> anyhow::Result<Person> {
    if let Some(person) = store.person_named(name).await? {
        return Ok(person);
    }
    let new = NewPerson {
        name: name.to_owned(),
        roles,
        openid: None,
    };
    Ok(store.add_person(new).await?)
}
