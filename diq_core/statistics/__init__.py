"""Resampling, paired differences and agreement: every interval and coefficient is made here."""
