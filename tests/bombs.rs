//! Small workbooks that unpack to very much: each is refused in a bounded memory, and
//! `cargo test --test bombs -- --nocapture` says in which and in what time.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what can't be done is a failed test")]
#![allow(clippy::print_stdout, reason = "the figures of each bomb are shown on demand")]
#![allow(clippy::disallowed_methods, reason = "the time is shown, and nothing is judged by it")]

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use zip::write::SimpleFileOptions;

/// More than any bomb may take, in MiB; the program alone takes some 30.
const MOST_MEMORY: u64 = 200;

const WORKBOOK: &str =
    r#"<workbook xmlns:r="r"><sheets><sheet name="A" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships>
<Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/>
<Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/>
<Relationship Id="r3" Type="x/styles" Target="styles.xml"/></Relationships>"#;
const HEADER: &str = "<row><c t=\"inlineStr\"><is><t>id</t></is></c>\
    <c t=\"inlineStr\"><is><t>naam</t></is></c></row>";

/// A text of which one part is repeated until it has so many bytes.
struct Repeated<'a> {
    before: &'a str,
    part: &'a str,
    times: usize,
    after: &'a str,
}

fn text(text: &str) -> Repeated<'_> {
    Repeated { before: text, part: "", times: 0, after: "" }
}

fn zipped(parts: &[(&str, Repeated<'_>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.before.as_bytes()).unwrap();
        // In pieces, so that the test itself stays small.
        let piece = content.part.repeat((1 << 16) / content.part.len().max(1) + 1);
        let mut left = content.times * content.part.len();
        while left > 0 {
            let now = left.min(piece.len());
            archive.write_all(&piece.as_bytes()[..now]).unwrap();
            left -= now;
        }
        archive.write_all(content.after.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An Excel workbook with these parts beside the ones that all have.
fn xlsx(strings: Repeated<'_>, styles: Repeated<'_>, sheet: Repeated<'_>) -> Vec<u8> {
    zipped(&[
        ("xl/workbook.xml", text(WORKBOOK)),
        ("xl/_rels/workbook.xml.rels", text(RELATIONS)),
        ("xl/strings.xml", strings),
        ("xl/styles.xml", styles),
        ("xl/sheet.xml", sheet),
    ])
}

fn ods(content: Repeated<'_>) -> Vec<u8> {
    zipped(&[
        ("mimetype", text("application/vnd.oasis.opendocument.spreadsheet")),
        ("content.xml", content),
    ])
}

/// The size that a part claims to have, where the archive's list of parts says it, made another.
fn claiming(mut archive: Vec<u8>, name: &str, size: u32) -> Vec<u8> {
    for (signature, at) in [(b"PK\x01\x02", 46), (b"PK\x03\x04", 30)] {
        let found = (0..archive.len() - at).find(|start| {
            archive[*start..].starts_with(signature)
                && archive[start + at..].starts_with(name.as_bytes())
        });
        // Where the unpacked size stands: before the name, at 24 and at 22.
        let place = found.unwrap() + if at == 46 { 24 } else { 22 };
        archive[place..place + 4].copy_from_slice(&size.to_le_bytes());
    }
    archive
}

/// The most memory that a process had at once, in MiB.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// What the program says of a file, the most memory that it had, and how long it took.
fn read(name: &str, bytes: &[u8]) -> (Option<i32>, String, u64, Duration) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tokenkaart"))
        .args(["issue", name, "--out", "run", "--allow-weak-kdf", "--kdf", "argon2id:m=8,t=1,p=1"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (status.code(), said, memory, begun.elapsed())
}

#[track_caller]
fn assert_is_bounded(what: &str, name: &str, bytes: &[u8], says: &str) {
    let (status, said, memory, time) = read(name, bytes);
    println!("{what}: {} bytes, {memory} MiB, {} ms", bytes.len(), time.as_millis());
    assert_eq!(status, Some(2), "{what}: {said}");
    assert!(said.contains(says), "{what}: {said}");
    assert!(said.len() < 10_000, "{what}: {} bytes of message", said.len());
    assert!(memory < MOST_MEMORY, "{what}: {memory} MiB");
}

const TOO_LARGE: &str = "when unpacked; save the holders as a CSV file";

#[test]
fn shared_strings_that_fill_the_memory_are_refused() {
    let sheet = || Repeated { before: "<worksheet><sheetData>", part: "", times: 0, after: "" };
    let strings = |part, times| Repeated { before: "<sst>", part, times, after: "</sst>" };
    let of = |strings| xlsx(strings, text("<styleSheet/>"), sheet());
    for (what, strings) in [
        ("a million texts of one letter", strings("<si><t>a</t></si>", 1_000_000)),
        ("texts of nothing", strings("<si/>", 2_500_000)),
        (
            "one endless text",
            Repeated {
                before: "<sst><si><t>",
                part: "aaaaaaaa",
                times: 6_000_000,
                after: "</t></si></sst>",
            },
        ),
        ("elements in elements", strings("<si>", 2_500_000)),
        (
            "one endless name",
            Repeated { before: "<sst><", part: "aaaaaaaa", times: 6_000_000, after: "/></sst>" },
        ),
    ] {
        assert_is_bounded(what, "h.xlsx", &of(strings), TOO_LARGE);
    }
    let small = of(strings("<si><t>a</t></si>", 10));
    assert_is_bounded(
        "a claim of four gigabytes",
        "h.xlsx",
        &claiming(small, "xl/strings.xml", u32::MAX - 1),
        TOO_LARGE,
    );
    let large = of(strings("<si><t>a</t></si>", 1_000_000));
    let (status, said, memory, _) = read("h.xlsx", &claiming(large, "xl/strings.xml", 100));
    assert!(status == Some(2) && memory < MOST_MEMORY, "{memory} MiB: {said}");
}

#[test]
fn an_entity_that_stands_for_others_is_unknown() {
    let laughs: String = (1..=9)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect::<Vec<_>>()
        .concat();
    let sheet = format!(
        "<!DOCTYPE w [<!ENTITY l0 \"ha\">{laughs}]><worksheet><sheetData>{HEADER}<row>\
         <c t=\"inlineStr\"><is><t>&l9;</t></is></c></row></sheetData></worksheet>"
    );
    let bytes = xlsx(text("<sst/>"), text("<styleSheet/>"), text(&sheet));
    assert_is_bounded("a billion laughs", "h.xlsx", &bytes, "an entity that XML does not know");
    let content = format!(
        "<!DOCTYPE w [<!ENTITY l0 \"ha\">{laughs}]><office:document-content xmlns:office=\"o\" \
         xmlns:table=\"t\" xmlns:text=\"x\"><table:table table:name=\"A\"><table:table-row>\
         <table:table-cell><text:p>&l9;</text:p></table:table-cell></table:table-row></table:table>\
         </office:document-content>"
    );
    assert_is_bounded(
        "the same for LibreOffice",
        "h.ods",
        &ods(text(&content)),
        "an entity that XML",
    );
}

#[test]
fn cells_that_name_one_long_text_are_counted_by_what_they_show() {
    let long = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(1_000_000));
    let sheet = Repeated {
        before: &format!("<worksheet><sheetData>{HEADER}<row>"),
        part: "<c t=\"s\"><v>0</v></c>",
        times: 16_000,
        after: "</row></sheetData></worksheet>",
    };
    let bytes = xlsx(text(&long), text("<styleSheet/>"), sheet);
    assert_is_bounded(
        "sixteen thousand times a megabyte",
        "h.xlsx",
        &bytes,
        "a row is longer than any",
    );
}

#[test]
fn rows_of_one_cell_far_to_the_right_are_counted_by_their_width() {
    let sheet = Repeated {
        before: &format!("<worksheet><sheetData>{HEADER}"),
        part: "<row><c r=\"XFD9\"><v>1</v></c></row>",
        times: 200_000,
        after: "</sheetData></worksheet>",
    };
    let bytes = xlsx(text("<sst/>"), text("<styleSheet/>"), sheet);
    assert_is_bounded("rows of 16,384 cells", "h.xlsx", &bytes, "unpacks to more than a list");
}

#[test]
fn styles_and_parts_without_number_are_refused_or_passed_over() {
    let code = "0".repeat(60_000);
    let formats = format!(
        "<styleSheet><numFmts><numFmt numFmtId=\"200\" formatCode=\"{code}\"/></numFmts><cellXfs>"
    );
    let styles = Repeated {
        before: &formats,
        part: "<xf numFmtId=\"200\"/>",
        times: 300_000,
        after: "</cellXfs></styleSheet>",
    };
    let sheet = format!("<worksheet><sheetData>{HEADER}</sheetData></worksheet>");
    let bytes = xlsx(text("<sst/>"), styles, text(&sheet));
    assert_is_bounded("styles of one long format", "h.xlsx", &bytes, "no holders");
    let relations = Repeated {
        before: "<Relationships>",
        part: "<Relationship Id=\"r\" Type=\"x/worksheet\" Target=\"s\"/>",
        times: 1_000_000,
        after: "</Relationships>",
    };
    let bytes =
        zipped(&[("xl/workbook.xml", text(WORKBOOK)), ("xl/_rels/workbook.xml.rels", relations)]);
    assert_is_bounded("a million relations", "h.xlsx", &bytes, TOO_LARGE);
    let sheets = Repeated {
        before: "<workbook xmlns:r=\"r\"><sheets>",
        part: "<sheet name=\"A\" r:id=\"r1\"/>",
        times: 200_000,
        after: "</sheets></workbook>",
    };
    let bytes = zipped(&[
        ("xl/workbook.xml", sheets),
        ("xl/_rels/workbook.xml.rels", text(RELATIONS)),
        ("xl/strings.xml", text("<sst/>")),
        ("xl/styles.xml", text("<styleSheet/>")),
    ]);
    assert_is_bounded("two hundred thousand sheets", "h.xlsx", &bytes, TOO_LARGE);
}

#[test]
fn what_repeats_itself_in_a_sheet_of_libreoffice_is_counted() {
    let before = "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\">\
        <table:table table:name=\"A\"><table:table-row><table:table-cell><text:p>id</text:p>\
        </table:table-cell><table:table-cell><text:p>naam</text:p></table:table-cell></table:table-row>";
    let after = "</table:table></office:document-content>";
    let row = |attributes: &str, cells: &str| {
        format!("{before}<table:table-row {attributes}>{cells}</table:table-row>{after}")
    };
    let cell = |attributes: &str, inside: &str| {
        format!("<table:table-cell {attributes}><text:p>{inside}</text:p></table:table-cell>")
    };
    let wide = "table:number-columns-repeated=\"16000\"";
    let many = "table:number-rows-repeated=\"1000000\"";
    for (what, content, says) in [
        ("a cell repeated both ways", row(many, &cell(wide, "a")), "unpacks to more than a list"),
        (
            "a long cell repeated",
            row("", &cell(wide, &"a".repeat(60_000))),
            "a row is longer than any",
        ),
        (
            "blanks in blanks",
            row("", &cell("", &"<text:s text:c=\"1000\"/>".repeat(2000))),
            "a cell is longer than any",
        ),
        (
            "many cells of blanks",
            row("", &cell("", &"<text:s text:c=\"1000\"/>".repeat(900)).repeat(300)),
            "a row is longer than any",
        ),
    ] {
        assert_is_bounded(what, "h.ods", &ods(text(&content)), says);
    }
    let content = Repeated {
        before,
        part: "<table:table-row><table:table-cell/></table:table-row>",
        times: 200_000,
        after,
    };
    assert_is_bounded("two hundred thousand rows of nothing", "h.ods", &ods(content), TOO_LARGE);
}
