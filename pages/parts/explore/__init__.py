"""What the page Explore and select is made of."""
