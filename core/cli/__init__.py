"""The commands: one file a group. Each is declared once, with its options, and does its work.

A module here that has an `app` is found by core.__main__, one whose name begins with _ is not looked at. So that every
command starts at once, what is heavy is imported inside the functions.
"""
