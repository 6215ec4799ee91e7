//! `llms.txt`, which assistants take at its word: what it links to is there, and what it names is in the file that it links to.

use std::fs;
use std::path::Path;

/// Every link, as its text and its address.
fn links(text: &str) -> Vec<(&str, &str)> {
    let mut links = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let (address, next) = after.split_once(')').unwrap();
        let name = before.rsplit_once('[').unwrap().1;
        links.push((name, address));
        rest = next;
    }
    links
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a file has a public method of a type.
fn has(file: &str, kind: &str, method: &str) -> bool {
    let methods = ["(", "<"].map(|next| format!("fn {method}{next}"));
    file.contains(kind) && methods.iter().any(|method| file.contains(method))
}

#[test]
fn its_links_and_names_exist() {
    let text = read("llms.txt");
    assert!(text.lines().count() < 120);
    let links = links(&text);
    assert!(links.len() > 25, "{links:#?}");
    let mut methods = 0;
    for (name, path) in links {
        let file = read(path);
        let name = name.trim_matches('`');
        if let Some((kind, method)) = name.split_once("::") {
            assert!(has(&file, kind, method), "{path} has no {name}");
            methods += 1;
        }
    }
    assert_eq!(methods, 10);
}

#[test]
fn what_is_not_there_is_found_out() {
    let file = "impl Instance { pub fn link(&self) {} }";
    assert!(has(file, "Instance", "link"));
    assert!(!has(file, "Instance", "lin"));
    assert!(!has(file, "Bot", "link"));
}
