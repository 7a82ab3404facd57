"""Whether a written answer is right, wrong or undecided: one set of pure rules for every use."""
