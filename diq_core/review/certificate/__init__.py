"""At most so many bad samples, with so much confidence: the bound, its draws, its proof."""
