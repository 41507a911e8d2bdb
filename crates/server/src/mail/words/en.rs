//! English.

use super::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    hello: "Hello {user},",
    code_subject: "Your code for {office}",
    code_sign_in: "Somebody has entered your user name and your password to sign in to {name}: {time}.",
    code_own_page: "Somebody has entered your user name and your password to sign in to your account: {time}.",
    code_address: "Somebody has entered this e-mail address for your account: {time}.",
    code_password: "Somebody wants to choose a new password for your account: {time}.",
    code_is: "If that was you, type this code on the page that asks for it. It works for ten minutes, in the same browser only:",
    code_never: "Never tell anybody this code, not even somebody who says that they call for {office}.",
    code_not_you: "Was it not you? Then don't use the code. Somebody may know your password: choose a new one, and call {line}.",
    app: "Security code by app",
    mail: "Security code by e-mail",
    token: "Security code by token",
    active_subject: "Your new digital key is active",
    active: "From now on you can sign in with this digital key: {name}.",
    token_ended: "Your token has ended, so its codes can't be used any more. You can destroy the card.",
    lost_subject: "Your token has ended",
    lost: "You have reported your token lost, or somebody who knows your password has. Nobody can sign in with the card any more.",
    removed_subject: "A digital key was removed",
    removed: "You can no longer sign in with this digital key: {name}.",
    address_subject: "Your e-mail address was changed",
    address: "From now on we write to you at this address: {address}.",
    password_subject: "Your password was changed",
    password: "From now on you sign in with the new password.",
    language_subject: "Your language was changed",
    language: "From now on we write to you in English.",
    not_you: "Was it not you? Then somebody may be using your account. Call {line} at once, or go to {desk}.",
    automatic: "{office} sent this mail by itself; nobody reads an answer to it. Do you need help? Call {line}.",
};
