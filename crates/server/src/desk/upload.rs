//! A form with a file: `multipart/form-data` (RFC 7578), as browsers send it.

use axum::{
    body::{Body, to_bytes},
    http::{StatusCode, header},
};

use crate::{openid::Parameters, sign_in::Visit};

/// No form with a file is longer, in bytes.
const MOST: usize = 16 * 1024 * 1024;
/// No form has more parts.
const MOST_PARTS: usize = 16;

/// Names and values, as they stand in a form.
type Fields = Vec<(String, String)>;

/// A file that came with a form.
pub(super) struct Upload {
    /// As the browser named it, without folders.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// A request with its form, and the file in it.
///
/// # Errors
/// The answer to one that is too long, or is no such form.
pub(super) async fn posted(
    visit: Visit,
    body: Body,
) -> Result<(Visit, Option<Upload>), StatusCode> {
    let kind = visit.header(header::CONTENT_TYPE.as_str()).unwrap_or_default().to_owned();
    if !kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        return Ok((visit.posted(body).await?, None));
    }
    let bytes = to_bytes(body, MOST).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let (fields, file) = parse(&kind, &bytes).ok_or(StatusCode::BAD_REQUEST)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    Ok((visit.with_form(Parameters::read(form.finish().as_bytes())), file))
}

/// The fields of a form and its first file; `None` when it is no form.
fn parse(kind: &str, body: &[u8]) -> Option<(Fields, Option<Upload>)> {
    let (_, boundary) = kind.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = format!("\r\n--{boundary}");
    // The first one stands at the beginning.
    let mut rest = body.strip_prefix(&delimiter.as_bytes()[2..])?;
    let (mut fields, mut file) = (Vec::new(), None);
    for _ in 0..MOST_PARTS {
        if rest.starts_with(b"--") {
            return Some((fields, file));
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&rest[..head_end]).ok()?;
        rest = &rest[head_end + 4..];
        let end = find(rest, delimiter.as_bytes())?;
        let content = &rest[..end];
        rest = &rest[end + delimiter.len()..];
        let disposition = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then_some(value)
        })?;
        let name = parameter(disposition, "name")?;
        match parameter(disposition, "filename") {
            Some(_) if content.is_empty() || file.is_some() => {}
            Some(path) => {
                let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                file = Some(Upload { name, bytes: content.to_vec() });
            }
            None => fields.push((name, String::from_utf8(content.to_vec()).ok()?)),
        }
    }
    None
}

/// A parameter in quotation marks.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    disposition.split(';').find_map(|part| {
        let (found, value) = part.trim().split_once('=')?;
        // Browsers write a quotation mark inside as %22.
        (found == name).then(|| value.trim_matches('"').replace("%22", "\""))
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=xyz";

    #[test]
    fn fields_and_the_file_are_found_whatever_is_in_it() {
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nabc\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\a b.csv\"\r\n\
            Content-Type: text/csv\r\n\r\nid;naam\r\n--xy\r\n\r\nx\r\n--xyz--\r\n";
        let (fields, file) = parse(KIND, body.as_bytes()).unwrap();
        assert_eq!(fields, [("form".to_owned(), "abc".to_owned())]);
        let file = file.unwrap();
        assert_eq!(
            (file.name.as_str(), file.bytes.as_slice()),
            ("a b.csv", &b"id;naam\r\n--xy\r\n\r\nx"[..])
        );
    }

    #[test]
    fn what_is_no_form_is_refused_and_nothing_panics() {
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc\r\n--xyz--";
        for end in 0..body.len() {
            let whole = parse(KIND, &body.as_bytes()[..end]);
            assert!(whole.is_none() || end + 2 >= body.len(), "{end}");
        }
        assert!(parse(KIND, body.as_bytes()).is_some());
        // Each byte of it is another one in turn: nothing panics, and no file is found.
        for place in 0..body.len() {
            for byte in b"\0\r\n-\";=:x\xff" {
                let mut changed = body.as_bytes().to_vec();
                changed[place] = *byte;
                assert!(parse(KIND, &changed).is_none_or(|(_, file)| file.is_none()), "{place}");
            }
        }
        let many = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(20);
        for (kind, body) in [
            ("multipart/form-data", body),
            ("multipart/form-data; boundary=", body),
            (KIND, ""),
            (KIND, "--other\r\n"),
            (KIND, "--xyz\r\n\r\n\r\nx\r\n--xyz--"),
            (KIND, &(many + "--xyz--")),
        ] {
            assert!(parse(kind, body.as_bytes()).is_none(), "{kind} {body}");
        }
    }
}
