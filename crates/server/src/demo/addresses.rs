//! Where the parts of a demo are.

/// The application's `client_id`.
pub(super) const CLIENT: &str = "demo-application";

/// Where the parts are. Each has a host name of its own, since ports share cookies.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) issuer: String,
    pub(super) application: String,
    pub(super) mails: String,
    pub(super) metrics: String,
    pub(super) redirect_uri: String,
}

impl Addresses {
    /// Of the ports of sign-in, application, mails and metrics.
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
            metrics: format!("{}/metrics", at("metrics", 3)),
        }
    }
}
