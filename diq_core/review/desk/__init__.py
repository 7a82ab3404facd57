"""What passes between a reviewer's browser and the store."""
