"""All that knows PanDA's HTTP: a typed client, its errors, its tokens. No Flask, no database."""
