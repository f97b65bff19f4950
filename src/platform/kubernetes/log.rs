//! A pod's log, as Kubernetes keeps it.
//!
//! The kubelet tells with each line when it heard it; where a stream breaks off, because the
//! container was started anew or the pod made anew under the same name, the next one goes on after
//! the last line heard. What a container wrote before its last restart is read first: the reason for
//! the restart is there. It is lines of bytes here: what they say is read elsewhere.

use futures::{AsyncBufReadExt, AsyncReadExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Error, api::LogParams};

use super::{Context, PodName, Trouble, trouble};
use crate::{
    domain::log::LogStart,
    platform::lines::{Hear, LONGEST, MOST_BEFORE, dated},
};

/// One pod's log and how far it was read.
#[derive(Debug)]
pub struct Tape {
    context: Context,
    pod: PodName,
    container: String,
    start: LogStart,
    last: Option<Timestamp>,
    has_looked_back: bool,
    most: Option<u32>,
}

impl Tape {
    /// The log of a container from `start` on.
    #[must_use]
    pub const fn new(context: Context, pod: PodName, container: String, start: LogStart) -> Self {
        Self { context, pod, container, start, last: None, has_looked_back: false, most: None }
    }

    /// The next reading goes on with the last so many lines: what lies between is left out.
    pub const fn skip_to(&mut self, last_lines: u32) {
        self.most = Some(last_lines);
    }

    /// Reads what there is; with `follow` also what comes, until the container stops.
    ///
    /// # Errors
    /// When the API server does not answer, or does not allow reading logs.
    pub async fn read(&mut self, follow: bool, hear: &mut Hear<'_>) -> Result<(), Trouble> {
        if !self.has_looked_back {
            self.has_looked_back = true;
            // A container that was never restarted has no log from before: that is no trouble.
            match self.stream(false, true, hear).await {
                Ok(false) => return Ok(()),
                Ok(true) | Err(Error::Api(_)) => {}
                Err(error) => return Err(self.trouble(&error)),
            }
        }
        match self.stream(follow, false, hear).await {
            Ok(_) => Ok(()),
            // Between two pods of the same name there is none, and a container that waits has written nothing.
            Err(error) if trouble::is_missing(&error) || is_not_started(&error) => Ok(()),
            Err(error) => Err(self.trouble(&error)),
        }
    }

    /// Reads one stream to its end; `false` when nobody wants more.
    async fn stream(&mut self, follow: bool, previous: bool, hear: &mut Hear<'_>) -> Result<bool, Error> {
        let Ok(client) = self.context.client().await else { return Ok(true) };
        let pods: Api<Pod> = Api::namespaced(client, &self.pod.namespace);
        let (since_time, tail_lines) = match (self.last, self.start) {
            (Some(last), _) => (Some(last), self.most.take().map(i64::from)),
            (None, LogStart::Last(lines)) => (None, Some(i64::from(lines))),
            (None, LogStart::Since(at)) => (Some(at), i64::try_from(MOST_BEFORE).ok()),
            (None, LogStart::Beginning) => (None, None),
        };
        // The library rounds to whole seconds, up or down: a second earlier loses nothing, and what was heard is passed over.
        let since_time = since_time.map(|at| at.saturating_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(at));
        let parameters = LogParams {
            container: Some(self.container.clone()),
            follow,
            previous,
            since_time,
            tail_lines,
            timestamps: true,
            ..LogParams::default()
        };
        let mut bytes = pods.log_stream(&self.pod.name, &parameters).await?;
        let heard_before = self.last;
        let mut count = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let longest = u64::try_from(LONGEST).unwrap_or(u64::MAX);
            // A stream that breaks off in the middle is one that ended: the next reading tells what is the matter.
            let Ok(read) = (&mut bytes).take(longest).read_until(b'\n', &mut line).await else { return Ok(true) };
            if read == 0 {
                return Ok(true);
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let (at, text) = dated(text);
            let is_new = at.is_none() || heard_before.is_none() || at > heard_before;
            if !is_new {
                continue;
            }
            self.last = at.max(self.last);
            count += 1;
            if !hear(at, text) {
                return Ok(false);
            }
            if self.start == LogStart::Beginning && count >= MOST_BEFORE {
                return Ok(true);
            }
        }
    }

    fn trouble(&self, error: &Error) -> Trouble {
        if trouble::is_forbidden(error) {
            return Trouble::new(format!("reading the log of {} is not allowed", self.pod), "ask for get on pods/log");
        }
        Trouble::of(self.context.name(), error)
    }
}

/// The API server's word for a container that has not been started yet.
fn is_not_started(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 400)
}
