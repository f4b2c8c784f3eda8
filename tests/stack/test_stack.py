"""Services start, are watched, and are gone afterwards, also after an unclean stop."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ConfigError, HubError
from hub import stack
from hub.stack import Service, Stack

SHELL = {"PATH": os.environ["PATH"]}


def shell(script: str, *, name: str = "one", grace: float = 5.0, wave: int = 0) -> Service:
    return Service(name=name, command=["/bin/sh", "-c", script], env=SHELL, grace=grace, wave=wave)


def until(done: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def session(state: Path, name: str = "one") -> int:
    record = state / "run" / f"{name}.session"
    until(record.exists)
    return int(record.read_text())


def test_leaving_a_stack_leaves_no_process(tmp_path: Path) -> None:
    with Stack(tmp_path) as services:
        services.start(shell("sleep 300 & wait"))
        number = session(tmp_path)
        until(lambda: len(stack.members({number})) == 2)
    assert stack.members({number}) == []
    assert list((tmp_path / "run").glob("*.session")) == []


def test_an_error_within_ends_the_services_too(tmp_path: Path) -> None:
    def fail() -> None:
        with Stack(tmp_path) as services:
            services.start(shell("sleep 300"))
            session(tmp_path)
            raise RuntimeError("within")

    with pytest.raises(RuntimeError, match="within"):
        fail()
    assert list((tmp_path / "run").glob("*.session")) == []


def test_a_service_that_hears_no_term_is_killed_after_its_grace(tmp_path: Path) -> None:
    deaf = "trap '' TERM; touch deaf; while true; do sleep 0.1; done"
    with Stack(tmp_path) as services:
        services.start(shell(f"cd {tmp_path}; {deaf}", grace=0.2))
        number = session(tmp_path)
        until((tmp_path / "deaf").exists)
    assert stack.members({number}) == []


def test_a_higher_wave_ends_first(tmp_path: Path) -> None:
    script = "trap 'echo $0 >>order; exit' TERM; touch $0; while true; do sleep 0.02; done"
    with Stack(tmp_path) as services:
        for wave in (1, 2):
            words = ["/bin/sh", "-c", f"cd {tmp_path}; {script}", f"w{wave}"]
            services.start(Service(name=f"w{wave}", command=words, env=SHELL, wave=wave))
        until(lambda: (tmp_path / "w1").exists() and (tmp_path / "w2").exists())
    assert (tmp_path / "order").read_text().split() == ["w2", "w1"]


def test_the_next_start_ends_what_a_killed_one_left_behind(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from hub.stack import Service, Stack\n"
        "with Stack(Path(sys.argv[1])) as s:\n"
        "    s.start(Service(name='one', command=['/bin/sh', '-c', 'sleep 300 & wait'], env={}))\n"
        "    time.sleep(300)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    number = session(tmp_path)
    until(lambda: len(stack.members({number})) == 2)
    os.kill(number, signal.SIGKILL)  # its child is left without a parent
    owner.kill()
    owner.wait()
    until(lambda: len(stack.members({number})) == 1)
    with Stack(tmp_path):
        assert stack.members({number}) == []


def test_a_stranger_with_a_reused_number_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "300"], start_new_session=True) as stranger:
        record = tmp_path / "run" / "one.session"
        record.parent.mkdir()
        record.write_text(str(stranger.pid))
        os.utime(record, (time.time() - 3600, time.time() - 3600))
        assert stack.clean(tmp_path) == 0
        assert stranger.poll() is None
        assert not record.exists()
        stranger.kill()


def test_one_state_folder_serves_one_stack_at_a_time(tmp_path: Path) -> None:
    with Stack(tmp_path), pytest.raises(ConfigError) as refused, Stack(tmp_path):
        pass
    assert refused.value.code == "STACK-BUSY"


def test_a_killed_service_is_started_anew(tmp_path: Path) -> None:
    with Stack(tmp_path) as services:
        services.start(shell("sleep 300"))
        first = session(tmp_path)
        os.kill(first, signal.SIGKILL)
        while session(tmp_path) == first:
            services.check()
        assert stack.members({first}) == []
        assert stack.members({session(tmp_path)}) != []


def test_a_service_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Stack(tmp_path) as services:
        services.start(shell("echo no room left; exit 3", name="keeper"))
        with pytest.raises(HubError, match="keeper: ended with 3") as failed:
            until(services.check)
    assert failed.value.seen == "no room left"


def test_waiting_ends_when_a_service_is_ready_or_dead(tmp_path: Path) -> None:
    def ready() -> bool:
        return (tmp_path / "ready").exists()

    with Stack(tmp_path) as services:
        services.start(
            Service(
                name="slow",
                command=["/bin/sh", "-c", f"sleep 0.1; touch {tmp_path}/ready; sleep 300"],
                env=SHELL,
                ready=ready,
            )
        )
        services.wait()
        assert ready()
        services.start(Service(name="dead", command=["/bin/false"], env=SHELL, ready=lambda: False))
        with pytest.raises(HubError, match="dead: ended"):
            services.wait("dead")


def test_a_wanted_port_that_is_taken_is_replaced_by_a_free_one() -> None:
    import socket  # noqa: PLC0415 - one test

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert stack.free_port(port) not in {0, port}


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests ran without rights already")
def test_a_user_without_rights_starts_and_stops_a_stack() -> None:
    nobody: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", ""], cwd="/", check=True, **nobody)
    except PermissionError:
        pytest.skip("this interpreter lies in a folder that only root may enter")
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, "nobody", "nogroup")
        code = (
            "import sys; from pathlib import Path; from hub.stack import Service, Stack\n"
            "with Stack(Path(sys.argv[1])) as s:\n"
            "    s.start(Service(name='one', command=['/bin/sleep', '300'], env={}))\n"
            "    s.wait()\n"
        )
        words = [sys.executable, "-P", "-c", code, folder]
        assert subprocess.run(words, cwd="/", check=False, **nobody).returncode == 0
        assert list(Path(folder, "run").glob("*.session")) == []
