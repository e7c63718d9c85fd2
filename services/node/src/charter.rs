//! The charter in force, and how a newer one takes its place while the node runs.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tracing::{error, info};
use verbund_guard::{Guard, GuardSettings};
use verbund_ledger::{CharterSignature, PublicKey, charter_hash, succeeds};
use verbund_model::{AgencyId, Charter};
use verbund_store::{CharterRecord, Error};
use verbund_transport::limits::RELOAD_INTERVAL;
use verbund_wire::convert::charter::Document;
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use crate::config::Config;
use crate::context::Context;
use crate::database::if_available;
use crate::incidents;
use crate::replicate::Control;

/// A charter with everything that is computed from it once.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) charter: Charter,
    pub(crate) hash: [u8; 32],
    pub(crate) document: Document,
    /// It knows the charter's own words: places, agencies, what is counted.
    pub(crate) guard: Guard,
    keys: HashMap<AgencyId, Arc<[PublicKey]>>,
}

impl InForce {
    /// Reads a charter and its members' keys.
    ///
    /// # Errors
    /// Says what keeps the bytes from being a charter.
    pub(crate) fn new(document: Document) -> Result<Self, String> {
        let charter = Charter::parse(&document.body).map_err(|error| crate::text::chain(&error))?;
        let mut keys = HashMap::new();
        for agency in charter.agencies() {
            let parsed = agency
                .entry_keys
                .iter()
                .map(|key| PublicKey::parse(key.to_bytes()));
            let parsed: Vec<_> = parsed
                .collect::<Result<_, _>>()
                .map_err(|error| format!("a key of {}: {error}", agency.id))?;
            keys.insert(agency.id.clone(), parsed.into());
        }
        Ok(Self {
            hash: charter_hash(&document.body),
            guard: Guard::new(guarded(&charter)),
            charter,
            document,
            keys,
        })
    }

    /// The keys with which an agency signs entries and receipts; none for one that is no member.
    pub(crate) fn keys(&self, agency: &AgencyId) -> Arc<[PublicKey]> {
        self.keys
            .get(agency)
            .cloned()
            .unwrap_or_else(|| Arc::new([]))
    }
}

/// What a charter adds to the guard: words that are nobody's name, and the places that may be named with their address.
fn guarded(charter: &Charter) -> GuardSettings {
    let agencies = charter.agencies().map(|agency| &agency.names);
    let categories = charter.categories().map(|category| &category.names);
    let indicators = charter.indicators().map(|indicator| &indicator.names);
    let measures = charter.measures().map(|measure| &measure.names);
    let meetings = charter.meeting_types().map(|meeting| &meeting.names);
    let names = agencies
        .chain(categories)
        .chain(indicators)
        .chain(measures)
        .chain(meetings)
        .chain([charter.names()]);
    let units = charter.indicators().map(|indicator| &indicator.unit);
    let words = names.flat_map(|names| [&names.de, &names.en]).chain(units);
    GuardSettings::default()
        .with_words(words)
        .with_places(charter.places().map(|place| &place.name))
        .with_small_count(charter.thresholds().small_count)
}

/// The charter in force, exchanged as a whole.
#[derive(Debug)]
pub(crate) struct CharterHandle(ArcSwap<InForce>);

impl CharterHandle {
    pub(crate) fn new(in_force: InForce) -> Self {
        Self(ArcSwap::from_pointee(in_force))
    }

    /// The charter in force.
    pub(crate) fn in_force(&self) -> Arc<InForce> {
        self.0.load_full()
    }
}

/// Asks a partner for its charter; it named a version that is not here.
pub(crate) fn ask_for_newer(ctx: &Context, partner: &AgencyId) {
    let Some(link) = ctx
        .partners
        .partner(partner)
        .and_then(|partner| partner.link())
    else {
        return;
    };
    let message = PeerMessage {
        kind: Some(Kind::CharterRequest(request(ctx))),
    };
    // A full queue means that much is going on; the next entry asks again.
    let _ = link.control.try_send(Control::Send(Box::new(message)));
}

/// Asks for the charter that follows the one in force here: one that missed several takes them one by one.
pub(crate) fn request(ctx: &Context) -> federation::CharterRequest {
    federation::CharterRequest {
        after_version: ctx.charter.in_force().charter.version(),
    }
}

