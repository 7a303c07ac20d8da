"""Calls on sockets, whole and in real time."""
