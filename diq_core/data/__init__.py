"""Samples: reading, recognising, checking, comparing. Nothing here scores or chooses."""
