//! Reads and checks the `[mcp_servers]` of an agents file.

use crate::domain::{Approval, PAGE, ToolServerSpec, ToolTransport};
use secrecy::SecretString;
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

const NAME_MAX_CHARS: usize = 20;
const TOOL_TIMEOUT_SEC: u64 = 30;
/// The highest time limit: a run has 10 minutes.
const TOOL_TIMEOUT_MAX_SEC: u64 = 600;

pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// With every field optional, so that all faults are reported together.
#[derive(Deserialize)]
struct ServerTable {
    url: Option<String>,
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    bearer_token_env_var: Option<String>,
    #[serde(default)]
    http_headers: BTreeMap<String, String>,
    enabled_tools: Option<Vec<String>>,
    #[serde(default)]
    disabled_tools: Vec<String>,
    approval: Option<String>,
    tool_timeout_sec: Option<i64>,
    identity_secret_env_var: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

pub(super) fn check(
    table: &toml::Table,
    env: Env,
    faults: &mut Vec<String>,
) -> Vec<ToolServerSpec> {
    let servers = table.iter().filter_map(|(name, value)| {
        let server = value.clone().try_into::<ServerTable>();
        match server {
            Ok(server) => check_server(name, server, env, faults),
            Err(error) => {
                faults.push(format!("MCP server \"{name}\": {}", error.message()));
                None
            }
        }
    });
    servers.collect()
}

/// `None` only if a fault was reported.
fn check_server(
    name: &str,
    server: ServerTable,
    env: Env,
    faults: &mut Vec<String>,
) -> Option<ToolServerSpec> {
    let mut fault = |text: String| faults.push(format!("MCP server \"{name}\": {text}"));
    for field in server.unknown.keys() {
        fault(format!("there is no field `{field}`."));
    }
    if !is_name(name) {
        fault(format!(
            "a server's name is 1 to {NAME_MAX_CHARS} of a-z, 0-9 and -, and not \"{PAGE}\"."
        ));
    }
    let mut secret = |field: &str, variable: Option<&String>| {
        let variable = variable?;
        let value = env(variable).filter(|value| !value.trim().is_empty());
        if value.is_none() {
            fault(format!("`{field}` names {variable}, which is not set."));
        }
        value.map(SecretString::from)
    };
    let bearer_token = secret("bearer_token_env_var", server.bearer_token_env_var.as_ref());
    let identity_secret = secret(
        "identity_secret_env_var",
        server.identity_secret_env_var.as_ref(),
    );
    let transport = transport(&server, bearer_token, &mut fault);
    let approval = match server.approval.as_deref() {
        None => Some(Approval::default()),
        Some("never") => Some(Approval::Never),
        Some("writes") => Some(Approval::Writes),
        Some("always") => Some(Approval::Always),
        Some(other) => {
            fault(format!(
                "`approval` is \"{other}\"; write \"never\", \"writes\" or \"always\"."
            ));
            None
        }
    };
    let timeout = match server.tool_timeout_sec {
        None => Some(TOOL_TIMEOUT_SEC),
        Some(seconds) => u64::try_from(seconds)
            .ok()
            .filter(|seconds| (1..=TOOL_TIMEOUT_MAX_SEC).contains(seconds)),
    };
    if timeout.is_none() {
        fault(format!(
            "`tool_timeout_sec` is a whole number from 1 to {TOOL_TIMEOUT_MAX_SEC}."
        ));
    }
    Some(ToolServerSpec {
        name: name.to_owned(),
        transport: transport?,
        enabled: server.enabled_tools,
        disabled: server.disabled_tools,
        approval: approval?,
        timeout: Duration::from_secs(timeout?),
        identity_secret,
    })
}

fn transport(
    server: &ServerTable,
    bearer_token: Option<SecretString>,
    fault: &mut impl FnMut(String),
) -> Option<ToolTransport> {
    let secrets = |texts: &BTreeMap<String, String>| {
        let secret =
            |(name, value): (&String, &String)| (name.clone(), SecretString::from(value.clone()));
        texts.iter().map(secret).collect()
    };
    match (&server.url, &server.command) {
        (Some(url), None) => {
            for (field, given) in [
                ("args", !server.args.is_empty()),
                ("env", !server.env.is_empty()),
            ] {
                if given {
                    fault(format!("`{field}` goes with `command`, not with `url`."));
                }
            }
            if !is_web_address(url) {
                fault("`url` is an http:// or https:// address without a user name.".to_owned());
            }
            for (header, value) in &server.http_headers {
                let name = header.parse::<http::HeaderName>();
                if name.is_err() || http::HeaderValue::from_str(value).is_err() {
                    fault(format!(
                        "`http_headers`: {header} cannot be sent as a header."
                    ));
                } else if name.is_ok_and(|name| is_reserved(name.as_str())) {
                    fault(format!(
                        "`http_headers`: {header} is set by the protocol; leave it out."
                    ));
                }
            }
            Some(ToolTransport::Http {
                url: url.clone(),
                bearer_token,
                headers: secrets(&server.http_headers),
            })
        }
        (None, Some(command)) => {
            for (field, given) in [
                (
                    "bearer_token_env_var",
                    server.bearer_token_env_var.is_some(),
                ),
                ("http_headers", !server.http_headers.is_empty()),
            ] {
                if given {
                    fault(format!("`{field}` goes with `url`, not with `command`."));
                }
            }
            if command.trim().is_empty() {
                fault("`command` is empty.".to_owned());
            }
            Some(ToolTransport::Stdio {
                command: command.clone(),
                args: server.args.clone(),
                env: secrets(&server.env),
            })
        }
        (Some(_), Some(_)) => {
            fault("it has both `url` and `command`; keep one.".to_owned());
            None
        }
        (None, None) => {
            fault("it has neither `url` nor `command`; write one.".to_owned());
            None
        }
    }
}

fn is_name(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_MAX_CHARS).contains(&name.len()) && name.bytes().all(letters) && name != PAGE
}

