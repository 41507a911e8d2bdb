//! A card by post: asked at the desk, printed by the office. What becomes of a request,
//! `tokenkaart_auth::post` decides.

pub(super) mod ask;
pub(super) mod cancel;
pub(super) mod show;

mod texts;
