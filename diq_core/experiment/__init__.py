"""Strategies compared at equal budgets: the arms, what they found, and the report."""
