//! `POST /card/activation`: a code on paper, and a link by e-mail at the same time.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart::handout::ActivationSheet;
use tokenkaart_auth::{
    account::{self, AccountError, NewAccount, UserName},
    activation::{self, Activation},
    clerk,
    store::account as accounts,
};
use zeroize::Zeroizing;

use super::{
    super::{
        at_desk::{AtDesk, read},
        notice,
        person::Person,
    },
    making::Subject,
    outcome, pdf,
    texts::card_texts,
};
use crate::{
    mail::{ACTIVATION, last_day},
    sign_in::{FailedVisit, Site},
};

/// What came of it.
enum Made {
    /// The one copy.
    Pdf(Zeroizing<Vec<u8>>),
    /// User name or address are missing, there is no mail server, or it was done already: the page says
    /// so.
    Elsewhere,
    UserNameTaken,
    EmailTaken,
}

/// `POST /card/activation`
pub(in crate::desk) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let (asked, actor) = (person.clone(), clerk::actor(&at.clerk.user_name));
    // What was there when the form was made.
    let before = at.field("begun").and_then(|begun| begun.parse::<i64>().ok());
    let k = card_texts(at.language());
    match at.blocking(move |site| make(site, &asked, before, &actor)).await? {
        Made::Pdf(pdf) => Ok(pdf::answer(pdf, "activation")),
        Made::Elsewhere => outcome::to(&at, &person),
        Made::UserNameTaken => outcome::asked(&at, Some(("activation", k.user_name_taken))).await,
        Made::EmailTaken => outcome::asked(&at, Some(("activation", k.email_taken))).await,
    }
}

fn make(
    site: &Site,
    person: &Person,
    before: Option<i64>,
    actor: &str,
) -> Result<Made, FailedVisit> {
    let (Some(subject), Some(outbox)) = (Subject::find(site, person)?, site.service.outbox())
    else {
        return Ok(Made::Elsewhere);
    };
    let (now, random) = (site.now(), &mut Site::random());
    let holder = &subject.holder;
    let mut store = site.pool.get()?;
    let begun = if subject.has_account {
        let now = now.timestamp();
        let begun =
            activation::begin_once(&mut store, outbox, &holder.id, before, actor, now, random);
        match begun {
            Ok(Some(begun)) => begun,
            // The same form once more, or another clerk's: the page says until when that is good.
            Ok(None) => return Ok(Made::Elsewhere),
            Err(error) => {
                tracing::error!("{error}");
                return Err(FailedVisit::Fault);
            }
        }
    } else {
        let user_name = person.user_name.as_ref().and_then(|name| name.parse::<UserName>().ok());
        let (Some(user_name), Some(email)) = (user_name, Subject::email(person)) else {
            return Ok(Made::Elsewhere);
        };
        let new = NewAccount {
            holder: holder.id.clone(),
            user_name,
            email,
            name: Some(holder.name.clone()),
            language: subject.language,
            password: None,
        };
        let made =
            account::create_to_activate(&mut store, &new, outbox, actor, now.timestamp(), random);
        match made {
            Ok(begun) => begun,
            Err(AccountError::UserNameTaken { .. }) => return Ok(Made::UserNameTaken),
            Err(AccountError::EmailTaken { .. }) => return Ok(Made::EmailTaken),
            // Another form has made it since; the page goes on with that account.
            Err(AccountError::HolderTaken { .. }) => return Ok(Made::Elsewhere),
            Err(error) => {
                tracing::error!("{error}");
                return Err(FailedVisit::Fault);
            }
        }
    };
    drop(store);
    sheet(site, &subject, &begun).map(Made::Pdf)
}

fn sheet(
    site: &Site,
    subject: &Subject,
    begun: &Activation,
) -> Result<Zeroizing<Vec<u8>>, FailedVisit> {
    let id = subject.holder.id.as_str();
    let account = read(site, |store| accounts::of_holder(store, id))?.ok_or(FailedVisit::Fault)?;
    let (office, language) = (&site.config.office, subject.language);
    let code = begun.code.on_paper();
    let issuer = site.config.issuer.as_str();
    let address = format!("{}{ACTIVATION}", issuer.strip_prefix("https://").unwrap_or(issuer));
    let sheet = ActivationSheet {
        office: office.name.in_language(language),
        date: site.now().date(),
        name: &subject.holder.name,
        user_name: &account.user_name,
        email: &account.email,
        code: &code,
        address: &address,
        until: last_day(begun.until, &site.config.time_zone),
        phone: &office.help_line,
    };
    sheet.print(language, None).map_err(|error| {
        tracing::error!("a sheet can't be made: {error}");
        FailedVisit::Fault
    })
}
