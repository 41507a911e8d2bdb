//! What a running service has: its configuration, keys, store and places.

use std::{collections::BTreeMap, ops::Deref, sync::Arc, thread};

use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart_auth::{
    phase_out::Phase,
    session::Lasting,
    sign_in::{Entrance, Rules, Service, SignInError},
    store::Pool,
    verify::{Gate, HashMemory, Peppers, Policy},
};
use tokenkaart_terminal::{Failure, pepper};
use tokenkaart_token::{hash::Scheme, token::Random};

use super::{failure::Failure as FailedVisit, metrics::Metrics, places::Places};
use crate::{
    config::{Application, ClientAuth, Config, Issuer},
    forms::FormSecret,
    keys,
    mail::{self, Delivery, Smtp},
    openid::{ClientKeys, KeyRing},
    pages::{Script, Style},
};

/// How many wait for a connection or for memory to hash in, for each one that is at work; more are
/// sent away at once.
const WAITING: usize = 16;

/// The service; it is cheap to clone, and each clone is the same one.
#[derive(Clone)]
pub(crate) struct Site(Arc<Inner>);

/// What differs between the services that are built on this: who comes in, and where.
pub(crate) struct Face {
    pub(crate) entrance: Entrance,
    /// As the audit names it.
    pub(crate) actor: &'static str,
    /// Where people find it.
    pub(crate) origin: Issuer,
    /// The cookie that form tokens are made of.
    pub(crate) form_cookie: &'static str,
    /// Its paths, as the log names them.
    pub(crate) paths: Vec<&'static str>,
    pub(crate) style: Style,
    pub(crate) lasting: Lasting,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) face: Face,
    pub(crate) service: Service,
    pub(crate) pool: Pool,
    pub(super) keys: KeyRing,
    pub(super) client_keys: BTreeMap<String, ClientKeys>,
    pub(crate) forms: FormSecret,
    pub(crate) script: Script,
    pub(crate) metrics: Metrics,
    /// Where mails go, if any do.
    pub(super) delivery: Option<Delivery>,
    /// Connections to the store.
    pub(super) connections: Places,
    /// Memory to hash in, in KiB.
    pub(super) memory: Places,
    /// What a hash takes of it.
    pub(super) hash_kib: u32,
    /// The same memory, where the hashes are computed.
    pub(super) hashes: Arc<HashMemory>,
}

impl Deref for Site {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Site {
    /// Reads all that the configuration names, and opens the store.
    ///
    /// # Errors
    /// [`Failure`] with what is wrong.
    pub(crate) fn open(config: Config, face: Face) -> Result<Self, Failure> {
        let smtp = config.mail.as_ref().map(Smtp::open).transpose()?;
        Self::with(config, face, smtp.map(|smtp| Delivery::Smtp(Box::new(smtp))))
    }

    /// The same with mails that go elsewhere than the configuration says.
    ///
    /// # Errors
    /// [`Failure`] with what is wrong.
    pub(crate) fn with(
        config: Config,
        face: Face,
        delivery: Option<Delivery>,
    ) -> Result<Self, Failure> {
        // Applications are no matter of the desk's, so it needs no key of theirs.
        let is_for_applications = face.entrance == Entrance::Citizens;
        let signing_keys = if is_for_applications { config.signing_keys.as_slice() } else { &[] };
        let keys = KeyRing::read(signing_keys)?;
        let forms = FormSecret::read(&config.secret_file)?;
        let peppers = config.pepper_files.iter().map(|path| pepper(path));
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let hashes = Arc::new(HashMemory::new(config.hash_memory).at_once(processors));
        let gate = Gate {
            policy: Policy { ceiling: config.ceiling, ..Policy::default() },
            peppers: Peppers::new(peppers.collect::<Result<_, _>>()?).within(Arc::clone(&hashes)),
            actor: face.actor.to_owned(),
        };
        let mut client_keys = BTreeMap::new();
        for application in config.applications.iter().filter(|_| is_for_applications) {
            if let ClientAuth::Keys(path) = &application.auth {
                client_keys.insert(application.id.clone(), ClientKeys::read(path)?);
            }
        }
        let pool = Pool::open(&config.store, config.connections)?;
        let ends_token = config.ends_token;
        let rules = Rules {
            scheme: config.password_kdf,
            ends_token,
            lasting: face.lasting,
            entrance: face.entrance,
            ..Rules::default()
        };
        let mut service = Service::open(&mut *pool.get()?, gate, rules)?;
        if let Some(path) = &config.seal_keys {
            let sealer = Arc::new(keys::sealer(path)?);
            service = service.sealing(Arc::clone(&sealer));
            if delivery.is_some() {
                service = service.writing(mail::writing(&config, sealer));
            }
        }
        let hash_kib = match config.password_kdf {
            Scheme::Argon2id(argon2) => argon2.m_kib(),
            Scheme::Pbkdf2Sha256(_) => 1,
        };
        let at_once = config.hash_memory / hash_kib.max(1);
        Ok(Self(Arc::new(Inner {
            connections: Places::new(config.connections, config.connections as usize * WAITING),
            memory: Places::new(config.hash_memory.max(hash_kib), at_once as usize * WAITING),
            hash_kib,
            hashes,
            script: Script::new(),
            metrics: Metrics::default(),
            delivery,
            config,
            face,
            service,
            pool,
            keys,
            client_keys,
            forms,
        })))
    }

    /// Work that blocks, on a thread for it and with a connection to the store free.
    ///
    /// # Errors
    /// [`FailedVisit`].
    pub(crate) async fn blocking<T: Send + 'static, E: Into<FailedVisit> + Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, FailedVisit> {
        let place = self.connections.take(1).await?;
        let site = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&site);
            drop(place);
            done
        });
        match done.await {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(FailedVisit::Fault),
        }
    }

    /// The time, where the office is.
    pub(crate) fn now(&self) -> jiff::Zoned {
        Timestamp::now().to_zoned(self.config.time_zone.clone())
    }

    /// How an application stands to the token now; it blocks.
    ///
    /// # Errors
    /// [`SignInError`].
    pub(super) fn phase(&self, application: &Application) -> Result<Phase, SignInError> {
        let phase_out = application.phase_out.as_ref();
        self.service.phase(&self.pool, &application.id, phase_out, &|| self.now())
    }

    /// Random numbers of the operating system.
    pub(crate) fn random() -> Random<SysRng> {
        Random::new(SysRng)
    }
}
