//! A browser as far as it matters here: cookies of each host, forms, and going where it is sent.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// A page, or what else came.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The same as it came, which may be no text.
    #[allow(dead_code, reason = "the sign-in service answers with texts alone")]
    pub(crate) bytes: Vec<u8>,
}

/// Somebody's browser.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    /// Of each host, without its port: ports share cookies.
    pub(crate) cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// What it sends besides.
    pub(crate) extra: Vec<(String, String)>,
    /// The port that it asks in place of an address's own: of another instance, or of a proxy.
    pub(crate) port: Option<u16>,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(found, _)| found == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let found = self.headers.iter().filter(|(found, _)| found == "set-cookie");
        found.map(|(_, value)| value.as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> &str {
        let rest = self.body.split_once(before);
        let (_, rest) = rest.unwrap_or_else(|| panic!("no {before} in {}", self.body));
        rest.split_once(after).unwrap().0
    }

    pub(crate) fn title(&self) -> String {
        self.between("<h1>", "</h1>")
            .replace("<output id=\"position\">", "")
            .replace("</output>", "")
    }

    /// What a form must come with.
    pub(crate) fn form_token(&self) -> String {
        self.between("name=\"form\" value=\"", "\"").to_owned()
    }

    /// The page without what differs from browser to browser.
    pub(crate) fn common(&self) -> String {
        let tab = self.between("name=\"tab\" value=\"", "\"");
        self.body.replace(&self.form_token(), "").replace(tab, "")
    }

    pub(crate) fn position(&self) -> usize {
        self.between("<output id=\"position\">", "<").parse().unwrap()
    }

    pub(crate) fn fault(&self) -> Option<&str> {
        self.body.contains("role=\"alert\"").then(|| {
            let summary = self.between("role=\"alert\"", "</div>");
            let (_, text) = summary.split_once("<a href").unwrap();
            text.split_once('>').unwrap().1.split_once("</a>").unwrap().0
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The parameter of the address that the browser is sent to, or is at.
    pub(crate) fn answer(&self, name: &str) -> Option<String> {
        let url = self.header("location").unwrap_or(&self.url);
        let (_, query) = url.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }
}

pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

impl Browser {
    /// Asks once, and goes nowhere.
    pub(crate) fn ask(&mut self, method: &str, url: &str, body: Option<&str>) -> Page {
        let kind = "application/x-www-form-urlencoded";
        self.asked(method, url, body.map(|body| (kind, body)))
    }

    /// The same with what is posted as something else than a form.
    #[allow(dead_code, reason = "the desk's tests post files")]
    pub(crate) fn ask_with(&mut self, method: &str, url: &str, kind: &str, body: &str) -> Page {
        self.asked(method, url, Some((kind, body)))
    }

    fn asked(&mut self, method: &str, url: &str, body: Option<(&str, &str)>) -> Page {
        let (_, rest) = url.split_once("://").unwrap();
        let (authority, path) = match rest.find('/') {
            Some(place) => rest.split_at(place),
            None => (rest, "/"),
        };
        let (host, port) = authority.rsplit_once(':').unwrap();
        let port = self.port.unwrap_or_else(|| port.parse().unwrap());
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
        if let Some(cookies) = self.cookies.get(host).filter(|cookies| !cookies.is_empty()) {
            let pairs: Vec<_> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(request, "Cookie: {}\r\n", pairs.join("; ")).unwrap();
        }
        for (name, value) in &self.extra {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if let Some((kind, body)) = body {
            let length = body.len();
            write!(request, "Content-Type: {kind}\r\nContent-Length: {length}\r\n").unwrap();
        }
        request.push_str("\r\n");
        request.push_str(body.map_or("", |(_, body)| body));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let bytes = answer.split_off(end + 4);
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let page = Page { url: url.to_owned(), status, headers, body, bytes };
        for cookie in page.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let cookies = self.cookies.entry(host.to_owned()).or_default();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }

    /// Goes on while it is sent to addresses that begin so.
    pub(crate) fn follow(&mut self, mut page: Page, within: &str) -> Page {
        for _ in 0..10 {
            let Some(to) = page.header("location").map(str::to_owned) else { return page };
            let to = if to.starts_with('/') {
                let origin_end =
                    page.url.match_indices('/').nth(2).map_or(page.url.len(), |(at, _)| at);
                format!("{}{to}", &page.url[..origin_end])
            } else {
                to
            };
            if !to.starts_with(within) {
                return page;
            }
            page = self.ask("GET", &to, None);
        }
        panic!("sent around in a circle: {}", page.url)
    }

    /// Goes to an address, and from there wherever it is sent on that host.
    pub(crate) fn go(&mut self, url: &str) -> Page {
        let page = self.ask("GET", url, None);
        let within = origin(url);
        self.follow(page, &within)
    }

    /// Goes to an address, and wherever it is sent.
    pub(crate) fn go_anywhere(&mut self, url: &str) -> Page {
        let page = self.ask("GET", url, None);
        self.follow(page, "http://")
    }

    /// Sends the form of a page, with its token, to a path of the same host.
    pub(crate) fn send(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let within = origin(&page.url);
        let sent = self.send_once(page, path, fields);
        self.follow(sent, &within)
    }

    /// The same, and goes wherever it is sent.
    pub(crate) fn send_anywhere(
        &mut self,
        page: &Page,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let sent = self.send_once(page, path, fields);
        self.follow(sent, "http://")
    }

    pub(crate) fn send_once(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = page.form_token();
        let fields = [&[("form", token.as_str())], fields].concat();
        self.ask("POST", &format!("{}{path}", origin(&page.url)), Some(&encoded(&fields)))
    }
}

/// Scheme, host and port.
pub(crate) fn origin(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}
