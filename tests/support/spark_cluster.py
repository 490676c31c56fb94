"""A Spark cluster for tests: a master and two workers as processes of this machine, on loopback, gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGE = "org.apache.spark.deploy"
SMALL = {
    "SPARK_DAEMON_MEMORY": "256m",
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",  # its port is fixed
}
# Java's own start takes most of a short test: no second compiler, one thread for garbage.
QUICK = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:CICompilerCount=1"}


def need_java() -> None:
    """Leaves a test out where there is no Java, which in CI is a failure."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        message = "Java is not installed; tools/system_parts.sh installs it, or apt-get install default-jre-headless"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)


@contextmanager
def two_workers(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of a master whose two workers have a core each, and this environment beside their own."""
    need_java()
    own = {**os.environ, **SMALL, **environment}
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(_start(folder / "master.log", "master.Master", ["--port", "0"], own))
        master = _said(folder / "master.log", r"(spark://127\.0\.0\.1:\d+)")
        for name in ("one", "two"):
            options = ["--cores", "1", "--memory", "1g", "--work-dir", str(folder / name), master]
            started.append(_start(folder / f"{name}.log", "worker.Worker", options, own))
        for name in ("one", "two"):
            _said(folder / f"{name}.log", r"(Successfully registered)")
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=60)


def _start(
    log: Path, name: str, options: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [home / "bin" / "spark-class", f"{PACKAGE}.{name}", "--host", "127.0.0.1", "--webui-port", "0"]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*command, *options], env={**environment, "SPARK_HOME": str(home)}, stdout=output, stderr=output
        )


def _said(log: Path, pattern: str) -> str:
    """What a log says, waited for."""
    for _ in range(600):
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))
