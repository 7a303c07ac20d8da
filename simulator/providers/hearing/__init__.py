"""The stand-in transcribers: they understand what callers of this simulator say, and nobody else."""
