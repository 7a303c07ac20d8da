"""How many may ask a provider at the same time, in all processes together, and who comes first."""
