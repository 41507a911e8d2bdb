//! What an eye that knows nothing of PDF's text reads: Tesseract, in pictures drawn by poppler.

use std::path::Path;

use tempfile::TempDir;
use tokenkaart::{
    design::{Design, Mm},
    layout::Standing,
};
use tokenkaart_token::{
    run_files::Window,
    token::{CodeFormat, Position},
};

use super::judge;
use crate::{DESIGNS, cards, on_disk};

/// As fine as Tesseract reads best in small print, in dots per inch.
const DPI: f32 = 400.0;

/// A part of the first page as a picture: left, top, width and height in millimetres.
fn picture(pdf: &Path, folder: &TempDir, part: [f32; 4]) -> String {
    let dots = part.map(|mm| format!("{:.0}", mm / 25.4 * DPI));
    let [x, y, width, height] = dots.each_ref().map(String::as_str);
    let out = folder.path().join("part");
    let (pdf, out) = (pdf.to_str().unwrap(), out.to_str().unwrap());
    let dpi = format!("{DPI}");
    let page = ["-singlefile", "-png", "-gray", "-r", &dpi];
    let part = ["-x", x, "-y", y, "-W", width, "-H", height, pdf, out];
    judge::run("pdftoppm", &[&page[..], &part].concat());
    format!("{out}.png")
}

fn read(picture: &str, options: &[&str]) -> String {
    let dpi = format!("{DPI}");
    judge::run("tesseract", &[&[picture, "-", "--dpi", &dpi, "-l", "eng"], options].concat())
}

#[test]
fn an_outside_eye_reads_the_codes_and_the_name_of_each_design() {
    let format = CodeFormat::default();
    for name in DESIGNS {
        let printed = cards(name, None, 1);
        let design = Design::built_in(name).unwrap();
        let corner = design.sheet.map_or([0.0; 2], |sheet| {
            let cell = sheet.cell(0, &design.page, false);
            [cell.x.0, cell.y.0]
        });
        let (column, page) =
            (design.grid.area.width.0 / f32::from(design.grid.columns), design.page);
        let left = design.grid.code_left.0;
        let standing = Standing::new(design, format.clone(), Window::Left, None).unwrap();
        let (folder, path) = on_disk(&printed.pdf);
        let mut wrong = Vec::new();
        for position in Position::all() {
            let code = printed.tokens[0].code(position).printed(&format);
            let [_, line] = standing.numbered_code(position, &code.replace(' ', ""));
            let em = Mm::from(line.size).0;
            // A code alone, and a little of what is about it.
            let part = [
                corner[0] + line.x.0 - 0.4,
                corner[1] + line.baseline.0 - 0.95 * em,
                (column - left).min(8.0 * em),
                1.2 * em,
            ];
            let allowed = format!("tessedit_char_whitelist={}", format.alphabet().as_str());
            let options = ["--psm", "7", "-c", &allowed, "-c", "load_system_dawg=0"];
            let text = read(&picture(&path, &folder, part), &options);
            if text.split_whitespace().collect::<String>() != code.replace(' ', "") {
                wrong.push(format!("{position}: {}, not {}", text.trim(), &*code));
            }
        }
        // It leaves out a 9 or a D now and then, which anybody would read: docs/design.md.
        assert!(wrong.len() <= 2, "{name}: {}", wrong.join("\n"));
        let part = [corner[0], corner[1], page.width.0, page.height.0];
        let text = read(&picture(&path, &folder, part), &["--psm", "11"]);
        assert!(text.contains(printed.names[0]), "{name}: {text}");
    }
}
