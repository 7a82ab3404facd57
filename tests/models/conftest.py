from tests.support.eyes_fixtures import pictures, seeing, seeing_folder
from tests.support.tiny_fixtures import held_out, model, one_thread, tokenizer, tokens

__all__ = [
    "held_out",
    "model",
    "one_thread",
    "pictures",
    "seeing",
    "seeing_folder",
    "tokenizer",
    "tokens",
]
