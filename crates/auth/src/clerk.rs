//! Clerks: who works at the desk, and who is signed in there.
//!
//! A clerk is an account like any other, with user name, password and keys, and with a [`Role`]. They
//! sign in by the same steps as citizens ([`crate::sign_in`], at [`Entrance::Desk`]), by a token or an
//! app. What they are signed in by counts at the desk alone, for as long as they have a role.
//!
//! [`Role`]: crate::Role
//! [`Entrance::Desk`]: crate::sign_in::Entrance::Desk

mod role;
mod session;

pub use self::{
    role::{ClerkError, add, list, stop},
    session::{Clerk, Unlocking},
};

/// What an actor in the audit begins with who is a clerk; the user name follows.
pub const ACTOR: &str = "clerk ";

/// How the audit names a clerk.
#[must_use]
pub fn actor(user_name: &str) -> String {
    format!("{ACTOR}{user_name}")
}
