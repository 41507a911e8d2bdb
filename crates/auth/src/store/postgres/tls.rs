//! TLS: whom a server is taken for, and in words why it isn't.

use std::{error::Error as _, io, path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};
use tokenkaart_token::files;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::{StoreError, address::Encryption};

/// The largest file of certificates, in bytes.
const MOST: u64 = 4 * 1024 * 1024;

pub(super) fn connector(
    store: &str,
    encryption: &Encryption,
) -> Result<Option<MakeRustlsConnect>, StoreError> {
    // Another provider, where a program of others has installed one, does as well.
    let _ = crypto::ring::default_provider().install_default();
    match encryption {
        Encryption::Off => Ok(None),
        Encryption::System => MakeRustlsConnect::with_native_certs()
            .map(|(connector, _)| Some(connector))
            .map_err(|_| StoreError::NoCertificates { store: store.to_owned() }),
        Encryption::File { roots, names } => {
            let verifier = Verifier::new(roots, *names).map_err(|why| {
                let path = roots.clone();
                StoreError::Certificates { store: store.to_owned(), path, why }
            })?;
            let config = ClientConfig::builder()
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth();
            Ok(Some(MakeRustlsConnect::new(config)))
        }
    }
}

/// As libpq takes a file: its certificates are authorities, or the server's own; and the name is
/// looked at by `verify-full` alone.
#[derive(Debug)]
struct Verifier {
    by_authority: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
    names: bool,
}

impl Verifier {
    fn new(path: &Path, names: bool) -> Result<Self, String> {
        // A pipe that nobody writes into, or a device that never ends, would be read for ever.
        let is_file = std::fs::metadata(path).map_err(|error| error.to_string())?.is_file();
        if !is_file {
            return Err("this is not a plain file".to_owned());
        }
        let text = files::read_whole(path, MOST).map_err(|error| error.source.to_string())?;
        let certificates = CertificateDer::pem_slice_iter(&text);
        let own = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(own.iter().cloned());
        if roots.is_empty() {
            return Err("there is no certificate in it".to_owned());
        }
        let by_authority = WebPkiServerVerifier::builder(Arc::new(roots)).build();
        Ok(Self { by_authority: by_authority.map_err(|error| error.to_string())?, own, names })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.by_authority.verify_server_cert(certificate, between, name, stapled, now);
        match verified {
            // The name is looked at last: all else is as it should be.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.names => Ok(ServerCertVerified::assertion()),
            // One that signed itself is an authority that stands for a server. Whether its time is
            // over has been looked at before.
            Err(Error::InvalidCertificate(CertificateError::Other(OtherError(other))))
                if is_self_signed(&other) && self.own.iter().any(|own| own == certificate) =>
            {
                if self.names {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}

/// The reason has no variant in rustls, and its crate's own type is none of our dependencies.
fn is_self_signed(error: &Arc<dyn std::error::Error + Send + Sync>) -> bool {
    format!("{error:?}") == "CaUsedAsEndEntity"
}

/// Why a server wasn't taken for the one that was meant; none when it is about something else.
pub(super) fn why(error: &tokio_postgres::Error, encryption: &Encryption) -> Option<String> {
    let source = error.source()?;
    let Some(error) = source.downcast_ref::<io::Error>() else {
        let said = source.to_string();
        return said.contains("does not support TLS").then(|| {
            "the server speaks no TLS, and what is sent could be read on the way: switch it on \
             there (ssl = on), or write sslmode=disable where nobody can listen"
                .to_owned()
        });
    };
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    let Error::InvalidCertificate(why) = error else {
        return Some(format!("no TLS came of it: {error}"));
    };
    Some(match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired: have it renewed, or see to the clock of this \
             machine if it is wrong"
                .to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet: see to the clocks of both machines"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another name: write the name that it is for, or \
             have one made with this name in subjectAltName"
                .to_owned()
        }
        CertificateError::UnknownIssuer => {
            let whose = match encryption {
                Encryption::File { roots, .. } => format!("{} knows", roots.display()),
                _ => "this system knows".to_owned(),
            };
            format!(
                "the server's certificate is by nobody whom {whose}: name the file with the \
                 certificate of its authority in sslrootcert"
            )
        }
        CertificateError::Other(OtherError(other)) if is_self_signed(other) => {
            "the server's certificate is signed by itself: name the file with this very \
             certificate in sslrootcert"
                .to_owned()
        }
        other => format!("the server's certificate can't be taken: {other:?}"),
    })
}
