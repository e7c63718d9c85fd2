//! Signing in at an identity provider: OpenID Connect, authorization code flow with PKCE.
//!
//! **Promise.** Whoever comes back from the provider is whom this browser was sent there for: state, nonce and code verifier
//! follow from a random ticket that the browser alone holds. Identity tokens are checked by the library (signature, issuer,
//! audience, time, nonce); an account is known by issuer and subject and by nothing else. What the provider says of a person
//! besides a name and groups is not looked at, and no token is kept.

mod claims;
mod http;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadataWithLogout, RedirectUrl, Scope, SignatureVerificationError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use tokio::sync::Mutex;

use self::claims::{AllClaims, Granting};
use self::http::Http;
use crate::config::{OidcSection, is_loopback};
use crate::error::Error;
use crate::role::Roles;
use crate::security::token::Token;

/// Where the provider sends people back to. Operators register it there.
pub(crate) const ANSWER_PATH: &str = "/anmelden/oidc/antwort";
/// How long what a provider says of itself is used before it is asked again …
const FRESH: Duration = Duration::from_secs(3_600);
/// … and how soon it may be asked again because a key is not among its keys.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// By how much the provider's clock may differ.
const SKEW: Duration = Duration::from_secs(60);

type IdFields = IdTokenFields<
    AllClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<IdFields, CoreTokenType>;
type Client = openidconnect::Client<
    AllClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The identity provider of the configuration.
#[derive(Debug)]
pub(crate) struct OpenId {
    issuer: IssuerUrl,
    client_id: ClientId,
    secret: Option<ClientSecret>,
    back: RedirectUrl,
    scopes: Vec<Scope>,
    granting: Granting,
    name: String,
    http: Http,
    /// What the provider last said of itself, and when.
    known: Mutex<Option<(Arc<ProviderMetadataWithLogout>, Instant)>>,
}

/// Whom the provider vouches for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Vouched {
    /// `issuer subject`: whose account it is.
    pub(crate) openid: String,
    /// What a new account is called.
    pub(crate) name: String,
    /// What their groups let them do.
    pub(crate) roles: Roles,
    /// When they showed the provider who they are; `None` where it doesn't say.
    pub(crate) shown_at: Option<Timestamp>,
}

/// Why somebody is not signed in by way of the provider. The cause is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The provider does not answer, or not as the standard asks for.
    Away,
    /// This browser was not on the way there, or too long.
    Lost,
    /// The person, or the provider, said no.
    Denied,
    /// What the provider said does not hold.
    Untrue,
    /// None of the person's groups has a role here.
    NoRole,
    /// The account is disabled here.
    Disabled,
    /// Somebody else came back than who is signed in.
    Other,
    /// The provider did not ask the person anew.
    NotFresh,
}

impl Problem {
    /// The key of what is said of it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Away => "openid-away",
            Self::Lost => "openid-lost",
            Self::Denied => "openid-denied",
            Self::Untrue => "openid-untrue",
            Self::NoRole => "openid-no-role",
            Self::Disabled => "openid-disabled",
            Self::Other => "openid-other",
            Self::NotFresh => "openid-not-fresh",
        }
    }
}

impl OpenId {
    /// Prepares what the configuration says. The provider need not be there yet.
    ///
    /// # Errors
    /// What of it can't be used.
    pub(crate) fn new(section: &OidcSection, public_url: &str) -> Result<Self, Error> {
        let unusable = |error: openidconnect::url::ParseError| Error::OpenId(error.to_string());
        let issuer = IssuerUrl::new(section.issuer.clone()).map_err(unusable)?;
        let host = issuer.url().host_str().unwrap_or_default();
        let secret = section
            .client_secret_file
            .as_deref()
            .map(read)
            .transpose()?;
        Ok(Self {
            client_id: ClientId::new(section.client_id.clone()),
            secret: secret.map(ClientSecret::new),
            back: RedirectUrl::new(format!("{public_url}{ANSWER_PATH}")).map_err(unusable)?,
            scopes: section.scopes.iter().cloned().map(Scope::new).collect(),
            granting: Granting::new(&section.groups_claim, section.roles.clone()),
            name: section.name.clone().unwrap_or_else(|| host.to_owned()),
            http: Http::new(section.roots_file.as_deref(), is_loopback(host))?,
            issuer,
            known: Mutex::default(),
        })
    }

