"""Choosing: scores and a budget go in, a selection with a reason for every sample comes out.

Arrays and tables only; nothing here reads a disk, loads a model or knows a page.

- `scores`: what is known about every sample, aligned by row
- `pool`: scores plus everything that does not depend on a knob, computed once
- `quadrants`: the two cuts and the four quadrants
- `budget`: how many to keep, as a share or a count
- `order`: a total order of the samples and its best k
- `strategies`: the named rules that turn a pool into an order
- `choose`: the one function that selects
- `result`: the selection it returns
- `reasons`: why each sample is in or out, in words
- `summary`: what was chosen beside the pool, in means and shares
- `axis`, `density`: what a map needs: scales, counts and dots that stand for many
- `region`: a rectangle or lasso drawn on the map
- `describe`: single scores in words
"""
