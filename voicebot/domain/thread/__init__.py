"""A thread of texts, decided: state, events, actions and the flow between them."""
