"""Token ids: the tokenizer beside a model, the inputs that take its ids, and how a model writes them."""
