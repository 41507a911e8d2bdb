//! First activation: a code on paper and a link by e-mail, with which somebody chooses user name and
//! password.
//!
//! Whoever gives people access calls [`begin`] for a holder who has an account: a desk for one person,
//! as often as somebody needs another code, and the program for whom has no desk. It gives the code,
//! for the paper alone; the link goes out by e-mail, in the same transaction. What was begun before for
//! the same holder is worth nothing from then on. An account that is made together with its activation
//! is made by [`crate::account::create_to_activate`] and [`crate::account::import_to_activate`].
//!
//! Either may come first, and neither does anything alone: see `Service::open_activation`, which wants
//! both and gives a change of the account.

mod begin;
mod code;

use jiff::SignedDuration;

pub(crate) use self::begin::Prepared;
pub use self::{
    begin::{Activation, ActivationError, begin, begin_once, begun},
    code::ActivationCode,
};

/// How long code and link can be used: 14 days.
pub const VALID_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
