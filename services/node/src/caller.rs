//! Who calls the agency's API, and with which roles: from the certificate and the configuration, before any handler runs.
//!
//! An application that several people share may say for whom it calls ([`verbund_wire::acting`]), where its configuration lets it. Then
//! the roles are those that the application and the person both have, and the caller's name is another one for each person, so that two
//! people are two: for a second coordinator's confirmation, for request ids, and for the audit log's pseudonyms. Where it says nothing it
//! speaks for itself, and may read at most.
//!
//! **Promise.** A person's id stands in no error, log, trace or metric.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poll_, Poll};

use http::HeaderMap;
use tonic::{Code, Status};
use tower::{Layer, Service};
use verbund_transport::{Peer, PeerInfo};
use verbund_wire::acting::{ACTING_ROLES, ACTOR, ActorId};
use verbund_wire::error::{Error, ErrorCode};

use crate::config::Client;
use crate::metrics::Metrics;
use crate::roles::{self, Role, UnknownRole};

/// A system of the own agency, or one of the people who use it.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The name in its certificate; of a person, the application's and behind it the person's id: `briefing/3f2a`. No certificate
    /// holds a slash.
    pub(crate) name: String,
    roles: Arc<[Role]>,
}

/// Not the name: it may hold a person's id.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// The name in its certificate: of a person, the application's.
    pub(crate) fn client(&self) -> &str {
        self.name
            .split_once('/')
            .map_or(&self.name, |(client, _)| client)
    }

    /// Whether it has a role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// Lets a call through to its handler only if the caller's roles allow the method.
#[derive(Debug, Clone)]
pub(crate) struct Authorise {
    clients: Arc<BTreeMap<String, Known>>,
    metrics: Arc<Metrics>,
}

/// What the configuration says of a system.
#[derive(Debug)]
struct Known {
    roles: Arc<[Role]>,
    acts_for_people: bool,
}

impl Authorise {
    /// The systems that the configuration names.
    pub(crate) fn new(clients: &[Client], metrics: Arc<Metrics>) -> Self {
        let entry = |client: &Client| {
            let known = Known {
                roles: client.roles.iter().copied().collect(),
                acts_for_people: client.acts_for_people,
            };
            (client.name.clone(), known)
        };
        Self {
            clients: Arc::new(clients.iter().map(entry).collect()),
            metrics,
        }
    }

    fn admit<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        let peer = request.extensions().get::<PeerInfo>().cloned();
        let unknown = || {
            Error::new(
                ErrorCode::CallerUnknown,
                "the caller's certificate names no system that this node knows",
            )
        };
        let peer = peer.ok_or_else(unknown)?;
        if !peer.still_trusted() {
            let message = "the caller's certificate was revoked, has expired, or its root is no longer trusted";
            return Err(Error::new(ErrorCode::CertificateRevoked, message));
        }
        let Peer::System { name, .. } = peer.peer() else {
            return Err(Error::new(
                ErrorCode::WrongCaller,
                "this is for the agency's own systems; nodes talk to the federation port",
            ));
        };
        let known = self.clients.get(name.as_str()).ok_or_else(unknown)?;
        let caller = known.caller(name.as_str(), request.headers())?;
        let path = request.uri().path();
        if !roles::allowed(path, &caller.roles) {
            let message = format!("{name} has none of the roles that may call this");
            return Err(
                Error::new(ErrorCode::RoleMissing, message).with_metadata("roles", needed(path))
            );
        }
        request.extensions_mut().insert(caller);
        Ok(())
    }
}

impl Known {
    /// Who calls, by the certificate's name and the metadata of the call.
    fn caller(&self, name: &str, metadata: &HeaderMap) -> Result<Caller, Error> {
        let acting = Acting::read(metadata)?;
        if acting.is_some() && !self.acts_for_people {
            let message =
                format!("{name} may not act for people; its [[client]] would have to say so");
            return Err(Error::new(ErrorCode::ActingNotAllowed, message));
        }
        let common = |with: &[Role]| -> Arc<[Role]> {
            let roles = self.roles.iter().copied();
            roles.filter(|role| with.contains(role)).collect()
        };
        Ok(match acting {
            Some(it) => Caller {
                name: format!("{name}/{}", it.actor.as_str()),
                roles: common(&it.roles),
            },
            None if self.acts_for_people => Caller {
                name: name.to_owned(),
                roles: common(&[Role::Reader]),
            },
            None => Caller {
                name: name.to_owned(),
                roles: self.roles.clone(),
            },
        })
    }
}

/// For whom a call is made.
struct Acting {
    actor: ActorId,
    roles: Vec<Role>,
}

impl Acting {
    /// Reads the metadata; `None` where there is none of it. What is wrong is told without repeating it.
    fn read(metadata: &HeaderMap) -> Result<Option<Self>, Error> {
        let (actor, roles) = (one(metadata, ACTOR)?, one(metadata, ACTING_ROLES)?);
        let (actor, roles) = match (actor, roles) {
            (None, None) => return Ok(None),
            (Some(actor), Some(roles)) => (actor, roles),
            (actor, _) => {
                let lacking = if actor.is_some() { ACTING_ROLES } else { ACTOR };
                let message = "whoever acts for a person says for whom and with which roles";
                return Err(Error::field(lacking, "MISSING_FIELD", message));
            }
        };
        let actor = ActorId::parse(actor)
            .map_err(|error| Error::field(ACTOR, "INVALID_ID", error.to_string()))?;
        let roles = roles.split(',').map(|word| word.trim().parse());
        let roles = roles
            .collect::<Result<_, UnknownRole>>()
            .map_err(|error| Error::field(ACTING_ROLES, "UNKNOWN_VALUE", error.to_string()))?;
        Ok(Some(Self { actor, roles }))
    }
}

