"""One file for each stage: read the folders of earlier stages, compute, write one artefact.

The rooms that compute know no disk, and the disk knows no maths; they meet here and only here.
Every stage is a function ``run(study, ..., settings, progress) -> Artefact``; the command line
and, through it, the pages call it.
"""
