import streamlit as st

from pages.parts.frame import open_page

with open_page("dataset") as study:
    st.write("x")
