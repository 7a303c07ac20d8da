"""Media Streams as a line: the caller's sound in, ours out, 20 ms at a time."""
