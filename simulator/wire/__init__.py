"""What the simulator's parts have in common on the wire: the ends of websockets."""