/// The value of a metadata key. Two would leave open which counts.
fn one<'m>(metadata: &'m HeaderMap, key: &'static str) -> Result<Option<&'m str>, Error> {
    let mut values = metadata.get_all(key).iter();
    let (first, second) = (values.next(), values.next());
    let wrong = |message: &str| Error::field(key, "INVALID_VALUE", message);
    if second.is_some() {
        return Err(wrong("is given twice"));
    }
    first
        .map(|value| value.to_str().map_err(|_| wrong("is not plain ASCII")))
        .transpose()
}

impl<S> Layer<S> for Authorise {
    type Service = Authorised<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorised {
            inner,
            authorise: self.clone(),
        }
    }
}

/// A service behind [`Authorise`].
#[derive(Debug, Clone)]
pub(crate) struct Authorised<S> {
    inner: S,
    authorise: Authorise,
}

impl<S, B> Service<http::Request<B>> for Authorised<S>
where
    S: Service<http::Request<B>, Response = http::Response<tonic::body::Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Poll_<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        let metrics = self.authorise.metrics.clone();
        let path = request.uri().path().to_owned();
        match self.authorise.admit(&mut request) {
            Ok(()) => {
                let answering = self.inner.call(request);
                Box::pin(async move {
                    let response = answering.await?;
                    metrics.request(&path, code(&response));
                    Ok(response)
                })
            }
            Err(error) => {
                let response = Status::from(error).into_http();
                metrics.request(&path, code(&response));
                Box::pin(async move { Ok(response) })
            }
        }
    }
}

/// The gRPC code that an answer begins with: `OK` for one that has a body, also for a stream that fails later.
fn code<B>(response: &http::Response<B>) -> &'static str {
    let status = response.headers().get("grpc-status");
    let code = status.map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()));
    CODES[code as usize]
}

/// The names of the gRPC codes, by their numbers.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The roles that may call a method, in words.
fn needed(path: &str) -> String {
    let roles = roles::roles_of(path).unwrap_or_default();
    roles
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The caller that [`Authorise`] found.
pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<Caller, Status> {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(|| Error::internal().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Auditor, Coordinator, Operator, Publisher, Reader};

    fn known(roles: &[Role], acts_for_people: bool) -> Known {
        Known {
            roles: roles.into(),
            acts_for_people,
        }
    }

    fn metadata(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut metadata = HeaderMap::new();
        for (key, value) in pairs {
            let value = http::HeaderValue::from_bytes(value.as_bytes());
            metadata.append(*key, value.expect("a header takes it"));
        }
        metadata
    }

    fn acting(actor: &str, roles: &str) -> HeaderMap {
        metadata(&[(ACTOR, actor), (ACTING_ROLES, roles)])
    }

    #[test]
    fn a_person_has_the_roles_that_the_application_has_too() {
        let app = known(&[Coordinator, Reader, Operator], true);
        let caller = app.caller(
            "briefing",
            &acting("3f2a", "coordinator, publisher,auditor"),
        );
        let caller = caller.expect("is taken");
        assert_eq!(caller.name, "briefing/3f2a");
        let has = Role::ALL.iter().filter(|role| caller.has(**role));
        assert_eq!(has.collect::<Vec<_>>(), [&Coordinator]);
        assert!(
            !format!("{caller:?}").contains("3f2a"),
            "the id shows itself"
        );
    }

    #[test]
    fn an_application_by_itself_reads_at_most() {
        let app = known(&[Coordinator, Reader, Operator], true);
        let caller = app.caller("briefing", &HeaderMap::new()).expect("is taken");
        assert_eq!(caller.name, "briefing");
        assert_eq!(&*caller.roles, [Reader]);
        let app = known(&[Publisher], true);
        let caller = app.caller("briefing", &HeaderMap::new()).expect("is taken");
        assert_eq!(&*caller.roles, []);
    }

    #[test]
    fn a_system_that_acts_for_nobody_is_itself_and_may_not_say_otherwise() {
        let system = known(&[Publisher, Coordinator], false);
        let caller = system.caller("duty-log", &HeaderMap::new());
        let caller = caller.expect("is taken");
        assert_eq!(&*caller.roles, [Publisher, Coordinator]);
        let refused = system.caller("duty-log", &acting("3f2a", "coordinator"));
        let error = refused.expect_err("must be refused");
        assert_eq!(error.code(), ErrorCode::ActingNotAllowed);
        assert!(!format!("{error:?}").contains("3f2a"));
    }

    #[test]
    fn what_is_malformed_is_refused_by_its_key_and_not_repeated() {
        let app = known(&[Coordinator, Reader, Auditor], true);
        for (given, key) in [
            (metadata(&[(ACTOR, "3f2a")]), ACTING_ROLES),
            (metadata(&[(ACTING_ROLES, "reader")]), ACTOR),
            (acting("Geheim", "reader"), ACTOR),
            (acting("", "reader"), ACTOR),
            (acting("a/b", "reader"), ACTOR),
            (acting("ä", "reader"), ACTOR),
            (acting("a", ""), ACTING_ROLES),
            (acting("a", "geheim"), ACTING_ROLES),
            (acting("a", "reader,"), ACTING_ROLES),
            (
                metadata(&[(ACTOR, "a"), (ACTOR, "b"), (ACTING_ROLES, "reader")]),
                ACTOR,
            ),
        ] {
            let error = app.caller("briefing", &given).expect_err("must be refused");
            assert_eq!(error.code(), ErrorCode::ValidationFailed, "{given:?}");
            assert_eq!(error.violations()[0].field, key, "{given:?}");
            assert!(!format!("{error:?}").to_lowercase().contains("geheim"));
        }
    }
}
