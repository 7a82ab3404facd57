"""Files that lie elsewhere: fetched for an import, sent for an export.

- `place`: which addresses there are, and which of them may be reached
- `fetching`: a file or folder from there, within the budgets of an import
- `sending`: an export to a folder there, or as a data set of the Hugging Face hub (`hub`)
"""
