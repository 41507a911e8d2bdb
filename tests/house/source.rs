//! A Rust file as the paths that it says, without comments, literals and unit tests.

/// What a file says.
pub(crate) struct Source {
    pub(crate) paths: Vec<Said>,
}

/// A path as it stands in the code; in a `use`, each one that it brings in, spelled out.
pub(crate) struct Said {
    pub(crate) line: usize,
    /// A macro's name keeps its `!`.
    pub(crate) segments: Vec<String>,
    /// Whether it stands behind a dot.
    pub(crate) is_method: bool,
}

#[derive(Clone)]
struct Lexeme {
    line: usize,
    text: String,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let lexemes = without_tests(&lexemes(text));
        let mut paths = Vec::new();
        let mut at = 0;
        while let Some(lexeme) = lexemes.get(at) {
            let is_use = lexeme.text == "use" && lexemes.get(at + 1).is_some_and(|l| l.text != "<");
            if is_use {
                at += 1;
                use_tree(&lexemes, &mut at, &[], &mut paths);
            } else if is_word(&lexeme.text) {
                let is_method = at > 0 && lexemes[at - 1].text == ".";
                let segments = path(&lexemes, &mut at);
                paths.push(Said { line: lexeme.line, segments, is_method });
            } else {
                at += 1;
            }
        }
        Self { paths }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn text_at(lexemes: &[Lexeme], at: usize) -> &str {
    lexemes.get(at).map_or("", |lexeme| &lexeme.text)
}

/// `a::b::c`, with the `!` of a macro.
fn path(lexemes: &[Lexeme], at: &mut usize) -> Vec<String> {
    let mut segments = vec![text_at(lexemes, *at).to_owned()];
    *at += 1;
    while text_at(lexemes, *at) == "::" && is_word(text_at(lexemes, *at + 1)) {
        segments.push(text_at(lexemes, *at + 1).to_owned());
        *at += 2;
    }
    if text_at(lexemes, *at) == "!" && text_at(lexemes, *at + 1) != "=" {
        if let Some(last) = segments.last_mut() {
            last.push('!');
        }
        *at += 1;
    }
    segments
}

/// One branch of a `use`, up to the `,`, `}` or `;` that ends it.
fn use_tree(lexemes: &[Lexeme], at: &mut usize, stem: &[String], paths: &mut Vec<Said>) {
    let line = lexemes.get(*at).map_or(0, |lexeme| lexeme.line);
    let mut segments = stem.to_vec();
    loop {
        match text_at(lexemes, *at) {
            "{" => {
                while !matches!(text_at(lexemes, *at), "}" | "") {
                    *at += 1;
                    if text_at(lexemes, *at) != "}" {
                        use_tree(lexemes, at, &segments, paths);
                    }
                }
                *at += 1;
                return;
            }
            "," | "}" | ";" | "" => break,
            "as" => *at += 2,
            "::" => *at += 1,
            segment => {
                segments.push(segment.to_owned());
                *at += 1;
            }
        }
    }
    paths.push(Said { line, segments, is_method: false });
}

/// Leaves out each item that stands under `#[cfg(test)]`.
fn without_tests(lexemes: &[Lexeme]) -> Vec<Lexeme> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < lexemes.len() {
        let is_mark = (0..MARK.len()).all(|i| text_at(lexemes, at + i) == MARK[i]);
        if !is_mark {
            kept.push(lexemes[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0_usize;
        at += MARK.len();
        while at < lexemes.len() {
            let text = text_at(lexemes, at);
            match text {
                "{" | "(" | "[" => depth += 1,
                // The end of what the item stands in.
                "}" | ")" | "]" if depth == 0 => break,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && matches!(text, "}" | ";") {
                break;
            }
        }
    }
    kept
}

/// Cuts a file into words, `::` and single signs; comments and literals fall away.
fn lexemes(text: &str) -> Vec<Lexeme> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (length, is_kept) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (block_comment(rest), false),
            '"' => (quoted(rest, '"'), false),
            '\'' if is_character(rest) => (quoted(rest, '\''), false),
            ':' if rest.starts_with("::") => (2, true),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let length = end.unwrap_or(rest.len());
                match literal_after_prefix(&rest[..length], &rest[length..]) {
                    Some(literal) => (length + literal, false),
                    None => (length, true),
                }
            }
            c => (c.len_utf8(), !c.is_whitespace()),
        };
        let (lexeme, after) = rest.split_at(length);
        if is_kept {
            found.push(Lexeme { line, text: lexeme.to_owned() });
        }
        line += lexeme.matches('\n').count();
        rest = after;
    }
    found
}

/// The length of the string or character behind `b`, `c`, `r`, `br` or `cr`, if there is one.
fn literal_after_prefix(prefix: &str, rest: &str) -> Option<usize> {
    match prefix {
        "b" | "c" if rest.starts_with('"') => Some(quoted(rest, '"')),
        "b" if rest.starts_with('\'') => Some(quoted(rest, '\'')),
        "r" | "br" | "cr" => {
            let hashes = rest.len() - rest.trim_start_matches('#').len();
            let end = format!("\"{}", "#".repeat(hashes));
            let inside = rest[hashes..].strip_prefix('"')?;
            Some(hashes + 1 + inside.find(&end).map_or(inside.len(), |found| found + end.len()))
        }
        _ => None,
    }
}

/// Tells `'x'` and `'\n'` from a lifetime.
fn is_character(rest: &str) -> bool {
    let mut characters = rest.chars().skip(1);
    characters.next() == Some('\\') || characters.next() == Some('\'')
}

fn quoted(rest: &str, mark: char) -> usize {
    let mut is_escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == mark => return index + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}
