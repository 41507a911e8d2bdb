//! Designs that come from somebody else.

use super::office::Office;

const LOGO: &str = "\n[[logo]]\nx = 30.0\ny = 58.0\nwidth = 8.0\nheight = 8.0\nfile = ";
const DRAWING: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>"#;

#[test]
fn a_design_shows_no_file_outside_its_folder() {
    let office = Office::new();
    std::fs::create_dir_all(office.path("house/logos")).unwrap();
    office.write("secret.svg", DRAWING);
    office.write("house/logos/own.svg", DRAWING);
    std::os::unix::fs::symlink(office.path("secret.svg"), office.path("house/link.svg")).unwrap();
    // A card with room below.
    let plain =
        office.run(&["design", "show", "card"]).ended(0).replace("height = 53.98", "height = 90.0");
    let outside = office.path("secret.svg");
    for (file, works) in [
        ("logos/own.svg", true),
        ("../secret.svg", false),
        ("logos/../../secret.svg", false),
        (outside.to_str().unwrap(), false),
        ("link.svg", false),
    ] {
        office.write("house/my.toml", format!("{plain}{LOGO}\"{file}\"\n"));
        let said = office.run(&["design", "check", "house/my.toml"]);
        if works {
            said.ended(0);
        } else {
            let said = said.ended(2);
            assert!(said.contains("outside the design's folder"), "{file}: {said}");
        }
    }
}

#[test]
fn a_preview_replaces_an_older_one_and_nothing_else() {
    let office = Office::new();
    let preview = |more: &[&str]| {
        let begun = ["design", "preview", "card", "--out", "card.png"];
        office.run(&[&begun[..], more].concat())
    };
    let said = preview(&[]).ended(0);
    assert!(
        said.starts_with("card.png: fronts and backs of 4 sample cards of card (nl, fr, de, en)"),
        "{said}"
    );
    let first = std::fs::read(office.path("card.png")).unwrap();
    let said = preview(&[
        "--language",
        "de",
        "--office",
        "Stadt Eupen",
        "--phone",
        "087 59 58 11",
        "--url",
        "https://eupen.example.be/",
        "--window",
        "left",
    ])
    .ended(0);
    assert!(said.contains("(de), marked SPECIMEN"), "{said}");
    let second = std::fs::read(office.path("card.png")).unwrap();
    assert_ne!(first, second);
    // What other programs see: a whole picture.
    let picture = image::load_from_memory(&second).unwrap();
    assert!(picture.width() > 900 && picture.height() > 900);
    // Somebody else's picture, or any other file, stays.
    for other in [&second[..40], b"notes", b"\x89PNG\r\n\x1a\n"] {
        office.write("card.png", other);
        let said = preview(&[]).ended(2);
        assert!(said.contains("nothing is ever overwritten"), "{said}");
        assert_eq!(std::fs::read(office.path("card.png")).unwrap(), other);
    }
    std::fs::remove_file(office.path("card.png")).unwrap();
    office.write("there.png", &second);
    std::os::unix::fs::symlink(office.path("there.png"), office.path("card.png")).unwrap();
    preview(&[]).ended(2);
    assert_eq!(std::fs::read(office.path("there.png")).unwrap(), second);
}

#[test]
fn the_list_of_designs_says_what_each_is_for() {
    let said = Office::new().run(&["design", "list"]).ended(0);
    for line in said.lines() {
        let (name, purpose) = line.split_once(' ').unwrap();
        assert!(tokenkaart::design::Design::built_in(name).is_ok(), "{line}");
        assert!(purpose.trim().len() > 20, "{line}");
    }
    assert!(said.contains("card      one card of the size of a bank card"), "{said}");
}
