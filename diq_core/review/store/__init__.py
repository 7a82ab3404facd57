"""The database of reviews: tables, roles, and every change, each one asked, logged, committed."""
