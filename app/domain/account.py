"""How usernames and e-mail addresses are written."""

USERNAME = r"\A[a-z][a-z0-9_.-]{2,63}\Z"

# ASCII alone (match with re.ASCII): an address is stored and compared in small letters, and has one
# spelling only.
EMAIL = r"\A[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z"
