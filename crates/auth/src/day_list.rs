//! The holder file of a day: whom a desk expects. It is kept sealed, under keys that are not in the
//! store, and gone when its day is over, or as soon as somebody says so.

use std::fmt;

use jiff::Timestamp;
use rand::TryCryptoRng;
use serde::{Deserialize, Serialize};
use tokenkaart_token::token::Random;

use crate::{
    Lane,
    sign_in::{Service, SignInError},
    store::{
        Pool, StoreError,
        audit::{self, Entry, Event},
        day_list::{self, DayListRow},
        sealed::of_day_list,
    },
    verify::{Clock, retry::retried},
};

/// Holders that are sealed together.
const PAGE: usize = 500;
/// No list has more.
pub const MOST_HOLDERS: usize = 50_000;

/// Somebody whom a desk expects. No address: a letter is another matter.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct DayHolder {
    /// The holder's id.
    pub id: String,
    /// How they are called.
    pub name: String,
    /// The code of a language.
    pub language: Option<String>,
    /// What they are to sign in by.
    pub user_name: Option<String>,
    /// Where they are to be written to.
    pub email: Option<String>,
}

/// Who it is is not for a log.
impl fmt::Debug for DayHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DayHolder(…)")
    }
}

/// The list of a day.
#[derive(Clone, Debug)]
pub struct DayList {
    /// The file that it came from, as its clerk's browser named it.
    pub file: String,
    /// Who brought it, by user name.
    pub clerk: String,
    /// When, in milliseconds since 1970.
    pub made_at: i64,
    /// Who is on it.
    pub holders: Vec<DayHolder>,
}

/// A page, as it is sealed.
#[derive(Deserialize, Serialize)]
struct Sealed {
    file: String,
    clerk: String,
    holders: Vec<DayHolder>,
}

impl Service {
    /// Keeps a list until a moment, in the place of the one before; false where this service has no keys
    /// to seal by.
    ///
    /// # Errors
    /// [`SignInError`]; the one before counts then.
    pub fn keep_day_list<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        list: &DayList,
        until: Timestamp,
        actor: &str,
        random: &mut Random<R>,
    ) -> Result<bool, SignInError> {
        let Some(sealer) = &self.sealer else { return Ok(false) };
        let failed = |error: R::Error| SignInError::random(&error);
        let id = format!("{:032x}", u128::from_be_bytes(random.salt().map_err(failed)?));
        let pages = u32::try_from(list.holders.len().div_ceil(PAGE)).unwrap_or(u32::MAX);
        let mut rows = Vec::new();
        for (page, holders) in (0..).zip(list.holders.chunks(PAGE)) {
            let sealed = Sealed {
                file: list.file.clone(),
                clerk: list.clerk.clone(),
                holders: holders.to_vec(),
            };
            // Texts alone have a JSON.
            let bytes = zeroize::Zeroizing::new(serde_json::to_vec(&sealed).unwrap_or_default());
            let body = sealer.seal(&of_day_list(&id, page), &bytes, random).map_err(failed)?;
            let (made_at, until) = (list.made_at, until.as_millisecond());
            rows.push(DayListRow { list: id.clone(), page, pages, body, made_at, until });
        }
        let detail = list.holders.len().to_string();
        let now = Timestamp::from_millisecond(list.made_at).unwrap_or_default();
        retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin_long()?;
            let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
            day_list::delete(&mut transaction)?;
            for row in &rows {
                row.insert(&mut transaction)?;
            }
            let entry = told(Event::DayListKept, &detail);
            audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
            transaction.commit()
        })?;
        Ok(true)
    }

    /// The list of today, if there is one whose pages are all there and can be opened.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn day_list(
        &self,
        pool: &Pool,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<DayList>, SignInError> {
        let Some(sealer) = &self.sealer else { return Ok(None) };
        let rows = day_list::all(&mut pool.get()?.read()?, clock.now().timestamp())?;
        let mut found: Option<DayList> = None;
        let mut pages = 0;
        for row in &rows {
            let opened = sealer.open(&of_day_list(&row.list, row.page), &row.body)?;
            let Ok(sealed) = serde_json::from_slice::<Sealed>(&opened) else { return Ok(None) };
            pages = row.pages;
            if let Some(list) = &mut found {
                list.holders.extend(sealed.holders);
            } else {
                let Sealed { file, clerk, holders } = sealed;
                found = Some(DayList { file, clerk, made_at: row.made_at, holders });
            }
        }
        Ok(found.filter(|_| u32::try_from(rows.len()) == Ok(pages)))
    }

    /// Forgets the list of today; false when there is none.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn forget_day_list(
        &self,
        pool: &Pool,
        actor: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<bool, SignInError> {
        Ok(retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
            if day_list::delete(&mut transaction)? == 0 {
                return Ok(false);
            }
            let entry = told(Event::DayListForgotten, "");
            let now = clock.now().timestamp();
            audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
            transaction.commit()?;
            Ok(true)
        })?)
    }
}

const fn told(event: Event, detail: &str) -> Entry<'_> {
    Entry { event, reference: None, serial: None, position: None, detail }
}
