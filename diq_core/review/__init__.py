"""Clinician review: the form, the event log, its hash chain, the store and the queue.

The rooms `form`, `events`, `edits`, `audit`, `ordering` and `roles` know no database; `store`,
`queue`, `reading` and `backup` do. See docs/review.md for the model and what it guarantees.
"""
