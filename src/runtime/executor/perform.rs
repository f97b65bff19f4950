//! Performing: one step, done by the acting session or by the platform.
//!
//! What a step says is done, nothing is judged. Every act does the same when it is done twice.

use secrecy::SecretString;
use tokio::time::sleep;

use super::{CONNECT_AGAIN, Executor, pace::Pace};
use crate::{
    decide::{
        plan::{Act, NodeRef, Plan, Rebuilding, Step},
        stepper::{Evidence, Progress},
    },
    domain::Text,
    platform::control::{NO_POLICY, Rebuild},
    postgres::{
        actor::ActError,
        conninfo::redirect,
        control_file::{ClusterState, ControlFile},
    },
    runtime::clock,
};

/// The file whose presence alone makes a standby of whatever is started; the server does not read what is in it.
const SIGNAL: &str = "standby.signal";
/// What the fence notes in it, because the plan of the rejoin is another one, perhaps on another machine.
const NOTE: &str = "howdah: restart policy ";
/// A note is one line.
const MOST_NOTE: usize = 4096;

fn noted_policy(note: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(note).ok()?;
    text.lines().find_map(|line| line.strip_prefix(NOTE)).map(|policy| policy.trim().to_owned())
}

impl Executor {
    /// Does a step. A session that was lost is opened again as long as the step may take.
    pub(super) async fn perform(&mut self, step: &Step) -> Result<Evidence, String> {
        loop {
            match self.attempt(step).await {
                Err(Trouble::Lost) => sleep(CONNECT_AGAIN).await,
                Err(Trouble::Failed(why)) => return Err(why),
                Ok(evidence) => return Ok(evidence),
            }
        }
    }

    async fn attempt(&mut self, step: &Step) -> Result<Evidence, Trouble> {
        let node = &step.node;
        match &step.act {
            Act::Checkpoint => self.actor(node).await?.checkpoint().await?,
            Act::CreateSlot { slot } => self.actor(node).await?.create_slot(slot).await?,
            Act::DropSlot { slot } => self.actor(node).await?.drop_slot(slot).await?,
            Act::PrepareStandby { follow, slot, application_name } => {
                let like = self.actor(&follow.node).await?.primary_conninfo().await?;
                let turned = redirect::redirected(&like, &follow.host, follow.port, Some(application_name))
                    .map_err(|e| Trouble::Failed(e.to_string()))?;
                self.actor(node).await?.prepare_standby(&turned, slot.as_deref()).await?;
            }
            Act::KeepPrimary => self.actor(node).await?.keep_primary().await?,
            Act::Follow { follow } => self.actor(node).await?.follow(&follow.host, follow.port).await?,
            Act::Promote { .. } => self.actor(node).await?.promote().await?,
            Act::Cancel { session } => {
                return ended(self.actor(node).await?.cancel(session.id, session.query_start).await);
            }
            Act::Terminate { session } => {
                return ended(self.actor(node).await?.terminate(session.id, session.query_start).await);
            }
            Act::Reload => self.actor(node).await?.reload().await?,
            Act::Stop => {
                let ended = self.control(node)?.stop().await.map_err(|e| e.to_string())?;
                if let Some(output) = ended.output {
                    self.outputs.insert(node.id.clone(), output);
                }
                if let Some(code) = ended.exit_code.filter(|code| *code != 0) {
                    return Err(Trouble::Failed(format!("it ended with exit code {code}, not cleanly")));
                }
            }
            Act::Halt => {
                let ended = self.control(node)?.halt().await.map_err(|e| e.to_string())?;
                if let Some(output) = ended.output {
                    self.outputs.insert(node.id.clone(), output);
                }
            }
            Act::Start => {
                let output = self.outputs.get(&node.id).cloned();
                self.control(node)?.start(output).await.map_err(|e| e.to_string())?;
            }
            Act::ReadControl { data_directory, system_identifier } => {
                let file = self.read_control(node, data_directory).await?;
                if file.system_identifier != *system_identifier {
                    return Err(Trouble::Failed("its control file is that of another cluster".to_owned()));
                }
                if file.state != ClusterState::ShutDown {
                    return Err(Trouble::Failed(format!("it did not end cleanly ({:?})", file.state)));
                }
                return Ok(Evidence::Shutdown {
                    checkpoint: file.checkpoint,
                    timeline: file.timeline,
                    system_identifier: file.system_identifier,
                });
            }
            Act::Fence { data_directory, system_identifier } => {
                return self.fence(node, data_directory, *system_identifier).await;
            }
            Act::Rebuild { how, follow, slot, application_name, data_directory } => {
                let like = self.actor(&follow.node).await?.primary_conninfo().await?;
                let turned = redirect::redirected(&like, &follow.host, follow.port, Some(application_name))
                    .map_err(|e| Trouble::Failed(e.to_string()))?;
                return self.rebuild(node, *how, &turned, slot, data_directory).await;
            }
            Act::RestorePolicy => {
                if let Some(policy) = self.policies.get(&node.id) {
                    self.control(node)?.restore(policy).await.map_err(|e| e.to_string())?;
                }
            }
            Act::ProveStandby { data_directory, timeline } => {
                let file = self.read_control(node, data_directory).await?;
                let is_standby =
                    matches!(file.state, ClusterState::InArchiveRecovery | ClusterState::ShutDownInRecovery);
                if !is_standby || file.timeline > *timeline {
                    return Err(Trouble::Failed(format!("it has been promoted (timeline {})", file.timeline)));
                }
            }
        }
        Ok(Evidence::Nothing)
    }

