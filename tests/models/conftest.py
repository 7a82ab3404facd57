from tests.support.tiny_fixtures import held_out, model, one_thread, tokenizer, tokens

__all__ = ["held_out", "model", "one_thread", "tokenizer", "tokens"]
