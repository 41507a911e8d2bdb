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
