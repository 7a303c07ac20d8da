"""What the figures of docs/figures.md come from."""