/// Takes a charter that a partner offers if it is the next one and carries enough signatures; never an older one.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn offered(
    ctx: &Arc<Context>,
    by: &AgencyId,
    document: federation::CharterDocument,
) -> Result<(), Error> {
    let Ok(document) = verbund_wire::convert::charter::from_wire(document) else {
        return incidents::charter_refused(ctx, by, "it can't be read".to_owned()).await;
    };
    let _one_at_a_time = ctx.adopting.lock().await;
    let next = match InForce::new(document) {
        Ok(next) => next,
        Err(problem) => return incidents::charter_refused(ctx, by, problem).await,
    };
    let version = next.charter.version();
    if let Some(partner) = ctx.partners.partner(by) {
        partner.update(|state| state.charter_version = state.charter_version.max(version));
    }
    match follows(ctx, &next) {
        Ok(false) => return Ok(()),
        Ok(true) => adopt(ctx, next).await?,
        Err(problem) => return incidents::charter_refused(ctx, by, problem).await,
    }
    // There may be more: whoever missed several takes them one by one.
    ask_for_newer(ctx, by);
    Ok(())
}

/// Whether a charter is newer than the one in force, and may take its place.
///
/// # Errors
/// Says why it may not.
fn follows(ctx: &Context, next: &InForce) -> Result<bool, String> {
    let current = ctx.charter.in_force();
    if next.charter.version() <= current.charter.version() {
        return Ok(false);
    }
    let taken = succeeds(
        &current.charter,
        &current.hash,
        &next.charter,
        &next.document.body,
        &next.document.signatures,
    );
    taken.map_err(|fault| crate::text::chain(&fault))?;
    crate::node::trust(next).map_err(|problem| crate::text::chain(&problem))?;
    Ok(true)
}

/// Reads the charter of the configured file, and the signatures beside it. Nothing is believed of them yet.
///
/// # Errors
/// Says what can't be read.
pub(crate) fn in_file(config: &Config) -> Result<Document, String> {
    let body = fs::read(&config.charter.file).map_err(|error| error.to_string())?;
    let signatures = match fs::read_to_string(config.charter.signatures()) {
        Ok(text) => parse_signatures(&text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.to_string()),
    };
    Ok(Document { body, signatures })
}

/// Takes the charter of the configured file when a newer one is put there. It needs to be put at one node only: the others are told.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn watch_file(ctx: Arc<Context>) -> Result<(), Error> {
    let mut look = tokio::time::interval(RELOAD_INTERVAL);
    let stamp = |ctx: &Context| {
        let files = [
            ctx.config.charter.file.clone(),
            ctx.config.charter.signatures(),
        ];
        // A file that can't be looked at just now differs from what it was.
        files.map(|file| {
            fs::metadata(file)
                .and_then(|it| Ok((it.len(), it.modified()?)))
                .ok()
        })
    };
    let mut known = [None, None];
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            _ = look.tick() => {}
        }
        let now = stamp(&ctx);
        if now == known {
            continue;
        }
        let looked = look_at_file(&ctx).await;
        // While the database does not answer, the file waits.
        if if_available(looked)?.is_some() {
            known = now;
        }
    }
}

async fn look_at_file(ctx: &Arc<Context>) -> Result<(), Error> {
    let _one_at_a_time = ctx.adopting.lock().await;
    let next = in_file(&ctx.config).and_then(InForce::new);
    let followed = next.and_then(|next| Ok((follows(ctx, &next)?, next)));
    match followed {
        Ok((true, next)) => adopt(ctx, next).await,
        Ok((false, _)) => Ok(()),
        Err(problem) => {
            error!(
                file = %ctx.config.charter.file.display(),
                problem, "the charter file has changed and is not taken; the charter in force stays"
            );
            Ok(())
        }
    }
}

async fn adopt(ctx: &Arc<Context>, next: InForce) -> Result<(), Error> {
    match ctx.store.put_charter(record(&next)).await {
        // Stored before a stop came between, or by another replica; it takes effect now.
        Ok(()) | Err(Error::CharterNotNewer(_)) => {}
        Err(error) => return Err(error),
    }
    put_in_force(ctx, next).await
}

