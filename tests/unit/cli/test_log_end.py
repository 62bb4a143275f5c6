"""Which line of a task's log is said first: logs as gunicorn, uvicorn, our services, Node and Java write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli import log_end

GUNICORN = """\
[2026-01-02 03:04:05 +0000] [1] [INFO] Starting gunicorn 27.0.1
[2026-01-02 03:04:05 +0000] [1] [INFO] Listening at: http://0.0.0.0:80 (1)
[2026-01-02 03:04:05 +0000] [1] [INFO] Using worker: sync
[2026-01-02 03:04:05 +0000] [7] [INFO] Booting worker with pid: 7
[2026-01-02 03:04:05 +0000] [7] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/gunicorn/arbiter.py", line 752, in spawn_worker
    worker.init_process()
  File "/usr/lib/python3.11/site-packages/gunicorn/util.py", line 420, in import_app
    mod = importlib.import_module(module)
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/shop/app.py", line 2, in <module>
    URL = os.environ["ORDER_SERVICE"]
          ~~~~~~~~~~^^^^^^^^^^^^^^^^^
  File "<frozen os>", line 679, in __getitem__
KeyError: 'ORDER_SERVICE'
'ORDER_SERVICE'
[2026-01-02 03:04:05 +0000] [7] [INFO] Worker exiting (pid: 7)
[2026-01-02 03:04:05 +0000] [1] [ERROR] Worker (pid:7) exited with code 3.
Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/gunicorn/arbiter.py", line 270, in run
    handler()
  File "/usr/lib/python3.11/site-packages/gunicorn/arbiter.py", line 683, in reap_workers
    raise HaltServer(reason, self.WORKER_BOOT_ERROR)
gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/bin/gunicorn", line 10, in <module>
    sys.exit(run())
             ^^^^^
  File "/usr/lib/python3.11/site-packages/gunicorn/arbiter.py", line 683, in reap_workers
    raise HaltServer(reason, self.WORKER_BOOT_ERROR)
gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>"""

OLDER_GUNICORN = """\
ModuleNotFoundError: No module named 'shopp'
[2026-01-02 03:04:05 +0000] [7] [INFO] Worker exiting (pid: 7)
[2026-01-02 03:04:05 +0000] [1] [ERROR] Worker (pid:7) exited with code 3
[2026-01-02 03:04:05 +0000] [1] [ERROR] Shutting down: Master
[2026-01-02 03:04:05 +0000] [1] [ERROR] Reason: Worker failed to boot."""

UVICORN = """\
INFO:     Started server process [1]
INFO:     Waiting for application startup.
ERROR:    Traceback (most recent call last):
  File "/app/app.py", line 5, in startup
    raise TableMissing("no table")
app.TableMissing: no table

ERROR:    Application startup failed. Exiting."""

UVICORN_PORT = """\
INFO:     Application startup complete.
ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 80): address already in use
INFO:     Waiting for application shutdown.
INFO:     Application shutdown complete."""

NODE = """\
> shop@1.0.0 start
> node server.js
starting
/app/server.js:2
function listen() { if (!port) throw new Error("PORT is not set"); }
                               ^

Error: PORT is not set
    at listen (/app/server.js:2:38)
    at Object.<anonymous> (/app/server.js:4:1)
    at Module._compile (node:internal/modules/cjs/loader:1872:14)
    at node:internal/main/run_main_module:33:47

Node.js v24.19.0"""

NODE_MODULE = """\
node:internal/modules/cjs/loader:1520
  throw err;
  ^

Error: Cannot find module 'express'
Require stack:
- /app/server.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1517:15)
    at Module.require (node:internal/modules/cjs/loader:1617:12) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/server.js' ]
}

Node.js v24.19.0"""

JAVA = """\
Jan 02, 2026 3:04:05 AM shop.Main main
INFO: Starting
Exception in thread "main" java.lang.IllegalStateException: no connection
\tat shop.Main.connect(Main.java:3)
\tat shop.Main.main(Main.java:7)
Caused by: java.net.UnknownHostException: db
\tat java.base/java.net.InetAddress.getAllByName(InetAddress.java:1412)
\tat shop.Main.connect(Main.java:3)
\t... 1 more"""

SPRING = """\
2026-01-02T03:04:05.678Z  INFO 1 --- [shop] [           main] shop.Shop : Starting Shop
2026-01-02T03:04:06.678Z ERROR 1 --- [shop] [           main] o.s.b.d.L : Web server failed: port 80 is in use.
2026-01-02T03:04:06.679Z  INFO 1 --- [shop] [           main] o.s.b.w.W : Shutting the web server down
2026-01-02T03:04:06.680Z  INFO 1 --- [shop] [ionShutdownHook] o.s.b.w.W : Graceful shutdown complete
2026-01-02T03:04:06.681Z  INFO 1 --- [shop] [ionShutdownHook] com.zaxxer : pool - Shutdown completed."""

JAVA_UTIL = "Jan 02, 2026 3:04:05 AM shop.Main main\nSEVERE: PORT is not set\nINFO: Bye"

GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/app/app.py", line 5, in <module>
  |     asyncio.run(main())
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/app.py", line 2, in watch
    |     raise Stale("X")
    | app.Stale: X
    +------------------------------------"""

NGINX = """\
2026/01/02 03:04:05 [emerg] 1#1: host not found in upstream "api" in /etc/nginx/conf.d/default.conf:3
nginx: configuration file /etc/nginx/nginx.conf test failed"""


def quart(level: str, message: str, **more: Any) -> str:
    return json.dumps({"time": "2026-01-02T03:04:05.678+00:00", "level": level, "message": message, **more})


