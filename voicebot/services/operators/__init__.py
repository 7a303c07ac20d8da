"""Use cases of telling the operator."""
