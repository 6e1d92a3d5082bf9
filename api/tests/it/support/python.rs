//! Python packages, if they can be installed.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

/// A Python with this package, in a virtual environment under the target folder; `None` if it
/// cannot be installed.
pub async fn with(package: &str, version: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{package}-{version}"));
    let python = folder.join("bin/python").to_str()?.to_owned();
    let import = [
        "-c",
        &format!("import importlib.metadata as m; assert m.version('{package}') == '{version}'"),
    ];
    // Tests run concurrently in separate processes; one of them installs.
    let _lock = lock(folder.with_extension("lock")).await?;
    if quiet(&python, &import).await {
        return Some(python);
    }
    let installed = quiet("python3", &["-m", "venv", "--clear", folder.to_str()?]).await
        && quiet(
            &python,
            &[
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                &format!("{package}=={version}"),
            ],
        )
        .await
        && quiet(&python, &import).await;
    installed.then_some(python)
}

/// An exclusive lock on a file, released when dropped.
async fn lock(path: PathBuf) -> Option<File> {
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::create(path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    locked.await.ok()?.ok()
}

async fn quiet(program: &str, arguments: &[&str]) -> bool {
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let limit = Duration::from_secs(180);
    matches!(tokio::time::timeout(limit, command.status()).await, Ok(Ok(status)) if status.success())
}
