"""Reflective chains: a teacher thinks until it is right, and every attempt is kept.

- `chain`: what a teacher writes, link by link, and the schemas it follows
- `strategy`: how a wrong chain goes on, drawn by lot
- `requests`: what the teacher and the verifier are asked
- `search`: the search of HuatuoGPT-o1, in our words: corrections, attempts, last resort
- `stability`: the variant that looks first how often the teacher is right
- `rewriting`: an accepted chain as natural thinking and a final answer
- `figures`, `text`: what became of the samples, by branch, and what it cost
"""
