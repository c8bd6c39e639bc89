"""The scheduled work: everything that talks to PanDA. Start it with `python -m jobs`."""
