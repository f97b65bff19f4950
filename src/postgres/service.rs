//! Service files: named sets of connection parameters, in sections like `[billing]`.
//!
//! Looked for in `PGSERVICEFILE` or `~/.pg_service.conf`, then in the system's `pg_service.conf`
//! (`PGSYSCONFDIR`, or where distributions put it).

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use secrecy::zeroize::Zeroizing;

use super::conninfo::{ConninfoError, Parameters, Surroundings};

/// Where distributions keep the system's service file.
const SYSTEM_DIRECTORIES: [&str; 3] = ["/etc/postgresql-common", "/etc", "/usr/local/etc/postgresql"];

/// The parameters of a service; `file` is where the user says that it is defined.
///
/// # Errors
/// When no file defines it, or the one that should cannot be read.
pub fn find(name: &str, file: Option<&Path>, around: &Surroundings<'_>) -> Result<Parameters, ConninfoError> {
    let mut looked = Vec::new();
    for path in candidates(file, around) {
        looked.push(path.display().to_string());
        match fs::read(&path) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                if let Some(parameters) = parse(&String::from_utf8_lossy(&bytes), name, &path)? {
                    return Ok(parameters);
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound && Some(path.as_path()) != file => {}
            Err(error) => {
                return Err(ConninfoError::BadServiceFile {
                    path,
                    problem: format!("cannot be read: {}", error.kind()),
                });
            }
        }
    }
    let name = crate::domain::Text::from(name).to_string();
    Err(ConninfoError::NoService { name, looked: looked.join(", ") })
}

fn candidates(file: Option<&Path>, around: &Surroundings<'_>) -> Vec<PathBuf> {
    let users = file.map(Path::to_owned).or_else(|| around.in_home(".pg_service.conf"));
    let systems: Vec<PathBuf> = match (around.variable)("PGSYSCONFDIR").filter(|d| !d.is_empty()) {
        Some(directory) => vec![directory.into()],
        None => SYSTEM_DIRECTORIES.map(PathBuf::from).to_vec(),
    };
    users.into_iter().chain(systems.into_iter().map(|d| d.join("pg_service.conf"))).collect()
}

/// The parameters of section `[name]` in a service file's text; `None` when it has none.
fn parse(text: &str, name: &str, path: &Path) -> Result<Option<Parameters>, ConninfoError> {
    let mut found: Option<Parameters> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if section.strip_suffix(']') == Some(name) {
                found = Some(Parameters::default());
            }
            continue;
        }
        let Some(parameters) = &mut found else { continue };
        let problem = |problem: &str| ConninfoError::BadServiceFile {
            path: path.to_owned(),
            problem: format!("line {number}: {problem}"),
        };
        let (keyword, value) = line.split_once('=').ok_or_else(|| problem("expected keyword=value"))?;
        match keyword.trim_end() {
            "service" | "servicefile" => return Err(problem("a service cannot refer to another service")),
            // The first value counts, as in libpq.
            keyword if parameters.is_set(keyword) => {}
            keyword => {
                let place = format!("service file {} line {number}", path.display());
                parameters.set(keyword, value.trim_start().to_owned(), &place);
            }
        }
    }
    found.map(Parameters::checked).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[other]\nhost=elsewhere\n\n[billing]\nhost=db1,db2\nport = 5433\npassword=s3cret = x\nuser=monitor\n[last]\nhost=z\n";

    #[test]
    fn reads_its_own_section_only() {
        let parameters = parse(FILE, "billing", Path::new("f")).unwrap().unwrap();
        assert_eq!(parameters.get("host"), Some("db1,db2"));
        assert_eq!(parameters.get("port"), Some("5433"));
        assert_eq!(parameters.get("password"), Some("s3cret = x"));
        assert!(parse(FILE, "nowhere", Path::new("f")).unwrap().is_none());
    }

    #[test]
    fn errors_name_the_line_and_no_secret() {
        let error = parse("[a]\nhost=x\npasswort=hunter2\n", "a", Path::new("f")).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("did you mean password?"), "{error}");
        assert!(!error.contains("hunter2"));
        let error = parse("[a]\nservice=b", "a", Path::new("f")).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn looks_where_libpq_looks() {
        let home = tempfile::tempdir().unwrap();
        let system = tempfile::tempdir().unwrap();
        fs::write(system.path().join("pg_service.conf"), "[sys]\nhost=s\n").unwrap();
        fs::write(home.path().join(".pg_service.conf"), "[mine]\nhost=m\n").unwrap();
        let directory = system.path().display().to_string();
        let variable = |name: &str| (name == "PGSYSCONFDIR").then(|| directory.clone());
        let around = Surroundings { variable: &variable, os_user: None, home: Some(home.path()) };
        assert_eq!(find("mine", None, &around).unwrap().get("host"), Some("m"));
        assert_eq!(find("sys", None, &around).unwrap().get("host"), Some("s"));
        let error = find("none", None, &around).unwrap_err().to_string();
        assert!(error.contains(".pg_service.conf") && error.contains("[none]"), "{error}");
        let error = find("mine", Some(Path::new("/nonexistent")), &around).unwrap_err().to_string();
        assert!(error.contains("/nonexistent"), "{error}");
    }
}
