//! Real servers in containers, made by the scripts beside this file and removed when the test is over.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Once,
    time::{Duration, Instant},
};

/// The password of the lab's superuser: a word that can be searched for.
pub(super) const SECRET: &str = "lab-s3cret-0f-the-tests";

/// A cluster of containers NAME-1, NAME-2 … on a network of their own.
pub(super) struct Lab {
    name: String,
    major: u32,
    nodes: usize,
}

impl Lab {
    /// A primary and two standbys that stream from it; `None`, said aloud, where no engine answers.
    pub(super) fn up(tag: &str, major: u32) -> Option<Self> {
        Self::with(tag, major, 3, &[])
    }

    /// One server.
    pub(super) fn single(tag: &str, major: u32) -> Option<Self> {
        Self::with(tag, major, 1, &[])
    }

    /// A cluster of so many nodes whose servers get these arguments.
    pub(super) fn with(tag: &str, major: u32, nodes: usize, arguments: &[&str]) -> Option<Self> {
        let mut lab = Self::empty(tag, major)?;
        let (major, count) = (major.to_string(), nodes.to_string());
        let mut words = vec!["up", &lab.name, &major, &count, "--"];
        words.extend(arguments);
        let made = script("cluster").args(words).env("LAB_PASSWORD", SECRET).output().unwrap();
        assert!(made.status.success(), "cluster up {}: {}", lab.name, String::from_utf8_lossy(&made.stderr));
        lab.nodes = nodes;
        Some(lab)
    }

