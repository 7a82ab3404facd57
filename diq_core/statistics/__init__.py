"""Resampling, tests, intervals and agreement: every interval and coefficient is made here."""
