//! What an application asks for at the authorization endpoint (OpenID Connect Core 1.0 §3.1.2).

use serde::{Deserialize, Serialize};
use tokenkaart_auth::session;
use tokenkaart_token::language::Language;

use super::parameters::{Parameters, with_query};
use crate::config::{Application, Config, Pkce};

/// The scopes that are known.
pub(super) const SCOPES: [&str; 4] = ["openid", "profile", "email", REGISTER_NUMBER];
/// The scope of the register number, for who has it by name.
pub(crate) const REGISTER_NUMBER: &str = "register_number";
/// No `state` or `nonce` is longer, in bytes.
const LONGEST: usize = 2048;

/// A request that was found well. It goes with the sign-in, as JSON.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    /// Those that are known and allowed.
    pub(crate) scopes: Vec<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    /// The challenge of PKCE, by S256.
    pub(crate) code_challenge: Option<String>,
    pub(crate) prompt: Prompt,
    /// The longest time since the sign-in, in seconds.
    pub(crate) max_age: Option<u32>,
    /// The levels that are wished for.
    pub(crate) acr_values: Vec<String>,
    pub(crate) login_hint: Option<String>,
    /// Whom the application has signed in already, as its token says.
    pub(crate) id_token_hint: Option<String>,
    /// The first language that is known here, of those that are wished for.
    pub(crate) language: Option<Language>,
}

/// Whether people are to be asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Prompt {
    /// If need be.
    #[default]
    Maybe,
    /// Not at all.
    None,
    /// In any case.
    Login,
}

/// Why nobody is sent back: the one who asks may be anybody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WhyNotSentBack {
    /// There is no application of that name.
    Client,
    /// The address is not one of the application's.
    RedirectUri,
}

/// Why a request was refused.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// With a page.
    Page(WhyNotSentBack),
    /// With an answer to the application.
    SentBack(Answer),
}

/// Where a browser is sent, with what the application is told.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Answer(pub(crate) String);

impl From<Prompt> for session::Prompt {
    fn from(prompt: Prompt) -> Self {
        match prompt {
            Prompt::Maybe => Self::Any,
            Prompt::None => Self::None,
            Prompt::Login => Self::Login,
        }
    }
}

