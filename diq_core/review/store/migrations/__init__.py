"""Alembic migrations of the review store; `diq_core.review.store.migrate` runs them."""
