use super::*;

const FILE: &str = r#"
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: u, user: {token: x}}]
contexts:
- {name: eu, context: {cluster: c, user: u, namespace: shop}}
- {name: us, context: {cluster: c, user: u}}
current-context: eu
"#;

fn told(wanted: &Wanted, env: Lookup<'_>) -> Vec<String> {
    sights(wanted, env).iter().map(|sight| sight.place().to_string()).collect()
}

#[test]
fn the_current_context_and_its_namespace_are_kubectls() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config");
    std::fs::write(&path, FILE).unwrap();
    let value = path.display().to_string();
    let env = |name: &str| (name == "KUBECONFIG").then(|| value.clone());
    assert_eq!(told(&Wanted::default(), &env), ["kube eu/shop"]);
    let both = Wanted { contexts: vec!["eu".to_owned(), "us".to_owned()], ..Wanted::default() };
    assert_eq!(told(&both, &env), ["kube eu/shop", "kube us/default"]);
    let some = Wanted { namespaces: vec!["a".to_owned(), "b".to_owned(), "a".to_owned()], ..Wanted::default() };
    assert_eq!(told(&some, &env), ["kube eu/a", "kube eu/b"]);
    let all = Wanted { all_namespaces: true, ..Wanted::default() };
    assert_eq!(told(&all, &env), ["kube eu"]);
}

#[test]
fn without_a_kubeconfig_only_who_asks_is_told() {
    let env = |name: &str| (name == "HOME").then(|| "/nowhere".to_owned());
    assert!(sights(&Wanted::default(), &env).is_empty());
    let asked = Wanted { namespaces: vec!["shop".to_owned()], ..Wanted::default() };
    assert_eq!(told(&asked, &env), ["kube kubeconfig"]);
}

#[tokio::test]
async fn a_context_that_is_not_there_says_so() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config");
    std::fs::write(&path, FILE).unwrap();
    let wanted = Wanted { kubeconfig: Some(path), contexts: vec!["mars".to_owned()], ..Wanted::default() };
    let sights = sights(&wanted, &|_| None);
    let Err(trouble) = sights[0].context.client().await else { panic!("there is no such context") };
    assert!(trouble.why.contains("mars"), "{trouble}");
    assert!(trouble.hint.contains("get-contexts"), "{trouble}");
}
