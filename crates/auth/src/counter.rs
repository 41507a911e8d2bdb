//! A counter: a clerk, a citizen, one card, now.
//!
//! The card is printed first, and its token is [pending](crate::store::State::Pending): its hashes
//! are in the store, and none of its codes lets anybody in. Then the clerk says what became of the
//! paper. *Handed over* ends the token that the holder had and makes this one active, *spoilt* ends
//! this one, and after [`PENDING_FOR`] without a word it is void. So whatever dies in between, no
//! token is live whose card nobody has confirmed.
//!
//! Each act is one transaction in the holder's lane. Of two clerks with one holder the first wins,
//! and the other is told who it was, and when. A form that is sent twice does its act once.

mod act_key;
mod card;
mod document;
mod error;
mod hand_over;
mod print;
mod spoil;

pub use self::{
    act_key::{ActKey, ActKeyError},
    card::{CounterCard, LAPSED, Standing, card, latest, waiting},
    document::{IdentityDocument, UnknownDocument},
    error::CounterError,
    hand_over::{HandOver, hand_over},
    print::{PENDING_FOR, Printing, print},
    spoil::{SPOILT, Spoiling, spoil},
};
