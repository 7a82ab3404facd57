"""Scores of samples: difficulty and influence. The maths knows no disk; only
`rubric`, `labels` and `difficulty_files` read or write files.
"""
