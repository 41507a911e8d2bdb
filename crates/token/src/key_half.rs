//! Which half of a key a file holds: the two lie beside each other, and people name the wrong one.

/// How lines of public keys of OpenSSH begin: the kinds of keys.
const SSH_KINDS: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"];
/// How the bytes of each of these begin, in base64: the length of the kind's name.
const SSH_BYTES: &str = "AAAA";

/// A half of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyHalf {
    /// The one that anybody may have.
    Public,
    /// The one that nobody else may have.
    Secret,
}

/// Which half of a key of age, SSH or `PuTTY` a text holds, if it is one; a secret one counts where both
/// are, as in the file that age-keygen makes.
#[must_use]
pub fn key_half(text: &[u8]) -> Option<KeyHalf> {
    let halves = || {
        text.split(|byte| matches!(byte, b'\n' | b'\r')).filter_map(|line| {
            let line = std::str::from_utf8(line).ok()?;
            half_of_line(line.trim_start_matches('\u{feff}').trim())
        })
    };
    if halves().any(|half| half == KeyHalf::Secret) {
        Some(KeyHalf::Secret)
    } else {
        halves().next()
    }
}

fn half_of_line(line: &str) -> Option<KeyHalf> {
    if line.starts_with('#') {
        return None;
    }
    if line.starts_with("-----BEGIN ") || line.starts_with("---- BEGIN ") {
        let is_public = line.contains("PUBLIC KEY");
        let is_secret = line.contains("PRIVATE KEY");
        return is_public.then_some(KeyHalf::Public).or(is_secret.then_some(KeyHalf::Secret));
    }
    if line.starts_with("PuTTY-User-Key-File") {
        return Some(KeyHalf::Secret);
    }
    if line.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("AGE-SECRET-KEY")) {
        return Some(KeyHalf::Secret);
    }
    // A file of allowed signers has names and options before the kind.
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_ssh = words.windows(2).any(|pair| {
        SSH_KINDS.iter().any(|kind| pair[0].starts_with(kind)) && pair[1].starts_with(SSH_BYTES)
    });
    (is_ssh || line.starts_with("age1")).then_some(KeyHalf::Public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_by_its_half() {
        for text in [
            "ssh-ed25519 AAAAC3Nz operator@desk\n",
            "\u{feff}# ours\r\nssh-rsa AAAAB3Nz\r\n",
            "ecdsa-sha2-nistp256 AAAAE2Vj",
            "sk-ssh-ed25519@openssh.com AAAAGnNr",
            "an@example.be namespaces=\"x\" ssh-ed25519 AAAAC3Nz",
            "age1ckrwpcn9fqls42jjz44mk2rn9t6z09t3xvn8u44hrus5sqctl3gscr5r0z\n",
            "-----BEGIN PUBLIC KEY-----\nMCow\n",
            "---- BEGIN SSH2 PUBLIC KEY ----\n",
        ] {
            assert_eq!(key_half(text.as_bytes()), Some(KeyHalf::Public), "{text}");
        }
        for text in [
            "# public key: age1ckrw\nAGE-SECRET-KEY-1QQQQ\n",
            "age1ckrw\nage-secret-key-1qqqq\n",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "PuTTY-User-Key-File-3: ssh-ed25519\n",
        ] {
            assert_eq!(key_half(text.as_bytes()), Some(KeyHalf::Secret), "{text}");
        }
        for text in ["", "hunter2", "ssh-ed25519", "age", "# age1ckrw\n", "\u{e9}\u{e9}\u{e9}age1"]
        {
            assert_eq!(key_half(text.as_bytes()), None, "{text}");
        }
        assert_eq!(key_half(&[0xff; 40]), None);
    }
}
