//! Through which server mails go out.

use std::path::{Path, PathBuf};

use tokenkaart_auth::account::EmailAddress;

use super::reader::{Reader, Section};

/// The mail server.
#[derive(Clone, Debug)]
pub(crate) struct MailServer {
    /// Its name, which its certificate must have.
    pub(crate) server: String,
    pub(crate) port: u16,
    pub(crate) tls: MailTls,
    /// What we sign in to it with, if it wants that: a name, and the file of a password.
    pub(crate) login: Option<(String, PathBuf)>,
    /// Whom mails are from.
    pub(crate) from: EmailAddress,
    /// Certificates in PEM by which the server is known, in place of the system's.
    pub(crate) certificates: Option<PathBuf>,
}

/// How nobody on the way reads along.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MailTls {
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
    /// By STARTTLS, which must be there (RFC 3207).
    StartTls,
    /// None: for a server on this machine alone.
    None,
}

impl MailTls {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "implicit" => Some(Self::Implicit),
            "starttls" => Some(Self::StartTls),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    const fn usual_port(self) -> u16 {
        match self {
            Self::Implicit => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// `[mail]`, if there is one.
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    top: &mut Section<'_, 't>,
    folder: &Path,
) -> Option<MailServer> {
    let mut section = reader.table(top, "mail", "[mail]")?;
    let server = reader.needed(&mut section, "server", "\"smtp.example.be\"");
    let tls = match reader.text(&mut section, "tls") {
        None => Some(MailTls::StartTls),
        Some(text) => {
            let tls = MailTls::parse(&text.value);
            if tls.is_none() {
                reader
                    .fault(text.line, "[mail] tls must be \"starttls\", \"implicit\" or \"none\"");
            }
            tls
        }
    };
    let port = reader.number(&mut section, "port", 1..=u32::from(u16::MAX));
    let from = reader.needed(&mut section, "from", "\"no-reply@example.be\"");
    let from = from.and_then(|text| match text.value.parse::<EmailAddress>() {
        Ok(from) => Some(from),
        Err(error) => {
            reader.fault(text.line, format!("[mail] from: {error}"));
            None
        }
    });
    let user = reader.text(&mut section, "user");
    let password_file = reader.text(&mut section, "password_file");
    let certificates = reader.text(&mut section, "certificates");
    let login = match (user, password_file) {
        (Some(user), Some(file)) => Some((user.value, folder.join(file.value))),
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => {
            reader.fault(one.line, "[mail] user and password_file go together; write both or none");
            None
        }
    };
    if let (Some(server), Some(MailTls::None)) = (&server, tls)
        && !matches!(server.value.as_str(), "localhost" | "127.0.0.1" | "::1")
    {
        reader.fault(
            server.line,
            "[mail] tls = \"none\" is for a server on this machine alone, since mails carry codes; \
             take \"starttls\" or \"implicit\"",
        );
    }
    reader.finish(&section);
    let (server, tls) = (server?, tls?);
    Some(MailServer {
        server: server.value,
        port: port.and_then(|port| u16::try_from(port).ok()).unwrap_or(tls.usual_port()),
        tls,
        login,
        from: from?,
        certificates: certificates.map(|text| folder.join(text.value)),
    })
}
