"""What the page Influence is made of."""
