//! Which clusters a pooler belongs to.
//!
//! Where its databases lead decides: host and port match a node's. Names are only unique within a
//! network, so where several clusters fit, the one of the pooler's own group is meant. A pooler whose
//! console tells nothing belongs where the config lists it, else to the only cluster of its group.

use super::{Cluster, Configured};
use crate::domain::pool::{Pooler, serves};

/// Puts poolers into the clusters they serve, by name; gives back those that belong to none that is known.
pub fn assign(clusters: &mut [Cluster], poolers: Vec<Pooler>, configured: &[Configured]) -> Vec<Pooler> {
    let mut strays = Vec::new();
    for pooler in poolers {
        let homes = homes(clusters, &pooler, configured);
        for at in &homes {
            clusters[*at].poolers.push(pooler.clone());
        }
        if homes.is_empty() {
            strays.push(pooler);
        }
    }
    for cluster in clusters {
        cluster.poolers.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    }
    strays
}

fn homes(clusters: &[Cluster], pooler: &Pooler, configured: &[Configured]) -> Vec<usize> {
    let all = || clusters.iter().enumerate();
    let entry = configured.iter().find(|c| c.poolers.contains(&pooler.id));
    if let Some(entry) = entry {
        let named: Vec<usize> = all().filter(|(_, c)| c.name == entry.name).map(|(at, _)| at).collect();
        if !named.is_empty() {
            return named;
        }
    }
    let is_kin = |cluster: &Cluster| {
        let host = &pooler.host;
        host.group.is_some() && cluster.nodes.iter().any(|n| n.host.place == host.place && n.host.group == host.group)
    };
    let kin: Vec<usize> = all().filter(|(_, c)| is_kin(c)).map(|(at, _)| at).collect();
    let Some(console) = pooler.console.value() else {
        return if kin.len() == 1 { kin } else { Vec::new() };
    };
    let mut homes: Vec<usize> = Vec::new();
    for database in &console.databases {
        let fits = all().filter(|(_, c)| c.nodes.iter().any(|n| database.leads_to(n)));
        let fits: Vec<usize> = fits.map(|(at, _)| at).collect();
        let related: Vec<usize> = fits.iter().copied().filter(|at| kin.contains(at)).collect();
        homes.extend(if fits.len() > 1 { related } else { fits });
    }
    homes.sort_unstable();
    homes.dedup();
    debug_assert!(homes.iter().all(|at| serves(pooler, &clusters[*at])));
    homes
}
