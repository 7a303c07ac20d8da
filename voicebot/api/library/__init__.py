"""The library over the API: what templates learn, voices to hear, numbers, prompts, providers."""
