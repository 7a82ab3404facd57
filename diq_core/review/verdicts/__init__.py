"""What the verdicts on a sample come to, and whose text counts."""
