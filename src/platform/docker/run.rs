//! A command run inside a container, to its end: what it printed and how it ended.
//!
//! For short questions that only a tool in the container can answer. Nothing is given to it on its
//! standard input, and of what it prints no more is taken than a program can have meant.

use bollard::{
    container::LogOutput,
    errors::Error as EngineError,
    exec::{CreateExecOptions, StartExecResults},
};
use futures::StreamExt as _;

use super::{Engine, Trouble};
use crate::domain::Text;

/// No more of what a command prints is taken.
const MOST: usize = 16 << 20;

/// Runs what follows only where the tool is there; a shell's own code says that it is not.
const IF_THERE: &str = "command -v \"$1\" >/dev/null 2>&1 || exit 127; exec \"$@\"";

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; 126 and 127 where there is no such command.
    pub code: i64,
    /// What it printed.
    pub output: String,
    /// What it complained of.
    pub complaints: String,
}

/// Runs a command inside a container that runs.
///
/// # Errors
/// One sentence, where the engine does not do it.
pub async fn run(engine: &Engine, container: &str, words: &[&str]) -> Result<Ran, Text> {
    let endpoint = engine.endpoint().map_err(|trouble| trouble.why)?;
    let failed = |error: &EngineError| Trouble::of(endpoint, error).why;
    let client = engine.client().await.map_err(|trouble| trouble.why)?;
    let mut cmd = vec!["sh", "-c", IF_THERE, "sh"];
    cmd.extend(words);
    let options = CreateExecOptions {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(cmd),
        ..CreateExecOptions::default()
    };
    let created = client.create_exec(container, options).await.map_err(|error| failed(&error))?;
    let started = client.start_exec(&created.id, None).await.map_err(|error| failed(&error))?;
    let (mut output, mut complaints) = (Vec::new(), Vec::new());
    if let StartExecResults::Attached { output: mut stream, .. } = started {
        while let Some(piece) = stream.next().await {
            match piece.map_err(|error| failed(&error))? {
                LogOutput::StdErr { message } => complaints.extend_from_slice(&message),
                piece => output.extend_from_slice(&piece.into_bytes()),
            }
            if output.len() + complaints.len() > MOST {
                return Err("the command prints more than can be meant".into());
            }
        }
    }
    let code = client.inspect_exec(&created.id).await.map_err(|error| failed(&error))?.exit_code;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ran { code: code.unwrap_or(-1), output: text(output), complaints: text(complaints) })
}
