"""schemathesis against the sandbox's control: what its own OpenAPI document says is so.

Usage: control.py SCHEMATHESIS
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG = Path(__file__).with_name("control.toml")


def main():
    command = [os.environ["GREEN_API"], "--json", "sandbox"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        document = json.loads(process.stdout.readline())["url"] + "/sandbox/openapi.json"
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.argv[1], "--config-file", CONFIG, "run", document, "-n", "20"]
            if subprocess.run(command, cwd=folder).returncode:
                sys.exit("schemathesis found answers of the control that its document does not have")
    finally:
        process.kill()
        process.wait()


main()
