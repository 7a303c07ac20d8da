"""Use cases of the onboarding."""
