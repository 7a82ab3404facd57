"""Text from language models: the one client through which any of them is asked.

- `address`, `allowed`, `keys`: where a model is asked, whether it may be, and with which key
- `wire`: one request, to the address that was judged, within one deadline and one size
- `screen`: the last look at what is sent: no patient's identifiers
- `endpoint`: OpenAI-compatible chat completions, on this machine or elsewhere
- `asker`: many requests to one model, each answered or missing with a reason
- `prompts`, `replies`, `reply_log`: what is asked, and what is read out of a reply and kept
"""
