"""Text from language models: the one client through which any of them is asked.

- `endpoint`: OpenAI-compatible chat completions, on this machine or elsewhere
- `asking`: many requests to one model, each answered or missing with a reason
"""
