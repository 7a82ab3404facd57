"""A language model as one more rater: what it is asked, what it said, whether it may be used."""
