"""A Spark session of one's own, and what is said when Spark fails: never what Spark itself says, which may quote data."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException

from lakmus.core.errors import ConflictError, InputError, LakmusError, TemporaryError

# A master that is this process alone fails a run with its first failed task, unless it is told how many tries there are.
LOCAL = re.compile(r"local(\[(\d+|\*)\])?")
TRIES = 4
ALWAYS = {
    "spark.io.encryption.enabled": "true",  # answers that Spark lays on a disk
    "spark.ui.showConsoleProgress": "false",  # progress is told by `report`
}
ON_THIS_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
SIGNS = {
    "No module named 'lakmus": (
        "the cluster's Python has no Lakmus",
        "install lakmus[server] for the Python that PYSPARK_PYTHON names, on every machine",
    ),
    "PYTHON_VERSION_MISMATCH": (
        "the cluster's Python is another version than this one",
        "PYSPARK_PYTHON names the interpreter",
    ),
    "Cannot run program": ("the cluster has no such Python", "PYSPARK_PYTHON names the interpreter"),
    "maxResultSize": (
        "the answers of some tasks are more than Spark may hold",
        "raise spark.driver.maxResultSize",
    ),
}


def start(master: str) -> SparkContext:
    """A session at a master's address: `local[2]`, `spark://host:7077`, `yarn`, `k8s://https://host:443`.

    Sizes and security of a cluster are its own settings (`spark-defaults.conf`). Raises InputError when it does not start.
    """
    check_java()
    if SparkContext._active_spark_context is not None:
        raise ConflictError(
            "this process has a Spark session already", hint="give that session as the cluster"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    local = master.startswith("local")
    settings = {**ALWAYS, **(ON_THIS_MACHINE if local else {})}
    conf = SparkConf().setMaster(with_tries(master)).setAppName("lakmus").setAll(list(settings.items()))
    try:
        return SparkContext(conf=conf)
    except (Py4JError, PySparkException) as error:
        hint = "is the address right, and Java 17 or newer?"
        raise InputError(f"Spark did not start at {master} ({type(error).__name__})", hint=hint) from None


def context_of(session: Any) -> SparkContext:
    """The context of a SparkSession, or the one given. Raises InputError for what has none, as a Spark Connect session."""
    try:
        found = getattr(session, "sparkContext", session)
    except PySparkException:
        found = None
    if not isinstance(found, SparkContext):
        hint = (
            "give a master's address, or a session of the process that drives the cluster (not Spark Connect)"
        )
        raise InputError("that is no Spark session which can be given tasks", hint=hint)
    return found


def with_tries(master: str) -> str:
    """
    >>> with_tries("local[2]"), with_tries("local"), with_tries("spark://host:7077")
    ('local[2,4]', 'local[1,4]', 'spark://host:7077')
    """
    found = LOCAL.fullmatch(master)
    return f"local[{found[2] or 1},{TRIES}]" if found else master


def check_java() -> None:
    """Raises InputError that says how to install it."""
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and (Path(home) / "bin" / "java").exists()):
        hint = "apt-get install default-jre-headless, or name its folder in JAVA_HOME"
        raise InputError("Spark needs Java 17 or newer", hint=hint)


def given_up(error: Py4JError) -> LakmusError:
    """What to say of a failed run."""
    text = str(error)
    for sign, (message, hint) in SIGNS.items():
        if sign in text:
            return InputError(message, hint=hint)
    return TemporaryError(
        "the cluster gave up a task after several tries", hint="the logs of its executors say why"
    )
