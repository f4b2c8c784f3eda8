"""What this environment's Airflow says of command lines, without running them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CODE = (
    "import json, sys; from airflow.cli.cli_parser import get_parser\n"
    "for words in json.loads(sys.argv[1]): get_parser().parse_args(words)\n"
)


def airflow_refusal(lines: Sequence[Sequence[str]], home: Path) -> str:
    """Return the refusal of the first line that Airflow does not know; empty where it knows all."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE, json.dumps(lines)],
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""
