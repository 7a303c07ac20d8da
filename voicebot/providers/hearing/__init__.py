"""What all transcribers have in common: one call's ear that keeps sound, changes doors and answers by a deadline."""
