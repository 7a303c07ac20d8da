"""The benchmark of calls on sockets: callers, stand-ins for the providers, and the server that is measured."""
