//! Mails by SMTP with TLS.

use std::{path::Path, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use tokenkaart_auth::outbox::Letter;
use tokenkaart_terminal::Failure;
use tokenkaart_token::{files, shell::shown};

use crate::config::{MailServer, MailTls};

/// How long sending a mail may take; shorter than the turn that an instance has.
const AT_MOST: Duration = Duration::from_mins(1);
/// How long one waits for an answer of the mail server.
const ANSWER: Duration = Duration::from_secs(30);
/// No file of a password or of certificates is longer, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// A mail server, and whom mails are from.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Reads what the configuration names; connects to nothing yet.
    ///
    /// # Errors
    /// [`Failure`] with what is wrong.
    pub(crate) fn open(server: &MailServer) -> Result<Self, Failure> {
        let unfit = |what: &str| Failure::new(format!("[mail] {what}"));
        let from = server.from.as_str().parse().map_err(|_| {
            unfit("from: the mail crate takes no such address; write name@example.be")
        })?;
        let from = Mailbox::new(None, from);
        let domain = from.email.domain().to_owned();
        let tls = match server.tls {
            MailTls::None => Tls::None,
            MailTls::StartTls => Tls::Required(parameters(server)?),
            MailTls::Implicit => Tls::Wrapper(parameters(server)?),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.server.as_str())
                .port(server.port)
                .tls(tls)
                .hello_name(ClientId::Domain(domain))
                .timeout(Some(ANSWER));
        if let Some((user, path)) = &server.login {
            let password = files::read_secret(path, MAX_FILE)?;
            let password = std::str::from_utf8(&password)
                .map_err(|_| Failure::new(format!("{}: a password is text", shown(path))))?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// Why it wasn't sent; nothing of the mail or its recipient is in it.
    pub(super) async fn send(&self, id: &str, letter: &Letter) -> Result<(), String> {
        let message = self.message(id, letter)?;
        match tokio::time::timeout(AT_MOST, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(in_words(&error)),
            Err(_) => Err("the mail server took too long".to_owned()),
        }
    }

    fn message(&self, id: &str, letter: &Letter) -> Result<Message, String> {
        let to = letter.to.parse().map_err(|_| "no mail server takes the address".to_owned())?;
        let written = &letter.written;
        // Nobody is to answer a program's mail by a program (RFC 3834 §5).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(written.subject.as_str())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(
                written.text.to_string(),
                written.html.to_string(),
            ))
            .map_err(|_| "the mail can't be put together".to_owned())
    }
}

/// How the mail server is known.
fn parameters(server: &MailServer) -> Result<TlsParameters, Failure> {
    let mut builder = TlsParameters::builder(server.server.clone());
    if let Some(path) = &server.certificates {
        builder = builder.certificate_store(CertificateStore::None);
        for certificate in certificates(path)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build_rustls().map_err(|_| {
        Failure::new(
            "[mail]: the system has no certificates to know the mail server by; install \
             ca-certificates, or name a file of certificates in PEM (certificates)",
        )
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    use rustls_pki_types::{CertificateDer, pem::PemObject as _};
    let unread = || Failure::new(format!("{}: no certificates in PEM", shown(path)));
    let pem = files::read_whole(path, MAX_FILE)?;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| unread())?;
    if found.is_empty() {
        return Err(unread());
    }
    found.iter().map(|der| Certificate::from_der(der.to_vec()).map_err(|_| unread())).collect()
}

/// Why a mail wasn't sent. The server's own words may name the recipient, so its number alone is told.
fn in_words(error: &smtp::Error) -> String {
    if let Some(code) = error.status() {
        return format!("the mail server answered {code}");
    }
    let why = if error.is_timeout() {
        "the mail server took too long"
    } else if error.is_tls() {
        "the mail server speaks no TLS that is taken, or its certificate isn't known"
    } else if error.is_client() {
        "the mail server lacks what is needed: STARTTLS, a way to sign in, or addresses with such \
         letters"
    } else if error.is_response() {
        "the mail server answered what is no SMTP"
    } else {
        "the mail server can't be reached, or hung up"
    };
    why.to_owned()
}
