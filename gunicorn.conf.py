"""How gunicorn serves the app. Imports nothing that opens sockets."""

import os
import signal
import time

worker_class = "gevent"
bind = f"{os.environ.get('VOICEBOT_BIND_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("VOICEBOT_WEB_WORKERS", "2"))
# Twice the calls a process may carry, and room for webhooks and clips beside them.
worker_connections = 2 * int(os.environ.get("VOICEBOT_MAX_CALLS", "100")) + 200
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 75
accesslog = None
errorlog = "-"
loglevel = "warning"
# A form of Twilio's is a few kB; headers carry a signature and a token.
limit_request_field_size = 16380
control_socket_disable = True

DRAIN_S = 10.0


def post_worker_init(worker):
    """Say that the process is not ready any more as soon as it is told to stop."""
    import wsgi

    stop = signal.getsignal(signal.SIGTERM)

    def drain(number, frame):
        wsgi.draining.set()
        stop(number, frame)

    signal.signal(signal.SIGTERM, drain)


def worker_exit(server, worker):
    """Let answers in the making be committed, then give the connections back."""
    import wsgi

    until = time.monotonic() + DRAIN_S
    while wsgi.runtime.live_turns and time.monotonic() < until:
        time.sleep(0.05)
    wsgi.runtime.database.close()


def child_exit(server, worker):
    """Forget the gauges of a process that is no more."""
    from voicebot.shared_metrics import forget_process

    forget_process(worker.pid)
