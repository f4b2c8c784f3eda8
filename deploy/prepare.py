# noqa: INP001 - a script, run before anything is installed
"""Make the secrets of a one-server deployment, once; only the standard library is needed.

Writes ``deploy/secret`` (0700): ``hub.env`` and ``postgres.env`` (0600). Files that exist are
kept: a database keeps the passwords that it was made with.
"""

import base64
import os
import secrets
from pathlib import Path

FOLDER = Path(__file__).parent / "secret"


def texts() -> dict[str, dict[str, str]]:
    """Return file name -> variable -> value, all values new."""
    names = ("postgres", "hub", "airflow", "admin")
    password = {name: secrets.token_urlsafe(24) for name in names}
    airflow = f"airflow:{password['airflow']}@postgres/airflow"
    return {
        "postgres.env": {
            "POSTGRES_PASSWORD": password["postgres"],
            "HUB_PASSWORD": password["hub"],
            "AIRFLOW_PASSWORD": password["airflow"],
        },
        "hub.env": {
            "HUB_DATABASE_URL": f"postgresql://hub:{password['hub']}@postgres/hub",
            "AIRFLOW_ADMIN_PASSWORD": password["admin"],
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{airflow}",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{airflow}",
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(48),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(48),
        },
    }


def main(folder: Path = FOLDER) -> None:
    """Write the files that are missing; all or none, since they name each other's passwords."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if any(folder.iterdir()):
        return
    for name, values in texts().items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{key}={value}\n" for key, value in values.items())


if __name__ == "__main__":
    main()
