"""Meter for terminal programs that watch a PostgreSQL server.

Runs each program in a pseudo-terminal that answers as a real one does, and measures what the person on the other end of an SSH
connection, the machine it runs on and the server pay for it. Prints one table. Run it by `make bench`.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import time
from dataclasses import dataclass, field

import psutil
import pyte

COLUMNS, ROWS = 160, 45
WARM_UP = 5.0
STARTS = 5
RATES = "bytes/s", "CPU ms/s", "memory MB", "queries/s", "database ms/s"


@dataclass
class Program:
    """A command line, when its screen holds data, and as which role it asks the server."""

    name: str
    command: list
    ready: str
    role: str
    environment: dict = field(default_factory=dict)


@dataclass
class Cost:
    """What the server has spent on a role so far."""

    calls: float
    milliseconds: float


class Terminal:
    """A program in a pseudo-terminal, with its screen and its bytes counted."""

    def __init__(self, program, home):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = 0
        environment = {
            "PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor",
            "LANG": "C.UTF-8", "PGPASSWORD": "secret", **program.environment,
        }
        if "DOCKER_HOST" in os.environ:
            environment.setdefault("DOCKER_HOST", os.environ["DOCKER_HOST"])
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The size has to be there before the program asks for it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(program.command[0], program.command, environment)

    def take(self, seconds):
        """Takes in what comes within so many seconds; false once the program has closed its terminal."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        if b"\x1b[6n" in data:
            os.write(self.fd, b"\x1b[1;1R")
        if b"\x1b[c" in data:
            os.write(self.fd, b"\x1b[?62;22c")
        self.bytes += len(data)
        self.stream.feed(data)
        return bool(data)

    def text(self):
        return "\n".join(self.screen.display)

    def usage(self):
        """Processor seconds and resident bytes of the program and its children."""
        seconds = resident = 0
        for process in [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]:
            try:
                times = process.cpu_times()
                seconds += times.user + times.system
                resident += process.memory_info().rss
            except psutil.Error:
                pass
        return seconds, resident

    def close(self):
        for end in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, end)
            except ProcessLookupError:
                break
            limit = time.monotonic() + 1
            while time.monotonic() < limit and self.take(0.05):
                pass
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
        os.close(self.fd)


def start(program, limit=10.0):
    """Seconds until the first paint and until there is data, of one start."""
    with tempfile.TemporaryDirectory() as home:
        terminal = Terminal(program, home)
        paint = data = None
        while data is None and time.monotonic() - terminal.began < limit and terminal.take(0.005):
            text = terminal.text()
            now = time.monotonic() - terminal.began
            if paint is None and text.strip():
                paint = now
            if re.search(program.ready, text):
                data = now
        if data is None:
            print(f"{program.name} shows no data within {limit:.0f} s. Its screen:\n{terminal.text().rstrip()}")
        terminal.close()
        return paint, data


def rest(program, seconds, cost):
    """What the program costs a second once it is running."""
    with tempfile.TemporaryDirectory() as home:
        terminal = Terminal(program, home)
        while time.monotonic() - terminal.began < WARM_UP:
            terminal.take(0.02)
        begin, before, used, peak = time.monotonic(), cost(program.role), terminal.usage()[0], 0
        terminal.bytes = 0
        while time.monotonic() - begin < seconds:
            if not terminal.take(0.2) or psutil.Process(terminal.pid).status() == psutil.STATUS_ZOMBIE:
                print(f"{program.name} ended by itself. Its screen:\n{terminal.text().rstrip()}")
                terminal.close()
                return dict.fromkeys(RATES)
            peak = max(peak, terminal.usage()[1])
        took = time.monotonic() - begin
        spent, after = terminal.usage()[0] - used, cost(program.role)
        terminal.close()
        rates = terminal.bytes, spent * 1e3, (after.calls - before.calls), (after.milliseconds - before.milliseconds)
        sent, cpu, queries, database = (rate / took for rate in rates)
        return dict(zip(RATES, (sent, cpu, peak / 1e6, queries, database)))


def server_cost(container):
    """A function that asks the server, on its own socket, what a role has cost it."""

    def cost(role):
        query = (
            "select coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0) from pg_stat_statements "
            f"where userid = '{role}'::regrole and query not like '%pg_stat_statements%regrole%'"
        )
        command = ["docker", "exec", container, "psql", "-h", "/var/run/postgresql", "-XAtqU", "postgres", "-F", " ", "-c", query]
        calls, milliseconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return Cost(float(calls), float(milliseconds))

    return cost


def programs(options):
    dsn = f"postgresql://{{role}}@{options.address}/shop"
    containers = [f"docker:{options.name}-{number}" for number in (1, 2, 3)]
    return [
        Program(
            "pg_activity", [options.peer, "--refresh", "1", "-h", options.address, "-U", "with_pg_activity", "-d", "shop"],
            r"pgbench|UPDATE|RUNNING", "with_pg_activity",
        ),
        Program(
            "howdah, one server", [options.howdah, dsn.format(role="with_howdah")],
            r"primary", "with_howdah", {"DOCKER_HOST": "unix:///nowhere"},
        ),
        Program("howdah, three containers", [options.howdah, *containers], r"3/3|primary", "postgres"),
    ]


def main():
    parser = argparse.ArgumentParser()
    for name in ("howdah", "peer", "address", "name"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    cost = server_cost(f"{options.name}-1")
    rows = []
    for program in programs(options):
        starts = [start(program) for _ in range(STARTS)]
        middle = [[t for t in times if t is not None] for times in zip(*starts)]
        row = {
            "first paint ms": statistics.median(middle[0]) * 1e3 if middle[0] else None,
            "first data ms": statistics.median(middle[1]) * 1e3 if middle[1] else None,
        }
        rows.append((program.name, row | rest(program, options.seconds, cost)))
    names = list(rows[0][1])
    print(f"PostgreSQL under 20 clients and 200 transactions a second; {COLUMNS}x{ROWS}; {options.seconds:.0f} s each")
    print(f"{'':26}" + "".join(f"{name:>16}" for name in names))
    for name, row in rows:
        cells = ["–" if row[key] is None else f"{row[key]:.1f}" if row[key] < 100 else f"{row[key]:.0f}" for key in names]
        print(f"{name:26}" + "".join(f"{cell:>16}" for cell in cells))


main()
