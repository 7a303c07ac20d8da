"""How gunicorn serves the app. Imports nothing that opens sockets.

The master reads this before gevent patches; reading the settings starts no thread, and no lock of theirs is held
across anything that waits.
"""

import gc
import signal
import sys
import threading
import time
from pathlib import Path

# With `--chdir` gunicorn reads this file before it goes there.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from voicebot.settings import SettingsError, load_settings

try:
    settings = load_settings()
except SettingsError as error:
    # Here once and in one line, not by every worker again and again.
    sys.stderr.write(f"voicebot: {'; '.join(str(error).splitlines())}\n")
    sys.exit(2)

# On gevent; slow clients get no more than their time.
worker_class = "voicebot.serving.worker.WatchfulWorker"
bind_host = f"[{settings.bind_host}]" if ":" in settings.bind_host else settings.bind_host
bind = f"{bind_host}:{settings.port}"
workers = settings.web_workers
# Twice the calls a process may carry, each with a socket, and room for webhooks and clips beside them.
worker_connections = 2 * settings.max_calls + 200
preload_app = False
# Before a worker loads numpy, whose threads wait for each other by spinning: sums over sixteen callers are too small for two.
raw_env = ["OPENBLAS_NUM_THREADS=1"]
timeout = 60
graceful_timeout = 30
keepalive = 75
accesslog = None
errorlog = "-"
loglevel = "warning"
# The words of a consent and a sheet's name stand in an address, each sign as up to twelve.
limit_request_line = 8190
# A form of Twilio's is a few kB; headers carry a signature and a token.
limit_request_field_size = 16380
control_socket_disable = True

DRAIN_S = 10.0


def post_fork(server, worker):
    """Look for no garbage until the app is loaded: there is none, and looking takes a seventh of a worker's start."""
    gc.disable()


def post_worker_init(worker):
    """Say that the process is not ready any more as soon as it is told to stop."""
    import wsgi

    stop = signal.getsignal(signal.SIGTERM)

    def drain(number, frame):
        wsgi.draining.set()
        stop(number, frame)

    signal.signal(signal.SIGTERM, drain)
    # A signal interrupts whatever runs just then: it sets the event, and whoever waits for that does the rest.
    move_s = worker.cfg.graceful_timeout - DRAIN_S
    threading.Thread(target=let_calls_go, args=(move_s,), name="let-calls-go", daemon=True).start()


def let_calls_go(move_s):
    """When the process stops, wait until the calls on its sockets have moved, which they do at their next turn.

    Sockets that are left then are closed, while there is time for their sessions to end properly.
    """
    import wsgi

    wsgi.draining.wait()
    wsgi.runtime.open_sockets.let_go(move_s)


def worker_exit(server, worker):
    """Let the calls go that need this process, then give the connections back."""
    import wsgi

    until = time.monotonic() + DRAIN_S
    while wsgi.runtime.live_calls.needing and time.monotonic() < until:
        time.sleep(0.05)
    wsgi.leave_fleet()
    wsgi.runtime.database.close()


def child_exit(server, worker):
    """Forget the gauges of a process that is no more."""
    from voicebot.telemetry.shared_metrics import forget_process

    forget_process(worker.pid)
