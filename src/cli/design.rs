//! `tokenkaart design`: list, show, check and preview designs.

use std::path::Path;

use tokenkaart::{
    design::{Design, MAX_ARTWORK_BYTES},
    layout::{self, Faces, FallbackFont, MAX_FALLBACK_BYTES},
    print::{self, About},
};
use tokenkaart_terminal::{Failure, Outcome};
use tokenkaart_token::{files, language::Language};

use super::args::DesignCommand;

/// The largest design file, in bytes.
const MAX_BYTES: u64 = 1 << 20;

pub(super) fn run(command: DesignCommand) -> Result<Outcome, Failure> {
    match command {
        DesignCommand::List => {
            for name in Design::built_in_names() {
                println!("{name}");
            }
        }
        DesignCommand::Show { name } => print!("{}", Design::built_in_text(&name)?),
        DesignCommand::Check { file } => {
            let design = from_file(&file)?;
            println!("{}: nothing is wrong with it", design.name);
        }
        DesignCommand::Preview { design, out, name, fallback_font } => {
            let design = load(&design)?;
            let fallback = fallback_font.as_deref().map(self::fallback_font).transpose()?;
            super::preview::write(&design, name.as_deref(), fallback, &out)?;
        }
        DesignCommand::ContactSheet { out } => {
            contact_sheet(&out)?;
        }
    }
    Ok(Outcome::Done)
}

/// A design by its name, or by its file if the name ends in `.toml`.
pub(super) fn load(name: &str) -> Result<Design, Failure> {
    let path = Path::new(name);
    let is_file = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    if is_file { from_file(path) } else { Ok(Design::built_in(name)?) }
}

/// A font for names that the program's own fonts can't set.
pub(super) fn fallback_font(path: &Path) -> Result<FallbackFont, Failure> {
    let bytes = files::read_whole(path, MAX_FALLBACK_BYTES)?;
    FallbackFont::parse(bytes).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn from_file(path: &Path) -> Result<Design, Failure> {
    let name = path.display().to_string();
    let text = String::from_utf8(files::read_whole(path, MAX_BYTES)?).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        Failure::new(format!("{name}:{line}: this is not UTF-8; save the file as UTF-8"))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut artwork = |file: &str| {
        let bytes = files::read_whole(&folder.join(file), MAX_ARTWORK_BYTES);
        bytes.map_err(|error| error.to_string())
    };
    Ok(Design::parse(&name, &text, &mut artwork)?)
}

/// Every letter of DIN 91379 as the program sets it, on the pages of the letter's design.
fn contact_sheet(out: &Path) -> Result<(), Failure> {
    let design = Design::built_in("letter")?;
    let faces = Faces::shipped()?;
    let pages = layout::contact_sheet(&faces, &design.printed_page());
    let about = About {
        title: "DIN 91379".to_owned(),
        author: None,
        language: Language::En,
        date: jiff::Zoned::now().date(),
    };
    files::write_whole(out, &print::print(&design, &faces, &pages, &about)?)?;
    Ok(())
}
