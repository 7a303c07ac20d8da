"""What goes to the product and back: signed requests, callbacks, the ledger of both, and switches that break them."""
