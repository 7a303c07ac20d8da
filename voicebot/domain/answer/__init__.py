"""Find the answer in a model's writing, and prepare it for a call and for a text."""