    async fn read_control(&self, node: &NodeRef, data_directory: &Text) -> Result<ControlFile, Trouble> {
        let bytes = self.control(node)?.control_file(data_directory).await.map_err(|e| e.to_string())?;
        ControlFile::parse(&bytes).map_err(|e| Trouble::Failed(e.to_string()))
    }

    /// The policies that an earlier run of the same plan has found.
    pub(super) fn remember(&mut self, plan: &Plan, progress: &Progress) {
        for step in &plan.steps {
            for evidence in progress.evidence(&step.node.id) {
                if let Evidence::Fenced { policy } = evidence {
                    self.policies.insert(step.node.id.clone(), policy.to_string());
                }
            }
        }
    }

    async fn rebuild(
        &self,
        node: &NodeRef,
        how: Rebuilding,
        conninfo: &SecretString,
        slot: &str,
        data_directory: &str,
    ) -> Result<Evidence, Trouble> {
        let standby = redirect::for_a_file(conninfo, slot).map_err(|e| Trouble::Failed(e.to_string()))?;
        let what = Rebuild {
            how: match how {
                Rebuilding::Rewind => "rewind",
                Rebuilding::Backup => "backup",
            },
            data_directory,
            source: &standby.source,
            passfile: &standby.passfile,
            slot,
            settings: &standby.settings,
        };
        let mut pace = Pace::default();
        let said = self.said.clone();
        let mut hear = |line: &str| {
            if let (Some(said), Some(text)) = (&said, pace.told(line, clock::now())) {
                let _a_later_line_comes = said.try_send(text);
            }
        };
        let control = self.control(node)?;
        control.rebuild(&what, &mut hear).await.map_err(|e| format!("{}: {e}", how.program()))?;
        Ok(Evidence::Nothing)
    }

    /// Nothing of it runs, its platform brings nothing back, and what anybody starts there becomes a standby.
    async fn fence(&mut self, node: &NodeRef, data_directory: &Text, system: u64) -> Result<Evidence, Trouble> {
        let control = self.control(node)?;
        let mut policy = control.fence().await.map_err(|e| e.to_string())?;
        if self.read_control(node, data_directory).await?.system_identifier != system {
            return Err(Trouble::Failed("its control file is that of another cluster".to_owned()));
        }
        let planted = control.file(data_directory, SIGNAL, MOST_NOTE).await.map_err(|e| e.to_string())?;
        // Done for the second time, the policy of before is in the note of the first.
        if policy == NO_POLICY
            && let Some(noted) = planted.as_ref().and_then(|file| noted_policy(&file.bytes))
        {
            policy = noted;
        }
        let note = format!("{NOTE}{policy}\n");
        control.plant(data_directory, &[(SIGNAL, note.as_bytes())]).await.map_err(|e| e.to_string())?;
        let planted = control.file(data_directory, SIGNAL, MOST_NOTE).await.map_err(|e| e.to_string())?;
        if planted.is_none() || control.is_running().await.map_err(|e| e.to_string())? {
            return Err(Trouble::Failed("the fence does not hold: it runs, or standby.signal is not there".to_owned()));
        }
        self.policies.insert(node.id.clone(), policy.clone());
        Ok(Evidence::Fenced { policy: policy.into() })
    }
}

/// What is to end and has ended by itself is as good as done.
fn ended(outcome: Result<(), ActError>) -> Result<Evidence, Trouble> {
    match outcome {
        Ok(()) => Ok(Evidence::Nothing),
        Err(ActError::Gone(text)) => Ok(Evidence::Said { text }),
        Err(error) => Err(Trouble::from(error)),
    }
}

/// Why an attempt came to nothing.
enum Trouble {
    /// The session was lost: it is tried again.
    Lost,
    /// It was refused: it is not.
    Failed(String),
}

impl From<ActError> for Trouble {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Lost(_) => Self::Lost,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}
