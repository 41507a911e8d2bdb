//! What a run made, in words and as JSON.

use std::path::Path;

use serde_json::json;
use tokenkaart::run::Summary;
use tokenkaart_terminal::count;
use tokenkaart_token::{
    run_files::{CARDS, RECORDS, manifest::ListedBundle},
    shell::{quoted_path, shown},
    token::CheckSymbol,
};

pub(super) fn in_words(out: &Path, summary: &Summary) -> String {
    let manifest = &summary.manifest;
    let parameters = &manifest.parameters;
    let format = &parameters.code_format;
    let next = quoted_path(out);
    let out = shown(out);
    let cards = count(manifest.holders, "card", "cards");
    let records = count(manifest.holders, "record", "records");
    let files = count(manifest.bundles.len() as u64, "file", "files");
    let check = match format.check() {
        CheckSymbol::WeightedSum => " and a check symbol",
        CheckSymbol::None => "",
    };
    let sealed = parameters.sealed_to.iter().map(|recipient| format!("sealed to: {recipient}\n"));
    let signed = summary.signed_by.as_ref().map(|signer| format!("signed by: {signer}\n"));
    let replaces = parameters.replaces.as_ref().map(|replaces| {
        format!("voids: {} of earlier cards\n", count(replaces.serials, "serial", "serials"))
    });
    let hand_over: String = sealed.chain(signed).chain(replaces).collect();
    let key = parameters.key_id.map_or("no pepper".to_owned(), |id| format!("pepper {id}"));
    format!(
        "{cards} in {out}/{} ({files}), {records} in {out}/{}\n\
         codes: {} of {} symbols{check}, {:.1} bits each\n\
         hashes: {}, {key}; {} verified with a second implementation\n\
         {hand_over}\
         next: tokenkaart check {next}\n",
        CARDS,
        RECORDS,
        format.random_symbols(),
        format.alphabet().size(),
        format.bits(),
        parameters.scheme,
        summary.verified,
    )
}

pub(super) fn as_json(out: &Path, summary: &Summary, seconds: f64) -> serde_json::Value {
    let manifest = &summary.manifest;
    let files = |path: &dyn Fn(&ListedBundle) -> String| {
        manifest.bundles.iter().map(path).collect::<Vec<_>>()
    };
    json!({
        "run": manifest.run,
        "out": out.to_string_lossy(),
        "cards": manifest.holders,
        "records": manifest.holders,
        "card_files": files(&|bundle| bundle.cards.path.clone()),
        "record_files": files(&|bundle| bundle.records.path.clone()),
        "code_bits": (manifest.parameters.code_format.bits() * 10.0).round() / 10.0,
        "scheme": manifest.parameters.scheme,
        "key_id": manifest.parameters.key_id,
        "sealed_to": manifest.parameters.sealed_to,
        "signed_by": summary.signed_by,
        "verified": summary.verified,
        "voids": manifest.parameters.replaces.as_ref().map_or(0, |replaces| replaces.serials),
        "seconds": (seconds * 1000.0).round() / 1000.0,
    })
}
