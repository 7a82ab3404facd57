from pages.parts.frame import open_page
import streamlit as st
with open_page("dataset") as study:
    st.write("x")
