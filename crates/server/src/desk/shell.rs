//! The frame of the desk's pages, and what may be wrong with a form.

use form_urlencoded::byte_serialize;
use tokenkaart_auth::{Role, clerk::Clerk};
use tokenkaart_token::language::Language;

use super::texts::{Texts, texts};
use crate::{
    pages::{Texts as CommonTexts, fill, texts as common_texts, waiting},
    sign_in::Visit,
};

/// Says whether a role may look at an address.
pub(super) type May = fn(Role, &str) -> bool;

/// What all pages share.
pub(super) struct Shell<'v> {
    pub(super) language: Language,
    /// What is said at the desk alone.
    pub(super) t: &'static Texts,
    /// What is said at the sign-in service too.
    pub(super) c: &'static CommonTexts,
    pub(super) office: &'v str,
    pub(super) style: &'v str,
    pub(super) script: &'v str,
    pub(super) form_token: String,
    /// The page itself, as an address and as a value of one.
    pub(super) page: String,
    pub(super) here: String,
    /// Who is signed in, in words.
    pub(super) who: Option<String>,
    pub(super) sections: Vec<Section>,
    /// After how many seconds the screen is locked.
    pub(super) idle: Option<i64>,
    /// For how many seconds one has to wait, where one has to.
    pub(super) wait: Option<i64>,
    pub(super) faults: Vec<(&'static str, String)>,
}

/// A link of the navigation.
pub(super) struct Section {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) is_current: bool,
}

impl<'v> Shell<'v> {
    pub(super) fn new(visit: &'v Visit, signed_in: Option<(&Clerk, May)>) -> Self {
        let clerk = signed_in.map(|(clerk, _)| clerk);
        let language = visit.language(clerk.map(|clerk| clerk.language));
        let (t, c) = (texts(language), common_texts(language));
        let page = match visit.query.as_str() {
            "" => visit.path.clone(),
            query => format!("{}?{query}", visit.path),
        };
        let who = clerk.map(|clerk| {
            let name = clerk.name.as_deref().unwrap_or(&clerk.user_name);
            fill(t.signed_in_as, &[("name", name), ("role", role_in_words(clerk.role, t))])
        });
        let site = &visit.site;
        let open = signed_in.filter(|(clerk, _)| !clerk.is_locked);
        Self {
            language,
            t,
            c,
            office: site.config.office.name.in_language(language),
            style: &site.face.style.path,
            script: &site.script.path,
            form_token: visit.form_token(),
            here: byte_serialize(page.as_bytes()).collect(),
            page,
            who,
            sections: open
                .map(|(clerk, may)| sections(|path| may(clerk.role, path), &visit.path, t))
                .unwrap_or_default(),
            idle: open.map(|_| site.face.lasting.idle.as_secs()),
            wait: None,
            faults: Vec::new(),
        }
    }

    /// Says what is wrong, above and beside the field.
    pub(super) fn fault(&mut self, field: &'static str, text: impl Into<String>) {
        self.faults.push((field, text.into()));
    }

    /// Says that one has to wait, and counts down.
    pub(super) fn waits(&mut self, field: &'static str, seconds: i64) {
        self.wait = Some(seconds.max(1));
        self.fault(field, waiting(seconds, self.c));
    }

    /// What is wrong with a field.
    pub(super) fn fault_at(&self, field: &str) -> Option<&str> {
        let mut faults = self.faults.iter();
        faults.find(|(faulty, _)| *faulty == field).map(|(_, text)| text.as_str())
    }

    /// Each language, what it calls itself, and whether it is this page's.
    pub(super) fn languages(&self) -> [(&'static str, &'static str, bool); 4] {
        Language::ALL
            .map(|other| (other.code(), common_texts(other).own_name, other == self.language))
    }
}

/// The parts of the desk that a role may see.
fn sections(may: impl Fn(&str) -> bool, here: &str, t: &'static Texts) -> Vec<Section> {
    let all = [
        ("/", t.search),
        ("/person/enter", t.enter),
        ("/file", t.file),
        ("/lists", t.lists),
        ("/acts", t.acts),
        ("/clerks", t.clerks),
    ];
    let theirs = all.into_iter().filter(|(path, _)| may(path));
    theirs.map(|(path, text)| Section { path, text, is_current: path == here }).collect()
}

/// A role as people know it.
pub(super) const fn role_in_words(role: Role, t: &Texts) -> &'static str {
    match role {
        Role::Clerk => t.role_clerk,
        Role::Supervisor => t.role_supervisor,
        Role::Auditor => t.role_auditor,
    }
}
