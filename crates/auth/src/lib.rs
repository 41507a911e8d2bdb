//! The auth store: hashed codes in SQLite or PostgreSQL, asked for and judged.
//!
//! It knows no HTTP and no terminal: whether somebody is let in is decided here and nowhere else.

pub mod account;
pub mod activation;
pub mod change;
pub mod clerk;
pub mod counter;
pub mod day_list;
pub mod forgotten;
pub mod grant;
mod id;
pub mod import;
mod key;
pub mod known;
mod lane;
pub mod limit;
pub mod mail_code;
pub mod outbox;
pub mod password_hash;
pub mod person;
pub mod phase_out;
pub mod post;
pub mod reseal;
mod role;
pub mod seal;
mod secrets;
pub mod session;
pub mod sign_in;
pub mod store;
pub mod totp;
pub mod verify;

pub use self::{
    id::{
        AccessToken, ActivationLink, ChangeId, DeskSessionId, GrantCode, OfAccess, OfActivation,
        OfChange, OfDesk, OfGrant, OfSession, OfSignIn, SecretId, SecretIdError, SessionId,
        SignInId,
    },
    key::{Key, UnknownKey},
    lane::Lane,
    role::{Role, UnknownRole},
    secrets::Secrets,
};
