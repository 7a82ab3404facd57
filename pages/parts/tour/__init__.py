"""The tour of three steps through the app."""
