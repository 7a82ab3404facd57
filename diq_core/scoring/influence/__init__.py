"""How much a training step on a sample lowers the validation loss: direction, engine, checks."""
