use super::*;
use crate::domain::{
    Observed, Role,
    sample::{change, now, pooler, primary, sender, silent, standby},
};

fn names(cluster: &Cluster) -> Vec<&str> {
    cluster.nodes.iter().map(|n| n.name.as_str()).collect()
}

fn edges_by_name(cluster: &Cluster) -> Vec<String> {
    let name = |id: &NodeId| cluster.node(id).unwrap().name.to_string();
    cluster.edges.iter().map(|e| format!("{}→{}", name(&e.upstream), name(&e.downstream))).collect()
}

#[test]
fn one_system_is_one_cluster_with_the_writer_first() {
    let mut writer = primary("pg3");
    change(&mut writer, |p| p.senders = Observed::fresh(vec![sender("pg1"), sender("pg2")], now()));
    let clusters = assemble(vec![standby("pg1", "pg3"), standby("pg2", "pg3"), writer], &[]);
    assert_eq!(clusters.len(), 1);
    assert_eq!(clusters[0].name, "pg");
    assert_eq!(names(&clusters[0]), ["pg3", "pg1", "pg2"]);
    assert_eq!(edges_by_name(&clusters[0]), ["pg3→pg1", "pg3→pg2"]);
    assert!(clusters[0].edges.iter().all(|e| e.sender.is_some()));
}

#[test]
fn a_cascade_is_drawn_as_one() {
    let mut middle = standby("b", "a");
    change(&mut middle, |p| p.senders = Observed::fresh(vec![sender("c")], now()));
    let clusters = assemble(vec![standby("c", "b"), middle, primary("a")], &[]);
    assert_eq!(names(&clusters[0]), ["a", "b", "c"]);
    assert_eq!(edges_by_name(&clusters[0]), ["a→b", "b→c"]);
    assert_eq!(clusters[0].depth(&clusters[0].nodes[2].id), 2);
}

#[test]
fn equal_names_of_other_systems_stay_apart() {
    let mut other = primary("pg1");
    other.id = NodeId("docker:other/pg1".into());
    other.host.place = "docker other".into();
    change(&mut other, |p| p.system_identifier = 9999);
    let clusters = assemble(vec![primary("pg1"), other], &[]);
    assert_eq!(clusters.len(), 2);
    assert_ne!(clusters[0].name, clusters[1].name);
}

#[test]
fn a_silent_node_joins_its_compose_project_only_when_there_is_one_cluster_in_it() {
    let grouped = |mut node: Node| {
        node.host.group = Some("shop".into());
        node
    };
    let clusters = assemble(vec![grouped(primary("db1")), grouped(silent("db2"))], &[]);
    assert_eq!(clusters.len(), 1);
    assert_eq!(clusters[0].name, "shop");

    let mut second = grouped(primary("other"));
    change(&mut second, |p| p.system_identifier = 1);
    let clusters = assemble(vec![grouped(primary("db1")), second, grouped(silent("db2"))], &[]);
    assert_eq!(clusters.len(), 3);
}

#[test]
fn a_node_that_fell_silent_stays_where_it_was() {
    let mut lost = standby("pg2", "pg1");
    lost.postgres = Observed::unknown("no answer for 31 s");
    let clusters = assemble(vec![primary("pg1"), lost], &[]);
    assert_eq!(clusters.len(), 1);
    assert_eq!(clusters[0].nodes.len(), 2);
}

#[test]
fn the_config_names_a_cluster() {
    let node = primary("10.0.0.5");
    let entry = Configured {
        name: "billing".into(),
        environment: Environment(Some("production".into())),
        nodes: [node.id.clone(), silent("10.0.0.6").id].into(),
        ..Configured::default()
    };
    let clusters = assemble(vec![node, silent("10.0.0.6")], &[entry]);
    assert_eq!(clusters.len(), 1);
    assert_eq!(clusters[0].name, "billing");
    assert!(clusters[0].environment.is_production());
}

#[test]
fn a_pooler_belongs_where_its_databases_lead() {
    let cluster = |name: &str, address: &str| {
        let mut node = primary(name);
        node.host.addresses = vec![address.into(), "db".into()];
        node.host.group = Some(name.into());
        if let Some(last) = &mut node.last {
            last.system_identifier = u64::from(name.as_bytes()[0]);
        }
        node
    };
    let mut clusters = assemble(vec![cluster("shop", "10.0.0.5"), cluster("blog", "10.0.0.6")], &[]);
    let given = vec![
        pooler("by-address", "10.0.0.5", None),
        pooler("by-group", "db", Some("blog")),
        pooler("ambiguous", "db", None),
        pooler("elsewhere", "10.9.9.9", Some("shop")),
    ];
    let strays = assign(&mut clusters, given, &[]);
    let names = |list: &[crate::domain::pool::Pooler]| list.iter().map(|p| p.name.to_string()).collect::<Vec<_>>();
    let of = |name: &str| names(&clusters.iter().find(|c| c.name == name).unwrap().poolers);
    assert_eq!(of("shop"), ["by-address"]);
    assert_eq!(of("blog"), ["by-group"]);
    assert_eq!(names(&strays), ["ambiguous", "elsewhere"]);
}

#[test]
fn a_row_of_a_stopped_receiver_confirms_nothing() {
    let mut writer = primary("pg1");
    change(&mut writer, |p| p.senders = Observed::fresh(vec![sender("pg2")], now()));
    let mut cut = standby("pg2", "pg1");
    change(&mut cut, |p| {
        if let Some(standby) = &mut p.standby {
            standby.receiver = Observed::fresh(None, now());
        }
    });
    let clusters = assemble(vec![writer, cut], &[]);
    assert_eq!(edges_by_name(&clusters[0]), ["pg1→pg2"]);
    assert!(clusters[0].edges[0].sender.is_none());
}

#[test]
fn a_ring_of_standbys_is_listed_and_ends() {
    let clusters = assemble(vec![standby("a", "b"), standby("b", "a")], &[]);
    assert_eq!(clusters[0].nodes.len(), 2);
    assert_eq!(clusters[0].nodes[0].role(), Some(Role::Standby));
    assert!(clusters[0].depth(&clusters[0].nodes[0].id) <= 2);
}

#[test]
fn a_node_that_says_nothing_any_more_keeps_its_place_in_the_tree() {
    let mut gone = standby("b", "a");
    gone.postgres = Observed::unknown("no answer for 12 s");
    if let Some(last) = &mut gone.last {
        last.upstream = Some(primary("a").id);
    }
    let nodes = |gone: &Node| vec![standby("c", "b"), gone.clone(), primary("a")];
    let clusters = assemble(nodes(&gone), &[]);
    assert_eq!(edges_by_name(&clusters[0]), ["a→b", "b→c"]);
    assert_eq!(names(&clusters[0]), ["a", "b", "c"]);
    assert!(clusters[0].edge_to(&gone.id).unwrap().sender.is_none());

    let alone = assemble(vec![gone, primary("z")], &[]);
    assert!(alone[0].edges.is_empty(), "the node it followed is not there any more");
}
