"""Alembic migrations of the review store; `diq_core.review.migrate` runs them."""
