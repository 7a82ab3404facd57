"""The review form, a filled-in form, and what a machine must reach to fill one in."""
