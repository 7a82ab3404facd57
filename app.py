"""The app as the server serves it: the overview and its pages, behind the gate."""

from streamlit.starlette import App

from pages.gate.answers import fault
from pages.gate.door import DOOR

app = App("overview.py", middleware=[DOOR], exception_handlers={Exception: fault})
