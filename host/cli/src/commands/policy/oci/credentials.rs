//! Credentials for registries. They are bound to hosts: no registry gets those of another by asking for them.

use std::env;

use anyhow::{Result, anyhow, bail};

/// The environment variable that holds them.
pub(super) const VARIABLE: &str = "SPECIALIS_REGISTRY_AUTH";

/// A user's name and password, and the hosts that may see them.
pub(super) struct Credentials {
    hosts: Vec<String>,
    user_and_password: String,
}

impl Credentials {
    /// Those of the environment, if there are any.
    ///
    /// # Errors
    /// If they do not say for which hosts they are.
    pub(super) fn of_environment() -> Result<Option<Self>> {
        env::var(VARIABLE).ok().map(|text| Self::parse(&text)).transpose()
    }

    /// Reads `HOST[,HOST]=USER:PASSWORD`. The message never shows what was read, because it holds a password.
    fn parse(text: &str) -> Result<Self> {
        let refused = || anyhow!("`{VARIABLE}` names no host; write `registry.example=user:password`");
        let (hosts, user_and_password) = text.split_once('=').ok_or_else(refused)?;
        let hosts: Vec<String> = hosts.split(',').map(|host| host.trim().to_ascii_lowercase()).collect();
        let is_host = |host: &String| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
            !host.is_empty() && host.bytes().all(fits)
        };
        if !hosts.iter().all(is_host) || !user_and_password.contains(':') {
            bail!(refused());
        }
        Ok(Self { hosts, user_and_password: user_and_password.to_owned() })
    }

    /// The value of `Authorization` for a host with its port, if the credentials are for it.
    pub(super) fn for_host(&self, host: &str) -> Option<String> {
        let is_for = self.hosts.iter().any(|one| one.eq_ignore_ascii_case(host));
        is_for.then(|| format!("Basic {}", data_encoding::BASE64.encode(self.user_and_password.as_bytes())))
    }
}

/// The host with its port of an address that begins with `https://`.
pub(super) fn host_of(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    // What stands before an `@` is no host, and what follows a backslash is read in two ways.
    (!host.is_empty() && !host.contains(['@', '\\'])).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_for_the_hosts_that_they_name() {
        let both = Credentials::parse("registry.example:5000, auth.example=alice:a=b:c").unwrap();
        assert_eq!(both.for_host("registry.example:5000").as_deref(), Some("Basic YWxpY2U6YT1iOmM="));
        assert!(both.for_host("AUTH.example").is_some());
        for other in
            ["registry.example", "registry.example:443", "evil.example", "auth.example.evil", "", "x.auth.example"]
        {
            assert_eq!(both.for_host(other), None, "{other}");
        }
    }

    #[test]
    fn credentials_without_a_host_are_refused_and_not_shown() {
        for text in
            ["alice:secret", "=alice:secret", "a b=alice:secret", "a.example,=alice:secret", "a.example=secret", ""]
        {
            let error = Credentials::parse(text).err().unwrap().to_string();
            assert!(error.contains("names no host") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn host_of_an_address_is_what_a_client_would_ask() {
        assert_eq!(host_of("https://auth.example/token?x=https://y"), Some("auth.example"));
        assert_eq!(host_of("https://auth.example:8443"), Some("auth.example:8443"));
        for url in [
            "http://auth.example/",
            "https://",
            "https:///x",
            "https://registry.example@evil.example/",
            "https://a.example\\@b/",
        ] {
            assert_eq!(host_of(url), None, "{url}");
        }
    }
}
