"""What gunicorn serves in `test_call_sockets`: the real app, with a session that says back what it hears."""

import wsgi
from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.sockets.ending import SocketClosed
from voicebot.sockets.websocket import WebSocket
from webhooks.app import create_app


def say_back(runtime: Runtime, socket: WebSocket, transport: Transport) -> None:
    """Carry a call that is an echo; "turn" is a turn that lasts until the process stops; at its end the call moves elsewhere."""
    try:
        while True:
            message = socket.receive()
            if message == "fail":
                raise ValueError
            if message == "turn":
                runtime.draining.wait()
                socket.send("moved")
                return
            socket.send(f"{transport.value}: {message}")
    except SocketClosed:
        return


app = create_app(wsgi.runtime, wsgi.draining, carry=say_back)