    /// What people know the provider as.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where to send a browser that holds this ticket. `anew` asks the provider to have the person show again who they are.
    ///
    /// # Errors
    /// [`Problem::Away`].
    pub(crate) async fn begin(&self, ticket: &Token, anew: bool) -> Result<String, Problem> {
        let client = self.client(&*self.provider(FRESH).await?);
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let (state, nonce) = (CsrfToken::new(state(ticket)), Nonce::new(nonce(ticket)));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier(ticket));
        let mut request = client
            .authorize_url(flow, || state, || nonce)
            .add_scopes(self.scopes.clone())
            .set_pkce_challenge(challenge);
        if anew {
            request = request
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(Duration::ZERO);
        }
        let (url, ..) = request.url();
        Ok(url.into())
    }

    /// Whether an answer is to the question that a browser with this ticket was sent with.
    pub(crate) fn is_answer_to(&self, ticket: &Token, told_state: &str, told_issuer: &str) -> bool {
        let own = state(ticket);
        let is_state = aws_lc_rs::constant_time::verify_slices_are_equal(
            own.as_bytes(),
            told_state.as_bytes(),
        );
        // RFC 9207: a provider that names itself has to be this one.
        is_state.is_ok() && (told_issuer.is_empty() || told_issuer == self.issuer.as_str())
    }

    /// Whom the provider vouches for with this code.
    ///
    /// # Errors
    /// Why that is nobody.
    pub(crate) async fn finish(&self, ticket: &Token, code: String) -> Result<Vouched, Problem> {
        let provider = self.provider(FRESH).await?;
        let client = self.client(&provider);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| away("it has no token endpoint", &error))?
            .set_pkce_verifier(verifier(ticket))
            .request_async(&self.http);
        let tokens: Tokens = exchange.await.map_err(|error| match error {
            openidconnect::RequestTokenError::ServerResponse(_) => {
                untrue("it does not take the code", &error)
            }
            _ => away("it gives no tokens", &error),
        })?;
        match self.claims(&client, ticket, &tokens).await {
            Err(Checked::UnknownKey) => {
                // It may have new keys since it was asked.
                let client = self.client(&*self.provider(ASK_AGAIN).await?);
                let checked = self.claims(&client, ticket, &tokens).await;
                checked.map_err(|_| Problem::Untrue)
            }
            checked => checked.map_err(|it| match it {
                Checked::UnknownKey => Problem::Untrue,
                Checked::Problem(problem) => problem,
            }),
        }
    }

    /// Where somebody signs out at the provider, too; `None` where it has no such place.
    pub(crate) async fn sign_out_address(&self, public_url: &str) -> Option<String> {
        let provider = self.provider(FRESH).await.ok()?;
        let endpoint = provider
            .additional_metadata()
            .end_session_endpoint
            .as_ref()?;
        let mut url = endpoint.url().clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair(
                "post_logout_redirect_uri",
                &format!("{public_url}/anmelden"),
            );
        Some(url.into())
    }

    async fn claims(
        &self,
        client: &Client,
        ticket: &Token,
        tokens: &Tokens,
    ) -> Result<Vouched, Checked> {
        let Some(id_token) = tokens.id_token() else {
            tracing::warn!("the identity provider gave no identity token");
            return Err(Problem::Away.into());
        };
        // A token is good for a little longer where the provider's clock is behind.
        let check = client
            .id_token_verifier()
            .set_time_fn(|| (SystemTime::now() - SKEW).into());
        let claims = match id_token.claims(&check, &Nonce::new(nonce(ticket))) {
            Ok(claims) => claims,
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => return Err(Checked::UnknownKey),
            Err(error) => return Err(untrue("its identity token does not hold", &error).into()),
        };
        if claims
            .authorized_party()
            .is_some_and(|it| *it != self.client_id)
        {
            tracing::warn!("the identity provider's token is for another application");
            return Err(Problem::Untrue.into());
        }
        let told = claims.additional_claims();
        let userinfo: UserInfoClaims<AllClaims, CoreGenderClaim>;
        let told = match client.user_info(
            tokens.access_token().clone(),
            Some(claims.subject().clone()),
        ) {
            // Many providers keep groups out of the token and tell them when asked.
            Ok(request) if !self.granting.is_told(told) => {
                let answer = request.request_async(&self.http).await;
                userinfo = answer.map_err(|error| away("it tells nothing of a person", &error))?;
                userinfo.additional_claims()
            }
            _ => told,
        };
        let subject = claims.subject().as_str();
        let name = told
            .name()
            .or_else(|| claims.additional_claims().name())
            .unwrap_or(subject);
        Ok(Vouched {
            openid: format!("{} {subject}", self.issuer.as_str()),
            name: name.to_owned(),
            roles: self.granting.roles(told),
            shown_at: claims
                .auth_time()
                .and_then(|it| Timestamp::from_second(it.timestamp()).ok()),
        })
    }

    fn client(&self, provider: &ProviderMetadataWithLogout) -> Client {
        let client = Client::from_provider_metadata(
            provider.clone(),
            self.client_id.clone(),
            self.secret.clone(),
        );
        let methods = provider.token_endpoint_auth_methods_supported();
        let takes_basic =
            methods.is_none_or(|them| them.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if takes_basic {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        };
        client
            .set_auth_type(auth)
            .set_redirect_uri(self.back.clone())
    }

    /// What the provider says of itself, not older than this; older where it does not answer.
    async fn provider(&self, oldest: Duration) -> Result<Arc<ProviderMetadataWithLogout>, Problem> {
        let mut known = self.known.lock().await;
        if let Some((provider, at)) = &*known
            && at.elapsed() < oldest
        {
            return Ok(provider.clone());
        }
        let asked =
            ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http).await;
        match (asked, &mut *known) {
            (Ok(provider), known) => {
                let provider = Arc::new(provider);
                *known = Some((provider.clone(), Instant::now()));
                Ok(provider)
            }
            (Err(error), Some((provider, _))) => {
                away("it does not say anew what it is", &error);
                Ok(provider.clone())
            }
            (Err(error), None) => Err(away("it does not say what it is", &error)),
        }
    }
}

