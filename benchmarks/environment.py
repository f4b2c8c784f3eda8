"""The comparator's own Python environment, so that dlt never changes what the hub depends on."""

import hashlib
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.lock")


def comparator_python(folder: Path) -> Path:
    """Return the interpreter of the comparator, installing it when the lock changed.

    Raises:
        subprocess.CalledProcessError: the package index could not serve the lock.
    """
    python = folder / "bin" / "python"
    stamp = folder / ".lock"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return python
    uv = str(Path(sys.prefix) / "bin" / "uv")
    _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    _run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        "--require-hashes",
        "-r",
        str(LOCK),
    )
    stamp.write_text(wanted, encoding="ascii")
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
