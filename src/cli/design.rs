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
    /// List the designs that the program carries
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
    /// Draw sample cards in four languages, from the very PDF that would be printed
    Preview {
        /// A design's name or file
        design: String,
        /// The picture to make
        #[arg(long, short, value_name = "PNG")]
        out: PathBuf,
        /// A name of your own on the first card
        #[arg(long)]
        name: Option<String>,
        /// A TrueType font for names in letters that the program's own fonts lack
        #[arg(long, value_name = "FILE")]
        fallback_font: Option<PathBuf>,
    },
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
            let names: Vec<&str> = Design::built_in_names().collect();
            result(&(names.join("\n") + "\n"))?;
        }
        DesignCommand::Show { name } => {
            let mut document = Document::begin();
            document.write_all(Design::built_in_text(&name)?.as_bytes())?;
            document.flush()?;
        }
        DesignCommand::Check { file } => {
            let design = design_file::read(&file)?;
            result(&format!("{}: nothing is wrong with it\n", design.name))?;
        }
        DesignCommand::Preview { design, out, name, fallback_font } => {
            let design = design_file::load(&design)?;
            let fallback = fallback_font.as_deref().map(design_file::fallback_font).transpose()?;
            preview::write(&design, name.as_deref(), fallback, &out)?;
        }
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
    let about = About {
        title: "DIN 91379".to_owned(),
        author: None,
        language: Language::En,
        date: jiff::Zoned::now().date(),
    };
    files::write_whole(out, &print::print(&design, &faces, &pages, &about)?)?;
    Ok(())
}
