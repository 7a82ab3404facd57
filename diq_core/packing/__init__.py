"""A whole study as one file, and back: every byte listed, everything checked before it is there."""
