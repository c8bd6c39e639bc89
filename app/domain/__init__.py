"""The core of the service in plain Python: no database, no web, no PanDA client."""
