"""Who sees which sample next: plans, order, pairs, and claims with leases."""
