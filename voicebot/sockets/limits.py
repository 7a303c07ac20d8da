"""What one websocket may hold, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """The defaults are those of a carrier's socket, which anybody may try to open."""

    most_message_bytes: int = 64 * 1024
    most_per_s: float = 60.0
    """Frames of any kind, sustained. A carrier's frames of 20 ms are 50."""
    burst_s: float = 5.0
    """A stalled network delivers its backlog at once: up to this many seconds' worth of frames are accepted."""
    takes_binary: bool = False
    start_within_s: float = 5.0
    """The first message."""
    ping_after_s: float = 15.0
    """Silence of the peer after which it is asked whether it is there."""
    idle_s: float = 30.0
    """Silence of the peer, pongs included, after which it is gone."""
    send_within_s: float = 5.0
    """The longest that the peer may leave one message lying."""
    most_unsent_bytes: int = 1024 * 1024
    """Besides what the kernel holds of a server's socket, which is twice `most_unsent_in_kernel`."""
    most_unsent_in_kernel: int = 64 * 1024
    close_within_s: float = 1.0
    """The longest that a closed socket waits for the peer to agree."""
    most_read_while_closing: int = 256 * 1024
    connect_within_s: float = 5.0
    """A socket of ours to somebody else: name, connection, TLS and upgrade together."""