fn is_web_address(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        let scheme = uri.scheme_str();
        let authority = uri.authority();
        (scheme == Some("http") || scheme == Some("https"))
            && authority.is_some_and(|authority| !authority.as_str().contains('@'))
    })
}

/// Whether the client sets this header, so that another value would break its requests.
fn is_reserved(header: &str) -> bool {
    let own = [
        "accept",
        "connection",
        "content-length",
        "content-type",
        "last-event-id",
        "transfer-encoding",
        "x-so-identity",
    ];
    own.contains(&header) || header.starts_with("mcp-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use secrecy::ExposeSecret;

    fn read(toml: &str) -> (Vec<ToolServerSpec>, Vec<String>) {
        let table: toml::Table = toml::from_str(toml).unwrap();
        let env = |name: &str| match name {
            "SHOP_TOKEN" => Some("t0ken".to_owned()),
            "EMPTY" => Some(" ".to_owned()),
            _ => None,
        };
        let mut faults = Vec::new();
        let servers = check(&table, &env, &mut faults);
        (servers, faults)
    }

    #[test]
    fn reads_both_transports_in_the_order_of_the_file() {
        let (servers, faults) = read(
            r#"
            [shop]
            url = "https://mcp.shop.example/mcp"
            bearer_token_env_var = "SHOP_TOKEN"
            http_headers = { "x-team" = "chat" }
            enabled_tools = ["search"]
            [clock]
            command = "clock-mcp"
            args = ["--utc"]
            env = { TZ = "UTC" }
            approval = "always"
            tool_timeout_sec = 5
            "#,
        );
        assert_eq!(faults, Vec::<String>::new());
        let names: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(names, ["shop", "clock"]);
        let ToolTransport::Http { bearer_token, .. } = &servers[0].transport else {
            panic!("over HTTP")
        };
        assert_eq!(bearer_token.as_ref().unwrap().expose_secret(), "t0ken");
        assert_eq!(servers[0].approval, Approval::Writes);
        assert_eq!(servers[0].timeout, Duration::from_secs(30));
        assert_eq!(servers[1].approval, Approval::Always);
        assert!(!format!("{servers:?}").contains("t0ken"));
    }

    #[test]
    fn each_fault_is_found() {
        let url = "url = \"https://x.example/mcp\"";
        for (toml, expected) in [
            ("[Shop]\nurl = \"https://x.example\"", "name is 1 to 20"),
            ("[page]\nurl = \"https://x.example\"", "not \"page\""),
            ("[a]", "neither `url` nor `command`"),
            (
                "[a]\nurl = \"https://x.example\"\ncommand = \"x\"",
                "both `url` and `command`",
            ),
            ("[a]\nurl = \"file:///etc/passwd\"", "`url` is an http://"),
            (
                "[a]\nurl = \"https://me:secret@x.example\"",
                "without a user name",
            ),
            (
                &format!("[a]\n{url}\nhttp_headers = {{ Accept = \"*/*\" }}"),
                "is set by the protocol",
            ),
            (
                &format!("[a]\n{url}\nhttp_headers = {{ Mcp-Session-Id = \"1\" }}"),
                "is set by the protocol",
            ),
            ("[a]\ncommand = \" \"", "`command` is empty"),
            (
                "[a]\ncommand = \"x\"\nhttp_headers = { a = \"b\" }",
                "goes with `url`",
            ),
            (
                &format!("[a]\n{url}\nargs = [\"x\"]"),
                "goes with `command`",
            ),
            (
                &format!("[a]\n{url}\nhttp_headers = {{ \"a b\" = \"c\" }}"),
                "cannot be sent",
            ),
            (
                &format!("[a]\n{url}\nbearer_token_env_var = \"NOT_THERE\""),
                "NOT_THERE, which is not set",
            ),
            (
                &format!("[a]\n{url}\nidentity_secret_env_var = \"EMPTY\""),
                "EMPTY, which is not set",
            ),
            (
                &format!("[a]\n{url}\napproval = \"maybe\""),
                "`approval` is \"maybe\"",
            ),
            (
                &format!("[a]\n{url}\ntool_timeout_sec = 0"),
                "from 1 to 600",
            ),
            (
                &format!("[a]\n{url}\ntool_timeout_sec = -1"),
                "from 1 to 600",
            ),
            (&format!("[a]\n{url}\ncolour = 1"), "no field `colour`"),
            ("[a]\nurl = 3", "MCP server \"a\""),
        ] {
            let (_, faults) = read(toml);
            assert!(
                faults.iter().any(|fault| fault.contains(expected)),
                "{toml}: {faults:?}"
            );
        }
    }

    #[test]
    fn reports_all_faults_at_once() {
        let (_, faults) = read("[A]\napproval = \"x\"\ntool_timeout_sec = 0\ncolour = 1");
        assert_eq!(faults.len(), 5, "{faults:?}");
    }
}
