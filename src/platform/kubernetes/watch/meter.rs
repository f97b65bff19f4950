//! The meter: who is asked what pods use, and how often.
//!
//! The metrics API first. Where there is none, or it is not allowed, the kubelet of each machine is
//! asked through the API server; where there is one, still now and then for the volumes. What
//! neither tells is not known, and why is said.

use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use kube::{Client, Error};
use serde_json::Value;

use crate::{
    domain::Text,
    platform::kubernetes::{Scope, trouble},
};

/// How often pods are measured: the metrics API itself measures no oftener.
pub(super) const EVERY: Duration = Duration::from_secs(10);
/// Of so many measures one asks the kubelets for volumes although there are metrics.
const VOLUMES_EVERY: u32 = 6;
/// No answer in this time is none.
const PATIENCE: Duration = Duration::from_secs(8);

/// An answer about what pods use.
pub(super) enum Measured {
    Metrics(Result<Value, Error>),
    Summary(Result<Value, Error>),
    Nothing,
}

/// What may be asked of whom.
#[derive(Default)]
pub(super) struct Meter {
    under_way: FuturesUnordered<BoxFuture<'static, Measured>>,
    turn: u32,
    has_no_metrics: bool,
    has_no_summary: bool,
    limit: Option<Text>,
}

impl Meter {
    /// Asks, unless answers are still outstanding.
    pub(super) fn ask(&mut self, client: &Client, scope: &Scope, machines: &BTreeSet<String>) {
        if !self.under_way.is_empty() || machines.is_empty() {
            return;
        }
        let is_for_volumes = self.turn.is_multiple_of(VOLUMES_EVERY);
        self.turn = self.turn.wrapping_add(1);
        // What was refused may have been allowed since.
        if is_for_volumes {
            (self.has_no_metrics, self.has_no_summary) = (false, false);
        }
        if !self.has_no_metrics {
            let path = match scope {
                Scope::All => "/apis/metrics.k8s.io/v1beta1/pods".to_owned(),
                Scope::Namespace(namespace) => format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"),
            };
            self.under_way.push(get(client.clone(), path).map(Measured::Metrics).boxed());
        }
        if !self.has_no_summary && (self.has_no_metrics || is_for_volumes) {
            for machine in machines {
                let path = format!("/api/v1/nodes/{machine}/proxy/stats/summary");
                self.under_way.push(get(client.clone(), path).map(Measured::Summary).boxed());
            }
        }
    }

    /// The next answer; waits for ever while nothing was asked.
    pub(super) async fn next(&mut self) -> Measured {
        let Some(measured) = self.under_way.next().await else { return std::future::pending().await };
        match &measured {
            Measured::Metrics(Ok(_)) => {
                self.limit = None;
                measured
            }
            Measured::Summary(Ok(_)) => {
                self.limit = None;
                measured
            }
            Measured::Metrics(Err(_)) => {
                self.has_no_metrics = true;
                self.say();
                Measured::Nothing
            }
            Measured::Summary(Err(error)) => {
                self.has_no_summary |= trouble::is_forbidden(error);
                self.say();
                Measured::Nothing
            }
            Measured::Nothing => Measured::Nothing,
        }
    }

    /// Why nothing is known of what pods use, if so.
    pub(super) const fn limit(&self) -> Option<&Text> {
        self.limit.as_ref()
    }

    fn say(&mut self) {
        if self.has_no_metrics && self.has_no_summary {
            let words =
                "what pods use: there is no metrics API for these rights, and get on nodes/proxy is not allowed";
            self.limit = Some(words.into());
        }
    }
}

async fn get(client: Client, path: String) -> Result<Value, Error> {
    let request = http::Request::get(path).body(Vec::new()).map_err(Error::HttpError)?;
    match tokio::time::timeout(PATIENCE, client.request::<Value>(request)).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::LinesCodecMaxLineLengthExceeded),
    }
}
