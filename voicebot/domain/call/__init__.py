"""A phone call, decided: state, events, actions and the flow between them."""
