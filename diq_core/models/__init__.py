"""Language models and encoders: loading them, a sample as a model reads it, and its losses."""
