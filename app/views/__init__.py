"""The pages: read the form, call the service, choose the page or the piece, answer."""
