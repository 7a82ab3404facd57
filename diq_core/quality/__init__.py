"""Two models' written answers before a judge: what is asked, and what the replies add up to."""
