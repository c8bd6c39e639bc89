"""All that knows OpenID Connect: the client of the identity provider. No Flask, no database.

The rules beyond those of the library: OAuth 2.0 Security BCP (RFC 9700), RFC 9207, OpenID Connect Core 3.1.
"""

import logging

# At DEBUG Authlib writes the verifier of PKCE into the log.
logging.getLogger("authlib").setLevel(logging.INFO)
