//! `tokenkaart design`: list, show, check and preview designs.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use tokenkaart::{
    design::Design,
    layout::{self, Faces},
    print::{self, About},
};
use tokenkaart_terminal::{Document, Failure, Outcome, result};
use tokenkaart_token::{files, language::Language};

use super::{design_file, preview};

#[derive(Subcommand)]
pub(super) enum DesignCommand {
    /// List the designs that the program carries, and what each is for
    List,
    /// Print a design's file, to begin one of your own: tokenkaart design show card > my.toml
    Show {
        /// The design's name
        name: String,
    },
    /// Say what is wrong with a design file, with line, column and remedy
    Check {
        /// The design file
        file: PathBuf,
    },
    /// Draw sample cards, from the very PDF that would be printed, and mark them as such
    Preview(Box<preview::Options>),
    /// Print every letter of DIN 91379 in both text fonts, to be looked at
    ContactSheet {
        /// The PDF file to make
        #[arg(long, short, value_name = "PDF")]
        out: PathBuf,
    },
}

pub(super) fn run(command: DesignCommand) -> Result<Outcome, Failure> {
    match command {
        DesignCommand::List => {
            let names = Design::built_in_names();
            let lines = names.map(|name| Ok(format!("{name:9} {}\n", Design::purpose(name)?)));
            result(&lines.collect::<Result<String, Failure>>()?)?;
        }
        DesignCommand::Show { name } => {
            let mut document = Document::begin();
            document.write_all(Design::built_in_text(&name)?.as_bytes())?;
            document.flush()?;
        }
        DesignCommand::Check { file } => {
            let design = design_file::check(&file)?;
            result(&format!("{}: nothing is wrong with it\n", design.name))?;
        }
        DesignCommand::Preview(options) => preview::write(&options)?,
        DesignCommand::ContactSheet { out } => {
            contact_sheet(&out)?;
        }
    }
    Ok(Outcome::Done)
}

/// Every letter of DIN 91379 as the program sets it, on the pages of the letter's design.
fn contact_sheet(out: &Path) -> Result<(), Failure> {
    let design = Design::built_in("letter")?;
    let faces = Faces::shipped()?;
    let pages = layout::contact_sheet(&faces, &design.printed_page());
    let about = About::new("DIN 91379".to_owned(), Language::En, jiff::Zoned::now().date());
    files::write_whole(out, &print::print(&design, &faces, &pages, &about)?)?;
    Ok(())
}
