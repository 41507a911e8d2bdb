//! OpenID Connect: what requests say, who clients are, and the tokens that are signed for them.
//!
//! What is granted, and to whom, is decided and kept by `tokenkaart_auth`; here is the protocol
//! around it. Nothing here knows a page.

mod authorization;
mod client;
mod discovery;
mod id_token;
mod jwk;
mod jwt;
mod key_ring;
mod parameters;

pub(crate) use self::{
    authorization::{
        Answer, AuthorizationRequest, Prompt, REGISTER_NUMBER, Refusal, WhyNotSentBack, language,
        parse,
    },
    client::{Assertion, ClientError, Presented},
    discovery::discovery,
    id_token::{Facts, id_token},
    jwk::{ClientKeys, VerifyingKey},
    jwt::Jwt,
    key_ring::{KeyError, KeyRing},
    parameters::{Parameters, with_query},
};
