//! What a running service has: its configuration, keys, store and places.

use std::{collections::BTreeMap, ops::Deref, sync::Arc, thread};

use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart_auth::{
    phase_out::Phase,
    sign_in::{Rules, Service, SignInError},
    store::Pool,
    verify::{Gate, HashMemory, Peppers, Policy},
};
use tokenkaart_terminal::{Failure, pepper};
use tokenkaart_token::{hash::Scheme, token::Random};

use super::{failure::Failure as FailedVisit, metrics::Metrics, places::Places};
use crate::{
    config::{Application, ClientAuth, Config},
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

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(super) service: Service,
    pub(super) pool: Pool,
    pub(super) keys: KeyRing,
    pub(super) client_keys: BTreeMap<String, ClientKeys>,
    pub(super) forms: FormSecret,
    pub(super) style: Style,
    pub(super) script: Script,
    pub(super) metrics: Metrics,
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
    pub(crate) fn open(config: Config) -> Result<Self, Failure> {
        let smtp = config.mail.as_ref().map(Smtp::open).transpose()?;
        Self::with(config, smtp.map(|smtp| Delivery::Smtp(Box::new(smtp))))
    }

    /// The same with mails that go elsewhere than the configuration says.
    ///
    /// # Errors
    /// [`Failure`] with what is wrong.
    pub(crate) fn with(config: Config, delivery: Option<Delivery>) -> Result<Self, Failure> {
        let keys = KeyRing::read(&config.signing_keys)?;
        let forms = FormSecret::read(&config.secret_file)?;
        let peppers = config.pepper_files.iter().map(|path| pepper(path));
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let hashes = Arc::new(HashMemory::new(config.hash_memory).at_once(processors));
        let gate = Gate {
            policy: Policy { ceiling: config.ceiling, ..Policy::default() },
            peppers: Peppers::new(peppers.collect::<Result<_, _>>()?).within(Arc::clone(&hashes)),
            actor: "sign-in".to_owned(),
        };
        let mut client_keys = BTreeMap::new();
        for application in &config.applications {
            if let ClientAuth::Keys(path) = &application.auth {
                client_keys.insert(application.id.clone(), ClientKeys::read(path)?);
            }
        }
        let pool = Pool::open(&config.store, config.connections)?;
        let ends_token = config.ends_token;
        let rules = Rules { scheme: config.password_kdf, ends_token, ..Rules::default() };
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
            style: Style::of(&config.office),
            script: Script::new(),
            metrics: Metrics::default(),
            delivery,
            config,
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
    pub(super) async fn blocking<T: Send + 'static, E: Into<FailedVisit> + Send + 'static>(
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
    pub(super) fn now(&self) -> jiff::Zoned {
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
    pub(super) fn random() -> Random<SysRng> {
        Random::new(SysRng)
    }
}
