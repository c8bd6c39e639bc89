"""Use cases as verb functions. They own their transactions; none of them talks to PanDA."""
