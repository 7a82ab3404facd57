"""Scores of samples: difficulty and influence. Nothing here reads or writes a disk."""
