"""How good a model is: questions with known answers, likelihoods, comparisons with intervals."""
