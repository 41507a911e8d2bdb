//! Where the parts of a demo are.

/// The application's `client_id`.
pub(super) const CLIENT: &str = "demo-application";
/// The same application as one that takes tokens for two weeks more.
pub(super) const PHASING_OUT: &str = "phasing-out";
/// The same application as one that takes tokens no longer.
pub(super) const PHASED_OUT: &str = "phased-out";
/// All of them.
pub(super) const CLIENTS: [&str; 3] = [CLIENT, PHASING_OUT, PHASED_OUT];

/// Where the parts are. Each has a host name of its own, since ports share cookies.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) issuer: String,
    pub(super) application: String,
    pub(super) mails: String,
    pub(super) metrics: String,
    pub(super) desk: String,
    pub(super) redirect_uri: String,
}

impl Addresses {
    /// Of the ports of sign-in, application, mails, metrics and desk.
    pub(super) fn new(ports: &[u16]) -> Self {
        let at = |name: &str, place: usize| {
            format!("http://{name}.localhost:{}", ports.get(place).copied().unwrap_or_default())
        };
        let application = at("app", 1);
        Self {
            issuer: at("sign-in", 0),
            redirect_uri: format!("{application}/back"),
            application: format!("{application}/"),
            mails: format!("{}/mails.json", at("mail", 2)),
            desk: at("desk", 4),
            metrics: format!("{}/metrics", at("metrics", 3)),
        }
    }
}
