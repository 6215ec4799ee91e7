//! `green-api completions` and `green-api man`.

mod common;

use std::fs;

use common::{green_api, run};
use serde_json::Value;

#[tokio::test]
async fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(green_api(&["completions", shell])).await;
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        for word in ["listen", "dead-letter", "webhook"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
        let json = run(green_api(&["completions", shell, "--json"])).await;
        let event: Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(
            (event["event"].as_str(), event["name"].as_str()),
            (Some("text"), Some(shell))
        );
        assert_eq!(
            event["text"].as_str().unwrap().trim_end(),
            ran.out.trim_end()
        );
    }
    assert_eq!(run(green_api(&["completions", "cmd"])).await.code, 2);
}

#[cfg(unix)]
#[tokio::test]
async fn bash_reads_them() {
    let script = run(green_api(&["completions", "bash"])).await.out;
    let check = format!(
        "{script}\nCOMP_WORDS=(green-api send t); COMP_CWORD=2; _green__api green-api t send; echo \"${{COMPREPLY[@]}}\""
    );
    let output = std::process::Command::new("bash")
        .arg("-c")
        .arg(check)
        .output();
    // Not every machine has it.
    if let Ok(output) = output {
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "text\n",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[tokio::test]
async fn every_command_has_a_page() {
    let page = run(green_api(&["man"])).await;
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    assert!(
        page.out.contains(".TH green-api 1") && page.out.contains("GREEN_API_TOKEN_INSTANCE"),
        "{}",
        page.out
    );
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("man1");
    let into = into.to_str().unwrap();
    let ran = run(green_api(&["man", "--dir", into])).await;
    assert_eq!((ran.code, ran.out), (0, format!("Written to {into}\n")));
    for name in [
        "green-api.1",
        "green-api-listen.1",
        "green-api-group-leave.1",
    ] {
        let page = fs::read_to_string(folder.path().join("man1").join(name)).unwrap();
        assert!(page.contains(".SH NAME"), "{name}");
    }
    let json = run(green_api(&["man", "--dir", into, "--json"])).await;
    assert_eq!(
        serde_json::from_str::<Value>(&json.out).unwrap(),
        serde_json::json!({ "event": "written", "folder": into })
    );
}