/// What came of checking an identity token.
enum Checked {
    UnknownKey,
    Problem(Problem),
}

impl From<Problem> for Checked {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

fn away(what: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::warn!(error, "the identity provider is of no use: {what}");
    Problem::Away
}

fn untrue(what: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::warn!(error, "the identity provider's answer was refused: {what}");
    Problem::Untrue
}

fn state(ticket: &Token) -> String {
    URL_SAFE_NO_PAD.encode(ticket.derive("verbund openid state"))
}

fn nonce(ticket: &Token) -> String {
    URL_SAFE_NO_PAD.encode(ticket.derive("verbund openid nonce"))
}

/// 43 characters, as RFC 7636 asks for.
fn verifier(ticket: &Token) -> PkceCodeVerifier {
    PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(ticket.derive("verbund openid verifier")))
}

fn read(path: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Secret {
        path: path.to_owned(),
        source,
    })?;
    Ok(text.trim().to_owned())
}

/// How long a proof at the provider counts, from the moment at which it was given there.
pub(crate) fn proven_until(
    shown_at: Option<Timestamp>,
    now: Timestamp,
    lasts: SignedDuration,
) -> Timestamp {
    shown_at.map_or(Timestamp::UNIX_EPOCH, |at| at.min(now) + lasts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_to_the_question_of_one_ticket() {
        let section = OidcSection {
            issuer: "https://id.stadt.example".to_owned(),
            client_id: "verbund".to_owned(),
            client_secret_file: None,
            scopes: vec![],
            groups_claim: "groups".to_owned(),
            roles: std::collections::BTreeMap::new(),
            name: None,
            roots_file: None,
        };
        let openid = OpenId::new(&section, "https://verbund.stadt.example").unwrap();
        assert_eq!(openid.name(), "id.stadt.example");
        let (ticket, other) = (Token::random(), Token::random());
        let is_own = |told: &str, issuer: &str| openid.is_answer_to(&ticket, told, issuer);
        assert!(is_own(&state(&ticket), "") && is_own(&state(&ticket), "https://id.stadt.example"));
        assert!(!is_own(&state(&other), "") && !is_own("", ""));
        assert!(!is_own(&state(&ticket), "https://evil.example"));
        assert_ne!(state(&ticket), nonce(&ticket));
    }

    #[test]
    fn a_proof_counts_from_when_it_was_given() {
        let now = Timestamp::from_second(10_000).unwrap();
        let lasts = SignedDuration::from_mins(10);
        let until = |shown: Option<i64>| {
            let shown = shown.map(|it| Timestamp::from_second(it).unwrap());
            proven_until(shown, now, lasts).as_second()
        };
        assert_eq!(until(Some(9_900)), 10_500);
        assert_eq!(until(Some(20_000)), 10_600, "a clock that is ahead");
        assert_eq!(until(None), 0, "nothing is proven where nothing is said");
    }
}
