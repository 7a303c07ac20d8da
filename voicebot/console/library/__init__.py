"""The library: templates, voices, numbers, prompts, providers."""
