//! What demos that were killed left on the engine.

use std::collections::HashMap;

use bollard::{
    Docker,
    query_parameters::{ListContainersOptionsBuilder, ListNetworksOptionsBuilder, LogsOptionsBuilder},
};
use futures::TryStreamExt as _;

use super::{EngineError, LABEL, Owner, engine};

/// Removes the containers and networks whose owners are dead.
pub(super) async fn remove(client: &Docker, owner: &Owner) -> Result<(), EngineError> {
    let marked = HashMap::from([("label", vec![LABEL])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&marked).build();
    let containers = client.list_containers(Some(options)).await.map_err(engine("list containers"))?;
    for container in containers {
        if let (Some(id), Some(labels)) = (container.id, container.labels)
            && owner.outlives(&labels)
        {
            super::remove(client, &id).await?;
        }
    }
    let options = ListNetworksOptionsBuilder::new().filters(&marked).build();
    for network in client.list_networks(Some(options)).await.map_err(engine("list networks"))? {
        if let (Some(id), Some(labels)) = (network.id, network.labels)
            && owner.outlives(&labels)
        {
            client.remove_network(&id).await.map_err(engine("remove the network of a demo that was killed"))?;
        }
    }
    Ok(())
}

/// The last thing that a container said.
pub(super) async fn last_words(client: &Docker, id: &str) -> String {
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail("20").build();
    let lines: Vec<_> = client.logs(id, Some(options)).try_collect().await.unwrap_or_default();
    let text: String = lines.iter().map(ToString::to_string).collect();
    crate::platform::local::server::reason(&text)
}
