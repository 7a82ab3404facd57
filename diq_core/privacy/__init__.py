"""What could tell who a patient is: found by pattern, context and checksum, never kept as text.

- `identifier`: the classes of HIPAA's safe harbour, and what is kept of a finding
- `finder`: all of it over one text
- `rule`, `labels`, `checksums`: what tells an identifier from a mere number
- `around`: patterns that are looked for around certain words only
- `numbers`, `dates`, `places`, `online`, `worded`: what each class looks like
- `pictures`, `tagger`: text in images, and a name finder of the user's (extra `privacy`)
- `names`, `people`, `eponyms`: people, and the names of medicine that are no people
"""
