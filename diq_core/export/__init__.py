"""Turning chosen samples into a folder that trainers read and people can trust.

Nothing here knows a study, a model or a page: samples and plain facts go in, files come out.

- `records`: one sample as one record of a format, and why a sample fits none
- `images`: copying pictures beside the records, without leaving the folder
- `tables`: Parquet, a saved `datasets` folder, and CSV that no spreadsheet executes
- `writer`: the one function that writes an export's training files
- `facts`: what a datasheet says, as plain values
- `markdown`: other people's words inside a Markdown page, never as its markup
- `loading`: the lines of Python that load an export
- `datasheet`: DATASHEET.md for people
- `croissant`: croissant.json for machines
"""
