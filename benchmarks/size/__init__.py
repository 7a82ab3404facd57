"""How often tests see a difference where there is none, and intervals miss the truth."""
