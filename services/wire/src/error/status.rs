//! From [`Error`] to `tonic::Status` or to one item of a publish stream, and back.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use verbund_model::Violation;

use super::code::{ErrorCode, Retry};
use crate::agency;

/// The domain of all reasons in `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "verbund";

/// Bound of an error's message. It travels percent-encoded in a trailer, up to three bytes for each, and common clients
/// take 8 KiB of trailers.
pub const MESSAGE_BYTES: usize = 1024;

/// Bound of everything that the violations of one error say together; the rest is counted and left out. With the message
/// (again) and the metadata, the details stay under 4 KiB.
const VIOLATIONS_BYTES: usize = 1200;
const FIELD_BYTES: usize = 128;
const DESCRIPTION_BYTES: usize = 320;
const METADATA_ITEMS: usize = 6;
const METADATA_BYTES: usize = 96;
const RESOURCE_BYTES: usize = 128;
/// What a violation costs beside its strings: tags and lengths.
const VIOLATION_OVERHEAD: usize = 12;

const PAGE: &str = "page";
const OMITTED: &str = "violations_omitted";

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field, such as `situation.readings[1].indicator`.
    pub field: String,
    /// Stable reason, such as `UNKNOWN_INDICATOR`.
    pub reason: String,
    /// In words, without a word of the refused content.
    pub description: String,
}

impl From<Violation> for FieldViolation {
    fn from(it: Violation) -> Self {
        Self {
            field: it.field,
            reason: it.reason.as_str().to_owned(),
            description: it.detail,
        }
    }
}

/// Why a request was turned down, before it becomes a `tonic::Status` or a [`agency::PublishError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Content>);

