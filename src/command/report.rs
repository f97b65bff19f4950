//! `howdah report`: an incident report from a recording, in Markdown with charts as SVG.
//!
//! The recording is gone through once, judged as it would have been then. The report holds nothing but
//! what was recorded: the same recording gives the same report, byte for byte. All times are UTC, so
//! that people in different places read the same thing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{EngineError, Failure, Surroundings, replay};
use crate::{cli::ReportArgs, record::Reader};

mod chart;
mod markdown;
mod story;
mod window;

/// Writes the report.
///
/// # Errors
/// When nothing of the recording can be read, a time makes no sense, or the report cannot be written.
pub fn run(arguments: &ReportArgs, around: &mut Surroundings<'_>) -> Result<(), Failure> {
    let recording = replay::recording(arguments.file.clone(), 1, around.lookup)?;
    let mut reader = Reader::open(&recording.path).map_err(|refused| other(&refused))?;
    let Some(span) = reader.span() else {
        let why = reader.troubles().first().map(ToString::to_string).unwrap_or_default();
        return Err(other(&format!("the recording holds nothing that can be reported: {why}")));
    };
    let window = window::read(arguments.from.as_deref(), arguments.to.as_deref(), span).map_err(Failure::Usage)?;
    let name = recording.path.file_name().unwrap_or(recording.path.as_os_str()).to_string_lossy().into_owned();
    let story = story::tell(&mut reader, &name, window);
    if story.snapshots == 0 {
        return Err(other(&format!("nothing is recorded between {} and {}", window.0, window.1)));
    }
    match &arguments.out {
        None => around.out.write_all(markdown::write(&story, None).as_bytes())?,
        Some(path) => {
            let written = save(&story, path)?;
            writeln!(around.err, "{}", written.join("\n"))?;
        }
    }
    around.out.flush()?;
    Ok(())
}

fn other(why: &dyn ToString) -> Failure {
    Failure::Other(EngineError::from(why.to_string()))
}

/// Writes the report and its charts beside it; the names of the files. A report may be written anew.
fn save(story: &story::Story, path: &Path) -> Result<Vec<String>, Failure> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut files: Vec<(PathBuf, String)> = vec![(path.to_owned(), markdown::write(story, Some(&stem)))];
    for (number, cluster) in story.clusters.iter().enumerate() {
        for chart in chart::of(cluster) {
            files.push((path.with_file_name(chart::file(&stem, number, chart.name)), chart.svg));
        }
    }
    let cannot = |path: &Path, error: io::Error| other(&format!("cannot write {}: {error}", path.display()));
    for (path, text) in &files {
        fs::write(path, text).map_err(|error| cannot(path, error))?;
    }
    Ok(files.into_iter().map(|(path, _)| path.display().to_string()).collect())
}

#[cfg(test)]
mod tests;
