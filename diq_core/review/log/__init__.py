"""What happened, as an append-only log: events, their bytes, and the hash chain over them."""
