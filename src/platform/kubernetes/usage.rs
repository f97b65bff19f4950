//! What pods use, as the metrics API or the kubelet of their machine says.
//!
//! The metrics API is for whoever may see pods, and knows processor and memory. The kubelet's summary
//! is for whoever may ask machines; it knows the volumes, too. Both answers are JSON of which a
//! little is read here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{PodName, quantity};
use crate::domain::{
    Bytes,
    host::{Usage, Volume},
};

/// Readings by pod and container.
pub(super) type Readings = BTreeMap<PodName, Usage>;

/// The processor's nanoseconds per second in percent of one core.
const NANOS_PER_PERCENT: f64 = 1e7;

/// What the metrics API answered about pods.
pub(super) fn of_metrics(answer: &Value) -> Readings {
    let pods = answer.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut readings = Readings::new();
    for pod in pods {
        let Some(name) = name(pod.get("metadata")) else { continue };
        let containers = pod.get("containers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let text = |container: &Value, key: &str| Some(container.pointer(key)?.as_str()?.to_owned());
        let cpu: f64 = containers.iter().filter_map(|c| quantity::number(&text(c, "/usage/cpu")?)).sum();
        let memory: u64 = containers.iter().filter_map(|c| Some(quantity::bytes(&text(c, "/usage/memory")?)?.0)).sum();
        if memory > 0 {
            let usage =
                Usage { cpu_percent: Some(cpu * 100.0), memory: Bytes(memory), memory_limit: None, volume: None };
            readings.insert(name, usage);
        }
    }
    readings
}

/// What a kubelet's summary says of its pods. `claims` are those that a pod has mounted for its server.
pub(super) fn of_summary(answer: &Value, claims: impl Fn(&PodName) -> Vec<String>) -> Readings {
    let pods = answer.get("pods").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut readings = Readings::new();
    for pod in pods {
        let Some(name) = name(pod.get("podRef")) else { continue };
        // A pod's own sums are the better ones; older kubelets have them by container only.
        let containers = pod.get("containers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let sum = |key: &str| {
            let whole = pod.pointer(key).and_then(Value::as_u64).filter(|value| *value > 0);
            whole.or_else(|| containers.iter().filter_map(|c| c.pointer(key)?.as_u64()).reduce(|a, b| a + b))
        };
        let Some(memory) = sum("/memory/workingSetBytes") else { continue };
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of one second are far below 2^52")]
        let cpu_percent = sum("/cpu/usageNanoCores").map(|nanos| nanos as f64 / NANOS_PER_PERCENT);
        let volume = volume(pod, &claims(&name));
        readings.insert(name, Usage { cpu_percent, memory: Bytes(memory), memory_limit: None, volume });
    }
    readings
}

fn volume(pod: &Value, claims: &[String]) -> Option<Volume> {
    let volumes = pod.get("volume").and_then(Value::as_array)?;
    let is_its = |volume: &&Value| {
        let claim = volume.pointer("/pvcRef/name").and_then(Value::as_str);
        claim.is_some_and(|claim| claims.iter().any(|its| its == claim))
    };
    let number = |volume: &Value, key: &str| volume.get(key).and_then(Value::as_u64);
    volumes
        .iter()
        .filter(is_its)
        .filter_map(|volume| Some((number(volume, "usedBytes")?, number(volume, "capacityBytes")?)))
        .reduce(|(used, size), (more, larger)| (used + more, size + larger))
        .map(|(used, size)| Volume { used: Bytes(used), size: Bytes(size) })
}

fn name(reference: Option<&Value>) -> Option<PodName> {
    let text = |key: &str| Some(reference?.get(key)?.as_str()?.to_owned());
    Some(PodName { namespace: text("namespace")?, name: text("name")? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pg(name: &str) -> PodName {
        PodName { namespace: "shop".to_owned(), name: name.to_owned() }
    }

    #[test]
    fn containers_of_a_pod_are_added_up() {
        let answer = json!({"items": [{"metadata": {"name": "pg-0", "namespace": "shop"}, "containers": [
            {"name": "postgres", "usage": {"cpu": "250m", "memory": "100Mi"}},
            {"name": "exporter", "usage": {"cpu": "5000000n", "memory": "10Mi"}}]}]});
        let usage = of_metrics(&answer)[&pg("pg-0")];
        assert_eq!((usage.cpu_percent, usage.memory), (Some(25.5), Bytes(110 << 20)));
    }

    #[test]
    fn a_kubelet_knows_how_full_the_claimed_volumes_are() {
        let answer = json!({"pods": [{"podRef": {"name": "pg-0", "namespace": "shop"},
            "cpu": {"usageNanoCores": 30_000_000_u64}, "memory": {"workingSetBytes": 1_000},
            "volume": [
                {"name": "data", "usedBytes": 40, "capacityBytes": 100, "pvcRef": {"name": "data-pg-0"}},
                {"name": "token", "usedBytes": 1, "capacityBytes": 2}]}]});
        let readings = of_summary(&answer, |_| vec!["data-pg-0".to_owned()]);
        let usage = readings[&pg("pg-0")];
        assert_eq!(usage.cpu_percent, Some(3.0));
        assert_eq!(usage.volume, Some(Volume { used: Bytes(40), size: Bytes(100) }));
        assert_eq!(of_summary(&answer, |_| Vec::new())[&pg("pg-0")].volume, None);
    }
}
