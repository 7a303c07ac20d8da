"""A stand-in for Vapi (providers' handbook 5): it takes calls, leads them by a script, and reports to a server URL."""
