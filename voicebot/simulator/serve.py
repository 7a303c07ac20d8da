"""Serve one simulator on gevent; the caller has patched the standard library before importing anything."""

import os
import signal
import socket
import sys
from dataclasses import replace

import gevent
from gevent.pywsgi import WSGIServer

from voicebot.simulator.app import create_app
from voicebot.simulator.config import SimulatorConfig
from voicebot.simulator.process import READY


def serve(config: SimulatorConfig, *, stop_with_stdin: bool = False) -> None:
    """Serve until a signal, or with `stop_with_stdin` until whoever started us is gone. Port 0 takes a free one."""
    listener = socket.create_server((config.host, config.port), backlog=256)
    # Headers and the first bytes of a stream are two writes: the second must not wait for the first one's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Addresses that the simulator hands out must carry the port that it really has.
    config = replace(config, port=listener.getsockname()[1])
    server = WSGIServer(listener, create_app(config), log=None)
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.stop, 1)
    server.start()
    sys.stdout.write(f"{READY}{config.base_url}\n")
    sys.stdout.flush()
    if stop_with_stdin:
        gevent.spawn(_stop_at_end_of_stdin, server)
    server.serve_forever()


def _stop_at_end_of_stdin(server: WSGIServer) -> None:
    while gevent.get_hub().threadpool.apply(os.read, (0, 4096)):
        pass
    server.stop(1)
