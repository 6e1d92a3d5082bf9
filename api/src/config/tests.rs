//! Reading, checking and showing the environment.
#![allow(clippy::unwrap_used)]
use super::*;
use std::collections::HashMap;

fn read(set: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let set: HashMap<String, String> = set
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::read(move |name| set.get(name).cloned())
}

const GOOD: [(&str, &str); 3] = [
    ("APP_PASSCODE", "open sesame"),
    ("SESSION_SECRET", "0123456789abcdef0123456789abcdef"),
    (
        "CORS_ORIGINS",
        "https://chat.example, http://localhost:8080",
    ),
];

#[test]
fn extracts_three_values() {
    let config = read(&GOOD).unwrap();
    assert_eq!(config.listen.to_string(), "0.0.0.0:8000");
    assert_eq!(
        config.cors_origins,
        ["https://chat.example", "http://localhost:8080"]
    );
    assert_eq!(config.session_ttl, Duration::from_secs(3600));
    assert!(config.cookie_secure);
}

#[test]
fn lists_everything_that_is_wrong_and_no_secret() {
    let errors = read(&[
        ("SESSION_SECRET", "hush-too-short"),
        ("CORS_ORIGINS", "*, https://a.example/path"),
        ("PORT", "70000"),
        ("HOST", "localhost"),
        ("SESSION_TTL", "0"),
        ("MAX_RUNS", "many"),
        ("LOG_FORMAT", "xml"),
        ("COOKIE_SECURE", "maybe"),
        ("TRUSTED_PROXIES", "hops:1,10.0.0.0/8"),
        ("SITE_SECRET", "hush-too-short"),
        ("MEMORY_LIMIT", "63"),
        ("MESSAGES_PER_MINUTE", "-1"),
        ("DRAIN_SECONDS", "soon"),
        ("RETENTION_DAYS", "0"),
        ("REDIS_URL", "redis://:hush-password@cache"),
    ])
    .unwrap_err();
    for name in [
        "APP_PASSCODE",
        "SESSION_SECRET",
        "CORS_ORIGINS",
        "PORT",
        "HOST",
        "SESSION_TTL",
        "MAX_RUNS",
        "LOG_FORMAT",
        "COOKIE_SECURE",
        "TRUSTED_PROXIES",
        "SITE_SECRET",
        "MEMORY_LIMIT",
        "MESSAGES_PER_MINUTE",
        "DRAIN_SECONDS",
        "RETENTION_DAYS",
        "REDIS_URL",
    ] {
        assert!(
            errors.0.iter().any(|fault| fault.starts_with(name)),
            "{name}: {errors}"
        );
    }
    assert!(!errors.to_string().contains("hush"), "{errors}");
}

#[test]
fn accepts_an_old_secret_after_a_comma() {
    let old = "old-old-old-old-old-old-old-old-old";
    let both = format!("{}, {old}", GOOD[1].1);
    let config = read(&[GOOD[0], ("SESSION_SECRET", &both), GOOD[2]]).unwrap();
    assert_eq!(config.session_secrets.len(), 2);
    let short = format!("{},x", GOOD[1].1);
    assert!(read(&[GOOD[0], ("SESSION_SECRET", &short), GOOD[2]]).is_err());
}

#[test]
fn debug_shows_no_secret() {
    let printed = format!("{:?}", read(&GOOD).unwrap());
    assert!(!printed.contains("sesame") && !printed.contains("0123456789abcdef"));
}

#[test]
fn commas_alone_are_an_empty_list() {
    for name in ["SESSION_SECRET", "CORS_ORIGINS", "SITE_SECRET"] {
        for commas in [",", " , ,"] {
            let mut set: Vec<(&str, &str)> = GOOD.to_vec();
            set.retain(|(other, _)| *other != name);
            set.push((name, commas));
            let errors = read(&set).unwrap_err();
            assert_eq!(errors.0.len(), 1, "{errors}");
            assert!(errors.0[0].starts_with(name), "{errors}");
        }
    }
}

#[test]
fn a_database_is_postgres_or_a_file() {
    let database = |url: &str| read(&[GOOD[0], GOOD[1], GOOD[2], ("DATABASE_URL", url)]);
    let url = |text: &str| database(text).unwrap().database_url.unwrap();
    assert!(matches!(
        url("postgres://me:hush@db/x"),
        DatabaseUrl::Postgres(_)
    ));
    assert!(matches!(url("postgresql:///x"), DatabaseUrl::Postgres(_)));
    assert!(matches!(url("sqlite:./x.db"), DatabaseUrl::Sqlite(path) if path == "sqlite:./x.db"));
    for bad in ["mysql://x", "./x.db", "sqlite", "hush"] {
        let errors = database(bad).unwrap_err().to_string();
        assert!(errors.contains("DATABASE_URL must begin with"), "{errors}");
        assert!(!errors.contains("hush"), "{errors}");
    }
}

#[test]
fn redis_needs_postgres() {
    let with = |more: &[(&str, &str)]| {
        let mut all = GOOD.to_vec();
        all.push(("REDIS_URL", "redis://cache"));
        all.extend_from_slice(more);
        read(&all)
    };
    with(&[("DATABASE_URL", "postgres://db/x")]).unwrap();
    for without in [&[][..], &[("DATABASE_URL", "sqlite:./x.db")]] {
        let errors = with(without).unwrap_err().to_string();
        assert!(
            errors.contains("REDIS_URL needs DATABASE_URL=postgres"),
            "{errors}"
        );
    }
}
