"""One process for each peer and task: its own Python environment, a limit of time and one of memory."""

import json
import os
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass
class Answers:
    """What a process told before it ended."""

    prepared: float | None = None
    seconds: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    peak_gib: float = 0.0
    failed: str | None = None


def environment(folder, name):
    """The Python of an environment with exactly `requirements/name.txt`; an error if it cannot be made."""
    requirements = HERE / "requirements" / f"{name}.txt"
    python = folder / name / "bin" / "python"
    stamp = folder / name / "installed.txt"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return python
    print(f"installing {requirements.name}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder / name], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"not installable here: {last_line(done.stderr)}")
    stamp.write_text(requirements.read_text())
    return python


def run(command, task, limit_seconds, limit_gib, log):
    """Runs a peer's program on a task until it ends or a limit is reached; what it told until then counts."""
    answers = Answers()
    child = subprocess.Popen(
        [*command, json.dumps(task)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit_gib << 30,) * 2),
    )
    timer = threading.Timer(limit_seconds, child.kill)
    timer.start()
    try:
        for line in child.stdout:
            told = json.loads(line)
            answers.prepared = told.get("prepared", answers.prepared)
            if "table" in told:
                answers.seconds.append(told["seconds"])
                answers.tables.append(told["table"])
    except BaseException:
        child.kill()
        timer.cancel()
        raise
    _, status, usage = os.wait4(child.pid, 0)
    in_time = timer.is_alive()
    timer.cancel()
    answers.peak_gib = usage.ru_maxrss / 2**20
    if not in_time:
        answers.failed = f"stopped after {limit_seconds} s"
    elif status != 0:
        answers.failed = last_line(Path(log.name).read_text(errors="replace"))
    return answers


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "ended without a word"
