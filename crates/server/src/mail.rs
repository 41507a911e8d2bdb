//! Mails: their words, and how they go out. What is sent, and when, `tokenkaart_auth::outbox` decides.

mod delivery;
mod smtp;
mod words;

pub(crate) use self::{
    delivery::{Delivery, Kept, KeptMail},
    smtp::Smtp,
    words::Writer,
};
