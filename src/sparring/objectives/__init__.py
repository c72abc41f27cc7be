"""Pure parts of losses: pairs of losses on logits, input gradients, penalties, weight constraints."""