/// Lets a charter that is stored take effect.
async fn put_in_force(ctx: &Arc<Context>, next: InForce) -> Result<(), Error> {
    let version = next.charter.version();
    let members = next.charter.members().clone();
    ctx.charter.0.store(Arc::new(next));
    ctx.partners.follow(&members, &ctx.agency, ctx.clock.now());
    ctx.metrics.follow(&members);
    ctx.charter_changed.send_replace(version);
    ctx.partners.changed.notify_one();
    info!(version, "a newer charter is in force");
    tell_partners(ctx, version);
    if if_available(crate::readmission::run(ctx).await)?.is_none() {
        ctx.follow.judge_again();
    }
    Ok(())
}

/// Sends the charter in force to those for whom it is the next. Who is further behind asks when a link begins.
fn tell_partners(ctx: &Context, version: u32) {
    let document = verbund_wire::convert::charter::to_wire(&ctx.charter.in_force().document);
    for partner in ctx.partners.all() {
        let state = partner.snapshot();
        let (Some(link), true) = (state.link, state.charter_version + 1 == version) else {
            continue;
        };
        let message = PeerMessage {
            kind: Some(Kind::Charter(document.clone())),
        };
        // If the queue is full it learns of it from the next entry.
        if link
            .control
            .try_send(Control::Send(Box::new(message)))
            .is_ok()
        {
            partner.update(|state| state.charter_version = version);
        }
    }
}

/// Takes over the charter that another replica has adopted, if it did.
///
/// # Errors
/// The store's.
pub(crate) async fn follow(ctx: &Arc<Context>) -> Result<(), Error> {
    let Some(adopted) = ctx.store.charter().await? else {
        return Ok(());
    };
    let _one_at_a_time = ctx.adopting.lock().await;
    if adopted.version <= ctx.charter.in_force().charter.version() {
        return Ok(());
    }
    match document(&adopted).and_then(InForce::new) {
        Ok(next) => put_in_force(ctx, next).await,
        Err(problem) => {
            error!(
                version = adopted.version,
                problem, "another replica has adopted a charter that can't be read here"
            );
            Ok(())
        }
    }
}

/// The charter that followed a version, or the one in force where that is not here.
///
/// # Errors
/// The store's.
pub(crate) async fn after(ctx: &Context, version: u32) -> Result<Document, Error> {
    let next = match version {
        0 => None,
        version => ctx.store.charter_after(version).await?,
    };
    let next = next.and_then(|record| document(&record).ok());
    Ok(next.unwrap_or_else(|| ctx.charter.in_force().document.clone()))
}

/// A stored charter with its signatures.
///
/// # Errors
/// Says what can't be read.
pub(crate) fn document(record: &CharterRecord) -> Result<Document, String> {
    let signatures =
        String::from_utf8(record.signatures.clone()).map_err(|error| error.to_string())?;
    Ok(Document {
        body: record.body.clone(),
        signatures: parse_signatures(&signatures)?,
    })
}

/// A charter as the store keeps it.
pub(crate) fn record(in_force: &InForce) -> CharterRecord {
    CharterRecord {
        version: in_force.charter.version(),
        body: in_force.document.body.to_vec(),
        signatures: signatures_file(&in_force.document.signatures).into_bytes(),
    }
}

/// Signatures as they are written beside a charter: one line for each, `agency key signature`, key and signature in hex.
#[must_use]
pub fn signatures_file(signatures: &[CharterSignature]) -> String {
    let line = |signature: &CharterSignature| {
        format!(
            "{} {} {}\n",
            signature.agency,
            signature.key,
            hex::encode(signature.signature)
        )
    };
    signatures.iter().map(line).collect()
}

/// Reads what [`signatures_file`] writes; blank lines and lines that begin with `#` count for nothing.
///
/// # Errors
/// Names the line.
pub fn parse_signatures(text: &str) -> Result<Vec<CharterSignature>, String> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let wrong = || format!("line {} is not `agency key signature`", number + 1);
            let [agency, key, signature] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                return Err(wrong());
            };
            let mut bytes = [0; 64];
            hex::decode_to_slice(signature, &mut bytes).map_err(|_| wrong())?;
            let mut key_id = [0; 8];
            hex::decode_to_slice(key, &mut key_id).map_err(|_| wrong())?;
            Ok(CharterSignature {
                agency: AgencyId::parse(agency).map_err(|_| wrong())?,
                key: verbund_ledger::KeyId(key_id),
                signature: bytes,
            })
        })
        .collect()
}
