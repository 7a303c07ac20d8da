"""The commands that start a process and stay."""
