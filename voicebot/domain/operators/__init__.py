"""What the operator is promised, mailed and told."""