TRACE = (
    "Traceback (most recent call last):\n  File \"/app/app.py\", line 7, in start\n    table[key]\nKeyError: 'TABLE'"
)
STOPPING = [
    quart("INFO", text) for text in ("Draining.", "Drained.", "Connections closed.", "Flushed.", "Stopped.", "")
]


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (GUNICORN, "KeyError: 'ORDER_SERVICE'"),
        (OLDER_GUNICORN, "ModuleNotFoundError: No module named 'shopp'"),
        (UVICORN, "app.TableMissing: no table"),
        (UVICORN_PORT, UVICORN_PORT.splitlines()[1]),
        (NODE, "Error: PORT is not set"),
        (NODE_MODULE, "Error: Cannot find module 'express'"),
        (JAVA, "Caused by: java.net.UnknownHostException: db"),
        (SPRING, SPRING.splitlines()[1]),
        ("\n".join(JAVA.splitlines()[2:5]), JAVA.splitlines()[2]),
        (JAVA_UTIL, "SEVERE: PORT is not set"),
        (GROUP, "app.Stale: X"),
        (NGINX, NGINX.splitlines()[0]),
        ('level=error msg="no route"\nlevel=info msg=bye', 'level=error msg="no route"'),
    ],
    ids=lambda text: text.splitlines()[-1][:30],
)
def test_the_line_that_decides_is_said_first(log: str, said: str) -> None:
    first, *_ = log_end.shown([*log.splitlines(), *(f"closing {number}" for number in range(6))])
    assert first == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (quart("ERROR", "Could not start.", exception=TRACE), "Could not start: KeyError: 'TABLE'"),
        (quart("CRITICAL", "No table is there."), "No table is there"),
        (quart("ERROR", f"\n{TRACE}"), "KeyError: 'TABLE'"),
        (quart("ERROR", "\nNo table.\n"), "No table"),
        (quart("ERROR", "No table.", exception="KeyError: 1", stack="shop-dev"), "No table: KeyError: 1"),
        (json.dumps({"severity": "error", "msg": "no db", "stack_trace": JAVA}), f"no db: {JAVA.splitlines()[5]}"),
        (json.dumps({"level": 60, "msg": "down", "err": {"stack": NODE}}), "down: Error: PORT is not set"),
        (json.dumps({"level": "fatal", "code": 3}), '{"level": "fatal", "code": 3}'),
    ],
)
def test_of_a_line_in_json_its_message_and_exception_are_said(line: str, said: str) -> None:
    first, *around = log_end.shown([quart("INFO", "Starting."), line, *STOPPING])
    assert first == said
    assert around[:3] == ["In its log:", f"  {quart('INFO', 'Starting.')}", f"  {line}"]
    assert len(around) == 6


@pytest.mark.parametrize(
    "line",
    [
        quart("INFO", "ERROR is a level.", exception=TRACE),
        quart("WARNING", "Retried.", exception=TRACE),
        json.dumps({"level": 40, "msg": "slow"}),
        "{not JSON",
        '["a list", "ERROR"]',
        "[2026-01-02 03:04:05 +0000] [7] [INFO] the level ERROR is off",
        '10.0.0.1 - - "GET /ERROR HTTP/1.1" 500 12',
        "no error was found",
    ],
)
def test_without_an_error_the_last_five_lines_are_shown(line: str) -> None:
    assert log_end.shown([line, *STOPPING]) == STOPPING[-5:]
    assert log_end.shown([line]) == [line]
    assert log_end.shown([]) == []


def test_the_lines_around_it_are_five_without_those_that_say_nothing() -> None:
    assert log_end.shown(GUNICORN.splitlines()) == [
        "KeyError: 'ORDER_SERVICE'",
        "In its log:",
        '      URL = os.environ["ORDER_SERVICE"]',
        '    File "<frozen os>", line 679, in __getitem__',
        "  KeyError: 'ORDER_SERVICE'",
        "  'ORDER_SERVICE'",
        "  [2026-01-02 03:04:05 +0000] [7] [INFO] Worker exiting (pid: 7)",
    ]
    assert log_end.shown(["a", "b", "c", "d", "ERROR it broke"])[1:] == [
        "In its log:",
        "  a",
        "  b",
        "  c",
        "  d",
        "  ERROR it broke",
    ]
    assert log_end.shown(["ERROR it broke"]) == ["ERROR it broke"]


def test_the_last_error_counts_and_an_exception_long_before_it_does_not() -> None:
    requests = [f"INFO request {number}" for number in range(20)]
    assert (
        log_end.shown(["ValueError: handled", *requests, "ERROR out of memory", *requests])[0] == "ERROR out of memory"
    )
    assert log_end.shown(["ValueError: fatal", *requests[:3], "ERROR giving up"])[0] == "ValueError: fatal"


@pytest.mark.parametrize(
    "consequence",
    [
        "[2026-01-02 03:04:05 +0000] [1] [ERROR] Worker (pid:8) exited with code 3",
        "[2026-01-02 03:04:05 +0000] [1] [ERROR] Shutting down: Master",
        "[2026-01-02 03:04:05 +0000] [1] [ERROR] Reason: Worker failed to boot.",
        "gunicorn.errors.HaltServer: <HaltServer 'App failed to load.' 4>",
        "ERROR:    Application startup failed. Exiting.",
        quart("ERROR", "The application did not start; the log line before this one says why."),
    ],
)
def test_what_only_follows_from_another_error_is_said_where_there_is_no_other(consequence: str) -> None:
    cause = "[2026-01-02 03:04:05 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?"
    trace = ["Traceback (most recent call last):", "  raise it", consequence]
    assert log_end.shown([cause, "INFO closing", *trace])[0] == cause
    assert log_end.shown(["INFO up", *trace, "INFO closing"])[1] == "In its log:"
