"""The paper's experiments in small: a pool of real samples, a small model, every strategy."""
