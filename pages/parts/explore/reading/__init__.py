"""The drawer in which one sample is read: its chain step by step, and what lies beside it."""
