"""Text from language models: the one client through which any of them is asked.

- `address`, `allowed`, `keys`: where a model is asked, whether it may be, and with which key
- `wire`: one request, to the address that was judged, within one deadline and one size
- `screen`: the last look at what is sent: no patient's identifiers
- `parts`, `completion`: texts and pictures of a message; what one request says and its reply
- `limits`: how many requests a minute, and how many at once
- `endpoint`: OpenAI-compatible chat completions, on this machine or elsewhere
- `asker`: many requests to one model, each answered or missing with a reason
- `structured`: replies that follow a JSON schema, asked for, read and once repaired
- `prompts`, `replies`, `reply_log`: what is asked, and what is read out of a reply and kept
"""
