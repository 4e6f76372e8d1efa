//! Names of artifacts: `host/repository:tag@sha256:…`.

use std::fmt;
use std::str::FromStr;

use specialis_bundle::is_digest;

/// Where an artifact is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Host and port.
    pub(crate) registry: String,
    /// The repository.
    pub(crate) repository: String,
    /// The tag, where there is one.
    pub(crate) tag: Option<String>,
    /// The digest of the manifest, where it is pinned.
    pub(crate) digest: Option<String>,
}

impl Reference {
    /// Where its API is. A registry on this machine speaks plain HTTP; any other has to prove who it is.
    pub(crate) fn base(&self) -> String {
        let host = self.registry.rsplit_once(':').map_or(self.registry.as_str(), |(host, _)| host);
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        format!("{}://{}/v2/{}", if is_here { "http" } else { "https" }, self.registry, self.repository)
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused =
            |what: &str| format!("`{text}` {what}; write it like `registry.example/policies/news:1.4.0@sha256:…`");
        let (name, digest) = match text.split_once('@') {
            None => (text, None),
            Some((name, digest)) => {
                if !is_digest(digest) {
                    return Err(refused("has no digest after the `@`"));
                }
                (name, Some(digest.to_owned()))
            }
        };
        let (registry, rest) = name.split_once('/').ok_or_else(|| refused("names no registry"))?;
        let is_host = registry == "localhost" || registry.contains(['.', ':']);
        if !is_host || registry.contains(['@', '?', '#', ' ']) {
            return Err(refused("names no registry"));
        }
        let (repository, tag) = match rest.rsplit_once(':') {
            None => (rest, None),
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
        };
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte);
        let is_path = !repository.is_empty()
            && repository.bytes().all(fits)
            && repository.split('/').all(|part| {
                part.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && part.ends_with(|c: char| c.is_ascii_alphanumeric())
            });
        if !is_path {
            return Err(refused("names no repository"));
        }
        let fits = |tag: &String| {
            !tag.is_empty() && tag.len() <= 128 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        if !tag.as_ref().is_none_or(fits) {
            return Err(refused("has a tag that is none"));
        }
        Ok(Self { registry: registry.to_owned(), repository: repository.to_owned(), tag, digest })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let all = [
            "localhost:5000/news".to_owned(),
            "registry.example/a/b-c:1.4.0".to_owned(),
            format!("registry.example:443/a@{digest}"),
            format!("registry.example/a:1@{digest}"),
        ];
        for text in all {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn only_a_registry_on_this_machine_speaks_plain_http() {
        let base = |text: &str| text.parse::<Reference>().unwrap().base();
        assert_eq!(base("localhost:5000/news"), "http://localhost:5000/v2/news");
        assert_eq!(base("127.0.0.1:5000/news"), "http://127.0.0.1:5000/v2/news");
        assert_eq!(base("localhost.example/news"), "https://localhost.example/v2/news");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["news", "news/film", "a.b/", "a.b/../c", "a.b/c:", "a.b/c@sha256:00", "a.b?x/c", "a.b/C"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