/// Behind a box, since an error is returned far more rarely than what it stands in for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    code: ErrorCode,
    message: String,
    violations: Vec<FieldViolation>,
    metadata: BTreeMap<&'static str, String>,
    resource: Option<(&'static str, String)>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error with its message, which says in words what happened and never repeats refused content.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retry_after = match code.retry() {
            Retry::After(delay) => Some(delay),
            Retry::Never | Retry::Anew => None,
        };
        Self(Box::new(Content {
            code,
            message: cut(message.into(), MESSAGE_BYTES),
            violations: Vec::new(),
            metadata: BTreeMap::new(),
            resource: None,
            retry_after,
        }))
    }

    /// A fault of the node itself. The cause belongs into its log, not into the answer.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "the node could not do this; its log says why",
        )
    }

    /// One field is wrong.
    pub fn field(
        field: impl Into<String>,
        reason: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self::fields(vec![FieldViolation {
            field: field.into(),
            reason: reason.into(),
            description: description.into(),
        }])
    }

    /// Fields are wrong; the message tells the first.
    pub fn fields(violations: Vec<FieldViolation>) -> Self {
        let message = summary(&violations);
        Self::new(ErrorCode::ValidationFailed, message).with_violations(violations)
    }

    /// What the domain found wrong in the message at `path`, such as `situation`.
    pub fn violations_in(path: &str, violations: Vec<Violation>) -> Self {
        Self::fields(violations.into_iter().map(FieldViolation::from).collect()).under(path)
    }

    /// The same, seen from the message that has the one it was found in as its field `path`.
    #[must_use]
    pub fn under(mut self, path: &str) -> Self {
        for violation in &mut self.0.violations {
            violation.field = format!("{path}.{}", violation.field);
        }
        if self.0.code == ErrorCode::ValidationFailed {
            self.0.message = summary(&self.0.violations);
        }
        self
    }

    /// The same with what is wrong where.
    #[must_use]
    pub fn with_violations(mut self, violations: Vec<FieldViolation>) -> Self {
        self.0.violations = violations;
        self
    }

    /// The same with a fact for machines, such as the latest etag. Keys are lowerCamelCase or snake_case words.
    #[must_use]
    pub fn with_metadata(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key, value.into());
        self
    }

    /// The same with the thing that it is about, such as `situation` and its subject.
    #[must_use]
    pub fn with_resource(mut self, kind: &'static str, name: impl Into<String>) -> Self {
        self.0.resource = Some((kind, name.into()));
        self
    }

    /// The same with another time after which to try again.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Which error it is.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// In words.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What is wrong where.
    pub fn violations(&self) -> &[FieldViolation] {
        &self.0.violations
    }

    /// The same as the answer to one item of a publish stream.
    pub fn into_item(self) -> agency::PublishError {
        let (violations, _) = fitting(self.0.violations);
        agency::PublishError {
            code: self.0.code.grpc() as i32,
            reason: self.0.code.reason().to_owned(),
            message: self.0.message,
            violations: violations
                .into_iter()
                .map(|it| agency::FieldViolation {
                    field: it.field,
                    reason: it.reason,
                    description: it.description,
                })
                .collect(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for Status {
    fn from(Error(error): Error) -> Self {
        let mut details = ErrorDetails::new();

        let (violations, omitted) = fitting(error.violations);
        if !violations.is_empty() {
            let violations: Vec<_> = violations
                .into_iter()
                .map(|it| {
                    let mut violation = tonic_types::FieldViolation::new(it.field, it.description);
                    violation.reason = it.reason;
                    violation
                })
                .collect();
            details.set_bad_request(violations);
        }

        let mut metadata: HashMap<String, String> = error
            .metadata
            .into_iter()
            .take(METADATA_ITEMS)
            .map(|(key, value)| (key.to_owned(), cut(value, METADATA_BYTES)))
            .collect();
        metadata.insert(PAGE.to_owned(), error.code.page());
        if omitted > 0 {
            metadata.insert(OMITTED.to_owned(), omitted.to_string());
        }
        details.set_error_info(error.code.reason(), DOMAIN, metadata);

        if let Some((kind, name)) = error.resource {
            details.set_resource_info(kind, cut(name, RESOURCE_BYTES), "", "");
        }
        if let Some(delay) = error.retry_after {
            details.set_retry_info(Some(delay));
        }
        Status::with_error_details(error.code.grpc(), error.message, details)
    }
}

/// What a client makes of an error, whether it came from a node or from the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The code of the table; `None` for what no node of this release says: an older or newer node, a proxy, the transport.
    pub code: Option<ErrorCode>,
    /// The stable reason; the gRPC code's name where there is none.
    pub reason: String,
    /// The gRPC code.
    pub grpc: Code,
    /// In words.
    pub message: String,
    /// What is wrong where.
    pub violations: Vec<FieldViolation>,
    /// After how long to send the same request again; `None` where that is of no use.
    pub retry_after: Option<Duration>,
    /// Facts for machines, such as the latest `etag`, and the error's `page`.
    pub metadata: BTreeMap<String, String>,
}

impl Explained {
    /// The page under `docs/errors/` that says what to do.
    pub fn page(&self) -> String {
        match self.code {
            Some(code) => code.page(),
            None => "docs/errors/transport.md".to_owned(),
        }
    }
}

/// Reads an error that a call gave.
///
/// Details that can't be read are passed over: the code and the message say enough to go on.
pub fn explain(status: &Status) -> Explained {
    let info = status
        .get_details_error_info()
        .filter(|it| it.domain == DOMAIN);
    let (code, reason, metadata) = match info {
        Some(it) => (
            ErrorCode::from_reason(&it.reason),
            it.reason,
            it.metadata.into_iter().collect(),
        ),
        None => (
            // The gRPC layer refuses what is too large before any service sees it, and uses this code for nothing else.
            (status.code() == Code::OutOfRange).then_some(ErrorCode::MessageTooLarge),
            grpc_name(status.code()).to_owned(),
            BTreeMap::new(),
        ),
    };
    let violations = status
        .get_details_bad_request()
        .map(|it| it.field_violations)
        .unwrap_or_default()
        .into_iter()
        .map(|it| FieldViolation {
            field: it.field,
            reason: it.reason,
            description: it.description,
        })
        .collect();
    Explained {
        code,
        reason,
        grpc: status.code(),
        message: status.message().to_owned(),
        violations,
        retry_after: status
            .get_details_retry_info()
            .and_then(|it| it.retry_delay),
        metadata,
    }
}

/// Reads the error of one item of a publish stream.
pub fn explain_item(error: &agency::PublishError) -> Explained {
    let code = ErrorCode::from_reason(&error.reason);
    Explained {
        code,
        reason: error.reason.clone(),
        grpc: Code::from(error.code),
        message: error.message.clone(),
        violations: error
            .violations
            .iter()
            .map(|it| FieldViolation {
                field: it.field.clone(),
                reason: it.reason.clone(),
                description: it.description.clone(),
            })
            .collect(),
        retry_after: match code.map(ErrorCode::retry) {
            Some(Retry::After(delay)) => Some(delay),
            _ => None,
        },
        metadata: BTreeMap::new(),
    }
}

/// The name that the gRPC specification gives to a code.
pub(super) fn grpc_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The first of the violations in words, and how many more there are.
fn summary(violations: &[FieldViolation]) -> String {
    let summary = match violations {
        [] => "the request is not valid".to_owned(),
        [it] => format!("{}: {}", it.field, it.description),
        [it, more @ ..] => format!("{}: {} (and {} more)", it.field, it.description, more.len()),
    };
    cut(summary, MESSAGE_BYTES)
}

/// The violations that fit, and how many did not.
fn fitting(violations: Vec<FieldViolation>) -> (Vec<FieldViolation>, usize) {
    let all = violations.len();
    let mut left = VIOLATIONS_BYTES;
    let fit: Vec<_> = violations
        .into_iter()
        .map(|it| FieldViolation {
            field: cut(it.field, FIELD_BYTES),
            reason: cut(it.reason, FIELD_BYTES),
            description: cut(it.description, DESCRIPTION_BYTES),
        })
        .map_while(|it| {
            let bytes =
                it.field.len() + it.reason.len() + it.description.len() + VIOLATION_OVERHEAD;
            left = left.checked_sub(bytes)?;
            Some(it)
        })
        .collect();
    let omitted = all - fit.len();
    (fit, omitted)
}

/// The text, shortened to at most `bytes` and marked as such.
fn cut(mut text: String, bytes: usize) -> String {
    const MARK: &str = "...";
    if text.len() > bytes {
        let mut end = bytes - MARK.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A violation as long and as hard to encode as they come.
    fn giant() -> FieldViolation {
        FieldViolation {
            field: "ä".repeat(4_000),
            reason: "R".repeat(4_000),
            description: "ß".repeat(4_000),
        }
    }

    /// What a status costs as trailers. RFC 9113, section 6.5.2: 32 bytes for each beside name and value.
    fn trailer_bytes(status: Status) -> usize {
        let response = status.into_http::<()>();
        let headers = response.headers().iter();
        headers
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum()
    }

    fn violation(field: &str) -> FieldViolation {
        FieldViolation {
            field: field.to_owned(),
            reason: "UNKNOWN_PLACE".to_owned(),
            description: "is not a place of the charter".to_owned(),
        }
    }

    #[test]
    fn the_largest_error_fits_into_trailers() {
        let status: Status = Error::new(ErrorCode::ValidationFailed, "ü".repeat(100_000))
            .with_violations(vec![giant(); 1_000])
            .with_metadata("a", "x".repeat(9_000))
            .with_metadata("b", "x".repeat(9_000))
            .with_metadata("c", "x".repeat(9_000))
            .with_metadata("d", "x".repeat(9_000))
            .with_metadata("e", "x".repeat(9_000))
            .with_metadata("f", "x".repeat(9_000))
            .with_metadata("g", "x".repeat(9_000))
            .with_resource("situation", "y".repeat(9_000))
            .with_retry_after(Duration::from_secs(1 << 40))
            .into();
        assert!(status.message().len() <= MESSAGE_BYTES);
        assert!(status.details().len() < 4096, "{}", status.details().len());
        let bytes = trailer_bytes(status);
        assert!(
            bytes < 8 * 1024,
            "gRPC's default limit is 8 KiB, this has {bytes}"
        );
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let status: Status = Error::fields(vec![giant(); 10]).into();
        let explained = explain(&status);
        let omitted: usize = explained.metadata[OMITTED].parse().expect("a number");
        assert!(!explained.violations.is_empty());
        assert_eq!(explained.violations.len() + omitted, 10);

        let status: Status = Error::fields(vec![violation("situation.place")]).into();
        assert!(!explain(&status).metadata.contains_key(OMITTED));
    }

    #[test]
    fn every_code_comes_back_as_it_was() {
        for code in ErrorCode::ALL {
            let status: Status = Error::new(*code, "in words")
                .with_violations(vec![violation("situation.place")])
                .with_metadata("etag", "abc")
                .into();
            let explained = explain(&status);
            assert_eq!(explained.code, Some(*code));
            assert_eq!(explained.reason, code.reason());
            assert_eq!(explained.grpc, code.grpc());
            assert_eq!(explained.message, "in words");
            assert_eq!(explained.violations, [violation("situation.place")]);
            assert_eq!(explained.metadata["etag"], "abc");
            assert_eq!(explained.metadata[PAGE], code.page());
            assert_eq!(explained.page(), code.page());
            match code.retry() {
                Retry::After(delay) => assert_eq!(explained.retry_after, Some(delay)),
                Retry::Never | Retry::Anew => assert_eq!(explained.retry_after, None),
            }
        }
    }

    #[test]
    fn an_item_says_the_same_as_a_call() {
        for code in ErrorCode::ALL {
            let error =
                Error::new(*code, "in words").with_violations(vec![violation("a"), violation("b")]);
            let call = explain(&error.clone().into());
            let item = explain_item(&error.into_item());
            let call = Explained {
                metadata: BTreeMap::new(),
                ..call
            };
            assert_eq!(item, call);
        }
    }

    #[test]
    fn the_resource_and_another_delay_are_carried() {
        let status: Status = Error::new(ErrorCode::Overloaded, "later")
            .with_resource("situation", "b2c1")
            .with_retry_after(Duration::from_secs(7))
            .into();
        let resource = status.get_details_resource_info().expect("is there");
        assert_eq!(resource.resource_type, "situation");
        assert_eq!(resource.resource_name, "b2c1");
        assert_eq!(explain(&status).retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn errors_of_others_are_explained_by_their_code() {
        let explained = explain(&Status::unavailable("connection closed"));
        assert_eq!(explained.code, None);
        assert_eq!(explained.reason, "UNAVAILABLE");
        assert_eq!(explained.page(), "docs/errors/transport.md");

        // Another service's reason must not be taken for one of ours.
        let mut details = ErrorDetails::new();
        details.set_error_info("STALE_ETAG", "example.org", HashMap::new());
        let status = Status::with_error_details(Code::Aborted, "no", details);
        assert_eq!(explain(&status).code, None);
        assert_eq!(explain(&status).reason, "ABORTED");
    }

    #[test]
    fn a_newer_nodes_reason_is_kept() {
        let mut details = ErrorDetails::new();
        details.set_error_info("NEWER_REASON", DOMAIN, HashMap::new());
        let status = Status::with_error_details(Code::Aborted, "no", details);
        assert_eq!(explain(&status).code, None);
        assert_eq!(explain(&status).reason, "NEWER_REASON");
    }

    #[test]
    fn what_the_grpc_layer_finds_too_large_is_explained() {
        let explained = explain(&Status::out_of_range("decoded message length too large"));
        assert_eq!(explained.code, Some(ErrorCode::MessageTooLarge));
    }

    #[test]
    fn unreadable_details_harm_nothing() {
        let status = Status::with_details(Code::Aborted, "no", vec![0xff; 40].into());
        assert_eq!(explain(&status).message, "no");
    }

    #[test]
    fn the_domains_violations_keep_their_place() {
        use verbund_model::Reason;
        let found = vec![
            Violation::new("place", Reason::UnknownPlace, "is not a place"),
            Violation::new("day", Reason::InvalidDay, "is not a day"),
        ];
        let error = Error::violations_in("situation", found);
        assert_eq!(error.code(), ErrorCode::ValidationFailed);
        assert_eq!(error.violations()[1].field, "situation.day");
        assert_eq!(error.violations()[1].reason, "INVALID_DAY");
        assert_eq!(
            error.message(),
            "situation.place: is not a place (and 1 more)"
        );
    }

    #[test]
    fn texts_are_cut_between_characters() {
        for bytes in 3..20 {
            let text = cut("äöü€😀".repeat(9), bytes);
            assert!(text.len() <= bytes && text.ends_with("..."), "{text}");
        }
        assert_eq!(cut("abc".to_owned(), 3), "abc");
    }
}
