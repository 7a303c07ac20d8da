"""Use cases that keep the service right: comparing with the carrier, sweeping, backing up."""
