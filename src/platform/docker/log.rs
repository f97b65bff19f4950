//! A container's log, as the engine keeps it.
//!
//! The engine tells with each line when it heard it; where a stream breaks off, because the container
//! or the engine stopped, the next one goes on after the last line heard. It is lines of bytes here:
//! what they say is read elsewhere.

use bollard::{container::LogOutput, errors::Error, query_parameters::LogsOptionsBuilder};
use futures::StreamExt;
use jiff::Timestamp;

use super::{Engine, Trouble};
use crate::{
    domain::log::LogStart,
    platform::lines::{Hear, LONGEST, MOST_BEFORE, dated},
};

/// One container's log and how far it was read.
#[derive(Debug)]
pub struct Tape {
    engine: Engine,
    container: String,
    start: LogStart,
    last: Option<Timestamp>,
    /// Only so many of the lines after the last one heard are wanted.
    most: Option<u32>,
}

/// Pieces of a line that has not ended, one for each stream of the container.
#[derive(Debug, Default)]
struct Partial {
    at: Option<Timestamp>,
    bytes: Vec<u8>,
}

impl Tape {
    /// A container's log from `start` on.
    #[must_use]
    pub const fn new(engine: Engine, container: String, start: LogStart) -> Self {
        Self { engine, container, start, last: None, most: None }
    }

    /// The next reading goes on with the last so many lines: what lies between is left out.
    pub const fn skip_to(&mut self, last_lines: u32) {
        self.most = Some(last_lines);
    }

    /// Reads what there is; with `follow` also what comes, until the container stops.
    ///
    /// # Errors
    /// When the engine does not answer, or keeps no log that can be read.
    pub async fn read(&mut self, follow: bool, hear: &mut Hear<'_>) -> Result<(), Trouble> {
        let endpoint = self.engine.endpoint()?.clone();
        let client = self.engine.client().await?.clone();
        let options = LogsOptionsBuilder::default().follow(follow).stdout(true).stderr(true).timestamps(true);
        let seconds = |at: Timestamp| i32::try_from(at.as_second()).unwrap_or(i32::MAX);
        let (since, tail) = match (self.last, self.start) {
            // Whole seconds only: what was heard in this one already is passed over.
            (Some(last), _) => {
                (seconds(last), self.most.take().map_or_else(|| "all".to_owned(), |lines| lines.to_string()))
            }
            (None, LogStart::Last(lines)) => (0, lines.to_string()),
            (None, LogStart::Since(at)) => (seconds(at), MOST_BEFORE.to_string()),
            (None, LogStart::Beginning) => (0, "all".to_owned()),
        };
        let heard_before = self.last;
        let mut count = 0;
        let mut partials = [Partial::default(), Partial::default()];
        let mut lines = Box::pin(client.logs(&self.container, Some(options.since(since).tail(&tail).build())));
        while let Some(output) = lines.next().await {
            let (stream, bytes) = match output {
                Ok(LogOutput::StdErr { message }) => (1, message),
                Ok(LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message }) => {
                    (0, message)
                }
                // The engine ends the stream of a removed container in the middle.
                Err(Error::IOError { .. } | Error::HyperResponseError { .. }) if count > 0 => break,
                Err(error) => return Err(Trouble::of(&endpoint, &error)),
            };
            let (at, bytes) = dated(&bytes);
            let partial = &mut partials[stream];
            if partial.bytes.is_empty() {
                partial.at = at;
            }
            let ended = bytes.strip_suffix(b"\n");
            partial.bytes.extend_from_slice(ended.unwrap_or(bytes));
            if ended.is_none() && partial.bytes.len() < LONGEST {
                continue;
            }
            let at = partial.at.take();
            let is_new = at.is_none() || heard_before.is_none() || at > heard_before;
            if is_new {
                self.last = at.max(self.last);
                count += 1;
                if !hear(at, &partial.bytes) {
                    return Ok(());
                }
            }
            partial.bytes.clear();
            if self.start == LogStart::Beginning && count >= MOST_BEFORE {
                break;
            }
        }
        for partial in partials.iter().filter(|partial| !partial.bytes.is_empty()) {
            if partial.at.is_none() || partial.at > heard_before {
                self.last = partial.at.max(self.last);
                hear(partial.at, &partial.bytes);
            }
        }
        Ok(())
    }
}
