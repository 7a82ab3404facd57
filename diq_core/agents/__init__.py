"""The verbs as tools for agents, by the Model Context Protocol over stdin and stdout.

- `tool`: what a tool is; its schema is that of the settings class of its arguments
- `reading`: tools that look; they change nothing, and show no text that may tell who a patient is
- `making`: tools that make, one for each kind of work, as its button does
- `serving`: the server
"""
