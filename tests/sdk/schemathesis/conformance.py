"""schemathesis against the sandbox: whatever is asked, the answer is one that the description has.

Usage: conformance.py SCHEMATHESIS BUNDLE
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

# What ends the state that the others are tried in; each of these has a sandbox of its own.
ENDINGS = ["updateApiToken", "clearWebhooksQueue"]
# The instance restarts, or is not linked any more.
INTERRUPTIONS = ["logout", "reboot", "setSettings"]
CONFIG = Path(__file__).with_name("schemathesis.toml")
CHECKS = {"PYTHONPATH": str(Path(__file__).parent), "SCHEMATHESIS_HOOKS": "checks"}


def start(state):
    # A seed, so that the requests, which have the token in them, are the same in every run.
    command = [os.environ["GREEN_API"], "--json", "sandbox", "--no-rate-limits", "--seed", "0", "--state", state]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, json.loads(process.stdout.readline())


def fill_queue(sandbox):
    """`receiveNotification` waits for seconds when there is nothing."""
    body = json.dumps({"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 1}, "stateInstance": "authorized"}).encode()
    url = f"{sandbox['url']}/sandbox/instances/{sandbox['idInstance']}/notifications"
    for _ in range(100):
        urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"})).read()


def with_credentials(bundle, sandbox):
    """The description with credentials in its paths, where nobody makes others up."""
    text = {"{idInstance}": str(sandbox["idInstance"]), "{apiTokenInstance}": sandbox["apiTokenInstance"], "{partnerToken}": sandbox["partnerToken"]}
    names = {"IdInstance", "ApiTokenInstance", "PartnerToken"}
    paths = {}
    for path, item in bundle["paths"].items():
        for name, value in text.items():
            path = path.replace(name, value)
        kept = [parameter for parameter in item["parameters"] if parameter.get("$ref", "").split("/")[-1] not in names]
        operations = {verb: {**operation, "servers": []} for verb, operation in item.items() if verb != "parameters"}
        paths[path] = {**operations, "parameters": kept}
    return {**bundle, "paths": paths, "servers": []}


def run(schemathesis, bundle, state, arguments):
    process, sandbox = start(state)
    try:
        fill_queue(sandbox)
        with tempfile.TemporaryDirectory() as folder:
            description = Path(folder, "openapi.json")
            description.write_text(json.dumps(with_credentials(bundle, sandbox)))
            command = [schemathesis, "--config-file", CONFIG, "run", description, "--url", sandbox["url"], *arguments]
            if subprocess.run(command, cwd=folder, env=os.environ | CHECKS).returncode:
                sys.exit(f"schemathesis found answers that the description does not have, in the state {state}")
    finally:
        process.kill()
        process.wait()


def options(kind, operations):
    return [option for operation in operations for option in (f"--{kind}-operation-id", operation)]


def main():
    schemathesis, path = sys.argv[1:]
    bundle = json.loads(Path(path).read_text())
    run(schemathesis, bundle, "authorized", ["-n", "10", *options("exclude", ENDINGS + INTERRUPTIONS)])
    run(schemathesis, bundle, "notAuthorized", ["-n", "5", "--include-tag", "account", *options("exclude", ENDINGS)])
    for operation in ENDINGS:
        run(schemathesis, bundle, "authorized", ["-n", "3", *options("include", [operation])])


main()
