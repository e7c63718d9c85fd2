//! What a form or an address sends: names and values, of which one name may come several times.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use crate::error::Failure;

/// Names and values, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=b&a=c`, as forms and the queries of addresses are written.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of a name, without space around it; empty where there is none.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All values of a name that say something.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether a name came: a box that was ticked, or the button that was pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The value of a name as a number of one of the contract's words; 0 for none, which the node takes for "not said".
    pub(crate) fn word<W: verbund_wire::words::Word>(&self, name: &str) -> i32 {
        verbund_wire::words::number::<W>(self.one(name)).unwrap_or(0)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        // Its size is bound before this, where the form's token is looked at.
        let body = Bytes::from_request(request, state).await;
        Ok(Self::parse(&body.map_err(|_| Failure::Malformed)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_come_several_times_and_empty_values_say_nothing() {
        let fields = Fields::parse(b"to=kod&to=&to=dhz&note=+M%C3%BCll+&send");
        assert_eq!(fields.all("to").collect::<Vec<_>>(), ["kod", "dhz"]);
        assert_eq!(fields.one("note"), "Müll");
        assert_eq!(fields.one("absent"), "");
        assert!(fields.has("send") && !fields.has("absent"));
    }

    #[test]
    fn words_are_the_contracts_own() {
        let fields = Fields::parse(b"trend=rising&other=chaos");
        assert_eq!(fields.word::<verbund_wire::federation::Trend>("trend"), 3);
        assert_eq!(fields.word::<verbund_wire::federation::Trend>("other"), 0);
    }
}