impl AuthorizationRequest {
    /// The request as it was kept with the sign-in.
    pub(crate) fn kept(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text to keep with the sign-in.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Tells the application that it got a code.
    pub(crate) fn granted(&self, issuer: &str, code: &str) -> Answer {
        self.answer(issuer, &[("code", code)])
    }

    /// Tells the application why it got none (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6).
    pub(crate) fn refused(&self, issuer: &str, error: &str) -> Answer {
        self.answer(issuer, &[("error", error)])
    }

    /// The request as a query, but for what asks for a sign-in that has just been: for whoever is
    /// signed in now.
    pub(crate) fn to_query(&self) -> String {
        let scopes = self.scopes.join(" ");
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("response_type", "code");
        query.append_pair("client_id", &self.client);
        query.append_pair("redirect_uri", &self.redirect_uri);
        query.append_pair("scope", &scopes);
        for (name, value) in
            [("state", &self.state), ("nonce", &self.nonce), ("id_token_hint", &self.id_token_hint)]
        {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some(challenge) = &self.code_challenge {
            query.append_pair("code_challenge", challenge);
            query.append_pair("code_challenge_method", "S256");
        }
        query.finish()
    }

    fn answer(&self, issuer: &str, first: &[(&str, &str)]) -> Answer {
        answer(&self.redirect_uri, issuer, self.state.as_deref(), first)
    }
}

/// RFC 9207 has `iss` in every answer, so that no client takes one server's for another's.
fn answer(uri: &str, issuer: &str, state: Option<&str>, first: &[(&str, &str)]) -> Answer {
    let mut parameters = first.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    Answer(with_query(uri, &parameters))
}

/// Reads a request, and holds it to what its application may ask.
///
/// # Errors
/// [`Refusal`]: a page, as long as it isn't known where an answer may go, and an answer then.
pub(crate) fn parse<'c>(
    parameters: &Parameters,
    config: &'c Config,
) -> Result<(AuthorizationRequest, &'c Application), Refusal> {
    let application = parameters.get("client_id").and_then(|id| config.application(id));
    let application = application.ok_or(Refusal::Page(WhyNotSentBack::Client))?;
    let redirect_uri = parameters.get("redirect_uri").unwrap_or_default();
    if !application.redirect_uris.iter().any(|uri| uri.as_str() == redirect_uri) {
        return Err(Refusal::Page(WhyNotSentBack::RedirectUri));
    }
    let state = parameters.get("state");
    // What can't be given back as it came is not given back.
    let kept_state = state.filter(|state| state.len() <= LONGEST);
    let refuse = |error: &str, why: &str| {
        let told = [("error", error), ("error_description", why)];
        Refusal::SentBack(answer(redirect_uri, config.issuer.as_str(), kept_state, &told))
    };
    if parameters.is_twice() {
        return Err(refuse("invalid_request", "a parameter is there twice"));
    }
    for (parameter, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if parameters.get(parameter).is_some() {
            return Err(refuse(error, "this parameter is not supported"));
        }
    }
    match parameters.get("response_type") {
        Some("code") => {}
        None => return Err(refuse("invalid_request", "response_type is missing")),
        Some(_) => return Err(refuse("unsupported_response_type", "there is code alone")),
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(refuse("invalid_request", "there is response_mode query alone"));
    }
    let nonce = parameters.get("nonce");
    if state.is_some_and(|text| text.len() > LONGEST)
        || nonce.is_some_and(|text| text.len() > LONGEST)
    {
        return Err(refuse("invalid_request", "state or nonce is too long"));
    }
    let scopes: Vec<String> = words(parameters.get("scope"))
        .filter(|scope| SCOPES.contains(scope))
        .filter(|scope| *scope != REGISTER_NUMBER || application.register_number)
        .map(str::to_owned)
        .collect();
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(refuse("invalid_scope", "scope must have openid in it"));
    }
    let code_challenge = code_challenge(parameters, application.pkce)
        .map_err(|why| refuse("invalid_request", why))?;
    let prompt = prompt(parameters).map_err(|why| refuse("invalid_request", why))?;
    let max_age = parameters.get("max_age").map(str::parse).transpose();
    let max_age =
        max_age.map_err(|_| refuse("invalid_request", "max_age must be a number of seconds"))?;
    let owned = |name: &str| parameters.get(name).map(str::to_owned);
    let request = AuthorizationRequest {
        client: application.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: owned("state"),
        nonce: owned("nonce"),
        code_challenge,
        prompt,
        max_age,
        acr_values: words(parameters.get("acr_values")).take(16).map(str::to_owned).collect(),
        login_hint: owned("login_hint").filter(|hint| hint.len() <= 256),
        id_token_hint: owned("id_token_hint"),
        language: words(parameters.get("ui_locales")).find_map(language),
    };
    Ok((request, application))
}

fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}

/// The language of a tag: `nl` and `nl-BE` are one.
pub(crate) fn language(tag: &str) -> Option<Language> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    Language::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
}

/// RFC 7636 §4.2 and §4.3; of the methods S256 alone, which RFC 9700 §2.1.1 asks for.
fn code_challenge(parameters: &Parameters, pkce: Pkce) -> Result<Option<String>, &'static str> {
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.get("code_challenge") else {
        return match (pkce, method) {
            (Pkce::Waived, None) => Ok(None),
            _ => Err("code_challenge is missing (PKCE)"),
        };
    };
    if method != Some("S256") {
        return Err("code_challenge_method must be S256");
    }
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    // SHA-256 in base64url.
    if challenge.len() != 43 || !challenge.bytes().all(is_unreserved) {
        return Err("code_challenge must be SHA-256 in base64url");
    }
    Ok(Some(challenge.to_owned()))
}

fn prompt(parameters: &Parameters) -> Result<Prompt, &'static str> {
    let mut prompt = Prompt::Maybe;
    let prompts: Vec<&str> = words(parameters.get("prompt")).collect();
    for word in &prompts {
        match *word {
            "none" if prompts.len() > 1 => return Err("prompt none stands alone"),
            "none" => prompt = Prompt::None,
            "login" | "select_account" => prompt = Prompt::Login,
            // Applications are the office's own: there is no consent to ask for.
            "consent" => {}
            _ => return Err("prompt is one of none, login, consent, select_account"),
        }
    }
    Ok(prompt)
}
