"""Websockets, either side: the protocol of the `websockets` library over plain sockets, within limits."""
