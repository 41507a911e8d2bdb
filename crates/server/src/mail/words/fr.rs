//! French.

use super::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    hello: "Bonjour {user},",
    code_subject: "Votre code pour {office}",
    code_sign_in: "Quelqu’un a entré votre nom d’utilisateur et votre mot de passe pour se connecter à {name} : {time}.",
    code_own_page: "Quelqu’un a entré votre nom d’utilisateur et votre mot de passe pour se connecter à votre compte : {time}.",
    code_address: "Quelqu’un a entré cette adresse e-mail pour votre compte : {time}.",
    code_password: "Quelqu’un veut choisir un nouveau mot de passe pour votre compte : {time}.",
    code_is: "C’était vous ? Tapez alors ce code sur la page qui le demande. Il fonctionne dix minutes, et seulement dans le même navigateur :",
    code_never: "Ne dites ce code à personne, pas même à quelqu’un qui dit appeler pour {office}.",
    code_not_you: "Ce n’était pas vous ? N’utilisez pas le code. Quelqu’un connaît peut-être votre mot de passe : choisissez-en un nouveau, et appelez le {line}.",
    app: "Code de sécurité via une application",
    mail: "Code de sécurité par e-mail",
    token: "Code de sécurité via token",
    active_subject: "Votre nouvelle clé numérique est active",
    active: "Dès maintenant, vous pouvez vous connecter avec cette clé numérique : {name}.",
    token_ended: "Votre token a pris fin. Ses codes ne fonctionnent plus : vous pouvez détruire la carte.",
    lost_subject: "Votre token a pris fin",
    lost: "Vous avez signalé la perte de votre token, ou quelqu’un qui connaît votre mot de passe l’a fait. Plus personne ne peut se connecter avec la carte.",
    removed_subject: "Une clé numérique a été supprimée",
    removed: "Vous ne pouvez plus vous connecter avec cette clé numérique : {name}.",
    address_subject: "Votre adresse e-mail a été changée",
    address: "Dès maintenant, nous vous écrivons à cette adresse : {address}.",
    password_subject: "Votre mot de passe a été changé",
    password: "Dès maintenant, vous vous connectez avec le nouveau mot de passe.",
    language_subject: "Votre langue a été changée",
    language: "Dès maintenant, nous vous écrivons en français.",
    not_you: "Ce n’était pas vous ? Quelqu’un d’autre utilise peut-être votre compte. Appelez tout de suite le {line}. Adresse : {desk}.",
    automatic: "{office} a envoyé cet e-mail automatiquement ; personne ne lit une réponse. Besoin d’aide ? Appelez le {line}.",
};