    /// A name to label containers with, and no container yet.
    pub(super) fn empty(tag: &str, major: u32) -> Option<Self> {
        if !Command::new("docker").arg("info").output().is_ok_and(|o| o.status.success()) {
            return lacks("a Docker Engine that answers (`make lab` starts one)");
        }
        SWEEP.call_once(sweep);
        Some(Self { name: format!("{PREFIX}{}-{tag}", std::process::id()), major, nodes: 0 })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name of the container and node with that number.
    pub(super) fn node(&self, number: usize) -> String {
        format!("{}-{number}", self.name)
    }

    /// What to say on howdah's command line to have this cluster and nothing else of the engine.
    pub(super) fn targets(&self) -> Vec<String> {
        (1..=self.nodes).map(|number| format!("docker:{}", self.node(number))).collect()
    }

    /// Runs one more container of the lab's image, reached only as `options` say, and waits until its server answers inside.
    pub(super) fn run(&mut self, options: &[&str]) -> String {
        self.nodes += 1;
        let (name, image) = (self.node(self.nodes), format!("howdah-lab/postgres:{}", self.major));
        let label = format!("howdah.lab={}", self.name);
        let mut words = vec!["run", "-d", "--name", &name, "--label", &label, "-e", "POSTGRES_PASSWORD"];
        words.extend(options);
        words.push(&image);
        let made = Command::new("docker").args(words).env("POSTGRES_PASSWORD", SECRET).output().unwrap();
        assert!(made.status.success(), "docker run {name}: {}", String::from_utf8_lossy(&made.stderr));
        eventually("the server in the container answers", || {
            let ask = ["exec", &name, "pg_isready", "-q", "-h", "127.0.0.1"];
            Command::new("docker").args(ask).output().unwrap().status.success()
        });
        name
    }

    /// Runs a `PgBouncer` whose one database `shop` leads to the first node with two connections in transaction mode; its
    /// image is the server's, so that only what runs tells what it is.
    pub(super) fn pooler(&self) -> String {
        let (name, image) = (format!("{}-pooler", self.name), format!("howdah-lab/postgres:{}", self.major));
        let label = format!("howdah.lab={}", self.name);
        let script = format!(
            "mkdir /run/pool && cd /run/pool && printf '\"postgres\" \"%s\"\n' \"$DB_PASSWORD\" >users && printf '[databases]\n\
             shop = host={} port=5432 dbname=postgres\n[pgbouncer]\nlisten_addr = *\nlisten_port = 6432\nunix_socket_dir =\n\
             auth_type = plain\nauth_file = users\nadmin_users = postgres\npool_mode = transaction\ndefault_pool_size = 2\n' >pool.ini \
             && exec gosu postgres pgbouncer pool.ini",
            self.node(1)
        );
        let words = ["run", "-d", "--name", &name, "--label", &label, "--network", &self.name, "-e", "DB_PASSWORD"];
        let rest = ["-e", "DB_USER=postgres", "--entrypoint", "sh", &image, "-c", &script];
        let made = Command::new("docker").args(words).args(rest).env("DB_PASSWORD", SECRET).output().unwrap();
        assert!(made.status.success(), "docker run {name}: {}", String::from_utf8_lossy(&made.stderr));
        name
    }

    /// Starts the load of the lab on the primary.
    pub(super) fn load(&self) {
        let done = script("load").args(["start", &self.name]).output().unwrap();
        assert!(done.status.success(), "load: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// `docker VERB WORDS… NODE`.
    pub(super) fn docker(&self, words: &[&str], number: usize) {
        docker(&[words, &[&self.node(number)]].concat());
    }

    /// Cuts a node off the cluster's network.
    pub(super) fn disconnect(&self, number: usize) {
        docker(&["network", "disconnect", &self.name, &self.node(number)]);
    }

    /// Connects it again.
    pub(super) fn reconnect(&self, number: usize) {
        docker(&["network", "connect", &self.name, &self.node(number)]);
    }

    /// The node's own address.
    pub(super) fn address(&self, number: usize) -> String {
        let form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        docker(&["inspect", "-f", form, &self.node(number)]).trim().to_owned()
    }

    /// What a shell in the container prints.
    pub(super) fn exec(&self, number: usize, script: &str) -> String {
        docker(&["exec", &self.node(number), "bash", "-c", script])
    }

    /// What the server answers to the superuser on its socket.
    pub(super) fn sql(&self, number: usize, query: &str) -> String {
        let node = self.node(number);
        let words = ["exec", &node, "psql", "-XAtq", "-h", "/var/run/postgresql", "-U", "postgres", "-c", query];
        docker(&words).trim().to_owned()
    }

    /// The same, of a server that may be down.
    pub(super) fn try_sql(&self, number: usize, query: &str) -> Option<String> {
        let node = self.node(number);
        let words = ["exec", &node, "psql", "-XAtq", "-h", "/var/run/postgresql", "-U", "postgres", "-c", query];
        let output = Command::new("docker").args(words).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Leaves so many sessions of the superuser behind. The shell that started them waits for them: left alone they would become
    /// children of the first process in the container, and a postmaster takes the end of a child it does not know for a crash.
    pub(super) fn fill(&self, number: usize, sessions: usize) {
        let one = "psql -h /var/run/postgresql -XqU postgres -c 'select pg_sleep(600)'";
        let script = format!("for i in $(seq {sessions}); do {one} & done; wait");
        docker(&["exec", "-d", &self.node(number), "bash", "-c", &script]);
    }

    /// Leaves a session behind that runs this statement.
    pub(super) fn session(&self, number: usize, application: &str, statement: &str) {
        let (node, name) = (self.node(number), format!("PGAPPNAME={application}"));
        let words = ["exec", "-d", "-e", &name, &node, "psql", "-Xq", "-h", "/var/run/postgresql", "-U", "postgres"];
        docker(&[&words[..], &["-c", statement]].concat());
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // A frozen process cannot be stopped; removing it by force thaws it first, but older engines want it done for them.
        drop(script("cluster").args(["down", &self.name]).stdin(Stdio::null()).output());
    }
}

/// Says what is missing; in CI that is a failure.
pub(super) fn lacks<T>(what: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "this test needs {what}, and in CI it may not be skipped");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not by eprintln!, which the test harness swallows when the test passes.
    drop(writeln!(std::io::stderr(), "skipped: {test} needs {what}"));
    None
}

/// Waits, at most half a minute, until something is so.
pub(super) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "half a minute was not enough: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(super) fn docker(words: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new("docker").args(words).output().unwrap();
    assert!(status.success(), "docker {}: {}", words.join(" "), String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).into_owned()
}

/// Short, like the tags: a screen cuts long names in the middle, and these are looked for on screens.
const PREFIX: &str = "hl";
static SWEEP: Once = Once::new();

/// Removes what test runs left behind that were killed before they could: their process is no more.
fn sweep() {
    let labels = docker(&["ps", "-a", "--filter", "label=howdah.lab", "--format", "{{.Label \"howdah.lab\"}}"]);
    for lab in labels.lines() {
        let Some((process, _)) = lab.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')) else { continue };
        if process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists() {
            drop(script("cluster").args(["down", lab]).output());
        }
    }
}

fn script(name: &str) -> Command {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "lab", name].iter().collect();
    Command::new(path)
}
