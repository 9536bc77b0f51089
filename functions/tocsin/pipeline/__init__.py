"""The stages, one plain function each. What a stage needs from outside is a Protocol on top of its
file; `wiring.py` passes the real thing, tests pass what they like."""
