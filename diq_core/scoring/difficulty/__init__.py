"""How hard a question is: rubric, labels, the classifier and its training."""
