//! Accounts: who may sign in. One holder, one user name, one e-mail address.

mod app;
mod blocklist;
mod create;
mod email;
mod import;
mod key;
mod password;
mod user_name;

pub(crate) use self::password::Fit;
pub use self::{
    app::give_app,
    create::{AccountError, NewAccount, NewPassword, create, create_to_activate},
    email::{EmailAddress, EmailError},
    import::{
        ImportError, ImportFault, ImportFaultKind, Imported, faults, import, import_to_activate,
    },
    key::{HeldKey, KeyAct, KeyChanged, change_key, keys_of},
    password::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, Password, PasswordError},
    user_name::{MAX_USER_NAME_CHARS, UserName, UserNameError},
};
