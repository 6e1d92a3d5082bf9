//! The command line of the built program.

use crate::support::{AgentsFile, Model, PASSCODE, Program, process::command, server::SECRET};
use smooth_operator::config::VARIABLES;
use std::{fs, path::Path, process::Output};

async fn run(arguments: &[&str], env: &[(&str, &str)]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(arguments, env).output().await.unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

const GOOD: [(&str, &str); 3] = [
    ("APP_PASSCODE", PASSCODE),
    ("SESSION_SECRET", SECRET),
    ("CORS_ORIGINS", "https://chat.example"),
];

#[tokio::test]
async fn describes_itself() {
    let (code, help, _) = run(&["--help"], &[]).await;
    assert_eq!(code, 0);
    for word in ["serve", "health", "check-config", "openapi", "--version"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let (code, version, _) = run(&["--version"], &[]).await;
    let (name, rest) = version.trim().split_once(' ').unwrap();
    assert_eq!((code, name), (0, "smooth-operator"));
    let (number, commit) = rest.split_once(' ').unwrap();
    assert_eq!(number, env!("CARGO_PKG_VERSION"));
    assert!(commit.starts_with('(') && commit.len() > 3, "{commit}");
    let (code, _, complaint) = run(&["sing"], &[]).await;
    assert!(code != 0 && complaint.contains("sing"));
}

#[tokio::test]
async fn check_config_shows_every_value_and_no_secret() {
    let more = [
        ("MAX_RUNS", "77"),
        ("METRICS_TOKEN", "hush-metrics"),
        ("DATABASE_URL", "postgres://me:hush@db/x"),
        ("OPENAI_BASE_URL", "https://llm.example/v1"),
    ];
    let env: Vec<_> = GOOD.iter().chain(&more).copied().collect();
    let (code, table, complaint) = run(&["check-config"], &env).await;
    assert_eq!((code, complaint.as_str()), (0, ""));
    let value = |name: &str| {
        let line = table
            .lines()
            .find(|line| line.split(' ').next() == Some(name));
        line.unwrap()[name.len()..].trim().to_owned()
    };
    for variable in VARIABLES {
        assert!(!value(variable.name).is_empty(), "{}", variable.name);
    }
    assert_eq!(value("MAX_RUNS"), "77");
    assert_eq!(value("SESSION_TTL"), "3600");
    assert_eq!(value("OPENAI_BASE_URL"), "https://llm.example/v1");
    assert_eq!(value("REDIS_URL"), "(not set)");
    assert_eq!(value("DATABASE_URL"), "********");
    for secret in [PASSCODE, SECRET, "hush"] {
        assert!(!table.contains(secret), "{table}");
    }
}

#[tokio::test]
async fn check_config_lists_everything_that_is_wrong() {
    let bad = [
        ("SESSION_SECRET", "hush-short"),
        ("PORT", "x"),
        ("LOG_FORMAT", "xml"),
    ];
    let (code, table, complaint) = run(&["check-config"], &bad).await;
    assert_eq!((code, table.as_str()), (1, ""));
    for name in [
        "APP_PASSCODE",
        "SESSION_SECRET",
        "CORS_ORIGINS",
        "PORT",
        "LOG_FORMAT",
    ] {
        assert!(complaint.contains(name), "{name}: {complaint}");
    }
    assert!(!complaint.contains("hush"));

    // The files that valid values name are checked as well, also next to bad values.
    let named = [
        ("AGENTS_FILE", "/nowhere/agents.toml"),
        ("OPENAI_MODEL", "no model"),
        ("OPENAI_BASE_URL", "ftp://llm.example"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
        ("LOG_LEVEL", "verbose"),
        ("DATABASE_URL", "sqlite:/nowhere/store.db"),
        ("MAX_RUNS", "many"),
    ];
    let env: Vec<_> = GOOD.iter().chain(&named).copied().collect();
    let (code, _, complaint) = run(&["check-config"], &env).await;
    assert_eq!(code, 1);
    for (name, _) in named {
        assert!(complaint.contains(name), "{name}: {complaint}");
    }
    assert!(complaint.contains("/nowhere does not exist"), "{complaint}");
    // The server reports the same.
    let (code, _, same) = run(&["serve"], &env).await;
    assert_eq!((code, same), (1, complaint));
}

#[tokio::test]
async fn faults_of_a_file_follow_its_name() {
    let agents = AgentsFile::with_shop("tool_timeout_sec = 0");
    let env: Vec<_> = GOOD
        .into_iter()
        .chain([("AGENTS_FILE", agents.path())])
        .collect();
    let (code, _, complaint) = run(&["check-config"], &env).await;
    let expected = format!(
        "AGENTS_FILE {}:\nMCP server \"shop\": it has neither",
        agents.path()
    );
    assert_eq!(code, 1);
    assert!(complaint.contains(&expected), "{complaint}");
}

#[tokio::test]
async fn health_checks_whether_the_server_is_alive() {
    let model = Model::new([]).await;
    let program = Program::start(&model.url, &[]).await;
    let port = program.url.rsplit_once(':').unwrap().1.to_owned();
    let env = [("HOST", "127.0.0.1"), ("PORT", port.as_str())];
    assert_eq!(
        run(&["health"], &env).await,
        (0, String::new(), String::new())
    );
    // As in a container that binds to a wildcard address.
    assert_eq!(run(&["health"], &[("PORT", &port)]).await.0, 0);
    let (status, _) = program.end().await;
    assert_eq!(status.code(), Some(0));
    let (code, _, complaint) = run(&["health"], &env).await;
    assert!(
        code == 1 && complaint.contains("does not answer"),
        "{complaint}"
    );
}

#[tokio::test]
async fn openapi_prints_the_served_document() {
    let model = Model::new([]).await;
    let program = Program::start(&model.url, &[]).await;
    let served = program.client().get("/openapi.json").await;
    let (code, printed, _) = run(&["openapi"], &[]).await;
    assert_eq!(
        (code, printed.trim_end()),
        (0, served.text().await.unwrap().trim_end())
    );
}

#[test]
fn every_variable_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for file in [".env.example", "docs/OPERATIONS.md"] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        for variable in VARIABLES {
            assert!(
                text.contains(variable.name),
                "{file} says nothing of {}",
                variable.name
            );
        }
    }
}
