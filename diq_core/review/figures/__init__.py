"""The numbers of the results pages: tables, effects, drift, pairs."""
